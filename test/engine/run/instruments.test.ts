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

describe('a contract that one cash cannot hold', () => {
  const bars = generateBars({ seed: 4, timeframe: '1h', count: 20 });
  class Once extends Strategy {
    override nextstart(): void {
      this.buy({ size: 5 });
    }
  }
  const run = async (feed: DataFeed, options: object = {}): Promise<number> =>
    (await new Cerebro({ cash: 10_000, ...options }).addData(feed).addStrategy(Once).run()).finalValue;
  const feedOf = (symbol: string, facts?: Partial<Instrument>): DataFeed =>
    facts === undefined
      ? new BarsDataFeed({ symbol, timeframe: '1h', bars })
      : new BarsDataFeed({
          name: 'swap',
          timeframe: '1h',
          bars,
          instrument: { ...spot, symbol, ...facts },
        });

  it('is refused with the account that an inverse one needs, whether its feed or its symbol says so', async () => {
    const inverse = { type: 'swap', quote: 'USD', settle: 'BTC', contractSize: 100 } as const;
    const { settle: _, ...unnamed } = inverse;
    for (const feed of [feedOf('BTC/USD:BTC', inverse), feedOf('BTC/USD:BTC', unnamed), feedOf('BTC/USD:BTC')]) {
      for (const account of [undefined, 'margin', 'spot']) {
        await expect(run(feed, { account })).rejects.toThrow(
          /is an inverse contract, which settles in BTC and needs an account with options, such as account: \{ cash: \{ BTC: 1 \} \}/,
        );
      }
    }
    const dated = feedOf('BTC/USD:BTC-240628');
    await expect(run(dated)).rejects.toThrow(/inverse contract, which settles in BTC/);
    const { open, close } = bars;
    const ends = 1 + 500 * (1 / open[1]! - 1 / close[19]!);
    const held = { account: { cash: { BTC: 1 } } };
    expect(await run(feedOf('BTC/USD:BTC', inverse), held)).toBeCloseTo(ends, 9);
  });

  it('is refused where it is an option or settles in a third currency', async () => {
    const option = feedOf('BTC/USD:BTC-240628-50000-C', { type: 'option', quote: 'USD', settle: 'BTC' });
    await expect(run(option)).rejects.toThrow(/is an option: options are not traded/);
    const quanto = feedOf('ETH/USD:BTC', { type: 'swap', base: 'ETH', quote: 'USD', settle: 'BTC' });
    await expect(run(quanto)).rejects.toThrow(/is a quanto contract, of ETH, priced in USD and settled in BTC/);
  });

  it('counts a contract that is priced in USD and settles in a stablecoin as linear', async () => {
    const facts = { type: 'swap', quote: 'USD', settle: 'USDC', contractSize: 0.01 } as const;
    const { open, close } = bars;
    const ends = 10_000 + 0.05 * (close[19]! - open[1]!);
    for (const account of [undefined, { leverage: 1 }]) {
      expect(await run(feedOf('BTC/USD:USDC', facts), { account })).toBeCloseTo(ends, 9);
    }
  });
});

it('says that an instrument is given for a data that the run does not have', async () => {
  const bars = generateBars({ seed: 4, timeframe: '1h', count: 20 });
  const cerebro = new Cerebro().addData(new BarsDataFeed({ symbol: 'BTC/USDT', timeframe: '1h', bars }), 'btc');
  cerebro.addStrategy(class extends Strategy {});
  cerebro.setInstrument('btx', { lot: 1 });
  await expect(cerebro.run()).rejects.toThrow("an instrument is given for an unknown data 'btx': did you mean 'btc'?");
});
