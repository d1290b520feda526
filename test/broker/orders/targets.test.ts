/** Targets asked for again: what a position binds, what is open already, and prices by which no size can be worked out. */
import { BarsDataFeed, Cerebro, Strategy, type CommissionOptions, type Instrument } from 'nextbar';
import { describe, expect, it } from 'vitest';
import { ask } from './asking.ts';

const swap: Instrument = {
  symbol: 'BTC/USDT:USDT',
  type: 'swap',
  base: 'BTC',
  quote: 'USDT',
  settle: 'USDT',
  tick: 0.1,
  lot: 0.001,
};

describe('a target of a value asked for in each bar is reached once', () => {
  // Units that bind the value at 100: value / (what one unit binds).
  it.each<[string, CommissionOptions, number, number]>([
    ['spot, bought', { commission: 0 }, 5_000, 50],
    ['spot, sold short', { commission: 0 }, -5_000, -50],
    ['spot at leverage 2: 50 a unit', { leverage: 2 }, 5_000, 100],
    ['spot at leverage 2, sold short', { leverage: 2 }, -2_500, -50],
    ['a contract with a margin of 10', { margin: 10 }, 1_000, 100],
    ['a contract with a margin of 10, sold short', { margin: 10 }, -1_000, -100],
    ['a contract with a margin of a tenth of the price', { autoMargin: 0.1 }, -1_000, -100],
    ['a contract with a margin of 50 at leverage 2: 25 a unit', { margin: 50, leverage: 2 }, 1_000, 40],
    ['the same, sold short', { margin: 50, leverage: 2 }, -1_000, -40],
  ])('%s', async (_, commission, value, size) => {
    const options = { commission, account: 'margin', bars: 6 } as const;
    const side = size > 0 ? 'buy' : 'sell';
    const asked = await ask((one) => one.orderTargetValue(value), options);
    expect(asked).toEqual({ orders: [`${side} ${Math.abs(size)} market completed`], reasons: [], size });
    const turned = await ask((one, bar) => one.orderTargetValue(bar < 3 ? -value : value), options);
    expect([turned.orders.length, turned.size]).toEqual([2, size]);
  });

  it.each([
    [0.5, 250],
    [-0.5, -250],
  ])('a share of %d of an account at leverage 5 binds half of it', async (share, size) => {
    const account = { cash: { USDT: 10_000 }, leverage: 5 };
    const { orders, size: held } = await ask((one) => one.orderTargetPercent(share), { account, instrument: swap });
    expect([orders.length, held]).toEqual([1, size]);
  });

  it('to the lot below it, so that it is reached from below', async () => {
    const lots = { ...swap, symbol: 'X/USDT', type: 'spot', lot: 0.3 } as const;
    const { size } = await ask((one) => one.orderTargetValue(100), { instrument: lots });
    expect(size).toBeCloseTo(0.9, 12);
  });
});

describe('a share above the leverage is an error', () => {
  it.each<[number, string]>([
    [1.5, 'at most 1 with this leverage, was 1.5'],
    [2, 'was 2: did you mean 0.02?'],
    [-100, 'was -100: did you mean -1?'],
    [101, 'at most 1 with this leverage, was 101'],
  ])('%d', async (share, message) => {
    const ends = new RegExp(`${message.replace('?', '\\?')}$`);
    await expect(ask((one) => one.orderTargetPercent(share))).rejects.toThrow(ends);
  });
});

