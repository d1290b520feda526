/** The oracle's analyzers and observers as the project's own, and their results in the oracle's shape. */
import {
  AnnualReturn,
  Calmar,
  DrawDown,
  GrossLeverage,
  LogReturnsRolling,
  PeriodStats,
  PositionsValue,
  Returns,
  SQN,
  SharpeRatio,
  TimeDrawDown,
  TimeReturn,
  TradeAnalyzer,
  Transactions,
  VWR,
  type StrategyResult,
} from 'nextbar';
import type { Lengths, PeriodReturn, SplitLengths, TradeAnalysis } from 'nextbar/analyzers';
import { framed, type OracleReading } from './readings.ts';

export { oracleObserver } from './observers.ts';

type Params = Record<string, unknown>;

const compat = 'backtrader' as const;
const dayMs = 86_400_000;
/** What Backtrader leaves as the least length where there was none, to the oracle's 12 digits. */
const noLength = 9.22337203685e18;

/** An analyzer of the oracle; undefined for a type that there is none for. */
export function oracleAnalyzer(type: string, params: Params): OracleReading | undefined {
  return analyzers[type]?.(params);
}

const analyzers: Readonly<Record<string, (params: Params) => OracleReading>> = {
  Returns: (params) => ({
    add: (cerebro, name) =>
      void cerebro.addAnalyzer(Returns, { ...framed(params), ...named(params, { tann: 'factor' }) }, name),
    read: (result, name) => {
      const { log, averageLog, annualized } = result.analyzer(Returns, name);
      const rnorm = annualized ?? averageLog ?? -Infinity;
      return { rtot: log ?? -Infinity, ravg: averageLog ?? -Infinity, rnorm, rnorm100: rnorm * 100 };
    },
  }),
  TimeReturn: (params) => ({
    add: (cerebro, name) =>
      void cerebro.addAnalyzer(
        TimeReturn,
        { ...framed(params), ...named(params, { data: 'data', firstopen: 'firstOpen' }) },
        name,
      ),
    read: (result, name) => byPeriod(result.analyzer(TimeReturn, name), frameName(params, result)),
  }),
  LogReturnsRolling: (params) => ({
    add: (cerebro, name) => {
      const window = Number(params['compression'] ?? 1);
      cerebro.addAnalyzer(LogReturnsRolling, { ...framed(params), window }, name);
    },
    read: (result, name) => byPeriod(result.analyzer(LogReturnsRolling, name), frameName(params, result)),
  }),
  SharpeRatio: (params) => sharpe(params),
  SharpeRatio_A: (params) => sharpe({ ...params, annualize: true }),
  AnnualReturn: () => ({
    add: (cerebro, name) => void cerebro.addAnalyzer(AnnualReturn, { compat }, name),
    read: (result, name) =>
      Object.fromEntries(result.analyzer(AnnualReturn, name).map((row) => [String(row.year), row.return])),
  }),
  DrawDown: () => ({
    add: (cerebro, name) => void cerebro.addAnalyzer(DrawDown, { compat }, name),
    read: (result, name) => {
      const found = result.analyzer(DrawDown, name);
      const shaped = (one: typeof found | typeof found.max): Params => ({
        len: one.length,
        drawdown: one.depth * 100,
        moneydown: one.money,
      });
      return { ...shaped(found), max: shaped(found.max) };
    },
  }),
  TimeDrawDown: (params) => ({
    add: (cerebro, name) => void cerebro.addAnalyzer(TimeDrawDown, framed(params), name),
    read: (result, name) => {
      const { depth, periods } = result.analyzer(TimeDrawDown, name);
      return { maxdrawdown: depth * 100, maxdrawdownperiod: periods };
    },
  }),
  Calmar: (params) => ({
    add: (cerebro, name) =>
      void cerebro.addAnalyzer(Calmar, { ...framed(params), ...named(params, { period: 'window' }) }, name),
    read: (result, name) => {
      const frame = params['timeframe'] === undefined ? '1M' : frameName(params, result);
      const rows = result.analyzer(Calmar, name).periods.map(({ time, calmar }) => ({ time, return: calmar }));
      return byPeriod(rows, frame);
    },
  }),
  PeriodStats: (params) => ({
    add: (cerebro, name) =>
      void cerebro.addAnalyzer(
        PeriodStats,
        { ...framed(params), ...named(params, { zeroispos: 'zeroIsPositive' }) },
        name,
      ),
    read: (result, name) => {
      const { average, deviation, positive, negative, unchanged, best, worst } = result.analyzer(PeriodStats, name);
      return { average, stddev: deviation, positive, negative, nochange: unchanged, best, worst };
    },
  }),
  VWR: (params) => ({
    add: (cerebro, name) => {
      const own = named(params, { tann: 'factor', tau: 'tau', sdev_max: 'maxDeviation' });
      cerebro.addAnalyzer(VWR, { ...framed(params), ...own }, name);
    },
    read: (result, name) => ({ vwr: result.analyzer(VWR, name).vwr }),
  }),
  SQN: () => ({
    add: (cerebro, name) => void cerebro.addAnalyzer(SQN, { compat }, name),
    read: (result, name) => ({ ...result.analyzer(SQN, name) }),
  }),
  TradeAnalyzer: () => ({
    add: (cerebro, name) => void cerebro.addAnalyzer(TradeAnalyzer, { compat }, name),
    read: (result, name) => tradeTree(result.analyzer(TradeAnalyzer, name)),
  }),
  PositionsValue: (params) => ({
    add: (cerebro, name) => void cerebro.addAnalyzer(PositionsValue, {}, name),
    read: (result, name) => positions(result, name, params['headers'] === true, params['cash'] === true),
  }),
  Transactions: (params) => ({
    add: (cerebro, name) => void cerebro.addAnalyzer(Transactions, { compat }, name),
    read: (result, name) => transactions(result, name, params['headers'] === true),
  }),
  GrossLeverage: () => ({
    add: (cerebro, name) => void cerebro.addAnalyzer(GrossLeverage, { compat }, name),
    read: (result, name) => {
      const { opened, time, leverage } = result.analyzer(GrossLeverage, name);
      const stamps = isDaily(result.strategy.data.timeframe.unit) ? opened : time;
      return Object.fromEntries(Array.from(leverage, (value, k) => [stampKey(stamps[k]!, false), value]));
    },
  }),
  PyFolio: (params) => {
    const frame = { timeframe: 'days', ...params };
    const parts: Record<string, OracleReading> = {
      returns: analyzers['TimeReturn']!(frame),
      positions: analyzers['PositionsValue']!({ headers: true, cash: true }),
      transactions: analyzers['Transactions']!({ headers: true }),
      gross_lev: analyzers['GrossLeverage']!({}),
    };
    return {
      add: (cerebro, name) => {
        for (const [part, reading] of Object.entries(parts)) reading.add(cerebro, `${name}.${part}`);
      },
      read: (result, name) =>
        Object.fromEntries(
          Object.entries(parts).map(([part, reading]) => [part, reading.read(result, `${name}.${part}`)]),
        ),
    };
  },
};

