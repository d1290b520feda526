/** A venue that only sends: Binance's streams of many symbols at an even pace, cheap enough for hours of them, with the truth beside. */
import type { HttpRequest, HttpResponse, Runtime, ServedSocket, Service, SocketService } from '../../src/core/index.ts';
import { seededRandom } from '../../src/core/index.ts';

/** Levels a side. */
const levels = 25;
/** How many trades of all symbols together requests may reach back to. */
const rememberedTrades = 49_152;

/** One symbol: prices in cents, so that texts are exact. */
class SteadySymbol {
  readonly id: string;
  readonly symbol: string;
  updateId = 1_000;
  tradeId = 5_000;
  readonly bids = new Map<number, number>();
  readonly asks = new Map<number, number>();
  readonly trades: string[] = [];
  bestBid = 100_000;
  readonly #lower: string;
  readonly #remembered: number;

  constructor(base: string, remembered: number) {
    this.#remembered = remembered;
    this.id = `${base}USDT`;
    this.symbol = `${base}/USDT`;
    this.#lower = this.id.toLowerCase();
    for (let i = 0; i < levels; i++) {
      this.bids.set(this.bestBid - i, 5 + i);
      this.asks.set(this.bestBid + 1 + i, 5 + i);
    }
  }

  trade(now: number, price: number, size: number, isMaker: boolean): string {
    const id = this.tradeId++;
    const row = `"a":${id},"p":"${text(price)}","q":"${size}","f":${id},"l":${id},"T":${now},"m":${isMaker},"M":true`;
    this.trades[id % this.#remembered] = `{${row}}`;
    return `{"stream":"${this.#lower}@aggTrade","data":{"e":"aggTrade","E":${now},"s":"${this.id}",${row}}}`;
  }

  quote(): string {
    const [bid, ask] = [this.bestBid, this.bestBid + 1];
    return `{"stream":"${this.#lower}@bookTicker","data":{"u":${this.updateId},"s":"${this.id}","b":"${text(bid)}","B":"${this.bids.get(bid)!}","a":"${text(ask)}","A":"${this.asks.get(ask)!}"}}`;
  }

  /** One level of each side has another size; at times the whole book moves by a cent. */
  change(now: number, random: () => number): string {
    const first = this.updateId + 1;
    this.updateId += 2;
    const bids: [number, number][] = [];
    const asks: [number, number][] = [];
    const size = 1 + Math.floor(random() * 900);
    const roll = random();
    if (roll < 0.04 && this.bestBid > 50_000) {
      bids.push([this.bestBid, 0], [this.bestBid - levels, size]);
      asks.push([this.bestBid, size], [this.bestBid + levels, 0]);
      this.bestBid--;
    } else if (roll < 0.08) {
      bids.push([this.bestBid + 1, size], [this.bestBid - levels + 1, 0]);
      asks.push([this.bestBid + 1, 0], [this.bestBid + levels + 1, size]);
      this.bestBid++;
    } else {
      const away = Math.floor(random() * levels);
      bids.push([this.bestBid - away, size]);
      asks.push([this.bestBid + 1 + away, size]);
    }
    put(this.bids, bids);
    put(this.asks, asks);
    return `{"stream":"${this.#lower}@depth@100ms","data":{"e":"depthUpdate","E":${now},"s":"${this.id}","U":${first},"u":${this.updateId},"b":[${rows(bids)}],"a":[${rows(asks)}]}}`;
  }

  /** The book as a client should have it, the best first. */
  book(): { bids: number[][]; asks: number[][] } {
    const side = (from: Map<number, number>, sign: number): number[][] =>
      [...from].sort(([a], [b]) => sign * (a - b)).map(([price, size]) => [Number(text(price)), size]);
    return { bids: side(this.bids, -1), asks: side(this.asks, 1) };
  }

  depth(): string {
    return `{"lastUpdateId":${this.updateId},"bids":[${rows([...this.bids])}],"asks":[${rows([...this.asks])}]}`;
  }

  /** Trades from an id on, 1,000 at most; those that are too old are gone. */
  tradesFrom(from: number): string {
    const first = Math.max(from, this.tradeId - this.#remembered, 5_000);
    const out: string[] = [];
    for (let id = first; id < this.tradeId && out.length < 1_000; id++) out.push(this.trades[id % this.#remembered]!);
    return `[${out.join()}]`;
  }
}

/** Sends `perSecond` messages over all symbols: in turn a change of a book, a trade and a best price. */
export class SteadyVenue implements Service {
  readonly symbols: readonly SteadySymbol[];
  sent = 0;
  readonly #runtime: Runtime;
  readonly #random: () => number;
  readonly #sockets = new Map<ServedSocket, Set<string>>();
  #turn = 0;

  constructor(runtime: Runtime, options: { readonly seed: number; readonly symbols: number }) {
    this.#runtime = runtime;
    this.#random = seededRandom(options.seed);
    this.symbols = Array.from(
      { length: options.symbols },
      (_, i) => new SteadySymbol(`C${i}`, Math.ceil(rememberedTrades / options.symbols)),
    );
  }

  /** One message of one symbol, to every socket that subscribed to its stream. */
  step(): void {
    const turn = this.#turn++;
    const one = this.symbols[Math.floor(turn / 3) % this.symbols.length]!;
    const now = Math.floor(this.#runtime.now());
    const kind = turn % 3;
    const random = this.#random;
    const isMaker = random() < 0.5;
    const [stream, frame] =
      kind === 0
        ? ['@depth@100ms', one.change(now, random)]
        : kind === 1
          ? ['@aggTrade', one.trade(now, one.bestBid + (isMaker ? 0 : 1), 1 + Math.floor(random() * 50), isMaker)]
          : ['@bookTicker', one.quote()];
    const name = one.id.toLowerCase() + stream;
    for (const [socket, streams] of this.#sockets) {
      if (!streams.has(name)) continue;
      this.sent++;
      socket.send(frame);
    }
  }

  accept(_url: string, socket: ServedSocket): SocketService {
    const streams = new Set<string>();
    this.#sockets.set(socket, streams);
    return {
      frame: (sent) => {
        const { method, params, id } = JSON.parse(sent) as { method: string; params: string[]; id: number };
        for (const name of params) {
          if (method === 'SUBSCRIBE') streams.add(name);
          else streams.delete(name);
        }
        socket.send(`{"result":null,"id":${id}}`);
      },
      closed: () => {
        this.#sockets.delete(socket);
      },
    };
  }

  request(request: HttpRequest, answer: (response: HttpResponse) => void): void {
    const { pathname, searchParams } = new URL(request.url);
    const one = this.symbols.find(({ id }) => id === searchParams.get('symbol'));
    const found = pathname.endsWith('/exchangeInfo')
      ? this.#listed()
      : pathname.endsWith('/depth')
        ? one!.depth()
        : one!.tradesFrom(Number(searchParams.get('fromId') ?? one!.tradeId - 1_000));
    answer({ status: 200, text: found, headers: {} });
  }

  #listed(): string {
    const symbols = this.symbols.map(({ id }) => ({ symbol: id, status: 'TRADING', baseAsset: id.slice(0, -4), quoteAsset: 'USDT', filters: [] })); // prettier-ignore
    return JSON.stringify({ symbols });
  }
}

function put(side: Map<number, number>, changes: readonly (readonly [number, number])[]): void {
  for (const [price, size] of changes) {
    if (size === 0) side.delete(price);
    else side.set(price, size);
  }
}

function rows(levels: readonly (readonly [number, number])[]): string {
  return levels.map(([price, size]) => `["${text(price)}","${size}"]`).join();
}

function text(cents: number): string {
  const whole = Math.floor(cents / 100);
  const rest = cents % 100;
  return rest < 10 ? `${whole}.0${rest}` : `${whole}.${rest}`;
}
