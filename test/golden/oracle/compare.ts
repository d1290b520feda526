/** Comparing what the project made of a scenario with what the oracle did, value by value. */
import type { Replayed } from './replay.ts';
import { spread } from './changes.ts';
import type { Change, Row, Scenario } from './scenario.ts';

/** One value of a scenario that came out differently. */
export interface Mismatch {
  /** The bar of the engine it belongs to; undefined for values of the whole run. */
  readonly bar: number | undefined;
  /** Where it stands in the outputs: `events[3 Completed].price`. */
  readonly field: string;
  readonly expected: unknown;
  readonly got: unknown;
}

/** How many values were compared, and those that differ. */
export interface Comparison {
  total: number;
  readonly mismatches: Mismatch[];
}

const relative = 1e-8;
const absolute = 1e-6;

/** Whether two numbers are the same to the oracle's printed precision. */
export function isClose(expected: number, got: number): boolean {
  if (expected === got) return true;
  return Math.abs(expected - got) <= Math.max(relative * Math.abs(expected), absolute);
}

class Counter implements Comparison {
  total = 0;
  readonly mismatches: Mismatch[] = [];

  /** Compares two values of any shape; every leaf counts as one. */
  value(bar: number | undefined, field: string, expected: unknown, got: unknown): void {
    if (isBranch(expected) && isBranch(got) && Array.isArray(expected) === Array.isArray(got)) {
      for (const name of new Set([...Object.keys(expected), ...Object.keys(got)])) {
        const path = Array.isArray(expected) ? `${field}[${name}]` : `${field}.${name}`;
        this.value(bar, path, (expected as Row)[name], (got as Row)[name]);
      }
      return;
    }
    const isEqual = isSame(expected, got);
    this.total += isBranch(expected) ? leaves(expected) : 1;
    if (!isEqual) this.mismatches.push({ bar, field, expected, got });
  }

  /** Compares rows that have a bar, matched by `key`; and in each bar the order in which they came. */
  rows(field: string, expected: readonly Row[], got: readonly Row[], key: (row: Row) => string): void {
    const mine = keyed(got, key);
    const theirs = keyed(expected, key);
    for (const [name, row] of theirs) this.value(row['bar'] as number, `${field}[${name}]`, row, mine.get(name));
    for (const [name, row] of mine) {
      if (!theirs.has(name)) this.value(row['bar'] as number, `${field}[${name}]`, undefined, row);
    }
    const order = (rows: ReadonlyMap<string, Row>): Map<number, string> => {
      const byBar = new Map<number, string>();
      for (const [name, row] of rows) {
        const bar = row['bar'] as number;
        byBar.set(bar, byBar.has(bar) ? `${byBar.get(bar)!}, ${name}` : name);
      }
      return byBar;
    };
    const [before, after] = [order(theirs), order(mine)];
    for (const bar of new Set([...before.keys(), ...after.keys()])) {
      this.value(bar, `${field}.order`, before.get(bar), after.get(bar));
    }
  }

  /** Compares values bar by bar. */
  bars(field: string, expected: readonly unknown[], got: readonly unknown[]): void {
    for (let bar = 0; bar < Math.max(expected.length, got.length); bar++) {
      this.value(bar, field, expected[bar], got[bar]);
    }
  }

  /** Compares lists of `[bar, ...]`, matched by bar and by what `key` makes of an entry. */
  entries(
    field: string,
    expected: readonly (readonly unknown[])[],
    got: readonly (readonly unknown[])[],
    key: number[],
  ): void {
    const row = (entry: readonly unknown[]): Row => ({ bar: entry[0], cells: entry });
    const name = (entry: Row): string => key.map((at) => String((entry['cells'] as unknown[])[at])).join(' ');
    this.rows(field, expected.map(row), got.map(row), name);
  }
}

