/** The strategy of a scenario that trades by signals. */
import {
  SignalStrategy,
  crossover,
  rsi,
  sma,
  type Data,
  type Line,
  type Order,
  type SignalKind,
  type SignalParams,
  type StrategyContext,
  type Trade,
} from 'nextbar';
import type { RecorderParams } from './recorder.ts';
import { Recording } from './recording.ts';
import type { Scenario, SignalEntry } from './scenario.ts';

const kinds: Readonly<Record<string, SignalKind>> = {
  LONGSHORT: 'longShort',
  LONG: 'long',
  LONG_INV: 'longInvert',
  LONG_ANY: 'longAny',
  SHORT: 'short',
  SHORT_INV: 'shortInvert',
  SHORT_ANY: 'shortAny',
  LONGEXIT: 'longExit',
  LONGEXIT_INV: 'longExitInvert',
  LONGEXIT_ANY: 'longExitAny',
  SHORTEXIT: 'shortExit',
  SHORTEXIT_INV: 'shortExitInvert',
  SHORTEXIT_ANY: 'shortExitAny',
};

/** The project's signal strategy, written down. */
export class SignalRecorder extends SignalStrategy<SignalParams & RecorderParams> {
  static override readonly params = { accumulate: false, concurrent: false, scenario: {} as Scenario };

  readonly recording: Recording;

  constructor(context: StrategyContext<SignalParams & RecorderParams>) {
    super(context);
    const { scenario } = context.params;
    this.recording = new Recording(this, scenario);
    for (const entry of scenario.signals?.list ?? []) {
      const kind = kinds[entry.type];
      if (kind === undefined) throw new Error(`no signal of the oracle is named '${entry.type}'`);
      this.addSignal(kind, signal(entry, this.data));
    }
  }

  needOf(_data: Data): number {
    return 1;
  }

  indicatorValues(): number[] {
    return [];
  }

  override prenext(): void {
    this.recording.look('prenext');
    this.recording.done();
  }

  override next(): void {
    this.recording.look('next');
    super.next();
    this.recording.done();
  }

  override notifyOrder(order: Order): void {
    this.recording.hearOrder(order);
  }

  override notifyTrade(trade: Trade): void {
    this.recording.hearTrade(trade);
  }
}

function signal({ indicator, params = {} }: SignalEntry, { close }: Data): Line {
  switch (indicator) {
    case 'SMADiff':
      return close.sub(sma(close, params['period'] ?? 30));
    case 'RSISig':
      return rsi(close, params['period'] ?? 14).sub(params['center'] ?? 50);
    case 'SMACross':
      return crossover(sma(close, params['fast'] ?? 10), sma(close, params['slow'] ?? 30));
    default:
      throw new Error(`no indicator of the oracle's signals is named '${indicator}'`);
  }
}
