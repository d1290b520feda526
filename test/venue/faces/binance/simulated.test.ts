/** The same exchange inside the process, on a simulated clock: our own connector, signed orders, and what goes wrong with them. */
import { createHmac } from 'node:crypto';

import { describe, expect, it } from 'vitest';

import {
  barsFromRows,
  SimulatedNetwork,
  SimulatedRuntime,
  timeframe,
  type BarUpdate,
  type HttpResponse,
  type Quote,
  type StreamStatus,
  type TradeTick,
} from '../../../../src/core/index.ts';
import { FeedHandler } from '../../../../src/connectors/index.ts';
import { binance } from '../../../../src/connectors/protocols/binance/spot.ts';
import {
  BarMarket,
  BinanceApi,
  FaultyService,
  planFaults,
  requestFaults,
  SeededMarket,
  type BarMarketOptions,
  type FaultWindow,
} from '../../../../src/venue/index.ts';
import { instrument, keys, quietBars } from './local.ts';

const begin = Date.UTC(2024, 0, 1);
const symbol = 'BTC/USDT';
const rest = 'https://api.binance.com';

function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

interface Simulated<M> {
  readonly runtime: SimulatedRuntime;
  readonly network: SimulatedNetwork;
  readonly market: M;
  readonly service: FaultyService;
  pass(ms: number): Promise<void>;
  /** A signed request, as a client would make it. */
  ask(
    method: 'GET' | 'POST' | 'DELETE',
    path: string,
    params?: Readonly<Record<string, string>>,
  ): Promise<HttpResponse>;
}

function simulated<M extends BarMarket | SeededMarket>(make: (runtime: SimulatedRuntime) => M, windows: readonly FaultWindow[] = [], seed = 4): Simulated<M> {
  const runtime = new SimulatedRuntime(seed, begin);
  const network = new SimulatedNetwork(runtime);
  const market = make(runtime);
  const service = new FaultyService(new BinanceApi(runtime, market, { exchange: market.exchange }), runtime, {
    windows, seed, heartbeat: () => false, corrupt: () => undefined, lagged: () => undefined,
  });
  for (const prefix of ['wss://stream.binance.com', 'wss://ws-api.binance.com', rest]) network.serve(prefix, service);
  market.start();
  return {
    runtime, network, market, service,
    pass: (ms) => runtime.advanceAsync(ms, settle),
    ask: (method, path, params = {}) => new Promise((resolve) => {
      const query = new URLSearchParams({ ...params, timestamp: String(runtime.now()), recvWindow: '60000' }).toString();
      const signed = `${query}&signature=${createHmac('sha256', keys.secret).update(query).digest('hex')}`;
      const headers = { 'X-MBX-APIKEY': keys.apiKey };
      network.request(
        method === 'POST' ? { method, url: `${rest}${path}`, body: signed, headers } : { method, url: `${rest}${path}?${signed}`, headers },
        resolve,
      );
    }),
  };
} // prettier-ignore

function tape(runtime: SimulatedRuntime, options: Partial<BarMarketOptions> = {}): BarMarket {
  return new BarMarket(runtime, {
    series: [{ instrument, bars: barsFromRows(quietBars(begin - 60 * 60_000, 90)), timeframe: '1m' }],
    accounts: [{ name: 'me', ...keys, balances: { USDT: 10_000, BTC: 2 } }], ...options,
  });
} // prettier-ignore

async function watch(one: Simulated<BarMarket | SeededMarket>): Promise<{
  feed: Awaited<ReturnType<FeedHandler['addFeed']>>;
  trades: TradeTick[];
  quotes: Quote[];
  bars: BarUpdate[];
  states: StreamStatus[];
  handler: FeedHandler;
}> {
  const handler = new FeedHandler({ runtime: one.runtime, network: one.network, protocols: [binance] });
  const [trades, quotes, bars, states]: [TradeTick[], Quote[], BarUpdate[], StreamStatus[]] = [[], [], [], []];
  const adding = handler.addFeed({
    exchange: 'binance', symbols: [symbol], channels: ['trade', 'quote', 'book', 'bar'],
    callbacks: { trade: (e) => trades.push(e), quote: (e) => quotes.push(e), bar: (e) => bars.push(e), status: (e) => states.push(e) },
  });
  await one.pass(500);
  const feed = await adding;
  handler.start();
  return { feed, trades, quotes, bars, states, handler };
} // prettier-ignore

