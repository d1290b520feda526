/** The order-flow strategy: over a recorded market against a plain reading of the recording, and over markets made up bar by bar. */
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

import { describe, expect, it } from 'vitest';

import { BarsDataFeed, Cerebro, fixedSize, generateBars, StreamingFeed, timeframe, type StreamState } from 'nextbar';
import { floatReader } from 'nextbar/extend';
import { barOpen } from 'nextbar/feeds';
import { protocols, readRecording, Playback, type Level, type MarketEvent, type MarketReader, type TradeTick } from 'nextbar/streams'; // prettier-ignore

import { OrderFlow } from '../../strategies/order-flow.ts';

const path = fileURLToPath(new URL('../../examples/recordings/order-flow.jsonl.gz', import.meta.url));
/** Recorded traffic of the real exchange, where it is at hand. */
const real = fileURLToPath(new URL('../../../shared/recordings/binance_spot_btcusdt.jsonl.gz', import.meta.url));
const loose = { windowMs: 20_000, depth: 4, pressure: 0.1, imbalance: 0.05, exit: 0.2, maxBars: 8 };

/** Every event of the recording, in the order in which it came. */
function recorded(file: string): MarketEvent[] {
  const events: MarketEvent[] = [];
  const protocol = protocols.find(({ id }) => id === 'binance')!;
  const recording = readRecording('order-flow', readFileSync(file));
  const playback = new Playback(
    recording,
    { protocol, numbers: floatReader, depth: 20 },
    { event: (event) => events.push(event) },
  );
  for (const line of recording.lines) playback.line(line);
  return events;
}

/** The rule in plain loops, over the events: bars close with the first trade of a later one, which is the next one's open. */
function deals(events: readonly MarketEvent[], p: typeof loose): [side: string, price: number][] {
  const frame = timeframe('5s');
  const trades: TradeTick[] = [];
  const found: [string, number][] = [];
  let book: { bids: readonly Level[]; asks: readonly Level[] } | undefined;
  let [bar, bars, held, entry] = [NaN, 0, false, 0];
  const sum = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0);
  for (const event of events) {
    if (event.type === 'book') book = event;
    if (event.type !== 'trade' || event.backfill) continue;
    const open = barOpen(frame, event.time!);
    // The bar in which the recording begins was not seen whole, and is left out.
    if (open > bar && ++bars > 1) {
      const recent = trades.filter(({ time }) => time! > trades.at(-1)!.time! - p.windowMs);
      const taken = (side: string): number =>
        sum(recent.filter((trade) => trade.side === side).map(({ size }) => size));
      const pressure = (taken('buy') - taken('sell')) / (taken('buy') + taken('sell'));
      const [bids, asks] = [book!.bids, book!.asks].map((side) => sum(side.slice(0, p.depth).map(([, size]) => size)));
      const imbalance = (bids! - asks!) / (bids! + asks!);
      const out = held && (pressure < -p.exit || bars - entry >= p.maxBars);
      const into = !held && pressure > p.pressure && imbalance > p.imbalance;
      if (into) entry = bars;
      if (into || out) {
        held = into;
        found.push([into ? 'buy' : 'sell', event.price]);
      }
    }
    bar = open;
    trades.push(event);
  }
  return found;
}

/** A market as it is made up for one bar. */
interface Moment {
  readonly trades?: readonly [side: 'buy' | 'sell', size: number][];
  readonly bids?: readonly Level[];
  readonly asks?: readonly Level[];
  readonly state?: StreamState;
}

const bars = generateBars({ seed: 3, timeframe: '1m', count: 4, price: 100 });
const buyers: Moment = { trades: [['buy', 9], ['sell', 1]], bids: [[99, 9]], asks: [[101, 1]] }; // prettier-ignore

/** Bars with a market of the same length beside them. */
class MadeUp extends BarsDataFeed {
  readonly moments: readonly Moment[];
  shown = -1;

  constructor(moments: readonly Moment[]) {
    super({ bars, timeframe: '1m', symbol: 'BTC/USDT' });
    this.moments = moments;
  }

