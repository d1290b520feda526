/** Where the modes differ, and by how much: the market's spread, the size that follows from it, and what live modes refuse. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { fixedSizeFiller, fixedSlippage } from '../../src/broker/index.ts';
import { sliceBars, type Bars, type MarketBook, type TradeTick } from '../../src/core/index.ts';
import { Cerebro, Strategy, type CerebroOptions, type LiveRunOptions, type RunResult } from '../../src/engine/index.ts';
import { BarsDataFeed, StreamingFeed, type DataFeed } from '../../src/feeds/index.ts';
import type { Data } from '../../src/lines/index.ts';
import { BollingerReversion } from '../../strategies/bollinger-reversion.ts';
import { DonchianBreakout } from '../../strategies/donchian-breakout.ts';
import { OrderFlow } from '../../strategies/order-flow.ts';
import { RsiMeanReversion } from '../../strategies/rsi-mean-reversion.ts';
import { SmaCross } from '../../strategies/sma-cross.ts';
import { DirectGateway, instrument, localVenue, symbol } from './live/local.ts';
import { drive, start, tapeBars } from './live/tape.ts';

const count = 800;
const spread = 2;
const bars: Bars = tapeBars(5, count, { tick: 1, price: 400 });

const strategies = {
  'bollinger-reversion': (cerebro: Cerebro) => cerebro.addStrategy(BollingerReversion),
  'donchian-breakout': (cerebro: Cerebro) => cerebro.addStrategy(DonchianBreakout),
  'rsi-mean-reversion': (cerebro: Cerebro) => cerebro.addStrategy(RsiMeanReversion, { oversold: 40 }),
  'sma-cross': (cerebro: Cerebro) => cerebro.addStrategy(SmaCross),
} as const;
type Name = keyof typeof strategies;

/** The default sizer, and the fee that the exchange takes. */
const options = { cash: 100_000, commission: 0.001 };

async function live(name: Name, mode: 'paper' | 'sandbox', more: CerebroOptions = {}): Promise<RunResult> {
  const { runtime, network, market, history } = localVenue(bars, start - 5_000, { spread });
  const feed = new StreamingFeed({
    exchange: 'binance', symbol, timeframe: '1m', history: 0, instrument, closedBars: history,
  }); // prettier-ignore
  const gateway = mode === 'sandbox' && { gateway: new DirectGateway(market), intents: join(folder, `${name}.db`) };
  const running = strategies[name](new Cerebro({ ...options, ...more, runtime }).addData(feed)).run({
    mode, maxSteps: count, clockMs: 5_000, network, session: name, ...gateway,
  }); // prettier-ignore
  market.start();
  return drive(runtime, running, 5_000, () => network.isUsed);
}

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'modes-'));
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

/** What was wanted when, without how much and at which price. */
function wishes(result: RunResult): unknown[] {
  return result.strategies[0]!.orders.filter(({ createdTime }) => createdTime < result.end).map(
    ({ side, type, createdTime }) => `${createdTime} ${side} ${type}`,
  ); // prettier-ignore
}

describe('with the default sizer and a spread', () => {
  it.each(Object.keys(strategies) as Name[])(
    '%s wants the same at the same bars in every mode, and pays the spread',
    async (name) => {
      const feed = new BarsDataFeed({ symbol, timeframe: '1m', bars, instrument });
      const back = await strategies[name](new Cerebro(options).addData(feed)).run();
      expect(wishes(back).length).toBeGreaterThan(5);
      for (const mode of ['paper', 'sandbox'] as const) {
        const result = await live(name, mode);
        expect(wishes(result)).toEqual(wishes(back));
        const [fills, others] = [back, result].map(({ strategies: [one] }) => one!.fills);
        fills!.slice(0, others!.length - 1).forEach((fill, i) => {
          const worse = (others![i]!.price - fill.price) * Math.sign(fill.size);
          expect(worse).toBeGreaterThanOrEqual(0);
          expect(worse).toBeLessThanOrEqual(spread);
        });
        expect(result.finalValue).toBeLessThan(back.finalValue);
      }
    },
    60_000,
  );
});

