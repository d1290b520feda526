/** What a session shows of its datas while it runs, and says of its streams when it is over. */
import type { BackBroker } from '../../broker/index.ts';
import type { Timeline } from '../../lines/index.ts';
import type { LiveFeed } from './feed-state.ts';
import type { DataView, StreamSummary } from './view.ts';

/** One data as it is now. */
export function dataView(feed: LiveFeed, timeline: Timeline, broker: BackBroker): DataView {
  const { name, symbol, timeframe } = timeline.info;
  const { index } = timeline;
  const [last] = feed.feed.viewOf(feed.feed.symbol).recentTrades(1);
  const { size, price } = broker.positionOf(timeline.id);
  return {
    name,
    symbol,
    timeframe: timeframe.name,
    state: feed.state,
    price: last?.price ?? timeline.close.at(index),
    bars: index + 1,
    closeTime: timeline.closeAt(index),
    position: { size, price },
  };
}

/** What became of a stream. */
export function summaryOf({ name, feed, intake, history, trades }: LiveFeed): StreamSummary {
  const { built, fetched, lateTrades, breaks } = intake.bars.counts;
  const { exchange, symbol } = feed;
  return { name, exchange, symbol, history, built, fetched, trades, lateTrades, badTrades: intake.badTrades, breaks };
}

/** What of it is worth a warning. */
export function warningsOf({ name, lateTrades, badTrades }: StreamSummary): string[] {
  const texts: string[] = [];
  const some = (count: number): string => (count === 1 ? '1 trade' : `${count} trades`);
  if (lateTrades > 0) texts.push(`${some(lateTrades)} of '${name}' came after the bar was closed: they are in no bar`);
  if (badTrades > 0) texts.push(`${some(badTrades)} of '${name}' had no sound price or size: they are in no bar`);
  return texts;
}