describe('our own connector on the local exchange', () => {
  it.each([0, 1, 3])('sees trades, quotes, book and bars of one truth on a tape with a spread of %i ticks', async (spread) => {
    const one = simulated((runtime) => tape(runtime, { spread }));
    const { feed, trades, quotes, bars, handler } = await watch(one);
    await one.pass(5 * 60_000 + 100);
    one.market.stop();
    await one.pass(1_000);
    const truth = one.market.trades(symbol, Infinity);
    const seen = trades.map((trade) => [Number(trade.id), Math.round(trade.price * 10), Math.round(trade.size * 1e4), trade.time, trade.side]);
    const first = seen[0]![0] as number;
    expect(seen).toEqual(truth.filter(({ id }) => id >= first).map(({ id, price, size, time, side }) => [id, price, size, time, side]));
    const closed = bars.filter((bar) => bar.closed === true);
    expect(closed.length).toBeGreaterThanOrEqual(4);
    for (const bar of closed) {
      expect([bar.open, bar.high, bar.low, bar.close, bar.volume]).toEqual([100, 101, 99, 100.5, 10]);
    }
    for (const { bid } of quotes) expect(bid).toBeGreaterThan(98);
    for (const quote of quotes) expect(Math.round((quote.ask! - quote.bid!) * 10)).toBe(spread);
    const book = one.market.book(symbol);
    expect(feed.book(symbol)!.bids).toEqual(book.bids.map(([price, size]) => [price / 10, size / 1e4]));
    expect(feed.book(symbol)!.asks).toEqual(book.asks.map(([price, size]) => [price / 10, size / 1e4]));
    expect(feed.counts).toMatchObject({ reconnects: 0 });
    expect(feed.state('book', symbol)).toBe('live');
    await handler.stop();
  }); // prettier-ignore

  it('sees what an account does among a crowd', async () => {
    const one = simulated((runtime) => new SeededMarket(runtime, {
      seed: 8, instruments: [instrument], accounts: [{ name: 'me', ...keys, balances: { USDT: 1e6, BTC: 50 } }],
    })); // prettier-ignore
    const { feed, trades, handler } = await watch(one);
    const account = one.market.exchange.account('me');
    for (let i = 0; i < 40; i++) {
      await one.pass(500);
      const { bid, ask } = one.market.top(symbol);
      const side = i % 3 === 0 ? 'sell' : 'buy';
      const price = side === 'buy' ? bid![0] + (i % 2) : ask![0] - (i % 2);
      one.market.exchange.place(account, { symbol, side, type: i % 5 === 0 ? 'MARKET' : 'LIMIT', size: 2_000, ...(i % 5 === 0 ? {} : { price }) });
    }
    one.market.stop();
    await one.pass(1_000);
    const book = one.market.book(symbol);
    expect(feed.book(symbol)!.bids).toEqual(book.bids.map(([price, size]) => [price / 10, size / 1e4]));
    const mine = account.fills.map(({ tradeId }) => String(tradeId));
    expect(mine.length).toBeGreaterThan(10);
    expect(account.fills.some(({ isMaker }) => isMaker)).toBe(true);
    expect(trades.map(({ id }) => id)).toEqual(expect.arrayContaining(mine));
    const sum = one.market.bars(symbol, timeframe('1m'), 0, Infinity).reduce((all, bar) => all + bar.volume, 0);
    expect(sum).toBe(one.market.trades(symbol, Infinity).reduce((all, trade) => all + trade.size, 0));
    await handler.stop();
  }); // prettier-ignore
});

