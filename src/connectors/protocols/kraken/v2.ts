/** Kraken's second form of frames: read in recordings, not subscribed to live, since its checksum needs each pair's decimals. */
import type { Side } from '../../../core/index.ts';
import {
  isoTime,
  levelsFromObjects,
  objectsIn,
  sideIn,
  textIn,
  valueIn,
  valueMaybe,
  type Json,
} from '../../decoding/fields.ts';
import type { ParserContext } from '../../decoding/protocol.ts';

/** Reads one frame whose numbers have been put in quotes. */
export function readKrakenV2<N>(message: Json, context: ParserContext<N>, receiveTime: number): void {
  if (message['channel'] === 'heartbeat' || message['channel'] === 'status' || !('data' in message)) {
    context.out.heartbeat();
    return;
  }
  const snapshot = message['type'] === 'snapshot';
  const { numbers, out } = context;
  for (const data of objectsIn(message, 'data')) {
    const stamp = {
      exchange: 'kraken',
      symbol: context.unified(textIn(data, 'symbol')),
      time: 'timestamp' in data ? isoTime(textIn(data, 'timestamp')) : undefined,
      receiveTime,
    };
    if (message['channel'] === 'trade') {
      const side: Side = sideIn(data, 'side', 'buy', 'sell');
      const price = valueIn(data, 'price', numbers);
      out.event({
        type: 'trade',
        ...stamp,
        id: textIn(data, 'trade_id'),
        side,
        price,
        size: valueIn(data, 'qty', numbers),
        backfill: snapshot,
      });
    } else if (message['channel'] === 'book') {
      const bids = levelsFromObjects(objectsIn(data, 'bids'), 'price', 'qty', 'bids', context.bookTexts);
      const asks = levelsFromObjects(objectsIn(data, 'asks'), 'price', 'qty', 'asks', context.bookTexts);
      out.book({
        kind: snapshot ? 'snapshot' : 'delta',
        symbol: stamp.symbol,
        time: stamp.time,
        receiveTime,
        bids: bids.levels,
        asks: asks.levels,
        bidTexts: bids.texts,
        askTexts: asks.texts,
      });
    } else if (message['channel'] === 'ticker') {
      out.event({
        type: 'quote',
        ...stamp,
        bid: valueMaybe(data, 'bid', numbers),
        bidSize: valueMaybe(data, 'bid_qty', numbers),
        ask: valueMaybe(data, 'ask', numbers),
        askSize: valueMaybe(data, 'ask_qty', numbers),
        sequence: undefined,
      });
    }
  }
}
