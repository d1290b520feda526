/** What a socket needs to run. */
import type { Network, Runtime } from '../../core/index.ts';
import type { FeedSink } from '../decoding/feed-sink.ts';
import type { NumberReader } from '../decoding/numbers.ts';
import type { Protocol } from '../decoding/protocol.ts';

/** What the sockets of a feed share. */
export interface SocketOptions<N> {
  readonly protocol: Protocol;
  readonly runtime: Runtime;
  readonly network: Network;
  readonly numbers: NumberReader<N>;
  readonly sink: FeedSink<N>;
  /** The most book levels a side that consumers receive. */
  readonly depth?: number | undefined;
}