describe('orders on a simulated network', () => {
  const order = { symbol: 'BTCUSDT', side: 'BUY', type: 'MARKET', quantity: '1' };

  async function outcome(one: Simulated<BarMarket>, params: Readonly<Record<string, string>>): Promise<HttpResponse | undefined> {
    let response: HttpResponse | undefined;
    void one.ask('POST', '/api/v3/order', params).then((answer) => (response = answer));
    await one.pass(1_000);
    return response;
  } // prettier-ignore

  it('are taken, found by their client id, and reported on the user-data stream in order', async () => {
    const one = simulated(tape);
    const events: { subscriptionId?: number; event?: Record<string, unknown>; status?: number }[] = [];
    const params = { apiKey: keys.apiKey, timestamp: String(one.runtime.now()) };
    const text = Object.entries(params).map(([name, value]) => `${name}=${value}`).join('&'); // prettier-ignore
    const signature = createHmac('sha256', keys.secret).update(text).digest('hex');
    const socket = one.network.connect('wss://ws-api.binance.com:443/ws-api/v3', {
      opened: () => {
        socket.send(JSON.stringify({ id: '1', method: 'userDataStream.subscribe.signature', params: { ...params, signature } }));
      },
      frame: (data) => events.push(JSON.parse(data as string) as (typeof events)[number]),
      closed: () => {},
    }); // prettier-ignore
    await one.pass(200);
    expect(events).toMatchObject([{ id: '1', status: 200, result: { subscriptionId: 0 } }]);
    const answer = await outcome(one, { ...order, newClientOrderId: 'mine' });
    expect(JSON.parse(answer!.text)).toMatchObject({ status: 'FILLED', clientOrderId: 'mine', executedQty: '1.0000' });
    expect(events.slice(1).map(({ event }) => [event!['e'], event!['x'], event!['X']])).toEqual([
      ['executionReport', 'NEW', 'NEW'],
      ['executionReport', 'TRADE', 'FILLED'],
      ['outboundAccountPosition', undefined, undefined],
    ]);
    one.market.exchange.deposit('me', 'USDT', 5);
    await one.pass(200);
    expect(events.at(-1)!.event).toMatchObject({ e: 'balanceUpdate', a: 'USDT', d: '5.00000000' });
  });

  it.each([
    { kind: 'hang', status: undefined, isDone: false },
    { kind: 'too-many-requests', status: 429, isDone: false },
    { kind: 'banned', status: 418, isDone: false },
    { kind: 'web-page', status: 200, isDone: false },
    { kind: 'lost-answer', status: undefined, isDone: true },
    { kind: 'spoiled-answer', status: 200, isDone: true },
    { kind: 'late-answer', status: undefined, isDone: true },
  ] as const)('meet $kind: carried out is $isDone, answered in time is $status', async ({ kind, status, isDone }) => {
    const one = simulated(tape, [{ kind, from: 0, to: 60_000, where: '/api/v3/order', chance: 1 }]);
    const answer = await outcome(one, { ...order, newClientOrderId: 'struck' });
    expect(answer?.status).toBe(status);
    if (status === 429 || status === 418) expect(Number(answer!.headers['retry-after'])).toBeGreaterThan(0);
    if (status === 200) expect(answer!.text).toMatch(/^<!DOCTYPE html>/);
    const account = one.market.exchange.account('me');
    expect(one.market.exchange.find(account, symbol, { clientId: 'struck' })?.status).toBe(isDone ? 'FILLED' : undefined);
    expect(one.service.hits[kind]).toBe(1);
  }); // prettier-ignore

  it('meet the same faults for the same seed', async () => {
    const play = async (seed: number): Promise<string> => {
      const windows = planFaults(seed, requestFaults, 12, 0, 60_000, '/api/v3/order');
      const one = simulated(tape, windows, seed);
      const log: unknown[] = [];
      for (let i = 0; i < 40; i++) {
        const answer = await outcome(one, { ...order, quantity: '0.1', newClientOrderId: `o${i}` });
        log.push(answer?.status, answer?.text);
      }
      const account = one.market.exchange.account('me');
      const known = account.orders.map(({ clientId }) => clientId);
      expect(new Set(known).size).toBe(known.length);
      expect(Object.values(one.service.hits).reduce((sum, count) => sum + count, 0)).toBeGreaterThan(3);
      return JSON.stringify([log, known, one.service.hits]);
    };
    expect(await play(11)).toBe(await play(11));
    expect(await play(12)).not.toBe(await play(11));
  });
});