describe('a target of a size', () => {
  it('counts 0.1 and 0.2 as 0.3, held or still open', async () => {
    const placed = await ask((one, bar) => {
      if (bar === 1) for (const size of [0.1, 0.2]) one.buy({ size });
      one.orderTargetSize(0.3);
    });
    expect(placed.orders).toEqual(['buy 0.1 market completed', 'buy 0.2 market completed']);
    const back = await ask((one, bar) => {
      if (bar === 1) one.buy({ size: 0.3 });
      if (bar === 3) for (const size of [0.1, 0.2]) one.sell({ size });
      if (bar > 2) one.orderTargetSize(0);
    });
    expect([back.orders.length, back.size]).toEqual([3, 0]);
  });

  it('that rests in two parts of 0.1 and 0.2 is not asked for a rest of 0.3 again', async () => {
    const limit = { type: 'limit', price: 90 } as const;
    const { orders } = await ask((one, bar) => {
      if (bar === 1) for (const size of [0.1, 0.2]) one.buy({ size, ...limit });
      else one.orderTargetSize(0.3, limit);
    });
    expect(orders.length).toBe(2);
  });

  it('of which a part rests at a limit asks for the rest alone', async () => {
    const { orders } = await ask((one, bar) => {
      if (bar === 1) one.buy({ size: 3, type: 'limit', price: 90 });
      if (bar === 2) one.orderTargetSize(5);
      if (bar === 4) one.orderTargetSize(1);
    });
    expect(orders).toEqual(['buy 3 limit accepted', 'buy 2 market completed', 'sell 1 market completed']);
  });

  it('below what rests already asks for nothing', async () => {
    const { orders } = await ask((one, bar) => {
      if (bar === 1) one.buy({ size: 5, type: 'limit', price: 90 });
      else one.orderTargetSize(2);
    });
    expect(orders).toEqual(['buy 5 limit accepted']);
  });

  it('under Backtrader’s rules is of the position alone, and nothing where it is there', async () => {
    const { orders } = await ask(
      (one, bar) => {
        if (bar === 1) for (const size of [0, 5, 5]) one.orderTargetSize(size);
        else one.orderTargetSize(10);
      },
      { rules: 'backtrader' },
    );
    expect(orders).toEqual(['buy 5 market completed', 'buy 5 market completed']);
  });

  it('under Backtrader’s rules asks for what is open again', async () => {
    const { orders } = await ask((one, bar) => {
      if (bar < 3) one.orderTargetSize(5, { type: 'limit', price: 90 });
    }, { rules: 'backtrader' });
    expect(orders).toEqual(['buy 5 limit accepted', 'buy 5 limit accepted']);
  }); // prettier-ignore
});

describe('a price by which no size can be worked out', () => {
  it.each([
    [0, 'a target of a value needs a price above 0, was 0', {}],
    [-5, 'a target of a value needs a price above 0, was -5', { commission: { autoMargin: 0.1 } }],
  ])('rejects the order: %d', async (price, reason, options) => {
    for (const [value, side] of [[1_000, 'buy'], [-1_000, 'sell']] as const) {
      const asked = await ask((one, bar) => bar === 1 && one.orderTargetValue(value, { type: 'limit', price }), options);
      expect(asked).toEqual({ orders: [`${side} 0 limit rejected`], reasons: [reason], size: 0 });
    }
  }); // prettier-ignore

  it('that is no number is an error', async () => {
    const options = { type: 'limit', price: NaN } as const;
    await expect(ask((one) => one.orderTargetValue(1_000, options))).rejects.toThrow('a limit order needs a finite price');
  }); // prettier-ignore

  it('on a data without a bar is an error, as of any order', async () => {
    const bar = { time: 0, open: 100, high: 100, low: 100, close: 100, volume: 1 };
    for (const placed of ['orderTargetValue', 'orderTargetPercent'] as const) {
      class Early extends Strategy {
        override prenext(): void {
          this[placed](0.5, { data: 'late' });
        }
      }
      const cerebro = new Cerebro()
        .addData(new BarsDataFeed({ name: 'soon', timeframe: '1h', bars: [bar, { ...bar, time: 3_600_000 }] }))
        .addData(new BarsDataFeed({ name: 'late', timeframe: '1h', bars: [{ ...bar, time: 3_600_000 }] }));
      await expect(cerebro.addStrategy(Early).run()).rejects.toThrow("data 'late' has no bar yet");
    }
  });

  it('does not hide that an option is unknown', async () => {
    const options = { type: 'limit', price: 0, prise: 1 } as const;
    await expect(ask((one) => one.orderTargetValue(1_000, options))).rejects.toThrow("unknown order option 'prise'");
  });

  it('or another than the close takes nothing from a target of nothing', async () => {
    const { orders } = await ask((one, bar) => {
      if (bar === 1) one.buy({ size: 2 });
      if (bar === 3) one.orderTargetValue(0, { type: 'limit', price: 200 });
    });
    expect(orders).toEqual(['buy 2 market completed', 'sell 2 limit accepted']);
  });

  it('does not matter to a target of nothing', async () => {
    const { orders } = await ask((one, bar) => {
      if (bar === 1) one.buy({ size: 2 });
      if (bar === 3) one.orderTargetValue(0);
    });
    expect(orders).toEqual(['buy 2 market completed', 'sell 2 market completed']);
  });
});
