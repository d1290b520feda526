/** Scenarios as tables: each row a bar, the orders placed in its `next`, and what the strategy is told in it. */
import { expect } from 'vitest';
import {
  BarsDataFeed,
  Cerebro,
  type Bar,
  type CerebroOptions,
  type Instrument,
  type RunResult,
  type Sizer,
} from 'nextbar';
import type { CommissionOptions } from 'nextbar';
import { Actor, type Act } from './actor.ts';

export const hourMs = 3_600_000;
/** A Monday, 00:00 UTC: when the first bar of every table opens, unless it says otherwise. */
export const monday = Date.UTC(2024, 0, 1);

/** What a table is run with. */
export interface ScenarioOptions extends CerebroOptions {
  /** Timeframe of the table's bars. Default `1h`. */
  readonly timeframe?: string;
  /** Open of the first bar. Default: a Monday, 00:00 UTC. */
  readonly start?: number;
  readonly sessionEnd?: string;
  /** More datas by name, with a table of prices each; all have the symbol of the first. */
  readonly more?: Readonly<Record<string, { readonly timeframe: string; readonly bars: string }>>;
  readonly schemes?: Readonly<Record<string, CommissionOptions>>;
  readonly sizer?: Sizer;
  /** What is known of the instrument; nothing unless it is given. */
  readonly instrument?: Instrument;
  /** Acts that a table cannot say, by the number of the bar. */
  readonly act?: Readonly<Record<number, Act>>;
}

interface Row {
  readonly bar: Bar;
  readonly orders: string;
  readonly cells: Readonly<Record<string, string>>;
}

const numberColumns = ['cash', 'value', 'position', 'fund'] as const;

/**
 * Runs a table on both ledgers and holds it to what its `told`, `cash`, `value`, `position` and `fund` columns say.
 *
 * Columns are parted by `|`; the first holds `open high low close volume` (volume 1000 where it is left out). Orders and
 * events are parted by `;`. An event is `name size @ price`, with `partial` behind it while a part is left, or `name status`; a
 * reason in brackets is compared where it is written. Cells of numbers left empty are not compared, events always are.
 */
export async function scenario(text: string, options: ScenarioOptions = {}): Promise<RunResult> {
  const rows = readTable(text, options);
  const decimal = await play(rows, { ...options, ledger: 'decimal' });
  const float = await play(rows, { ...options, ledger: 'float' });
  for (const { actor } of [float, decimal]) check(rows, actor);
  return float.result;
}

/** Prices as bars one after the other. */
export function barsOf(text: string, frameMs = hourMs, start = monday): Bar[] {
  return linesOf(text).map((line, k) => toBar(line, start + k * frameMs));
}

function readTable(text: string, options: ScenarioOptions): Row[] {
  const [head = '', ...lines] = linesOf(text);
  const names = head.split('|').map((name) => name.trim());
  const frameMs = frames[options.timeframe ?? '1h']!;
  return lines.map((line, k) => {
    const parts = line.split('|').map((part) => part.trim());
    const cells = Object.fromEntries(names.map((name, at) => [name, parts[at] ?? '']));
    return { bar: toBar(parts[0]!, (options.start ?? monday) + k * frameMs), orders: cells['orders'] ?? '', cells };
  });
}

const frames: Readonly<Record<string, number>> = {
  '1h': hourMs,
  '4h': 4 * hourMs,
  '15m': hourMs / 4,
  '1d': 24 * hourMs,
};

function linesOf(text: string): string[] {
  return text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
}

function toBar(prices: string, time: number): Bar {
  const [open, high, low, close, volume = 1000] = prices.split(/\s+/).map(Number);
  return { time, open: open!, high: high!, low: low!, close: close!, volume };
}

async function play(rows: readonly Row[], options: ScenarioOptions): Promise<{ result: RunResult; actor: Actor }> {
  const {
    timeframe = '1h',
    start,
    sessionEnd,
    more = {},
    schemes = {},
    sizer,
    instrument,
    act = {},
    ...rest
  } = options;
  const cerebro = new Cerebro({ cash: 10_000, ...rest });
  const common = {
    symbol: 'BTC/USDT',
    ...(instrument && { instrument }),
    ...(sessionEnd !== undefined && { sessionEnd }),
  };
  cerebro.addData(new BarsDataFeed({ ...common, name: 'btc', timeframe, bars: rows.map(({ bar }) => bar) }));
  for (const [name, { timeframe: frame, bars }] of Object.entries(more)) {
    const made = barsOf(bars, frames[frame], start ?? monday);
    cerebro.addData(new BarsDataFeed({ ...common, name, timeframe: frame, bars: made }));
  }
  for (const [name, scheme] of Object.entries(schemes)) cerebro.setCommission(name, scheme);
  if (sizer !== undefined) cerebro.addSizer(sizer);
  cerebro.addStrategy(Actor, { orders: rows.map(({ orders }) => orders), act });
  const result = await cerebro.run();
  return { result, actor: result.strategies[0]!.strategy as unknown as Actor };
}

function check(rows: readonly Row[], actor: Actor): void {
  const wanted = rows.map(({ cells }) => split(cells['told'] ?? ''));
  const told = rows.map((_, bar) =>
    (actor.told[bar] ?? []).map(({ event, reason }, k) =>
      wanted[bar]![k]?.endsWith(')') === true ? `${event} (${String(reason)})` : event,
    ),
  );
  expect(told.map((events, bar) => `${bar}: ${events.join('; ')}`)).toEqual(
    wanted.map((events, bar) => `${bar}: ${events.join('; ')}`),
  );
  for (const name of numberColumns) {
    for (const [bar, { cells }] of rows.entries()) {
      const cell = cells[name] ?? '';
      if (cell !== '') expect(actor.seen[bar]![name], `${name} in bar ${bar}`).toBeCloseTo(Number(cell), 6);
    }
  }
}

/** The parts of a cell. */
export function split(cell: string): string[] {
  return cell
    .split(';')
    .map((part) => part.trim())
    .filter((part) => part !== '');
}
