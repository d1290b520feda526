/** The summary's rows about a live session: its streams, its queue, its end. */
import type { SessionSummary, StreamSummary } from '../../engine/index.ts';
import { printable } from './printable.ts';
import { count, counted } from './words.ts';

/** Rows of label and text. */
export function sessionRows({
  streams,
  ended,
  queue,
  failedRequests,
  openOrders,
  roundTrip,
}: SessionSummary): [label: string, text: string][] {
  const rows = streams.map((stream, i): [string, string] => [i === 0 ? 'Stream' : '', streamText(stream)]);
  const lost = [
    queue.dropped > 0 ? `${counted(queue.dropped, 'event')} dropped, as they came faster than they could be taken in` : '',
    failedRequests > 0 ? `${counted(failedRequests, 'request')} for bars failed and ${failedRequests === 1 ? 'was' : 'were'} repeated` : '',
  ].filter((text) => text !== ''); // prettier-ignore
  if (roundTrip !== undefined) {
    const { p50, p99, highest } = roundTrip;
    const ms = (time: number): string => `${time < 10 ? time.toFixed(1) : count(Math.round(time))} ms`;
    rows.push(['Answers', `${counted(roundTrip.count, 'order')} and changes answered within ${ms(p50)} (half), ${ms(p99)} (99 of 100), ${ms(highest)} (all)`]); // prettier-ignore
  }
  if (lost.length > 0) rows.push(['Trouble', lost.join('; ')]);
  rows.push(...openOrders.map((text, k): [string, string] => [k === 0 ? 'Open orders' : '', printable(text)]));
  return [...rows, ['Ended', printable(ended)]];
}

function streamText({ symbol, history, built, fetched, trades, lateTrades, badTrades, breaks }: StreamSummary): string {
  const parts = [
    `${counted(built + fetched, 'bar')} after ${count(history)} of history`,
    fetched > 0 ? `${count(fetched)} of them fetched` : '',
    counted(trades, 'trade'),
    lateTrades > 0 ? `${count(lateTrades)} late` : '',
    badTrades > 0 ? `${count(badTrades)} refused` : '',
    breaks > 0 ? counted(breaks, 'interruption') : '',
  ];
  return `${symbol}: ${parts.filter((part) => part !== '').join(', ')}`;
}
