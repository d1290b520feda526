/** What every source of a live market must do, run by each of them: two against the local exchange, one over a recording of it. */
import { fileURLToPath } from 'node:url';

import { afterEach, describe, expect, it } from 'vitest';

import { protocolOf, withHosts } from '../../src/connectors/index.ts';
import { systemRuntime, type StreamEvent } from '../../src/core/index.ts';
import {
  CcxtProSource,
  NativeSource,
  RecordingSource,
  type MarketSource,
  type WantedStream,
} from '../../src/feeds/index.ts';
import { BinanceApi, SeededMarket, serviceApi, VenueServer } from '../../src/venue/index.ts';
import { instruments } from '../connectors/local.ts';

const symbol = 'BTC/USDT';
const recording = fileURLToPath(new URL('../golden/recordings/own/own_binance.jsonl.gz', import.meta.url));
const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

/** A busy local exchange; its address. */
async function venue(): Promise<string> {
  const market = new SeededMarket(systemRuntime, { seed: 5, instruments, stepsPerSecond: 60, levels: 20 });
  const api = new BinanceApi(systemRuntime, market);
  const server = new VenueServer().mount(
    serviceApi('binance', api, { sockets: ['/stream', '/ws'], paths: ['/api/', '/sapi/', '/fapi/', '/dapi/'] }),
  );
  const url = await server.listen();
  closing.push(() => server.close(), () => api.stop(), () => market.stop()); // prettier-ignore
  market.start();
  return url;
}

const sources: readonly [name: string, make: () => Promise<MarketSource>][] = [
  [
    'NativeSource',
    async () => {
      const url = await venue();
      const at = withHosts(protocolOf('binance'), { rest: url, socket: url.replace('http', 'ws') });
      return new NativeSource({ exchange: 'binance', protocols: [at] });
    },
  ],
  [
    'CcxtProSource',
    async () =>
      new CcxtProSource({
        exchange: 'binance',
        connection: { url: await venue(), rateLimitMs: 0 },
        firstBackoffMs: 20,
      }),
  ],
  ['RecordingSource', () => Promise.resolve(new RecordingSource({ exchange: 'binance', recording, speed: Infinity }))],
];

const wanted: readonly WantedStream[] = [
  { channel: 'trade', symbol },
  { channel: 'book', symbol, depth: 5 },
];

type Of<T extends StreamEvent['type']> = Extract<StreamEvent, { type: T }>;

/** Opens a source and collects what it emits. */
async function opened(make: () => Promise<MarketSource>, streams = wanted) {
  const source = await make();
  const events: StreamEvent[] = [];
  const of = <T extends StreamEvent['type']>(type: T): Of<T>[] =>
    events.filter((event): event is Of<T> => event.type === type);
  closing.push(() => source.close());
  await source.open(streams, (event) => events.push(event), { runtime: systemRuntime });
  return { source, events, of };
}

describe.each(sources)('%s', (_name, make) => {
  it('says of each stream that it is live, before its first data', async () => {
    const { events, of } = await opened(make);
    await expect.poll(() => of('trade').length > 3 && of('book').length > 3).toBe(true);
    for (const channel of ['trade', 'book'] as const) {
      const live = events.findIndex(
        (event) => event.type === 'status' && event.channel === channel && event.state === 'live',
      );
      const first = events.findIndex((event) => event.type === channel && !(event.type === 'trade' && event.backfill));
      expect(live).toBeGreaterThanOrEqual(0);
      expect(live).toBeLessThan(first);
    }
  });

  it('emits only what was asked for, with the symbol as it was asked for', async () => {
    const { events, of } = await opened(make);
    await expect.poll(() => of('trade').length).toBeGreaterThan(5);
    expect(new Set(events.map(({ type }) => type))).toEqual(new Set(['status', 'trade', 'book']));
    for (const event of events) expect(event).toMatchObject({ exchange: 'binance', symbol });
  });

  it("emits trades in the venue's order, each once, with finite prices and sizes above 0", async () => {
    const { of } = await opened(make);
    await expect.poll(() => of('trade').length).toBeGreaterThan(10);
    const trades = of('trade').filter(({ backfill }) => !backfill);
    const ids = trades.map(({ id }) => Number(id));
    expect(ids).toEqual([...new Set(ids)].sort((a, b) => a - b));
    for (const { price, size } of trades) {
      expect(Number.isFinite(price) && price > 0).toBe(true);
      expect(Number.isFinite(size) && size > 0).toBe(true);
    }
  });

  it('emits whole books of at most the depth, best first and not crossed', async () => {
    const { of } = await opened(make);
    await expect.poll(() => of('book').length).toBeGreaterThan(5);
    for (const { kind, bids, asks } of of('book')) {
      expect(kind).toBe('snapshot');
      expect(bids.length).toBeLessThanOrEqual(5);
      expect(asks.length).toBeLessThanOrEqual(5);
      const [down, up] = [bids.map(([price]) => price), asks.map(([price]) => price)];
      expect(down).toEqual([...down].sort((a, b) => b - a));
      expect(up).toEqual([...up].sort((a, b) => a - b));
      if (down.length > 0 && up.length > 0) expect(down[0]!).toBeLessThan(up[0]!);
    }
  });

  it('emits nothing after it was closed, and may be closed twice', async () => {
    const { source, events, of } = await opened(make);
    await expect.poll(() => of('trade').length).toBeGreaterThan(0);
    await source.close();
    const count = events.length;
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(events).toHaveLength(count);
    await source.close();
  });

  it('refuses a symbol that the venue does not have', async () => {
    const source = await make();
    closing.push(() => source.close());
    const streams = [{ channel: 'trade', symbol: 'DOGE/EUR' }] as const;
    await expect(source.open(streams, () => undefined, { runtime: systemRuntime })).rejects.toThrow(/DOGE\/EUR/);
  });
});
