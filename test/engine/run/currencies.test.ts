/** A run that buys in one currency and sells in another, without a rate: its value is told apart by currency. */
import { describe, expect, it } from 'vitest';

import { BarsDataFeed, Cerebro, Strategy, type Bar, type RunResult } from '../../../src/index.ts';
import { renderSummary } from '../../../src/cli/output/summary.ts';
import { resultShape } from '../../../src/cli/output/result-json.ts';

const hour = 3_600_000;
const bars = (prices: readonly number[]): Bar[] =>
  prices.map((price, i) => ({ time: i * hour, open: price, high: price, low: price, close: price, volume: 1_000 }));

class Arbitrage extends Strategy {
  override next(): void {
    const [here, there] = this.datas;
    if (this.data.length === 1) this.buy({ data: here!, size: 2 });
    if (this.data.length === 2) this.sell({ data: there!, size: 2 });
  }
}

function run(options: object, quotes = ['USDT', 'USD']): Promise<RunResult> {
  const cerebro = new Cerebro({ cash: 1_000, commission: 0.01, ...options }).addStrategy(Arbitrage);
  for (const [k, prices] of [
    [100, 100, 110, 120],
    [101, 101, 112, 122],
  ].entries()) {
    const symbol = `BTC/${quotes[k]!}`;
    const instrument = { symbol, type: 'spot', base: 'BTC', quote: quotes[k]! } as const;
    cerebro.addData(new BarsDataFeed({ bars: bars(prices), symbol, timeframe: '1h', name: `venue${k}`, instrument }));
  }
  return cerebro.run();
}

describe.each(['float', 'decimal'] as const)('buying in USDT and selling in USD, ledger %s', (ledger) => {
  it('counts both as one in its value, says so, and has them apart', async () => {
    const result = await run({ ledger, account: 'margin' });
    // Bought 2 at 100 (fee 2), worth 240; sold 2 at 112 (fee 2.24), worth 244 to buy back.
    const values = result.valueByCurrency!;
    expect(values['USDT']).toBeCloseTo(1_000 - 2 + 40, 9);
    expect(values['USD']).toBeCloseTo(-2.24 - 20, 9);
    expect(values['USDT']! + values['USD']!).toBeCloseTo(result.finalValue, 9);
    expect(result.warnings.filter((text) => text.includes('valueByCurrency'))).toHaveLength(1);
    expect(
      renderSummary(result, { took: 1, isSynthetic: false }, { stdout: { write: () => true }, env: {} } as never),
    ).toMatch(/1,038\.00 USDT, -22\.24 USD/);
    expect(resultShape(result, '0')).toMatchObject({ valueByCurrency: values });
  });

  it('is refused on a spot account, in one sentence that names what allows it', async () => {
    const result = await run({ ledger });
    expect(result.strategies[0]!.orders[1]).toMatchObject({
      status: 'margin',
      reason:
        "a spot account cannot sell 2 BTC of 0: account: 'margin' allows short sales, accounts: { ... } with a balance of BTC on each exchange sells what is held there",
    });
    expect(result.valueByCurrency).toBeUndefined();
  });

  it('has one currency where both are quoted in it', async () => {
    const result = await run({ ledger, account: 'margin' }, ['USDT', 'USDT']);
    expect(result.valueByCurrency).toBeUndefined();
    expect(result.warnings).toEqual([]);
  });
});
