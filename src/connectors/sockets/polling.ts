/** Polls over HTTP what a venue does not stream: the open interest of Binance and HTX. */
import type { Network, Runtime } from '../../core/index.ts';
import { messageOf, ProtocolError } from '../../core/index.ts';
import type { FeedSink } from '../decoding/feed-sink.ts';
import type { Stream } from '../decoding/frame-stream.ts';
import type { Polls, Subscription } from '../decoding/protocol.ts';
import type { NumberReader } from '../decoding/numbers.ts';
import { requestError } from './request-error.ts';

/** What polling needs from its socket. */
export interface PollingParts<N> {
  readonly exchange: string;
  readonly polls: Polls;
  readonly network: Network;
  readonly runtime: Runtime;
  readonly numbers: NumberReader<N>;
  readonly sink: FeedSink<N>;
  readonly stream: Stream<N>;
  /** Acts after a time, unless the socket has closed by then. */
  later(ms: number, act: () => void): void;
}

/** Begins to ask for each subscription, spread over the interval so that the requests do not come at once. */
export function startPolling<N>(subscriptions: readonly Subscription[], parts: PollingParts<N>): void {
  const { everyMs } = parts.polls;
  subscriptions.forEach((one, i) => {
    parts.later((i * everyMs) / subscriptions.length, () => {
      poll(one, parts, everyMs);
    });
  });
}

/** One request; the next follows after the interval, or after a longer wait for each refusal in a row. */
function poll<N>(subscription: Subscription, parts: PollingParts<N>, waitMs: number): void {
  const { exchange, polls, network, runtime, numbers, sink, stream } = parts;
  network.request(polls.request(subscription), (response) => {
    const isRead = response.status === 200;
    if (isRead) {
      try {
        for (const event of polls.parse<N>(response.text, subscription, runtime.now(), numbers)) stream.event(event);
      } catch (cause) {
        const what = `the ${subscription.channel} of ${subscription.symbol}`;
        sink.error(new ProtocolError(`${what} from ${exchange} could not be read (${messageOf(cause)})`, { cause }));
      }
    } else sink.error(requestError(exchange, `the ${subscription.channel} of ${subscription.symbol}`, response));
    const next = isRead ? polls.everyMs : Math.min(waitMs * 2, 16 * polls.everyMs);
    parts.later(next, () => {
      poll(subscription, parts, next);
    });
  });
}
