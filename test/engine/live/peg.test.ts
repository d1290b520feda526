/** Pegged orders follow a price by amending, alike in a backtest, on paper and in a sandbox. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { createBars, sliceBars, type Bars } from '../../../src/core/index.ts';
import type { Order } from '../../../src/broker/index.ts';
import { Cerebro, pegOrder, Strategy, type LiveRunOptions, type PegOptions, type RunResult } from '../../../src/engine/index.ts'; // prettier-ignore
import { BarsDataFeed, StreamingFeed, type DataFeed } from '../../../src/feeds/index.ts';
import { DirectGateway, instrument, localVenue, symbol } from './local.ts';
import { drive, minute, start } from './tape.ts';

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'peg-'));
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

/** A market that rises by 3 a minute and falls at the end. */
const closes = [100, 100, 103, 106, 109, 112, 115, 118, 104, 104, 104, 104];
const bars: Bars = createBars(closes.length);
closes.forEach((close, i) => {
  const open = closes[i - 1] ?? close;
  bars.time[i] = start + i * minute;
  bars.open[i] = open;
  bars.close[i] = close;
  bars.high[i] = Math.max(open, close);
  bars.low[i] = Math.min(open, close);
  bars.volume[i] = 1_000;
});

/** Buys below the market, and follows its closes. */
class Follows extends Strategy<typeof Follows.params> {
  static readonly params = { peg: {} as PegOptions };
  order: Order | undefined;
  readonly prices: (number | undefined)[] = [];

  override next(): void {
    this.order ??= this.buy({ type: 'limit', price: this.data.close.now - 5, size: 2 });
    const { price } = this.order!;
    if (this.prices.at(-1) !== price) this.prices.push(price);
    pegOrder(this, this.order!, this.data.close.now, this.params.peg);
  }
}

const cerebroOf = (feed: DataFeed, peg: PegOptions, more: object = {}): Cerebro =>
  new Cerebro({ cash: 10_000, commission: 0.001, ledger: 'decimal', ...more })
    .addData(feed)
    .addStrategy(Follows, { peg });

const facts = ({ strategies }: RunResult): unknown => {
  const [{ strategy, orders }] = strategies as [RunResult['strategies'][number]];
  const { status, filled, averagePrice, price } = orders[0]!;
  return { prices: (strategy as unknown as Follows).prices, status, filled, averagePrice, price };
}; // prettier-ignore

async function live(mode: 'paper' | 'sandbox', name: string, peg: PegOptions): Promise<RunResult> {
  const { runtime, network, market, history } = localVenue(bars, start - 5_000);
  const feed = new StreamingFeed({
    exchange: 'binance', symbol, timeframe: '1m', history: 0, instrument, closedBars: history, staleMs: { trade: 600_000, quote: 600_000 },
  });
  const options: LiveRunOptions = {
    mode, clockMs: 1_000, network, until: start + (closes.length - 1) * minute + 30_000,
    ...(mode === 'sandbox' && { session: name, gateway: new DirectGateway(market), intents: join(folder, `${name}.db`) }),
  };
  const running = cerebroOf(feed, peg, { runtime }).run(options);
  market.start();
  return drive(runtime, running, 250, () => network.isUsed);
} // prettier-ignore

const backtest = (peg: PegOptions): Promise<RunResult> =>
  cerebroOf(new BarsDataFeed({ symbol, timeframe: '1m', bars: sliceBars(bars, 1, bars.time.length), instrument }), peg).run(); // prettier-ignore

describe('a pegged order', () => {
  it.each<[string, PegOptions, number[], number]>([
    ['keeps its distance', { offset: 5 }, [95, 98, 101, 104, 107, 110, 113], 113],
    ['stays within its band', { offset: 5, band: 3 }, [95, 101, 107, 113], 113],
    ['goes no farther than its worst price', { offset: 5, worst: 105 }, [95, 98, 101, 104, 105], 105],
  ])('%s in every mode', async (name, peg, prices, filledAt) => {
    const back = facts(await backtest(peg));
    expect(back).toMatchObject({ prices, status: 'completed', filled: 2, averagePrice: filledAt });
    expect(facts(await live('paper', name, peg))).toEqual(back);
    expect(facts(await live('sandbox', name, peg))).toEqual(back);
  });

  it('is rounded to the tick on the side that waits', async () => {
    const result = await backtest({ offset: 4.5 });
    expect((result.strategies[0]!.strategy as unknown as Follows).prices.slice(0, 3)).toEqual([95, 98, 101]);
  });

  it.each<[PegOptions, string]>([
    [{ ofset: 1 } as PegOptions, "did you mean 'offset'"],
    [{ band: -1 }, 'pegOrder: band must be a number not below 0, was -1'],
    [{ worst: 0 }, 'pegOrder: worst must be a price above 0, was 0'],
  ])('with %j is an error', async (peg, message) => {
    await expect(backtest(peg)).rejects.toThrow(message);
  });
});