function sharpe(params: Params): OracleReading {
  return {
    add: (cerebro, name) => {
      const own = named(params, {
        riskfreerate: 'riskFreeRate',
        factor: 'factor',
        daysfactor: 'daysFactor',
        convertrate: 'convertRate',
        annualize: 'annualize',
        stddev_sample: 'sampleStddev',
        legacyannual: 'legacyAnnual',
      });
      const frame = params['legacyannual'] === true ? { compat } : framed(params);
      cerebro.addAnalyzer(SharpeRatio, { ...frame, ...own }, name);
    },
    read: (result, name) => ({ sharperatio: result.analyzer(SharpeRatio, name).sharpe }),
  };
}

/** Options of the oracle under the project's names; what is absent stays so. */
function named(params: Params, names: Readonly<Record<string, string>>): Params {
  return Object.fromEntries(
    Object.entries(names).flatMap(([theirs, ours]) => {
      const value = params[theirs];
      return value === undefined || value === null ? [] : [[ours, value]];
    }),
  );
}

function frameName(params: Params, result: StrategyResult): string {
  const { name, unit } = result.strategy.data.timeframe;
  return framed(params).timeframe ?? (isDaily(unit) ? `1${unit}` : name);
}

/** Rows by the oracle's keys: the last day of a period, or the last minute or second of a shorter one. */
function byPeriod(rows: readonly PeriodReturn[], frame: string): Params {
  return Object.fromEntries(rows.map((row) => [periodKey(row.time, frame), row.return]));
}

