/** A venue on loopback that can be struck at will, and feeds of it by both ways: the package's own connector, and ccxt. */
import {
  FeedHandler,
  protocolOf,
  withHosts,
  type FeedHandlerOptions,
  type StreamFeed,
} from '../../src/connectors/index.ts';
import { systemRuntime, type HttpRequest, type HttpResponse, type ServedSocket, type Service, type SocketService, type StreamEvent } from '../../src/core/index.ts'; // prettier-ignore
import { BinanceApi, decimalText, SeededMarket, serviceApi, VenueServer } from '../../src/venue/index.ts';
import { instruments } from './local.ts';

/** How an exchange is reached. */
export type Route = 'native' | 'ccxt';
export const routes: readonly Route[] = ['native', 'ccxt'];

/** What is closed when a test has ended, the last first. */
export const closing: (() => unknown)[] = [];

/** Closes everything. */
export async function closeAll(): Promise<void> {
  for (const close of closing.splice(0).reverse()) await close();
}

/** Waits until something holds. */
export async function until(holds: () => boolean, seconds = 30): Promise<void> {
  for (let i = 0; i < seconds * 50 && !holds(); i++) await systemRuntime.sleep(20);
  if (!holds()) throw new Error(`it did not hold within ${seconds} s: ${holds.toString()}`);
}

/** Sockets that can be refused, closed, or left open without a word. */
export class Switch implements Service {
  isRefusing = false;
  isSilent = false;
  /** Sockets that were accepted. */
  accepted = 0;
  readonly #service: Service;
  readonly #open = new Map<ServedSocket, SocketService>();

  constructor(service: Service) {
    this.#service = service;
  }

  accept(url: string, socket: ServedSocket): SocketService | undefined {
    if (this.isRefusing) return undefined;
    this.accepted++;
    const handler = this.#service.accept(url, {
      send: (frame) => {
        if (!this.isSilent) socket.send(frame);
      },
      close: (reason) => {
        socket.close(reason);
      },
    });
    if (handler === undefined) return undefined;
    this.#open.set(socket, handler);
    return {
      frame: (text) => {
        handler.frame(text);
      },
      closed: () => {
        this.#open.delete(socket);
        handler.closed();
      },
    };
  }

  request(request: HttpRequest, answer: (response: HttpResponse) => void): void {
    this.#service.request(request, answer);
  }

  /** Closes every socket. */
  hangUp(): void {
    for (const socket of [...this.#open.keys()]) socket.close('hung up');
  }
}

/** A running venue. */
export interface Venue {
  readonly url: string;
  readonly market: SeededMarket;
  readonly server: VenueServer;
  readonly sockets: Switch;
}

/** A market that trades with itself, served as Binance. `around` puts a service in between. */
export async function openVenue(
  options: { seed?: number; stepsPerSecond?: number; around?: (service: Service) => Service } = {},
): Promise<Venue> {
  const { seed = 5, stepsPerSecond = 40, around = (service: Service): Service => service } = options;
  const market = new SeededMarket(systemRuntime, { seed, instruments, stepsPerSecond, levels: 10 });
  const api = new BinanceApi(systemRuntime, market);
  const sockets = new Switch(around(api));
  const server = new VenueServer().mount(
    serviceApi('binance', sockets, { sockets: ['/stream', '/ws'], paths: ['/api/', '/sapi/', '/fapi/', '/dapi/'] }),
  );
  const url = await server.listen();
  closing.push(() => server.close(), () => { api.stop(); }, () => { market.stop(); }); // prettier-ignore
  market.start();
  return { url, market, server, sockets };
}

/** What a feed of the venue brought. */
export interface Followed {
  readonly handler: FeedHandler;
  readonly feed: StreamFeed<number>;
  readonly events: StreamEvent[];
  readonly errors: string[];
}

type FeedOptions = Parameters<FeedHandler['addFeed']>[0];

/** A handler and a feed of the venue by one of the ways, started. ccxt's own waits between attempts are short here. */
export async function follow(
  venue: Venue,
  route: Route,
  options: Partial<FeedOptions> = {},
  handlerOptions: FeedHandlerOptions = {},
): Promise<Followed> {
  const { url } = venue;
  const errors: string[] = [];
  const events: StreamEvent[] = [];
  const handler = new FeedHandler({
    protocols: [withHosts(protocolOf('binance'), { rest: url, socket: url.replace('http', 'ws') })],
    policy: { firstBackoffMs: 30, capBackoffMs: 300, stableMs: 2_000 },
    onError: (error) => errors.push(error.message),
    ...handlerOptions,
  });
  closing.push(() => handler.stop(500));
  const config = { options: { ws: { backoff: { base: 20, factor: 1, max: 20 }, cost: 0 } } };
  const more = route === 'ccxt' ? { via: route, connection: { url, config }, rateLimit: 0 } : {};
  const feed = await handler.addFeed({
    exchange: 'binance', symbols: ['BTC/USDT'], channels: ['trade', 'book'], depth: 40,
    sinks: [{ write: (event) => void events.push(event) }], ...more, ...options,
  }); // prettier-ignore
  handler.start();
  return { handler, feed, events, errors };
}

/** The venue's book as numbers, the best levels first. */
export function truthOf({ market }: Venue, symbol: string): { bids: number[][]; asks: number[][] } {
  const book = market.book(symbol);
  const rows = (levels: readonly (readonly [number, number])[]): number[][] =>
    levels.map(([price, size]) => [Number(decimalText(price, 2)), Number(decimalText(size, 4))]);
  return { bids: rows(book.bids), asks: rows(book.asks) };
}

/** Ids of the trades that came, in order, and of those that the venue made from the first of them on. */
export function tradeIds(
  venue: Venue,
  events: readonly StreamEvent[],
  symbol: string,
): { came: number[]; made: number[] } {
  const came = events.flatMap((event) => (event.type === 'trade' && event.symbol === symbol ? [Number(event.id)] : []));
  const first = Math.min(...came);
  const made = venue.market.trades(symbol, 1e9).map(({ id }) => id).filter((id) => id >= first); // prettier-ignore
  return { came: came.sort((a, b) => a - b), made };
}

/** Stops the market, and waits until a feed has every trade and the venue's book, or some seconds have passed. */
export async function settleFeed(venue: Venue, followed: Followed, symbol = 'BTC/USDT', seconds = 20): Promise<void> {
  venue.market.stop();
  const isThere = (): boolean => {
    const { came, made } = tradeIds(venue, followed.events, symbol);
    const truth = truthOf(venue, symbol);
    const book = followed.feed.book(symbol);
    return came.length === made.length && JSON.stringify(book?.bids) === JSON.stringify(truth.bids) && JSON.stringify(book?.asks) === JSON.stringify(truth.asks); // prettier-ignore
  };
  for (let i = 0; i < seconds * 50 && !isThere(); i++) await systemRuntime.sleep(20);
}
