/** What differs between a true run and one whose future was changed. */
import { messageOf } from '../../core/index.ts';
import type { IndicatorNode } from '../../lines/index.ts';
import type { Trace } from './trace.ts';

/** Something in the past that changed when only the future was changed. */
export interface Leak {
  /**
   * What changed: an indicator's value, an order, the portfolio's value, or an error; orders that are right, or large, more often than can be
   * (`foresight`); orders that are not placed when the same bars come at another date (`date`); orders that are placed at a bar's number, whatever
   * the market (`number`); whatever depends on the bars of an earlier run (`memory`); or orders that change when later rows of the files that are read are not there (`file`).
   */
  readonly kind: 'indicator' | 'order' | 'value' | 'error' | 'foresight' | 'date' | 'number' | 'memory' | 'file';
  /** The strategy's name. */
  readonly strategy: string;
  /** The indicator, or the order, in words. */
  readonly what: string;
  /** Close of the first bar at which it showed, milliseconds UTC; NaN before the first step. */
  readonly time: number;
  /** How many bars or orders changed in the run that showed it first. */
  readonly count: number;
  /** What it was in the true run, and with the changed future. */
  readonly was: string;
  /** What it was with a false future. */
  readonly became: string;
  /**
   * How the future had been changed; `again` where an earlier run had been over other bars; `outcome` where it was compared with the orders; `moved` where the bars came 400 years later; `elsewhere` where
   * other bars had the same numbers.
   */
  readonly by: 'falsified' | 'cut' | 'again' | 'outcome' | 'moved' | 'elsewhere';
}

/** The differences up to `end`, the first of each indicator, of each strategy's orders and of the value. */
export function leaksBetween(truth: Trace, other: Trace, end: number, by: Leak['by']): Leak[] {
  const leaks: Leak[] = [];
  truth.strategies.forEach((strategy, k) => {
    const twin = other.strategies[k];
    if (twin === undefined) return;
    strategy.nodes.forEach((node, n) => {
      const twinNode = twin.nodes[n];
      if (twinNode !== undefined) leaks.push(...nodeLeaks(strategy.name, node, twinNode, end, by));
    });
    const order = orderLeak(truth, other, k, end, by);
    if (order !== undefined) leaks.push(order);
  });
  const value = valueLeak(truth, other, end, by);
  if (value !== undefined) leaks.push(value);
  if (other.error !== undefined) {
    const message = messageOf(other.error);
    const time = other.clocks[other.clocks.length - 1] ?? NaN;
    const strategy = truth.strategies[0]?.name ?? '';
    leaks.push({ kind: 'error', strategy, what: message, time, count: 1, was: 'no error', became: message, by });
  }
  return leaks;
}

function nodeLeaks(strategy: string, node: IndicatorNode, twin: IndicatorNode, end: number, by: Leak['by']): Leak[] {
  return node.io.outputs.flatMap((output, k) => {
    const column = twin.io.outputs[k]!;
    const { timeline } = node;
    let [count, first] = [0, -1];
    for (let i = 0; i < Math.min(node.done, twin.done) && timeline.closeAt(i) <= end; i++) {
      if (Object.is(output.at(i), column.at(i)) || output.at(i) === column.at(i)) continue;
      if (first < 0) first = i;
      count++;
    }
    if (first < 0) return [];
    const what = `${node.name} of '${timeline.info.name}'${node.io.outputs.length > 1 ? `, line ${k + 1}` : ''}`;
    const [was, became] = [String(output.at(first)), String(column.at(first))];
    return [{ kind: 'indicator' as const, strategy, what, time: timeline.closeAt(first), count, was, became, by }];
  });
}

function orderLeak(truth: Trace, other: Trace, k: number, end: number, by: Leak['by']): Leak | undefined {
  const [mine, theirs] = [truth.strategies[k]!.orders, other.strategies[k]!.orders];
  let [first, count] = [-1, 0];
  for (let step = 0; step < Math.min(truth.clocks.length, other.clocks.length); step++) {
    if (truth.clocks[step]! > end) break;
    const [n, m] = [truth.orderCounts[step]![k]!, other.orderCounts[step]![k]!];
    const from = step === 0 ? 0 : Math.min(truth.orderCounts[step - 1]![k]!, other.orderCounts[step - 1]![k]!);
    let isSame = n === m && truth.clocks[step] === other.clocks[step];
    for (let at = from; isSame && at < n; at++) isSame = mine[at] === theirs[at];
    if (isSame) continue;
    if (first < 0) first = step;
    count++;
  }
  if (first < 0) return undefined;
  const at = mine.findIndex((order, i) => order !== theirs[i]);
  const made = at < 0 ? mine.length : at;
  const [was, became] = [mine[made] ?? 'no order', theirs[made] ?? 'no order'];
  const what = was === 'no order' ? became : was;
  const strategy = truth.strategies[k]!.name;
  return { kind: 'order', strategy, what, time: truth.clocks[first]!, count, was, became, by };
}

function valueLeak(truth: Trace, other: Trace, end: number, by: Leak['by']): Leak | undefined {
  if (other.error !== undefined) return undefined;
  let [first, count] = [-1, 0];
  for (let step = 0; step < Math.min(truth.values.length, other.values.length); step++) {
    if (truth.clocks[step]! > end) break;
    if (truth.values[step] === other.values[step]) continue;
    if (first < 0) first = step;
    count++;
  }
  if (first < 0) return undefined;
  const [was, became] = [String(truth.values[first]), String(other.values[first])];
  return {
    kind: 'value',
    strategy: '',
    what: "the portfolio's value",
    time: truth.clocks[first]!,
    count,
    was,
    became,
    by,
  };
}
