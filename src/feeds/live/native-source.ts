/** The market source over the native connectors: one FeedHandler, whose events are emitted as they are. */
import {
  FeedHandler, findProtocol, protocolOf, type FeedHandlerOptions, type Protocol, type SubscriptionOptions,
} from '../../connectors/index.ts'; // prettier-ignore
import {
  channels, checkNames, ConfigError, type Channel, type StreamEvent, type StreamState,
} from '../../core/index.ts'; // prettier-ignore
import type { MarketSource, SourceContext, WantedStream } from './market-source.ts';

/** Options of NativeSource. */
export interface NativeSourceOptions {
  /** A venue with a native connector, such as `binance`. */
  readonly exchange: string;
  /** Silence in milliseconds after which a channel is stale, where the default does not fit. */
  readonly staleMs?: Readonly<Partial<Record<Channel, number>>>;
  /** Further venues, or built-in ones at other addresses. Default: the built-in ones. */
  readonly protocols?: readonly Protocol[];
  /** Timeouts of the connections. Default: what fits liquid symbols, by field of `ShardPolicy`. */
  readonly policy?: NonNullable<FeedHandlerOptions['policy']>;
  /** Receives unreadable frames and refusals. Default: they are dropped. */
  readonly onError?: NonNullable<FeedHandlerOptions['onError']>;
}

const optionNames = ['exchange', 'staleMs', 'protocols', 'policy', 'onError'] as const;
const usualDepth = 20;

/** Whether a venue has a native connector. */
export function hasNativeSource(exchange: string, protocols: readonly Protocol[] = []): boolean {
  return findProtocol(exchange, protocols) !== undefined;
}

/** Live streams of one venue through its native connector. */
export class NativeSource implements MarketSource {
  readonly exchange: string;
  readonly #options: NativeSourceOptions;
  readonly #protocol: Protocol;
  #handler: FeedHandler | undefined;

  /** @throws {ConfigError} If the venue has no native connector. */
  constructor(options: NativeSourceOptions) {
    checkNames('option of NativeSource', options, optionNames);
    this.#protocol = protocolOf(options.exchange, options.protocols);
    this.exchange = options.exchange;
    this.#options = options;
  }

  async open(
    wanted: readonly WantedStream[],
    emit: (event: StreamEvent) => void,
    context: SourceContext,
  ): Promise<void> {
    if (this.#handler !== undefined) throw new ConfigError(`the source of ${this.exchange} is open already`);
    const { protocols, policy, onError } = this.#options;
    const { runtime, network } = context;
    const handler = new FeedHandler({
      runtime,
      ...(network && { network }),
      ...(protocols && { protocols }),
      ...(policy && { policy }),
      ...(onError && { onError }),
    });
    this.#handler = handler;
    const status = (stream: WantedStream, state: StreamState, reason: string): void => {
      const { channel, symbol } = stream;
      emit({ type: 'status', exchange: this.exchange, symbol, channel, state, reason, time: runtime.now() });
    };
    const served: WantedStream[] = [];
    for (const stream of wanted) {
      if (this.#protocol.channels.includes(stream.channel) || stream.isOptional !== true) served.push(stream);
      else status(stream, 'down', `${this.exchange} has no channel '${stream.channel}'`);
    }
    for (const group of groupsOf(served)) await handler.addFeed(this.#feedOf(group, emit));
    handler.start();
  }

  async close(): Promise<void> {
    await this.#handler?.stop();
  }

  #feedOf(group: readonly WantedStream[], emit: (event: StreamEvent) => void): SubscriptionOptions<number> {
    const subscription: Partial<Record<Channel, string[]>> = {};
    for (const { channel, symbol } of group) (subscription[channel] ??= []).push(symbol);
    const first = group[0]!;
    const depth = first.channel === 'book' ? (first.depth ?? usualDepth) : undefined;
    const { staleMs } = this.#options;
    return {
      exchange: this.exchange,
      subscription,
      ...(first.timeframe !== undefined && { timeframe: first.timeframe }),
      ...(depth !== undefined && { depth }),
      ...(staleMs && { staleMs }),
      callbacks: Object.fromEntries([...channels, 'status', 'gap', 'refused'].map((name) => [name, emit])),
    };
  }
}

/** Streams grouped as feeds can carry them: a feed has one depth of book and one timeframe. */
function groupsOf(wanted: readonly WantedStream[]): WantedStream[][] {
  const groups = new Map<string, WantedStream[]>();
  for (const stream of wanted) {
    const { channel, depth, timeframe } = stream;
    const key =
      channel === 'book' ? `book ${depth ?? usualDepth}` : channel === 'bar' ? `bar ${timeframe ?? ''}` : 'rest';
    groups.set(key, [...(groups.get(key) ?? []), stream]);
  }
  return [...groups.values()];
}
