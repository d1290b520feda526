/** Strategies made of signals: lines whose sign says when to be long, short or out. */
import type { Order } from '../../broker/index.ts';
import { ConfigError, nearestName, shown } from '../../core/index.ts';
import type { Data, Line } from '../../lines/index.ts';
import { Strategy, type StrategyContext } from './strategy.ts';

/**
 * What a signal decides.
 *
 * `longShort`: long above 0, short below. `long`, `short`: entries on that side alone, above 0 and below 0. `longExit`: leaves a long
 * below 0; `shortExit` a short above 0. `Invert` turns the sign around, `Any` takes whatever is not 0.
 */
export type SignalKind = 'longShort' | `${'long' | 'short' | 'longExit' | 'shortExit'}${'' | 'Invert' | 'Any'}`;

/** All kinds of signals. */
export const signalKinds: readonly SignalKind[] = [
  'longShort',
  'long',
  'longInvert',
  'longAny',
  'short',
  'shortInvert',
  'shortAny',
  'longExit',
  'longExitInvert',
  'longExitAny',
  'shortExit',
  'shortExitInvert',
  'shortExitAny',
];

/** Makes a signal from a data. */
export type SignalMaker = (data: Data, datas: readonly Data[]) => Line;

/** A signal that a Cerebro was given. */
export interface PlannedSignal {
  readonly kind: SignalKind;
  readonly make: SignalMaker;
}

/** Parameters of every signal strategy. */
export interface SignalParams {
  /** Whether entries are repeated while in a position. */
  accumulate: boolean;
  /** Whether a further order may be sent while one is working; the order that closes never counts. */
  concurrent: boolean;
}

/** The error for a kind of signal that there is none of. */
export function wrongSignalKind(kind: unknown): ConfigError {
  const near = nearestName(kind, signalKinds);
  return new ConfigError(
    `signal kind must be one of ${signalKinds.join(', ')}, was ${shown(kind)}${near === undefined ? '' : `: did you mean '${near}'?`}`,
    { context: { field: 'kind' } },
  );
}

/** Throws a ConfigError for a signal that is no line. */
function checkLine(kind: SignalKind, line: unknown): void {
  if (typeof line === 'object' && line !== null && 'now' in line) return;
  throw new ConfigError(`a '${kind}' signal must be a line such as sma(data.close, 10), was ${shown(line)}`, {
    context: { field: 'signal' },
  });
}

/**
 * Trades the first data by signals. Declare them in fields or the constructor with `addSignal`; all signals of one kind must
 * agree. Orders are market orders of the sizer's size. A subclass that overrides `next` calls `super.next()` first.
 */
export class SignalStrategy<P extends SignalParams = SignalParams> extends Strategy<P> {
  /** Neither accumulates nor holds several orders at once, by default. */
  static readonly params: SignalParams = { accumulate: false, concurrent: false };
  readonly #signals = new Map<SignalKind, Line[]>();
  #working: Order | undefined;

  /** @internal */
  constructor(context: StrategyContext<P>, signals: readonly PlannedSignal[] = []) {
    super(context);
    for (const { kind, make } of signals) this.addSignal(kind, make(this.data, this.datas));
  }

  /** Adds a signal. */
  addSignal(kind: SignalKind, line: Line): void {
    if (!signalKinds.includes(kind)) throw wrongSignalKind(kind);
    checkLine(kind, line);
    this.#signals.set(kind, [...(this.#signals.get(kind) ?? []), line]);
  }

  override next(): void {
    if (this.#working?.isAlive === true && !this.params.concurrent) return;
    const { size } = this.position;
    const both = this.#sign('longShort');
    const [enterLong, enterShort] = [this.#says('long', 1), this.#says('short', -1)];
    if (size === 0) {
      if (both > 0 || enterLong) this.#working = this.buy();
      else if (both < 0 || enterShort) this.#working = this.sell();
    } else if (size > 0) this.#hold(both < 0, both > 0 || enterLong, 'long', enterShort);
    else this.#hold(both > 0, both < 0 || enterShort, 'short', enterLong);
  }

  /** In a position on `side`: leave it, turn it around, or add to it. */
  #hold(isTurning: boolean, isAdding: boolean, side: 'long' | 'short', entersOther: boolean): void {
    const exit = `${side}Exit` as const;
    const hasExit = [exit, `${exit}Invert`, `${exit}Any`].some((kind) => this.#signals.has(kind as SignalKind));
    const away = side === 'long' ? -1 : 1;
    const reverses = !hasExit && entersOther;
    const leaves = !hasExit && this.#says(side, away);
    if (isTurning || this.#says(exit, away) || reverses || leaves) this.close();
    if (isTurning || reverses) this.#working = side === 'long' ? this.sell() : this.buy();
    if (isAdding && this.params.accumulate) this.#working = side === 'long' ? this.buy() : this.sell();
  }

  /** Whether a kind, its inverted or its any form says so, plain signals having `sign`. */
  #says(kind: 'long' | 'short' | 'longExit' | 'shortExit', sign: 1 | -1): boolean {
    return (
      this.#sign(kind) === sign ||
      this.#sign(`${kind}Invert`) === -sign ||
      (this.#signals.get(`${kind}Any`)?.every((line) => line.now !== 0) ?? false)
    );
  }

  /** The common sign of all signals of a kind; 0 when they differ or there are none. */
  #sign(kind: SignalKind): number {
    const lines = this.#signals.get(kind);
    if (lines === undefined) return 0;
    if (lines.every((line) => line.now > 0)) return 1;
    return lines.every((line) => line.now < 0) ? -1 : 0;
  }
}
