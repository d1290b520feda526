/** No value is made or lost: cash and positions are what the fills left, to the last digit that floats hold. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  BarsDataFeed,
  Cerebro,
  fixedSizeFiller,
  generateBars,
  percentSlippage,
  type CerebroOptions,
  type CommissionOptions,
  type Fill,
  type Order,
  type RunResult,
} from 'nextbar';
import { FuzzStrategy } from './fuzz-strategy.ts';

const commission: fc.Arbitrary<CommissionOptions> = fc.oneof(
  fc.record({ commission: fc.double({ min: 0, max: 0.01, noNaN: true }) }),
  fc.record({ commission: fc.double({ min: 0, max: 2, noNaN: true }), type: fc.constant('fixed' as const) }),
  fc.record({ commission: fc.constant(0.001), leverage: fc.double({ min: 1, max: 5, noNaN: true }) }),
  fc.record({
    commission: fc.double({ min: 0, max: 2, noNaN: true }),
    type: fc.constant('fixed' as const),
    margin: fc.double({ min: 1, max: 50, noNaN: true }),
    multiplier: fc.constantFrom(0.5, 1, 3),
    leverage: fc.constantFrom(1, 4),
  }),
  fc.record({
    commission: fc.constant(0.0005),
    autoMargin: fc.double({ min: 0.05, max: 1, noNaN: true }),
    leverage: fc.constantFrom(1, 3),
  }),
);

const setup = fc.record({
  seed: fc.integer({ min: 1, max: 1_000_000 }),
  activity: fc.constantFrom(0.2, 0.6, 1),
  size: fc.constantFrom(1, 5, 40),
  commission,
  slippage: fc.constantFrom(0, 0.0005, 0.01),
  cash: fc.constantFrom(500, 10_000, 1_000_000),
  fillerSize: fc.constantFrom(undefined, 0.75, 4),
  shortCash: fc.boolean(),
  checkSubmit: fc.boolean(),
});

type Setup = typeof setup extends fc.Arbitrary<infer T> ? T : never;

async function run(one: Setup, ledger: 'float' | 'decimal'): Promise<RunResult> {
  const bars = generateBars({ timeframe: '1h', count: 250, seed: one.seed, price: 100, volatility: 1.2 });
  const options: CerebroOptions = {
    cash: one.cash,
    commission: one.commission,
    slippage: percentSlippage(one.slippage),
    shortCash: one.shortCash,
    checkSubmit: one.checkSubmit,
    ledger,
    ...(one.fillerSize !== undefined && { filler: fixedSizeFiller(one.fillerSize) }),
  };
  const { seed, activity, size } = one;
  return new Cerebro(options)
    .addData(new BarsDataFeed({ timeframe: '1h', bars }))
    .addStrategy(BookedStrategy, { seed, activity, size })
    .run();
}

/** Writes down in which step each fill was booked; one of a close order may be dated by the bar before. */
class BookedStrategy extends FuzzStrategy {
  readonly booked = new Map<number, Fill[]>();

  override notifyOrder({ status, lastFill }: Order): void {
    if (lastFill === undefined || (status !== 'partial' && status !== 'completed')) return;
    const step = this.data.length - 1;
    this.booked.set(step, [...(this.booked.get(step) ?? []), lastFill]);
  }
}

function expectClose(got: number, wanted: number, scale: number): void {
  // Asked thousands of times: an expectation is set up only for a number that fails it.
  if (Math.abs(got - wanted) <= 1e-9 * Math.max(1, scale)) return;
  expect(got).toBe(wanted);
}

describe('conservation', () => {
  it('has the value equal the cash at the start, the gains of every unit since its fill, and the fees', async () => {
    let fills = 0;
    await fc.assert(
      fc.asyncProperty(setup, async (one) => {
        const result = await run(one, 'float');
        const multiplier = one.commission.multiplier ?? 1;
        const bars = generateBars({ timeframe: '1h', count: 250, seed: one.seed, price: 100, volatility: 1.2 });
        const byStep = (result.strategies[0]!.strategy as unknown as BookedStrategy).booked;
        let [spent, held, fees] = [0, 0, 0];
        let scale: number = one.cash;
        for (let step = 0; step < result.steps; step++) {
          for (const fill of byStep.get(step) ?? []) {
            fills++;
            spent += fill.size * fill.price * multiplier;
            held += fill.size;
            fees += fill.commission;
            scale = Math.max(scale, Math.abs(spent), Math.abs(held * fill.price * multiplier));
          }
          const worth = held * multiplier * bars.close[step]!;
          expectClose(result.equity.value[step]!, one.cash - spent - fees + worth, Math.max(scale, Math.abs(worth)));
        }
      }),
      { numRuns: 30, seed: 20_240_101 },
    );
    expect(fills).toBeGreaterThan(1000);
  });

  it('has each position equal the sum of its fills', async () => {
    await fc.assert(
      fc.asyncProperty(setup, async (one) => {
        const { strategies } = await run(one, 'float');
        const fills = strategies[0]!.orders.flatMap((order) => order.fills);
        for (const fill of fills) expectClose(fill.closed + fill.opened, fill.size, Math.abs(fill.size));
        for (const order of strategies[0]!.orders) {
          const filled = order.fills.reduce((sum, fill) => sum + Math.abs(fill.size), 0);
          expectClose(order.filled, filled, filled);
          expect(order.filled).toBeLessThanOrEqual(order.size * (1 + 1e-9));
        }
      }),
      { numRuns: 15, seed: 20_240_102 },
    );
  });

  it('has cash = start + realised - fees - cost of what is open, on spot', async () => {
    const spot = setup.map((one) => ({ ...one, commission: { commission: 0.001 }, shortCash: true }));
    await fc.assert(
      fc.asyncProperty(spot, async (one) => {
        const { strategies, finalCash } = await run(one, 'float');
        const fills = strategies[0]!.orders.flatMap((order) => order.fills);
        const sum = (of: (fill: Fill) => number): number => fills.reduce((total, fill) => total + of(fill), 0);
        const last = strategies[0]!.fills.at(-1);
        const open =
          last === undefined ? 0 : strategies[0]!.strategy.position.size * strategies[0]!.strategy.position.price;
        const scale = one.cash + sum((fill) => Math.abs(fill.size * fill.price));
        expectClose(finalCash, one.cash + sum(({ pnl }) => pnl) - sum((fill) => fill.commission) - open, scale);
      }),
      { numRuns: 15, seed: 20_240_103 },
    );
  });

  it('comes out alike on floats and on decimals', async () => {
    await fc.assert(
      fc.asyncProperty(setup, async (one) => {
        const [float, decimal] = [await run(one, 'float'), await run(one, 'decimal')];
        const [floats, decimals] = [float.equity, decimal.equity];
        const [ours, theirs] = [float.strategies[0]!.orders, decimal.strategies[0]!.orders];
        expect(ours.map(({ status }) => status)).toEqual(theirs.map(({ status }) => status));
        for (let step = 0; step < float.steps; step++) {
          const scale = Math.max(one.cash, Math.abs(floats.cash[step]!));
          expectClose(floats.cash[step]!, decimals.cash[step]!, scale);
          expectClose(floats.value[step]!, decimals.value[step]!, scale);
        }
      }),
      { numRuns: 15, seed: 20_240_104 },
    );
  });
});
