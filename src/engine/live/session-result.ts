/** The result of a session: what every run has, with the counts of its streams and what its end left open. */
import type { LiveBroker, Order } from '../../broker/index.ts';
import { formatTime } from '../../core/index.ts';
import { holeText } from '../../feeds/index.ts';
import type { Timeline } from '../../lines/index.ts';
import type { RunResult } from '../result/result.ts';
import type { SessionSummary, StreamSummary } from '../result/session-summary.ts';
import { conclude, type RunOutcome } from '../run/assembly.ts';
import type { StrategyRun } from '../strategy/strategy-run.ts';
import type { LiveFeed } from './feed-state.ts';
import { openOrders } from './view.ts';

/** What a session has come to. */
export interface SessionEnd
  extends
    Pick<RunOutcome, 'steps' | 'equity' | 'statistics' | 'accounts'>,
    Pick<SessionSummary, 'ended' | 'isRecovered' | 'inputs' | 'queue' | 'failedRequests' | 'journal' | 'roundTrip'> {
  readonly mode: RunOutcome['mode'];
  readonly broker: LiveBroker;
  readonly timelines: readonly Timeline[];
  readonly feeds: readonly LiveFeed[];
  readonly runs: readonly StrategyRun[];
  /** Of timers, feeds and the run around the session. */
  readonly warnings: readonly string[];
}

/** The result of a session. */
export function sessionResult(end: SessionEnd): RunResult {
  const { broker, timelines, feeds, runs, mode, steps, equity, statistics, accounts, warnings } = end;
  const { ended, isRecovered, inputs, queue, failedRequests, journal, roundTrip } = end;
  const isSettled = isRecovered && broker.isSettled;
  const streams = feeds.map(summaryOf);
  const holdings = Object.fromEntries(timelines.map(({ id, info }) => [info.symbol, broker.heldOf(id)]));
  return conclude(timelines, broker, runs, {
    mode,
    session: {
      ended, isRecovered, isSettled, holdings, openOrders: openOrders(runs).map(orderLine), inputs, streams, queue, failedRequests, journal,
      ...(roundTrip && { roundTrip }),
    }, // prettier-ignore
    steps,
    equity,
    statistics,
    accounts,
    warnings: [
      ...endWarnings(isRecovered, isSettled, steps),
      ...streams.flatMap(warningsOf),
      ...feeds.flatMap(haltWarning),
      ...silentHooks(feeds, runs),
      ...warnings,
    ],
  });
}

/** An order that is open, in one line. */
export function orderLine({ side, remaining, data, type, price, status }: Order): string {
  const at = type === 'market' || type === 'close' ? type : `${type} ${price}`;
  return `${side} ${remaining} ${data.symbol} ${at} (${status})`;
}

function endWarnings(isRecovered: boolean, isSettled: boolean, steps: number): string[] {
  if (!isRecovered) {
    return [
      'the session ended before its account was known: cash, value and positions here are not those of the account',
    ];
  }
  const idle = steps === 0 ? ['the session ended before a bar had closed: its strategies made no step'] : [];
  if (isSettled) return idle;
  return [
    ...idle,
    'the session ended before every order had its answer: the account may differ from cash and positions here',
  ];
}

/** That trading in a data was halted. */
function haltWarning({ name, halts, halted }: LiveFeed): string[] {
  const last = halts.at(-1);
  if (last === undefined) return [];
  const times = halts.length === 1 ? 'once' : `${halts.length} times`;
  const since = `${formatTime(Math.floor(last.time / 1_000) * 1_000)} UTC (${last.reason})`;
  return [
    `trading in '${name}' was halted ${times}, the last time at ${since}${halted === undefined ? '' : ', and still is'}: orders were refused`,
  ];
}

/** The hooks of strategies that no feed of the session could call. */
function silentHooks(feeds: readonly LiveFeed[], runs: readonly StrategyRun[]): string[] {
  const isFollowed = feeds.some(({ feed }) =>
    feed.wanted.some(({ channel, symbol }) => channel === 'book' && symbol === feed.symbol),
  );
  if (isFollowed) return [];
  const deaf = runs.filter(({ hearsBooks }) => hearsBooks);
  return deaf.map(
    ({ name }) => `nextBook() of ${name} was never called: no feed follows its book; add subscribeBook() to the feed`,
  );
}

/** The counts of one stream, for the result. */
function summaryOf({ name, feed, intake, history, trades, holes, measures }: LiveFeed): StreamSummary {
  const { built, fetched, lateTrades, breaks, suspect } = intake.bars.counts;
  const { exchange, symbol } = feed;
  const { badTrades, refused } = intake;
  return {
    name,
    exchange,
    symbol,
    history,
    built,
    fetched,
    trades,
    lateTrades,
    badTrades,
    refused: { ...refused },
    channels: measures.rows(),
    breaks,
    suspectBars: suspect,
    holes: [...holes],
  };
}

/** The counts of a stream that deserve a warning. */
function warningsOf({ name, lateTrades, suspectBars, refused, holes }: StreamSummary): string[] {
  const texts: string[] = [];
  const some = (count: number): string => (count === 1 ? '1 trade' : `${count} trades`);
  if (lateTrades > 0) texts.push(`${some(lateTrades)} of '${name}' came after the bar was closed: they are in no bar`);
  if (suspectBars > 0) {
    const bars = suspectBars === 1 ? '1 bar' : `${suspectBars} bars`;
    texts.push(
      `${bars} of '${name}' may lack trades: the channel of trades was silent while others went on, and no source of closed bars was set to compare with`,
    );
  }
  for (const hole of holes) texts.push(`${name}: ${holeText(hole)}`);
  const reasons = Object.entries(refused);
  if (reasons.length > 0) {
    const counts = reasons.map(([reason, count]) => `${reason} ${count}`).join(', ');
    texts.push(`events of '${name}' were refused because they held values that no market can have: ${counts}`);
  }
  return texts;
}
