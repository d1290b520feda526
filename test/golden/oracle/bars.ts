/** The bars of a scenario: rows of its CSV files, restamped to their opens. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { BarsDataFeed, timeframe, type Bars, type DataFeed, type Instrument } from 'nextbar';
import type { FileData, OracleTimeframe, Scenario } from './scenario.ts';

const letters: Readonly<Record<OracleTimeframe, string>> = {
  minutes: 'm',
  days: 'd',
  weeks: 'w',
  months: 'M',
  years: 'y',
  notimeframe: '',
};

/** `1h` for 60 minutes, `5m` for 5: the project's name of an oracle's bar length. */
export function frameName(unit: OracleTimeframe, compression: number): string {
  if (unit === 'minutes' && compression % 60 === 0) return `${compression / 60}h`;
  return `${compression}${letters[unit]}`;
}

const files = new Map<string, Bars>();

function readBars(path: string): Bars {
  const known = files.get(path);
  if (known !== undefined) return known;
  const rows = readFileSync(path, 'latin1')
    .trim()
    .split('\n')
    .slice(1)
    .map((line) => line.split(',').map(Number));
  const column = (at: number): Float64Array => Float64Array.from(rows, (row) => row[at]!);
  const bars = {
    time: column(0),
    open: column(1),
    high: column(2),
    low: column(3),
    close: column(4),
    volume: column(5),
  };
  files.set(path, bars);
  return bars;
}

/** Whether a data's stamps are its opens already, as those of daily files are. */
export function isStampedAtOpen(unit: OracleTimeframe): boolean {
  return unit !== 'minutes';
}

/** The rows that a data takes from its file, with `time` at the open. */
export function barsOf(folder: string, data: FileData): Bars {
  const all = readBars(join(folder, 'data', data.file));
  const from = data.start;
  const to = data.count === undefined || data.count === null ? all.time.length : from + data.count;
  const cut = (column: Float64Array): Float64Array => column.slice(from, to);
  const shift = isStampedAtOpen(data.timeframe) ? 0 : timeframe(frameName(data.timeframe, data.compression)).ms!;
  return {
    time: cut(all.time).map((stamp) => stamp - shift),
    open: cut(all.open),
    high: cut(all.high),
    low: cut(all.low),
    close: cut(all.close),
    volume: cut(all.volume),
  };
}

/** The feed of a data read from a file. */
export function feedOf(folder: string, data: FileData, scenario: Scenario): DataFeed {
  const rules = instrumentOf(data, scenario);
  return new BarsDataFeed({
    name: data.name,
    symbol: data.name,
    timeframe: frameName(data.timeframe, data.compression),
    bars: barsOf(folder, data),
    sessionEnd: data.sessionend ?? '23:59:59.999',
    ...(rules && { instrument: rules }),
  });
}

/** Backtrader sizes a target in whole units unless its scheme is told otherwise: a lot of 1. */
function instrumentOf(data: FileData, scenario: Scenario): Instrument | undefined {
  const entries = scenario.broker?.commission ?? [];
  const entry = entries.find((one) => one.data === data.name) ?? entries.find((one) => one.data === undefined);
  const { strategy } = scenario;
  const sizesByValue =
    strategy.type === 'scripted'
      ? strategy.orders.some(({ action }) => action === 'target_value' || action === 'target_percent')
      : strategy.type === 'rule' && strategy.rule.type === 'rebalance';
  if (!sizesByValue || entry?.fractional === true) return undefined;
  return { symbol: data.name, type: 'spot', base: data.name, quote: 'USD', lot: 1 };
}
