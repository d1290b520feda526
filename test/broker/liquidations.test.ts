/** Liquidations of accounts with several positions: what both sides of a contract carry, what an insurance fund pays, and steps through a gap. */
import { describe, expect, it } from 'vitest';

import { BarsDataFeed, Cerebro, Strategy, type CerebroOptions, type RunResult } from 'nextbar';
import type { InstrumentOptions } from 'nextbar/account';

class Scripted extends Strategy<typeof Scripted.params> {
  static readonly params = { sizes: {} as Readonly<Record<string, number>> };

  override next(): void {
    if (this.data.length !== 1) return;
    for (const [data, size] of Object.entries(this.params.sizes)) {
      if (size > 0) this.buy({ data, size });
      else this.sell({ data, size: -size });
    }
  }
}

/** A run whose positions are opened at 100 in the second bar. A price is a bar that stays there; four are open, high, low and close. */
async function run(
  account: CerebroOptions['account'],
  datas: Readonly<Record<string, InstrumentOptions>>,
  sizes: Readonly<Record<string, number>>,
  prices: readonly (number | readonly [number, number, number, number])[],
  ledger: 'float' | 'decimal' = 'decimal',
): Promise<RunResult> {
  const cerebro = new Cerebro({ ledger, instrumentRules: false, ...(account !== undefined && { account }) });
  for (const [name, facts] of Object.entries(datas)) {
    const bars = [100, 100, ...prices].map((price, k) => {
      const [open, high, low, close] = typeof price === 'number' ? [price, price, price, price] : price;
      return { time: Date.UTC(2024, 0, 1, k), open, high, low, close, volume: 1e6 };
    });
    cerebro.addData(new BarsDataFeed({ name, symbol: facts.symbol!, timeframe: '1h', bars }));
    cerebro.setInstrument(name, facts);
  }
  return cerebro.addStrategy(Scripted, { sizes }).run();
}

const marginTiers = [{ upTo: 1e9, maintenanceRate: 0.004 }];
const ended = (result: RunResult) => result.account!.liquidations.map(({ data, price, loss }) => [data, +price.toFixed(4), +loss.toFixed(4)]); // prettier-ignore
const insured = (result: RunResult): string => result.account!.accounts[0]!.booked['USDT']!.insurance;

describe('both sides of a contract in cross margin', () => {
  const hedge = { cash: { USDT: 1_000 }, leverage: 100, positionMode: 'hedge' } as const;
  const datas = {
    up: { symbol: 'BTC/USDT:USDT', positionSide: 'long', marginTiers },
    down: { symbol: 'BTC/USDT:USDT', positionSide: 'short', marginTiers },
  } as const;

  it('carry each other: as much of both is not liquidated by any fall', async () => {
    const result = await run(hedge, datas, { up: 400, down: -400 }, [[100, 100, 50, 50], [50, 60, 40, 60]]); // prettier-ignore
    expect(result.account!.liquidations).toEqual([]);
    expect(result.finalValue).toBe(1_000);
  });

  it.each(['decimal', 'float'] as const)('end at the price that uses up what carries both, counted in %s', async (ledger) => {
    const result = await run(hedge, datas, { up: 450, down: -400 }, [90, [90, 90, 80, 80], 70], ledger);
    // 1,000 + 50 (p - 100) = 850 p x 0.004: p = 4,000 / 46.6. The shorts are then due at -5,373.39 + 400 (100 - p) = 400 p x 0.004.
    expect(ended(result)).toEqual([['up', 85.8369, 6_373.3906], ['down', 86.2216, -5_511.3452]]);
    expect(result.equity.value[2]).toBeCloseTo(1_000 - 50 * 10, 9);
    expect(result.finalValue).toBeCloseTo(1_000 - 6_373.3906 + 5_511.3452, 3);
    expect(Number(insured(result))).toBe(0);
  }); // prettier-ignore
});

