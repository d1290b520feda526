/** Replaying a scenario: a run of the project, written down as the oracle writes its own. */
import { Cerebro, type RunResult, type Strategy, type StrategyClass, type Trade } from 'nextbar';
import { oracleAnalyzer, oracleObserver } from './analyzers.ts';
import { feedOf, frameName } from './bars.ts';
import type { Habits } from './habits.ts';
import type { OracleReading } from './readings.ts';
import type { RecorderParams } from './recorder.ts';
import type { Log, Recording } from './recording.ts';
import {
  BracketRule,
  BreakoutRule,
  IndicatorsOnlyRule,
  LongerTrendRule,
  PyramidRule,
  RebalanceRule,
  RsiReversionRule,
  SmaCrossRule,
  StopEntryRule,
} from './rules.ts';
import { derivationOf, isClone, type Row, type Scenario, type ScenarioData } from './scenario.ts';
import { Scripted } from './scripted.ts';
import { SignalRecorder } from './signals.ts';
import { optionsOf, ownSchemes, sizerOf } from './setup.ts';

type RecorderClass = StrategyClass<RecorderParams>;

const rules: Readonly<Record<string, RecorderClass>> = {
  sma_cross: SmaCrossRule,
  rsi_mr: RsiReversionRule,
  breakout: BreakoutRule,
  stop_entry: StopEntryRule,
  bracket_rsi: BracketRule,
  pyramid: PyramidRule,
  rebalance: RebalanceRule,
  minperiod: IndicatorsOnlyRule,
  mtf: LongerTrendRule,
};

/** What a run of the project came to, in the oracle's shape. */
export interface Replayed {
  readonly log: Log;
  readonly habits: Habits;
  readonly bars: number;
  readonly tradeHistory: readonly Row[];
  readonly final: Row;
  readonly analyzers: Row;
  readonly observers: Row;
}

/** Why a scenario cannot be replayed yet; undefined if it can. */
export function missingFor(scenario: Scenario): string | undefined {
  const { strategy } = scenario;
  const made = scenario.datas.map(derivationOf).filter((one) => one !== undefined);
  for (const name of ['bar2edge', 'adjbartime', 'rightedge'] as const) {
    if (made.some((one) => one[name] !== undefined))
      return `${name}: bars are stamped by their opens and come with the clock`;
  }
  const readings = readingsOf(scenario);
  const unread = readings.find(({ reading }) => reading === undefined);
  if (unread !== undefined) return `${unread.part} ${unread.type}`;
  if (strategy.type === 'rule' && rules[strategy.rule.type] === undefined) return `rule ${strategy.rule.type}`;
  return undefined;
}

function strategyOf(scenario: Scenario): RecorderClass {
  const { strategy } = scenario;
  if (strategy.type === 'rule') return rules[strategy.rule.type]!;
  return Scripted;
}

/** An analyzer or observer of a scenario, under a name of its own in the run. */
interface NamedReading {
  readonly part: 'analyzer' | 'observer';
  readonly name: string;
  readonly label: string;
  readonly type: string;
  readonly reading: OracleReading | undefined;
}

function readingsOf({ analyzers, observers }: Scenario): NamedReading[] {
  const first = (analyzers ?? []).map(({ name, type, params = {} }) => {
    return { part: 'analyzer', name, label: name, type, reading: oracleAnalyzer(type, params) } as const;
  });
  const second = (observers ?? []).map(({ type, params = {} }, k) => {
    return {
      part: 'observer',
      name: type,
      label: `observer ${k}`,
      type,
      reading: oracleObserver(type, params),
    } as const;
  });
  return [...first, ...second];
}

function addData(cerebro: Cerebro, folder: string, data: ScenarioData, scenario: Scenario): void {
  const made = derivationOf(data);
  if (made === undefined) {
    if (!isClone(data)) cerebro.addData(feedOf(folder, data, scenario));
    return;
  }
  const source = isClone(data) ? scenario.datas[data.source]!.name : feedOf(folder, data, scenario);
  const options = { name: data.name, ...(made.boundoff && { offset: `-${made.boundoff}m` }) };
  const frame = frameName(made.timeframe, made.compression);
  if (made.op === 'resample') cerebro.resampleData(source, frame, options);
  else cerebro.replayData(source, frame, options);
}

/** Runs a scenario read from a file of `folder`. */
export async function replay(folder: string, scenario: Scenario): Promise<Replayed> {
  const cerebro = new Cerebro(optionsOf(scenario));
  for (const data of scenario.datas) addData(cerebro, folder, data, scenario);
  for (const [data, scheme] of ownSchemes(scenario)) cerebro.setCommission(data, scheme);
  cerebro.addSizer(sizerOf(scenario));
  const readings = readingsOf(scenario);
  for (const { reading, label } of readings) reading?.add(cerebro, label);
  if (scenario.strategy.type === 'signals') {
    const { accumulate = false, concurrent = false } = scenario.signals ?? {};
    cerebro.addStrategy(SignalRecorder, { scenario, accumulate, concurrent });
  } else cerebro.addStrategy(strategyOf(scenario), { scenario });
  return written(await cerebro.run(), readings);
}

function written(result: RunResult, readings: readonly NamedReading[]): Replayed {
  const outcome = result.strategies[0]!;
  const { recording } = outcome.strategy as Strategy & { readonly recording: Recording };
  recording.habits.finished();
  const read = (wanted: NamedReading['part']): Row =>
    Object.fromEntries(
      readings
        .filter(({ part }) => part === wanted)
        .map(({ name, label, reading }) => [name, reading?.read(outcome, label)]),
    );
  const trades = [...outcome.trades, ...outcome.openTrades].sort((a, b) => a.ref - b.ref);
  return {
    log: recording.log,
    habits: recording.habits,
    bars: result.steps,
    tradeHistory: trades.map((trade) => historyOf(trade, recording)),
    final: { cash: result.finalCash, value: result.finalValue, positions: recording.log.positions.at(-1) },
    analyzers: read('analyzer'),
    observers: read('observer'),
  };
}

function historyOf(trade: Trade, recording: Recording): Row {
  const history = trade.history.map((update) => ({
    status: update.status === 'open' ? 'Open' : 'Closed',
    ts: recording.stamp(trade.data, update.time),
    barlen: update.bars,
    size: update.size,
    price: update.price,
    value: update.value,
    pnl: update.pnl,
    pnlcomm: update.pnlNet,
    order_ref: update.orderRef,
    ev_size: update.fillSize,
    ev_price: update.fillPrice,
    ev_commission: update.fillCommission,
  }));
  return { ref: trade.ref, history };
}
