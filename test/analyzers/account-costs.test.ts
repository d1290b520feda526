/** Costs of an account and value at risk, by hand. */
import { describe, expect, it } from 'vitest';
import { BarsDataFeed, Cerebro, Strategy, Transactions, Turnover } from 'nextbar';
import { AccountCosts, VaR } from 'nextbar/analyzers';

/** Buys 10 after the first bar and sells them after the third. */
class InAndOut extends Strategy {
  override next(): void {
    if (this.data.length === 1) this.buy({ size: 10 });
    if (this.data.length === 3) this.sell({ size: 10, type: 'limit', price: 120 });
  }
}

class Hold extends Strategy {
  override next(): void {
    if (this.data.length === 1) this.buy({ size: 1 });
  }
}

const rows = (text: string) =>
  text.split(',').map((row, k) => {
    const [open, high, low, close] = row.trim().split(' ').map(Number);
    return { time: Date.UTC(2024, 0, 1, k), open: open!, high: high!, low: low!, close: close!, volume: 1e6 };
  });

describe('AccountCosts', () => {
  it('splits the profit into price, funding and fees, and counts roles, slippage, margin and near misses', async () => {
    const cerebro = new Cerebro({
      account: { cash: { USDT: 1_000 }, margin: 'isolated', leverage: 10 },
      ledger: 'decimal',
    });
    cerebro.addData(
      new BarsDataFeed({
        name: 'btc',
        symbol: 'BTC/USDT:USDT',
        timeframe: '1h',
        bars: rows('100 100 100 100, 101 102 92 92.5, 100 101 99 100, 110 121 109 120'),
      }),
    );
    cerebro.setInstrument('btc', {
      makerFee: 0.0001,
      takerFee: 0.001,
      marginTiers: [{ upTo: 1e6, maintenanceRate: 0.005 }],
      funding: [{ time: Date.UTC(2024, 0, 1, 2), rate: 0.001 }],
    });
    cerebro.addStrategy(InAndOut);
    cerebro.addAnalyzer(AccountCosts, { nearMiss: 0.02 });
    const result = await cerebro.run();
    const costs = result.strategies[0]!.analyzer(AccountCosts);
    // Bought 10 at 101 (fee 1.01), funding 10 x 100 x 0.001 = 1 paid, sold 10 at 120 as a maker (fee 0.12).
    expect(costs.split['USDT']).toEqual({ price: 190, funding: -1, fees: -1.13, insurance: 0 });
    expect(costs.fees).toEqual({ USDT: 1.13 });
    expect(costs.funding).toEqual({ USDT: -1 });
    expect(costs.makerShare).toBeCloseTo(1_200 / 2_210, 12);
    expect(costs.feeShare).toBeCloseTo(1.13 / 2_210, 12);
    // One above the close that the order was placed at; the limit 20 above its own, in favour of the seller.
    expect(costs.slippage).toBeCloseTo((10 * 1 - 10 * 20) / 2_210, 12);
    // Liquidated at (101 - 10.1) / 0.995 = 91.36; the close of 92.5 is 1.2 % from it.
    expect(costs.nearMisses).toBe(1);
    expect(costs.closest).toBeCloseTo((92.5 - 90.9 / 0.995) / 92.5, 6);
    expect(costs.liquidations).toBe(0);
    expect(costs.exposure).toEqual({ USDT: 1_187.87 });
    expect(result.finalValue).toBeCloseTo(1_187.87, 9);
  });
});