  override get reader(): MarketReader {
    const now = (): Moment => this.moments[this.shown] ?? {};
    const market = {
      exchange: 'x', symbol: 'BTC/USDT', quote: undefined, stateOf: () => now().state ?? 'live', ticker: () => undefined,
      book: () => now().bids && { bids: now().bids!, asks: now().asks!, time: 1, sequence: 1 },
      recentTrades: () => (now().trades ?? []).map(([side, size]): TradeTick => ({
        type: 'trade', exchange: 'x', symbol: 'BTC/USDT', time: 1, receiveTime: 1, id: undefined, side, price: 100, size, backfill: false,
      })),
    }; // prettier-ignore
    const reader = { ...market, of: (): MarketReader => reader } as unknown as MarketReader;
    return Object.defineProperty(reader, 'state', { get: () => now().state ?? 'live' });
  }
}

/** What the strategy bought and sold over made-up markets, by the bar at whose end it decided. */
async function decided(moments: readonly Moment[], params: Partial<typeof OrderFlow.params> = {}): Promise<string[]> {
  const feed = new MadeUp(moments);
  class Shown extends OrderFlow {
    override next(): void {
      feed.shown = this.data.length - 1;
      super.next();
    }
  }
  const cerebro = new Cerebro({ cash: 1e6 }).addData(feed).addStrategy(Shown, params).addSizer(fixedSize(1));
  const { strategies } = await cerebro.run();
  return strategies[0]!.orders.map(({ createdTime, side }) => `${(createdTime - bars.time[0]!) / 60_000} ${side}`);
}

describe('OrderFlow', () => {
  it('buys and closes over a recording as a plain reading of it says', async () => {
    const expected = deals(recorded(path), loose);
    expect(expected.length).toBeGreaterThan(8);
    const feed = new StreamingFeed({ exchange: 'binance', symbol: 'BTC/USDT', timeframe: '5s', recording: path });
    const cerebro = new Cerebro({ cash: 1e6 }).addData(feed.subscribeBook()).addSizer(fixedSize(1));
    const { strategies } = await cerebro.addStrategy(OrderFlow, loose).run();
    expect(strategies[0]!.fills.map(({ size, price }) => [size > 0 ? 'buy' : 'sell', price])).toEqual(expected);
  });

  it.skipIf(!existsSync(real))("does so over the exchange's own traffic too", async () => {
    const params = { ...loose, windowMs: 10_000 };
    const expected = deals(recorded(real), params);
    expect(expected.length).toBeGreaterThan(8);
    const feed = new StreamingFeed({ exchange: 'binance', symbol: 'BTC/USDT', timeframe: '5s', recording: real });
    const cerebro = new Cerebro({ cash: 1e9 }).addData(feed.subscribeBook()).addSizer(fixedSize(1));
    const { strategies } = await cerebro.addStrategy(OrderFlow, params).run();
    expect(strategies[0]!.fills.map(({ size, price }) => [size > 0 ? 'buy' : 'sell', price])).toEqual(expected);
  });

  it('buys when trades and book agree, and closes when the trades turn or the time is up', async () => {
    expect(await decided([buyers, {}, {}, {}])).toEqual(['1 buy']);
    expect(await decided([buyers, buyers, { trades: [['buy', 1], ['sell', 2]] }, {}])).toEqual(['1 buy', '3 sell']); // prettier-ignore
    expect(await decided([{}, buyers, buyers, buyers], { maxBars: 2 })).toEqual(['2 buy', '4 sell']);
    expect(await decided([{ ...buyers, asks: [[101, 20]] }, { ...buyers, trades: [['buy', 1], ['sell', 1]] }])).toEqual([]); // prettier-ignore
  });

  it('does nothing without trades, without volume, without a book, or with one side of it empty', async () => {
    const odd: Moment[] = [
      { ...buyers, trades: [] },
      { ...buyers, trades: [['buy', 0], ['sell', 0]] },
      { trades: buyers.trades! },
      { ...buyers, asks: [] },
    ]; // prettier-ignore
    expect(await decided(odd)).toEqual([]);
    expect(
      await decided([
        { ...buyers, bids: [] },
        { ...buyers, bids: [], asks: [] },
      ]),
    ).toEqual([]);
    expect(
      await decided([
        { ...buyers, state: 'resyncing' },
        { ...buyers, state: 'stale' },
      ]),
    ).toEqual([]);
  });

  it('does nothing over bars alone', async () => {
    const feed = new BarsDataFeed({ bars: generateBars({ seed: 1, timeframe: '1m', count: 500 }), timeframe: '1m' });
    const { strategies, steps } = await new Cerebro().addData(feed).addStrategy(OrderFlow).run();
    expect([steps, strategies[0]!.orders.length]).toEqual([500, 0]);
  });
});