function periodKey(start: number, frame: string): string {
  if (frame === 'all') return '9999-12-31T23:59:59.999999';
  const unit = frame.at(-1);
  const date = new Date(start);
  const year = date.getUTCFullYear();
  if (unit === 'y') return `${year}-12-31`;
  if (unit === 'M') return String(Date.UTC(year, date.getUTCMonth() + 1, 0));
  if (unit === 'w') return String(start + 6 * dayMs);
  if (unit === 'd') return String(start);
  const count = Number(frame.slice(0, -1));
  const minute = 60_000;
  if (unit === 's') return String(start + count * 1000 - 1000);
  return String(start + count * minute * (unit === 'h' ? 60 : 1) - minute);
}

function isDaily(unit: string): boolean {
  return unit === 'd' || unit === 'w' || unit === 'M' || unit === 'y';
}

function stampKey(stamp: number, isDate: boolean): string {
  return isDate ? new Date(stamp).toISOString().slice(0, 10) : String(stamp);
}

function tradeTree(found: TradeAnalysis): Params {
  const { total, streak, pnl, won, lost, long, short, length } = found;
  if (total.closed === 0) return { total: total.total === 0 ? { total: 0 } : { total: total.total, open: total.open } };
  const profits = ({ total: sum, average = 0, best = 0 }: TradeAnalysis['won']['pnl']): Params => ({
    total: sum,
    average,
    max: best,
  });
  const side = (one: TradeAnalysis['long']): Params => ({
    total: one.total,
    won: one.won,
    lost: one.lost,
    pnl: {
      total: one.pnl.total,
      average: one.pnl.average ?? 0,
      won: profits(one.pnl.won),
      lost: profits(one.pnl.lost),
    },
  });
  const lengths = ({ total: sum, average = 0, max = 0, min }: Lengths, none: number | undefined): Params => {
    const least = min ?? none;
    return { total: sum, average, max, ...(least !== undefined && { min: least }) };
  };
  const split = (one: SplitLengths): Params => ({
    ...lengths(one, noLength),
    won: lengths(one.won, noLength),
    lost: lengths(one.lost, noLength),
  });
  return {
    total: { ...total },
    streak: { won: { ...streak.won }, lost: { ...streak.lost } },
    pnl: { gross: { ...pnl.gross }, net: { ...pnl.net } },
    won: { total: won.total, pnl: profits(won.pnl) },
    lost: { total: lost.total, pnl: profits(lost.pnl) },
    long: side(long),
    short: side(short),
    len: {
      ...lengths(length, undefined),
      won: lengths(length.won, undefined),
      lost: lengths(length.lost, undefined),
      long: split(length.long),
      short: split(length.short),
    },
  };
}

function positions(result: StrategyResult, name: string, hasHeaders: boolean, hasCash: boolean): Params {
  const found = result.analyzer(PositionsValue, name);
  const datas = Object.keys(found.positions);
  const isDate = result.strategy.datas.every(({ timeframe }) => isDaily(timeframe.unit));
  const stamps = isDate ? found.opened : found.time;
  const rows = Array.from(stamps, (stamp, k): [string, unknown] => [
    stampKey(stamp, isDate),
    [...datas.map((data) => found.positions[data]![k]), ...(hasCash ? [found.cash[k]] : [])],
  ]);
  const header: [string, unknown][] = hasHeaders ? [['Datetime', hasCash ? [...datas, 'cash'] : datas]] : [];
  return Object.fromEntries([...header, ...rows]);
}

function transactions(result: StrategyResult, name: string, hasHeaders: boolean): Params {
  const isDate = result.strategy.datas.every(({ timeframe }) => isDaily(timeframe.unit));
  const rows: Record<string, unknown[]> = hasHeaders ? { date: [['amount', 'price', 'sid', 'symbol', 'value']] } : {};
  for (const row of result.analyzer(Transactions, name)) {
    const key = stampKey(isDate ? row.opened : row.time, false);
    (rows[key] ??= []).push([row.size, row.price, row.index, row.data, row.value]);
  }
  return rows;
}