/** The differences between two logs of datas, as `compare` finds them. */
export function compareLog(
  expected: readonly (readonly unknown[])[],
  got: readonly (readonly unknown[])[],
): Mismatch[] {
  const counter = new Counter();
  counter.entries('next_log', expected, got, [0]);
  return counter.mismatches;
}

/** Compares everything that the scenario carries. */
export function compare(scenario: Scenario, replayed: Replayed): Comparison {
  const { outputs } = scenario;
  const { log } = replayed;
  const counter = new Counter();
  const bars = outputs.bars ?? replayed.bars;
  const changes = (field: string, expected: readonly Change[] | undefined, got: readonly unknown[]): void => {
    if (expected !== undefined) counter.bars(field, spread(expected, bars), got);
  };
  if (outputs.bars !== undefined) counter.value(undefined, 'bars', outputs.bars, replayed.bars);
  if (outputs.issued)
    counter.rows('issued', outputs.issued, log.issued, (row) => `${text(row['ref'])} ${text(row['id'])}`);
  const hasBits = outputs.events?.some((event) => event['bits'] !== undefined) === true;
  const events = hasBits ? log.events : log.events.map(({ bits: _bits, ...event }) => event);
  if (outputs.events)
    counter.rows('events', outputs.events, events, (row) => `${text(row['ref'])} ${text(row['status'])}`);
  if (outputs.trade_events) {
    counter.rows(
      'trade_events',
      outputs.trade_events,
      log.trade_events,
      (row) => `${text(row['ref'])} ${text(row['status'])}`,
    );
  }
  if (outputs.trade_history) counter.value(undefined, 'trade_history', outputs.trade_history, replayed.tradeHistory);
  changes('cash', outputs.cash_changes, log.cash);
  changes('value', outputs.value_changes, log.value);
  if (outputs.value) counter.bars('value', outputs.value, log.value);
  changes('position', outputs.position_changes, log.positions);
  changes('fund', outputs.fund_changes, log.fund);
  if (outputs.trail) counter.entries('trail', outputs.trail, log.trail, [0, 1]);
  if (outputs.next_log) counter.entries('next_log', outputs.next_log, log.next_log, [0]);
  if (outputs.ind_log) counter.entries('ind_log', outputs.ind_log, log.ind_log, [0]);
  if (outputs.timers)
    counter.rows('timers', outputs.timers, log.timers, (row) => `${text(row['timer'])} ${text(row['when_ms'])}`);
  for (const part of ['final', 'analyzers', 'observers'] as const) {
    if (outputs[part] !== undefined) counter.value(undefined, part, outputs[part], replayed[part]);
  }
  counter.total += replayed.habits.acts.length;
  counter.mismatches.push(...replayed.habits.acts);
  counter.mismatches.sort((a, b) => (a.bar ?? Infinity) - (b.bar ?? Infinity));
  return counter;
}

/** Rows by key; a key that comes again gets its number. */
function keyed(rows: readonly Row[], key: (row: Row) => string): Map<string, Row> {
  const seen = new Map<string, number>();
  const named = new Map<string, Row>();
  for (const row of rows) {
    const name = key(row);
    const count = (seen.get(name) ?? 0) + 1;
    seen.set(name, count);
    named.set(count === 1 ? name : `${name} ${count}`, row);
  }
  return named;
}

/** Whether two leaves are the same; the oracle's null is nothing or NaN, its infinities are words. */
export function isSame(expected: unknown, got: unknown): boolean {
  if (typeof expected === 'number' && typeof got === 'number') return isClose(expected, got);
  const wanted = expected ?? undefined;
  const seen = typeof got === 'number' && Number.isNaN(got) ? undefined : (got ?? undefined);
  if (wanted === 'inf') return seen === Infinity;
  if (wanted === '-inf') return seen === -Infinity;
  return wanted === seen;
}

function isBranch(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

function leaves(value: unknown): number {
  return isBranch(value) ? Object.values(value).reduce((sum: number, one) => sum + leaves(one), 0) : 1;
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value ?? null);
}
