/** The rules of an instrument, which an exchange's feed knows only once it has loaded, hold in every kind of backtest. */
import { describe, expect, it } from 'vitest';

import { BarsDataFeed, Cerebro, CcxtDataFeed, DataFeed, generateBars, Strategy, type Bars, type Instrument, type Order } from '../../../src/index.ts'; // prettier-ignore
import { optimize } from '../../../src/research/index.ts';
import { firstBar, localExchange, minute, temporaryFolder } from '../../venue/local.ts';

const spot: Instrument = {
  symbol: 'BTC/USDT',
  exchange: 'test',
  type: 'spot',
  base: 'BTC',
  quote: 'USDT',
  tick: 0.01,
  lot: 0.001,
};

/** Knows its instrument once it has loaded, as a feed of an exchange does. */
class LearningFeed extends DataFeed {
  constructor() {
    super({ symbol: 'BTC/USDT', timeframe: '1m' });
  }

  override load(): Promise<Bars> {
    (this as { instrument: Instrument | undefined }).instrument = spot;
    return Promise.resolve(generateBars({ seed: 4, timeframe: '1m', count: 500 }));
  }
}

const refused: string[] = [];

/** Sells what it does not hold, and buys a size off the lot. */
class Wrong extends Strategy<{ at: number }> {
  static readonly params = { at: 3 };

  override next(): void {
    if (this.data.length !== this.params.at) return;
    this.sell({ size: 1 });
    this.buy({ size: 0.0123456 });
  }

  override notifyOrder(order: Order): void {
    if (order.status === 'rejected' || order.status === 'margin') refused.push(order.reason ?? '');
  }
}

async function refusalsOf(run: (cerebro: Cerebro) => Promise<unknown>, feed: DataFeed = new LearningFeed()) {
  refused.length = 0;
  await run(new Cerebro().addData(feed));
  return refused.map((reason) => (/lot|multiple/.test(reason) ? 'lot' : /hold|sell/.test(reason) ? 'short' : reason));
}

const both = ['lot', 'short'];
const sorted = async (found: Promise<string[]>): Promise<string[]> => [...new Set(await found)].sort();

describe('an instrument that a feed learns while it loads', () => {
  it('binds a run in memory, in pieces, step by step, and over longer bars of its bars', async () => {
    expect(await sorted(refusalsOf((one) => one.addStrategy(Wrong).run()))).toEqual(both);
    expect(await sorted(refusalsOf((one) => one.addStrategy(Wrong).run({ keepBars: 100 })))).toEqual(both);
    expect(await sorted(refusalsOf((one) => one.addStrategy(Wrong).run({ watch: { isStepwise: true } })))).toEqual(both); // prettier-ignore
    class OnLonger extends Wrong {
      override next(): void {
        const longer = this.datas[1]!;
        if (!longer.isNew || longer.length !== this.params.at) return;
        this.sell({ data: longer, size: 1 });
        this.buy({ data: longer, size: 0.0123456 });
      }
    }
    for (const make of ['resampleData', 'replayData'] as const) {
      expect(await sorted(refusalsOf((one) => one[make]('BTC/USDT', '5m').addStrategy(OnLonger).run()))).toEqual(both);
    }
  });

  it('binds every trial of a sweep', async () => {
    const found = refusalsOf((one) => optimize(one.optStrategy(Wrong, { at: [3, 4, 5] })));
    expect(await sorted(found)).toEqual(both);
    expect(refused).toHaveLength(6);
  });

  it('comes from an exchange', async () => {
    const local = await localExchange();
    const feed = new CcxtDataFeed({
      exchange: 'binance', symbol: 'BTC/USDT', timeframe: '1m', start: firstBar, end: firstBar + 500 * minute,
      folder: temporaryFolder(), connection: { url: local.url, rateLimitMs: 0 },
    }); // prettier-ignore
    expect(await sorted(refusalsOf((one) => one.addStrategy(Wrong).run(), feed))).toEqual(both);
  });
});

describe('a linear contract of a hundredth of the base', () => {
  it('earns, costs and is sized by its contracts, in a plain account as in one with options', async () => {
    const bars = generateBars({ seed: 4, timeframe: '1h', count: 60 });
    const instrument = { ...spot, symbol: 'BTC/USDT:USDT', type: 'swap', settle: 'USDT', contractSize: 0.01, lot: 1 } as Instrument; // prettier-ignore
    class Once extends Strategy {
      override next(): void {
        if (this.data.length === 3) this.buy({ size: 5 });
        if (this.data.length === 50) this.close();
      }
    }
    const moved = 5 * 0.01 * (bars.open[50]! - bars.open[3]!);
    const fees = 0.001 * 5 * 0.01 * (bars.open[50]! + bars.open[3]!);
    for (const options of [{ commission: 0.001 }, { commission: 0.001, account: { leverage: 1 } }]) {
      const feed = new BarsDataFeed({ name: 'swap', timeframe: '1h', bars, instrument });
      const { finalValue } = await new Cerebro({ cash: 10_000, ...options }).addData(feed).addStrategy(Once).run();
      expect(finalValue).toBeCloseTo(10_000 + moved - fees, 6);
    }
  });
});
