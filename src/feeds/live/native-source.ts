/** The market source over this package's own connectors: one FeedHandler, its events as they come. */
import {
  FeedHandler,
  protocols as builtIn,
  type FeedHandlerOptions,
  type Protocol,
  type StreamFeedOptions,
} from '../../connectors/index.ts';
import {
  checkNames,
  ConfigError,
  unknownName,
  type Channel,
  type MarketEvent,
  type StreamEvent,
  type StreamState,
} from '../../core/index.ts';
import type { MarketSource, SourceContext, WantedStream } from './market-source.ts';

/** Options of NativeSource. */
export interface NativeSourceOptions {
  /** One of the venues with a connector of this package, such as `binance`. */
  readonly exchange: string;
  /** Silence in milliseconds after which a channel is stale, where the default does not fit. */
  readonly staleMs?: Readonly<Partial<Record<Channel, number>>>;
  /** Further venues, or built-in ones at other addresses. */
  readonly protocols?: readonly Protocol[];
  /** How patiently sockets are kept. */
  readonly policy?: NonNullable<FeedHandlerOptions['policy']>;
  /** Hears of frames that could not be read and of refusals. Default: nobody. */
  readonly onError?: NonNullable<FeedHandlerOptions['onError']>;
}

const optionNames = ['exchange', 'staleMs', 'protocols', 'policy', 'onError'] as const;
const usualDepth = 20;

/** Whether this package has a connector of its own for a venue. */
export function hasNativeSource(exchange: string, protocols: readonly Protocol[] = []): boolean {
  return [...builtIn, ...protocols].some(({ id }) => id === exchange);
}

/** Live streams of one venue through the package's own connector. */
export class NativeSource implements MarketSource {
  readonly exchange: string;
  readonly #options: NativeSourceOptions;
  readonly #protocol: Protocol;
  #handler: FeedHandler | undefined;

  /** @throws {ConfigError} If the venue has no connector here. */
  constructor(options: NativeSourceOptions) {
    checkNames('option of NativeSource', options, optionNames);
    const known = [...builtIn, ...(options.protocols ?? [])];
    const protocol = known.findLast(({ id }) => id === options.exchange);
    if (protocol === undefined) {
      throw unknownName('exchange', options.exchange, [...new Set(known.map(({ id }) => id))]);
    }
    this.exchange = options.exchange;
    this.#options = options;
    this.#protocol = protocol;
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

  #feedOf(group: readonly WantedStream[], emit: (event: StreamEvent) => void): StreamFeedOptions<number> {
    const subscription: Partial<Record<Channel, string[]>> = {};
    for (const { channel, symbol } of group) (subscription[channel] ??= []).push(symbol);
    const first = group[0]!;
    const depth = first.channel === 'book' ? (first.depth ?? usualDepth) : undefined;
    const { staleMs } = this.#options;
    const forward = (event: MarketEvent): void => {
      emit(event);
    };
    return {
      exchange: this.exchange,
      subscription,
      ...(first.timeframe !== undefined && { timeframe: first.timeframe }),
      ...(depth !== undefined && { depth }),
      ...(staleMs && { staleMs }),
      callbacks: {
        trade: forward,
        quote: forward,
        book: forward,
        bar: forward,
        funding: forward,
        openInterest: forward,
        liquidation: forward,
        index: forward,
        ticker24h: forward,
        status: emit,
        gap: emit,
      },
    };
  }
}

/** Streams that one feed of a handler can carry: it has one depth of book and one length of bar. */
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
