/** What the summary says of a live session: its streams, its queue, its end. */
import type { SessionSummary, StreamSummary } from '../../engine/index.ts';
import { count, counted } from './words.ts';

/** Rows of label and text. */
export function sessionRows({
  streams,
  ended,
  queue,
  failedRequests,
}: SessionSummary): [label: string, text: string][] {
  const rows = streams.map((stream, i): [string, string] => [i === 0 ? 'Stream' : '', streamText(stream)]);
  const lost = [
    queue.dropped > 0 ? `${counted(queue.dropped, 'event')} dropped, as they came faster than they could be taken in` : '',
    failedRequests > 0 ? `${counted(failedRequests, 'request')} for bars failed and ${failedRequests === 1 ? 'was' : 'were'} repeated` : '',
  ].filter((text) => text !== ''); // prettier-ignore
  if (lost.length > 0) rows.push(['Trouble', lost.join('; ')]);
  return [...rows, ['Ended', ended]];
}

function streamText({ symbol, history, built, fetched, trades, lateTrades, badTrades, breaks }: StreamSummary): string {
  const parts = [
    `${counted(built + fetched, 'bar')} after ${count(history)} of history`,
    fetched > 0 ? `${count(fetched)} of them fetched` : '',
    counted(trades, 'trade'),
    lateTrades > 0 ? `${count(lateTrades)} late` : '',
    badTrades > 0 ? `${count(badTrades)} unsound` : '',
    breaks > 0 ? counted(breaks, 'interruption') : '',
  ];
  return `${symbol}: ${parts.filter((part) => part !== '').join(', ')}`;
}
