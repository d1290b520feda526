/** What a run warns of: things worth knowing that are not errors, one sentence each. */
import type { EngineBroker, Order } from '../../broker/index.ts';
import { formatTime } from '../../core/index.ts';
import type { Timeline } from '../../lines/index.ts';
import type { StrategyRun } from '../strategy/strategy-run.ts';

/** The warnings of one strategy: hooks that were never called, trades it did not make, orders refused or still open. */
export function strategyWarnings(run: StrategyRun): string[] {
  const { name, entry, trades } = run;
  const { orders, refused } = entry;
  const warnings = [...run.warnings, ...run.drawing.warnings(name)];
  const short = run.needs.filter(({ timeline, bars }) => timeline.index + 1 < bars);
  for (const { timeline, bars } of run.isWarm ? [] : short) {
    warnings.push(
      `next() of ${name} was never called: its indicators need ${bars} bars of '${timeline.info.name}', ` +
        `which has ${timeline.index + 1}`,
    );
  }
  if (run.isWarm && trades.count === 0) warnings.push(`${name} made no trade: ${noTrade(run, orders, refused)}`);
  if (refused.length > 0) {
    const [first] = refused;
    const share = orders.length === 1 ? 'the only order' : `${refused.length} of ${orders.length} orders`;
    warnings.push(
      `${share} of ${name} ${refused.length === 1 ? 'was' : 'were'} refused, the first because ${reasonOf(first!)}`,
    );
  }
  const open = entry.open.read(undefined);
  if (open.length > 0) {
    const [first] = open;
    const what = open.length === 1 ? 'an order' : `${open.length} orders`;
    warnings.push(
      `${what} of ${name} ${open.length === 1 ? 'was' : 'were'} still open at the end, the first: ${first!.type} ${first!.side} ` +
        `${+first!.remaining.toPrecision(8)} of '${first!.data.name}'`,
    );
  }
  return warnings;
}

/** Warns of strategies that share one account although their rules would divide it: each may close what another holds. */
export function sharingWarnings(runs: readonly StrategyRun[], { rules, parts }: EngineBroker): string[] {
  if (runs.length < 2 || parts !== undefined || rules.name !== 'exchange') return [];
  return [
    `${runs.map(({ name }) => name).join(' and ')} shared one account: each could close what another held, and spend its cash`,
  ];
}

/** The warnings of datas that ended before the others did, with a position still in them. */
export function endWarnings(timelines: readonly Timeline[], broker: EngineBroker): string[] {
  const last = Math.max(...timelines.map((timeline) => timeline.closeAt(timeline.index)).filter(Number.isFinite));
  const hasEnded = (timeline: Timeline): boolean =>
    timeline.closeAt(timeline.index) + (Number.isFinite(timeline.frameMs) ? timeline.frameMs : 0) < last;
  const isValued = (pool: number): boolean => timelines.some((one) => broker.poolOf(one.id) === pool && !hasEnded(one));
  const ended = timelines.filter(
    (timeline) =>
      hasEnded(timeline) && broker.positionOf(timeline.id).size !== 0 && !isValued(broker.poolOf(timeline.id)),
  );
  const [first] = ended;
  if (first !== undefined && ended.length > mostApart) {
    return [
      `${ended.length} datas ended before the run did with a position, '${first.info.name}' among them at ${formatTime(first.closeAt(first.index))}: each is valued at its last close`,
    ];
  }
  return ended.map((timeline) => {
    const { size } = broker.positionOf(timeline.id);
    return (
      `'${timeline.info.name}' ended at ${formatTime(timeline.closeAt(timeline.index))}, before the run did, with a position of ${+size.toPrecision(8)}: ` +
      `it is valued at the last close, ${timeline.close.at(timeline.index)}`
    );
  });
}

/** Datas that are each named; of more, one sentence tells of all. */
const mostApart = 3;

function noTrade(run: StrategyRun, orders: readonly Order[], refused: readonly Order[]): string {
  const { emptySizes, dropped } = run.entry;
  if (orders.length + dropped > 0) {
    if (refused.length > 0 && orders.every((one) => one.isAlive || refused.includes(one)))
      return 'every order was refused';
    return `none of its ${orders.length + dropped} orders was executed`;
  }
  if (emptySizes > 0) return `the sizer (${run.entry.sizer.summary}) found nothing to do ${emptySizes} times`;
  return 'it placed no order';
}

function reasonOf({ reason, status }: Order): string {
  return reason ?? (status === 'margin' ? 'the cash did not cover it' : 'the market rejected it');
}
