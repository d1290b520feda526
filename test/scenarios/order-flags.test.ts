/** Order flags as venues have them: post-only, immediate or cancel, fill or kill, market orders by quote amount. */
import { describe, expect, it } from 'vitest';
import { BarsDataFeed, Cerebro, Strategy, type Instrument, type OrderOptions, type RunResult } from 'nextbar';
import { fixedSizeFiller, type VolumeFiller } from '../../src/broker/index.ts';

const instrument: Instrument = { symbol: 'BTC/USDT', type: 'spot', base: 'BTC', quote: 'USDT', tick: 0.5, lot: 0.01 };

class Once extends Strategy<typeof Once.params> {
  static readonly params = { options: { size: 1 } as OrderOptions };

  override next(): void {
    if (this.data.length === 1) this.buy(this.params.options);
  }
}

/** Bars of `open high low close` an hour apart; the order is placed after the first. */
async function run(bars: readonly string[], options: OrderOptions, filler?: VolumeFiller): Promise<RunResult> {
  const rows = bars.map((text, k) => {
    const [open, high, low, close, volume = 1_000] = text.split(' ').map(Number);
    return { time: Date.UTC(2024, 0, 1, k), open: open!, high: high!, low: low!, close: close!, volume };
  });
  const cerebro = new Cerebro({ cash: 100_000, ...(filler && { filler }) });
  cerebro.addData(new BarsDataFeed({ name: 'btc', timeframe: '1h', bars: rows, instrument }));
  cerebro.addStrategy(Once, { options });
  return await cerebro.run();
}

const orderOf = (result: RunResult) => result.strategies[0]!.orders[0]!;

describe('post-only', () => {
  it('is refused where it would take, with the nearest price that rests', async () => {
    const order = orderOf(
      await run(['100 100 100 100', '100 101 99 100'], { type: 'limit', price: 100.5, size: 1, postOnly: true }),
    );
    expect(order.status).toBe('rejected');
    expect(order.rule).toBe('postOnly');
    expect(order.reason).toBe('post-only: a limit to buy at 100.5 would take at 100; the nearest that rests is 99.5');
  });

  it('is moved a tick behind the market by choice', async () => {
    const order = orderOf(
      await run(['100 100 100 100', '100 101 99 100'], { type: 'limit', price: 100.5, size: 1, postOnly: 'reprice' }),
    );
    expect([order.status, order.price, order.averagePrice]).toEqual(['completed', 99.5, 99.5]);
  });

  it('rests where it does not take, and fills later even where the market gaps over it', async () => {
    const order = orderOf(
      await run(['100 100 100 100', '100 101 99.5 100', '98 98 98 98'], {
        type: 'limit',
        price: 99,
        size: 1,
        timeInForce: 'gtx',
      }),
    );
    expect([order.status, order.averagePrice]).toEqual(['completed', 98]);
  });
});

describe('immediate or cancel', () => {
  it('ends where the open is beyond its price, whatever the bar reaches later', async () => {
    const order = orderOf(
      await run(['100 100 100 100', '100 101 90 100'], { type: 'limit', price: 99, size: 1, timeInForce: 'ioc' }),
    );
    expect([order.status, order.reason]).toEqual([
      'canceled',
      'immediate or cancel: the open 100 was beyond its price 99',
    ]);
  });

  it('keeps what was taken at once and ends the rest', async () => {
    const order = orderOf(
      await run(
        ['100 100 100 100', '100 101 90 100 4', '100 101 90 100'],
        { type: 'market', size: 10, timeInForce: 'ioc' },
        fixedSizeFiller(),
      ),
    );
    expect([order.status, order.filled]).toEqual(['canceled', 4]);
  });
});

describe('fill or kill', () => {
  it('does nothing where the bar cannot take it whole', async () => {
    const order = orderOf(
      await run(
        ['100 100 100 100', '100 101 90 100 4', '100 101 90 100'],
        { type: 'market', size: 10, timeInForce: 'fok' },
        fixedSizeFiller(),
      ),
    );
    expect([order.status, order.filled, order.rule]).toEqual(['canceled', 0, 'fok']);
  });

  it('fills whole where it can', async () => {
    const order = orderOf(
      await run(
        ['100 100 100 100', '100 101 90 100 40'],
        { type: 'limit', price: 100, size: 10, timeInForce: 'fok' },
        fixedSizeFiller(),
      ),
    );
    expect([order.status, order.filled]).toEqual(['completed', 10]);
  });
});

describe('a market order by quote amount', () => {
  it('buys what the amount pays for at the price of the fill, on the lot', async () => {
    const order = orderOf(await run(['100 100 100 100', '110 111 109 110'], { quoteSize: 1_000 }));
    expect([order.status, order.filled, order.averagePrice]).toEqual(['completed', 9.09, 110]);
  });
});

describe('flags that make no sense', () => {
  it.each([
    [
      { type: 'limit', price: 1, size: 1, timeInForce: 'GTX' },
      "timeInForce must be one of gtc, ioc, fok, gtx, was 'GTX': did you mean 'gtx'?",
    ],
    [{ type: 'market', size: 1, postOnly: true }, 'postOnly needs a limit order, was market'],
    [
      { type: 'limit', price: 1, size: 1, postOnly: true, timeInForce: 'ioc' },
      "postOnly contradicts timeInForce 'ioc': one rests, the other never does",
    ],
    [
      { type: 'stop', price: 1, size: 1, timeInForce: 'fok' },
      "timeInForce 'fok' needs a limit or market order, was stop",
    ],
    [{ size: 1, quoteSize: 10 }, 'quoteSize and size cannot both be given, size was 1'],
    [{ quoteSize: -1 }, 'quoteSize must be a number above 0, was -1'],
  ])('%j is an error', async (options, message) => {
    await expect(run(['100 100 100 100', '100 101 99 100'], options as OrderOptions)).rejects.toThrow(message);
  });
});