describe('hooks for trades and books', () => {
  const inMode = async (
    mode: 'paper' | 'sandbox',
    followsBook: boolean,
  ): Promise<{ log: string[]; result: RunResult }> => {
    const few = sliceBars(bars, 0, 12);
    const { runtime, network, market, history } = localVenue(few, start - 5_000, { spread });
    const feed = new StreamingFeed({ exchange: 'binance', symbol, timeframe: '1m', history: 0, instrument, closedBars: history }); // prettier-ignore
    if (followsBook) feed.subscribeBook();
    const log: string[] = [];
    class Hooked extends Strategy {
      override nextTrade(data: Data, trade: TradeTick): void {
        log.push(`trade ${data.length} ${Math.floor((trade.time! - start) / 60_000)} ${trade.size}`);
      }
      override nextBook(data: Data, book: MarketBook): void {
        log.push(`book ${data.length} ${book.bids[0]![0]} ${book.asks[0]![0]}`);
      }
      override next(): void {
        log.push(`bar ${this.data.length} ${Math.floor((this.data.time - start) / 60_000)} ${this.data.volume.now}`);
      }
    }
    const gateway = mode === 'sandbox' && { gateway: new DirectGateway(market), intents: join(folder, `hooks-${followsBook}.db`) }; // prettier-ignore
    const running = new Cerebro({ ...options, runtime }).addData(feed).addStrategy(Hooked).run({
      mode, maxSteps: 10, clockMs: 5_000, network, session: `hooks-${mode}-${followsBook}`, ...gateway,
    }); // prettier-ignore
    market.start();
    return { log, result: await drive(runtime, running, 5_000, () => network.isUsed) };
  };

  it.each(['paper', 'sandbox'] as const)(
    'are called in mode %s for every trade and every update, between the bars',
    async (mode) => {
      const { log, result } = await inMode(mode, true);
      const rows = log.map((line) => line.split(' '));
      const volumes = new Map<string, number>();
      for (const [kind, , minute, size] of rows)
        if (kind === 'trade') volumes.set(minute!, (volumes.get(minute!) ?? 0) + Number(size));
      const whole = rows.filter(([kind, length]) => kind === 'bar' && Number(length) > 2);
      expect(whole.length).toBeGreaterThan(5);
      for (const [, , minute, volume] of whole) expect(volumes.get(minute!)).toBeCloseTo(Number(volume), 6);
      // No hook before the first bar, and none shows a bar that is not closed.
      expect(rows[0]![0]).toBe('bar');
      for (const [kind, length, minute] of rows)
        if (kind === 'trade') expect(Number(minute)).toBeGreaterThanOrEqual(Number(length) - 1);
      const books = rows.filter(([kind]) => kind === 'book');
      expect(books.length).toBeGreaterThan(20);
      for (const [, , bid, ask] of books) expect(Number(ask)).toBeGreaterThan(Number(bid));
      expect(result.warnings.join()).not.toContain('nextBook');
      const channels = result.session!.streams[0]!.channels;
      expect(channels.find(({ channel }) => channel === 'trade')).toMatchObject({
        symbol,
        gaps: 0,
        reconnects: 0,
        refused: 0,
      });
      expect(channels.find(({ channel }) => channel === 'book')!.events).toBeGreaterThanOrEqual(books.length);
    },
  );

  it('say that a book which no feed follows calls nothing', async () => {
    const { log, result } = await inMode('paper', false);
    expect(log.filter((line) => line.startsWith('book'))).toEqual([]);
    expect(result.warnings).toContain('nextBook() of Hooked was never called: no feed follows its book; add subscribeBook() to the feed'); // prettier-ignore
  });
});

describe('a live run', () => {
  const made = (feed: DataFeed, more: object = {}): Cerebro =>
    new Cerebro(more).addData(feed).addStrategy(class Idle extends Strategy {});
  const stream = (): StreamingFeed => new StreamingFeed({ exchange: 'binance', symbol, timeframe: '1m', history: 0, closedBars: false }); // prettier-ignore

  it('for real money is refused', async () => {
    const run = made(stream()).run({ mode: 'live' } as unknown as LiveRunOptions);
    await expect(run).rejects.toThrow(
      /would send orders for real money, which is refused unless allowRealOrders is true/,
    );
  });

  it('needs datas that stream', async () => {
    const run = made(new BarsDataFeed({ symbol, timeframe: '1m', bars })).run({ mode: 'paper' });
    await expect(run).rejects.toThrow(/needs datas that stream, and 'BTC\/USDT' is a BarsDataFeed/);
  });

  it('cannot fill at an open that is over', async () => {
    const { runtime, network } = localVenue(bars, start);
    await expect(made(stream(), { cheatOnOpen: true, runtime }).run({ mode: 'paper', network })).rejects.toThrow(/cheatOnOpen/); // prettier-ignore
  });

  it('takes its fills from the market and not from models of slippage and volume', async () => {
    const plain = await live('sma-cross', 'paper');
    const modelled = await live('sma-cross', 'paper', { slippage: fixedSlippage(5), filler: fixedSizeFiller(0.001) });
    expect(modelled.settings.slippage).toBe('fills at the touch');
    const prices = (result: RunResult): number[][] =>
      result.strategies[0]!.fills.map(({ price, size }) => [price, size]);
    expect(prices(modelled)).toEqual(prices(plain));
  });

  it('of the order flow sees trades and book, which a backtest over bars does not', async () => {
    const { runtime, network, market, history } = localVenue(bars, start - 5_000);
    const feed = new StreamingFeed({
      exchange: 'binance', symbol, timeframe: '1m', history: 0, instrument, closedBars: history,
    }).subscribeBook(); // prettier-ignore
    const seen: number[] = [];
    class Seen extends OrderFlow {
      override next(): void {
        seen.push(this.pressure());
      }
    }
    const running = new Cerebro({ runtime }).addData(feed).addStrategy(Seen).run({ mode: 'paper', maxSteps: 20, network }); // prettier-ignore
    market.start();
    await drive(runtime, running, 5_000, () => network.isUsed);
    const found = seen.filter((value) => !Number.isNaN(value));
    expect(found.length).toBeGreaterThan(10);
    expect(found.every((value) => Math.abs(value) <= 1)).toBe(true);
  });
});