describe('the insurance fund', () => {
  const datas = { a: { symbol: 'BTC/USDT:USDT' }, b: { symbol: 'ETH/USDT:USDT' } } as const;
  const cross = { cash: { USDT: 1_000 }, leverage: 100 } as const;

  it.each([
    // 450 long lose 21 each, 400 short win them: 1,000 - 9,450 + 8,400 = -50.
    [79, 50, [['a', 79, 9_450], ['b', 79, -8_400]]],
    [60, 1_000, [['a', 60, 18_000], ['b', 60, -16_000]]],
  ])('pays at %d what the account cannot lose, after what the other positions have won', async (price, pays, wanted) => {
    const result = await run(cross, datas, { a: 450, b: -400 }, [price, price]);
    expect(ended(result)).toEqual(wanted);
    expect([insured(result), result.finalValue]).toEqual([String(pays), 0]);
  }); // prettier-ignore

  it('leaves a position to go on that carries what the other has lost', async () => {
    // At 80 a needs 36,000 x 0.08 = 2,880, and 3,800 - 9,000 + 8,000 = 2,800 are there. b is then due at -5,200 + 400 (100 - p) = 0: 87.
    const tiers = [{ upTo: 1e9, maintenanceRate: 0.08 }];
    const both = { a: { ...datas.a, marginTiers: tiers }, b: datas.b };
    const result = await run({ ...cross, cash: { USDT: 3_800 } }, both, { a: 450, b: -400 }, [80, 85]);
    expect(ended(result)).toEqual([['a', 80, 9_000]]);
    expect([insured(result), result.account!.accounts[0]!.wallet['USDT']]).toEqual(['0', '-5200']);
    expect(result.finalValue).toBe(3_800 - 9_000 + 6_000);
    // What it owes is what its profit was to cover: at 90 the fund pays the 1,200 that are missing.
    const fell = await run({ ...cross, cash: { USDT: 3_800 } }, both, { a: 450, b: -400 }, [80, 90]);
    expect(ended(fell)).toEqual([['a', 80, 9_000], ['b', 90, -4_000]]); // prettier-ignore
    expect([insured(fell), fell.finalValue]).toEqual(['1200', 0]);
  });

  it('counts what the other positions have lost for nothing', async () => {
    const result = await run(cross, datas, { a: 100, b: 10 }, [85, 85]);
    expect(ended(result)).toEqual([['a', 85, 1_500], ['b', 85, 150]]); // prettier-ignore
    expect([insured(result), result.finalValue]).toEqual(['650', 0]);
  });
});

describe('a venue that reduces positions tier by tier', () => {
  const tiers = [
    { upTo: 1_000, maintenanceRate: 0.01 },
    { upTo: 5_000, maintenanceRate: 0.02 },
    { upTo: 50_000, maintenanceRate: 0.05 },
  ];

  it.each([
    ['cross', '800', 0],
    ['isolated', '900', 100],
  ] as const)('takes every step of a gap at the price that it opens at, in %s', async (margin, pays, left) => {
    const account = { cash: { USDT: 1_000 }, leverage: 10, margin, profile: 'okx' } as const;
    const result = await run(account, { a: { symbol: 'BTC/USDT:USDT', marginTiers: tiers } }, { a: 90 }, [80, 80]);
    // 90 x 80 = 7,200, down to 5,000, to 1,000 and to nothing: 1,800 are lost of what carried 90.
    expect(ended(result)).toEqual([['a', 80, 550], ['a', 80, 1_000], ['a', 80, 250]]); // prettier-ignore
    expect([insured(result), result.finalValue]).toEqual([pays, left]);
  });

  it('takes a step at its price, where the mark passes it', async () => {
    const account = { cash: { USDT: 1_000 }, leverage: 10, margin: 'isolated', profile: 'okx' } as const;
    const result = await run(account, { a: { symbol: 'BTC/USDT:USDT', marginTiers: tiers } }, { a: 60 }, [[100, 100, 94, 94]]); // prettier-ignore
    // The amount of the third tier is 1,000 x 0.01 + 5,000 x 0.03 = 160: 600 + 60 (p - 100) = 60 p x 0.05 - 160, p = 5,240 / 57 = 91.93;
    // below 5,000 / 60 = 83.33 the second would hold. At 94 nothing is due.
    expect(result.account!.liquidations).toEqual([]);
    const fell = await run(account, { a: { symbol: 'BTC/USDT:USDT', marginTiers: tiers } }, { a: 60 }, [[100, 100, 91.9, 92]]); // prettier-ignore
    expect(fell.account!.liquidations[0]).toMatchObject({ price: 5_240 / 57, size: expect.closeTo(60 - 5_000 / (5_240 / 57), 9) as unknown }); // prettier-ignore
    expect(fell.account!.liquidations).toHaveLength(1);
  });
});
