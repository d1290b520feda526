/** A sink and an owner of streams that ignore everything, for tests that override what they look at. */
import type { FeedSink } from '../../src/connectors/decoding/feed-sink.ts';
import type { StreamOwner } from '../../src/connectors/decoding/frame-stream.ts';

const nothing = (): void => {};

export const quietSink: FeedSink<never> = {
  event: nothing,
  status: nothing,
  gap: nothing,
  refused: nothing,
  error: nothing,
  wire: nothing,
};

export const quietOwner: StreamOwner = {
  send: nothing,
  needBook: nothing,
  bookLive: nothing,
  tradesMissing: nothing,
  socketGap: nothing,
  standbyData: nothing,
};
