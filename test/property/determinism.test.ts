/** The same run twice is the same to the byte. */
import { describe, expect, it } from 'vitest';
import { generateBars } from 'nextbar';
import { DonchianBreakout } from '../../strategies/donchian-breakout.ts';
import { FuzzStrategy } from './fuzz-strategy.ts';
import { resultText, watch } from './watch.ts';

describe('two runs', () => {
  const hours = (): ReturnType<typeof generateBars> =>
    generateBars({ timeframe: '1h', count: 800, seed: 3, price: 100 });
  const days = (): ReturnType<typeof generateBars> => generateBars({ timeframe: '1d', count: 33, seed: 4, price: 20 });

  it('of a strategy of all orders give the same bytes', async () => {
    const once = async (seed: number): Promise<string> => {
      const datas = [
        { timeframe: '1h', bars: hours() },
        { timeframe: '1d', bars: days() },
      ];
      return resultText((await watch(FuzzStrategy, { seed, activity: 1 }, datas, { cash: 3000 })).result);
    };
    const first = await once(8);
    expect(first.length).toBeGreaterThan(10_000);
    expect(await once(8)).toBe(first);
    expect(await once(9)).not.toBe(first);
  });

  it('of a strategy of the project give the same bytes', async () => {
    const once = async (): Promise<string> =>
      resultText((await watch(DonchianBreakout, { entry: 12, exit: 5 }, [{ timeframe: '1h', bars: hours() }])).result);
    const first = await once();
    expect(first.length).toBeGreaterThan(10_000);
    expect(await once()).toBe(first);
  });
});