describe('what a contract trades', () => {
  const run = async (symbol: string, contractSize: number, cash: Readonly<Record<string, number>>, risk = {}) => {
    const cerebro = new Cerebro({ account: { cash, leverage: 10 }, risk });
    cerebro.addData(
      new BarsDataFeed({ name: 'btc', symbol, timeframe: '1h', bars: rows('100 100 100 100, 100 125 100 125, 125 125 125 125, 125 125 125 125, 125 125 125 125') }),
    ); // prettier-ignore
    cerebro.setInstrument('btc', { contractSize, makerFee: 0.001, takerFee: 0.001 });
    cerebro.addStrategy(InAndOut);
    cerebro.addAnalyzer(Turnover).addAnalyzer(Transactions).addAnalyzer(AccountCosts);
    const result = await cerebro.run();
    const { traded, turnover } = result.strategies[0]!.analyzer(Turnover);
    expect(result.stats.turnover).toBe(turnover);
    const values = result.strategies[0]!.analyzer(Transactions).map(({ value }) => value);
    const mean = result.equity.value.reduce((sum, value) => sum + value, 0) / result.equity.value.length;
    expect(turnover).toBeCloseTo(traded / mean, 12);
    return { traded, values, feeShare: result.strategies[0]!.analyzer(AccountCosts).feeShare, fees: result.stats.fees, orders: result.strategies[0]!.orders };
  }; // prettier-ignore

  it('is its units times its size times the price when it settles in the quote', async () => {
    // 10 contracts of 0.1 at 100, and back at 125.
    const { traded, values, feeShare, fees } = await run('BTC/USDT:USDT', 0.1, { USDT: 1_000 });
    expect(traded).toBeCloseTo(225, 12);
    expect(values).toEqual([-100, 125]);
    expect(fees).toBeCloseTo(0.225, 12);
    expect(feeShare).toBeCloseTo(0.001, 12);
  });

  it('is its quote units over the price when it settles in the base', async () => {
    // 10 contracts of 50 USD: 5 coins at 100, 4 at 125.
    const { traded, values, feeShare, fees } = await run('BTC/USD:BTC', 50, { BTC: 10 });
    expect(traded).toBeCloseTo(9, 12);
    expect(values).toEqual([-5, 4]);
    expect(fees).toBeCloseTo(0.009, 12);
    expect(feeShare).toBeCloseTo(0.001, 12);
  });

  it('is what limits of risk are held against', async () => {
    const linear = await run('BTC/USDT:USDT', 0.1, { USDT: 1_000 }, { maxOrderValue: 99 });
    expect(linear.orders[0]).toMatchObject({ status: 'rejected', rule: 'maxOrderValue' });
    const inverse = await run('BTC/USD:BTC', 50, { BTC: 10 }, { maxOrderValue: 5.1 });
    expect(inverse.orders[0]).toMatchObject({ status: 'completed' });
    const less = await run('BTC/USD:BTC', 50, { BTC: 10 }, { maxOrderValue: 4.9 });
    expect(less.orders[0]).toMatchObject({ status: 'rejected', rule: 'maxOrderValue' });
  });
});

describe('VaR', () => {
  it('is the quantile of the losses, and the mean of those beyond it', async () => {
    // 101 closes: after the entry at 100 the price falls by 1, 2 ... 100 basis points of the value, up again each time.
    const closes = [100, 100];
    for (let k = 1; k <= 100; k++) closes.push(100 - k / 10, 100);
    const bars = closes.map((close, k) => ({
      time: Date.UTC(2024, 0, 1, k),
      open: close,
      high: close,
      low: close,
      close,
      volume: 1e6,
    }));
    const cerebro = new Cerebro({ cash: 100 });
    cerebro.addData(new BarsDataFeed({ name: 'x', timeframe: '1h', bars }));
    cerebro.addStrategy(Hold);
    cerebro.addAnalyzer(VaR, { confidence: 0.95 });
    const { valueAtRisk, conditional, spans } = (await cerebro.run()).strategies[0]!.analyzer(VaR);
    // 201 returns, 100 of them losses of 0.1 % to 10 %: place 10 of 0 to 200 is the 11th worst, 9 %.
    expect(spans).toBe(201);
    expect(valueAtRisk).toBeCloseTo(0.09, 10);
    expect(conditional).toBeCloseTo((0.09 + 0.1) / 2, 10);
  });

  it.each([
    [{ confidence: 95 }, 'confidence must be between 0 and 1, was 95: did you mean 0.95?'],
    [{ horizon: 0 }, 'horizon must be a whole number of steps above 0, was 0'],
  ])('%j is an error', (options, message) => {
    expect(() => new VaR(options)).toThrow(message);
  });
});
