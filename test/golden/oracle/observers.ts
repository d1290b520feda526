/** The oracle's observers as the project's own, and their lines in the oracle's shape. */
import type { StrategyResult } from 'nextbar';
import {
  BenchmarkObserver,
  BrokerObserver,
  BuySellObserver,
  CashObserver,
  DrawDownLengthObserver,
  DrawDownObserver,
  FundObserver,
  LogReturnsObserver,
  TimeReturnObserver,
  TradesObserver,
  ValueObserver,
} from 'nextbar/analyzers';
import { framed, type OracleReading } from './readings.ts';

type Params = Record<string, unknown>;

const compat = 'backtrader' as const;

/** An observer of the oracle; undefined for a type that there is none for. */
export function oracleObserver(type: string, params: Params): OracleReading | undefined {
  return observers[type]?.(params);
}

const observers: Readonly<Record<string, (params: Params) => OracleReading>> = {
  Broker: () => ({
    add: (cerebro, name) => void cerebro.addAnalyzer(BrokerObserver, {}, name),
    read: (result, name) => lines(result.analyzer(BrokerObserver, name), { cash: 'cash', value: 'value' }),
  }),
  Cash: () => ({
    add: (cerebro, name) => void cerebro.addAnalyzer(CashObserver, {}, name),
    read: (result, name) => lines(result.analyzer(CashObserver, name), { cash: 'cash' }),
  }),
  Value: () => ({
    add: (cerebro, name) => void cerebro.addAnalyzer(ValueObserver, {}, name),
    read: (result, name) => lines(result.analyzer(ValueObserver, name), { value: 'value' }),
  }),
  FundValue: () => fund({ fundval: 'fundValue' }),
  FundShares: () => fund({ fundshares: 'fundShares' }),
  DrawDown: () => drawDown(),
  DrawDown_Old: () => drawDown(),
  DrawDownLength: () => ({
    add: (cerebro, name) => void cerebro.addAnalyzer(DrawDownLengthObserver, { compat }, name),
    read: (result, name) =>
      lines(result.analyzer(DrawDownLengthObserver, name), { len: 'length', maxlen: 'maxLength' }),
  }),
  Trades: (params) => ({
    add: (cerebro, name) => {
      const net = params['pnlcomm'] !== false;
      cerebro.addAnalyzer(TradesObserver, { compat, net }, name);
    },
    read: (result, name) => lines(result.analyzer(TradesObserver, name), { pnlplus: 'profit', pnlminus: 'loss' }),
  }),
  BuySell: (params) => ({
    add: (cerebro, name) => {
      const distance = params['barplot'] === true ? Number(params['bardist'] ?? 0.015) : undefined;
      cerebro.addAnalyzer(BuySellObserver, { compat, ...(distance !== undefined && { distance }) }, name);
    },
    read: (result, name) => lines(result.analyzer(BuySellObserver, name), { buy: 'buy', sell: 'sell' }),
  }),
  TimeReturn: (params) => ({
    add: (cerebro, name) => void cerebro.addAnalyzer(TimeReturnObserver, framed(params), name),
    read: (result, name) => lines(result.analyzer(TimeReturnObserver, name), { timereturn: 'return' }),
  }),
  Benchmark: (params) => ({
    add: (cerebro, name) => {
      const data = params['data'];
      cerebro.addAnalyzer(BenchmarkObserver, { ...framed(params), ...(typeof data === 'number' && { data }) }, name);
    },
    read: (result, name) =>
      lines(result.analyzer(BenchmarkObserver, name), { timereturn: 'return', benchmark: 'benchmark' }),
  }),
  LogReturns: (params) => logReturns(params, 0, 'logret1'),
};

function fund(names: Readonly<Record<string, 'fundValue' | 'fundShares'>>): OracleReading {
  return {
    add: (cerebro, name) => void cerebro.addAnalyzer(FundObserver, {}, name),
    read: (result, name) => lines(result.analyzer(FundObserver, name), names),
  };
}

function drawDown(): OracleReading {
  return {
    add: (cerebro, name) => void cerebro.addAnalyzer(DrawDownObserver, { compat }, name),
    read: (result, name) => {
      const { depth, maxDepth } = result.analyzer(DrawDownObserver, name);
      const percent = (line: Float64Array): Float64Array => line.map((value) => value * 100);
      return lines(
        { depth: percent(depth), maxDepth: percent(maxDepth) },
        { drawdown: 'depth', maxdrawdown: 'maxDepth' },
      );
    },
  };
}

function logReturns(params: Params, data: number, line: string): OracleReading {
  return {
    add: (cerebro, name) => {
      const window = Number(params['compression'] ?? 1);
      cerebro.addAnalyzer(LogReturnsObserver, { ...framed(params), data, window }, name);
    },
    read: (result: StrategyResult, name) => lines(result.analyzer(LogReturnsObserver, name), { [line]: 'logReturn' }),
  };
}

/** Lines under the oracle's names, as lists. */
function lines<L extends string>(
  found: Readonly<Record<L, Float64Array>>,
  names: Readonly<Record<string, L>>,
): Record<string, number[]> {
  return Object.fromEntries(Object.entries(names).map(([theirs, ours]) => [theirs, Array.from(found[ours])]));
}
