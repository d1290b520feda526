/** A strict run: it checks every step and changes nothing; an account that does not add up ends it. */
import { createHash } from 'node:crypto';

import { describe, expect, it } from 'vitest';

import { BacktestBroker, type BrokerOptions } from '../../../src/broker/index.ts';
import { Cerebro, type CerebroOptions, type RunResult } from '../../../src/engine/index.ts';
import { BarsDataFeed, generateBars } from '../../../src/feeds/index.ts';
import { FuzzStrategy } from '../../property/fuzz-strategy.ts';

const bars = generateBars({ timeframe: '1h', count: 400, seed: 11, price: 100, volatility: 1.5 });

function cerebroOf(options: CerebroOptions, symbol = 'BTC/USDT'): Cerebro {
  return new Cerebro(options)
    .addData(new BarsDataFeed({ symbol, name: 'btc', timeframe: '1h', bars }))
    .addStrategy(FuzzStrategy, { seed: 5, activity: 0.6, size: 5 });
}

/** Fills, curve and balances; the quick loop, which a strict run does without, may add in another order. */
function digestOf({ strategies, equity, account }: RunResult): string {
  const { fills } = strategies[0]!;
  const text = JSON.stringify([fills, [...equity.value], account], (_key, value: unknown) =>
    typeof value === 'number' || (typeof value === 'string' && /^-?\d+\.\d+$/.test(value))
      ? Math.round(Number(value) * 1e6)
      : value,
  );
  return `${fills.length} fills, ${createHash('sha256').update(text).digest('hex')}`;
}

const accounts: Readonly<Record<string, [CerebroOptions, string]>> = {
  'a spot account': [{ account: 'spot', commission: 0.001 }, 'BTC/USDT'],
  'a margin account': [{ account: 'margin', commission: { commission: 0.001, leverage: 3 } }, 'BTC/USDT'],
  'futures of Backtrader': [{ rules: 'backtrader', commission: { commission: 1, margin: 20, multiplier: 2 } }, 'BTC'],
  'exact decimals': [{ ledger: 'decimal', commission: 0.0007 }, 'BTC/USDT'],
  'spot with balances': [{ account: { cash: { USDT: 5_000, BTC: 3 } }, commission: 0.001 }, 'BTC/USDT'],
  'a linear contract': [{ account: { cash: { USDT: 300 }, leverage: 10, margin: 'isolated' } }, 'BTC/USDT:USDT'],
  'an inverse contract': [{ account: { cash: { BTC: 2 }, leverage: 10 } }, 'BTC/USD:BTC'],
};

describe('a strict run', () => {
  for (const [name, [options, symbol]] of Object.entries(accounts)) {
    it(`finds nothing wrong with ${name}, and changes nothing`, async () => {
      const plain = await cerebroOf(options, symbol).run();
      expect(plain.strategies[0]!.fills.length).toBeGreaterThan(20);
      expect(digestOf(await cerebroOf({ ...options, strict: true }, symbol).run())).toBe(digestOf(plain));
    });
  }

  it('checks each part of a divided account', async () => {
    const cerebro = cerebroOf({ strict: true, commission: 0.001 }).addStrategy(FuzzStrategy, {
      seed: 6,
      activity: 0.5,
      size: 3,
    });
    expect((await cerebro.run()).strategies[1]!.fills.length).toBeGreaterThan(20);
  });

  it('ends with what does not add up', async () => {
    /** Loses a tenth of a unit in each step. */
    class Leaking extends BacktestBroker {
      override step(): void {
        super.step();
        const position = this.positionOf(0);
        if (position.size > 0) (position as { size: number }).size -= 0.1;
      }
    }
    /** Makes money from nothing. */
    class Minting extends BacktestBroker {
      override get value(): number {
        return super.value + 1;
      }
    }
    const run = (Broker: new (options: BrokerOptions) => BacktestBroker): Promise<RunResult> =>
      cerebroOf({ strict: true })
        .setBroker((options) => new Broker(options))
        .run();
    await expect(run(Leaking)).rejects.toThrow(/strict: the position in 'btc' is .*, and its fills come to/);
    await expect(run(Minting)).rejects.toMatchObject({
      code: 'strict',
      message: expect.stringMatching(
        /^strict: the account is worth 10001, and cash, fills, fees and positions come to 10000/,
      ) as string,
    });
  });
});
