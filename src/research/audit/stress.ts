/** Stress of a backtest: other starts, a missing bar, fees doubled, orders a bar late, prices moved within their bars; and a verdict. */
import type { CommissionOptions, InstrumentOptions } from '../../broker/index.ts';
import { formatTime, sliceBars, type Bars, type Instrument } from '../../core/index.ts';
import { jitterBars } from '../statistics/index.ts';
import {
  feedOfPlan,
  planOf,
  RepeatedBacktest,
  type Cerebro,
  type RunPlan,
  type RunResult,
} from '../../engine/index.ts';

/** The result of a backtest under one change. */
export interface StressCase {
  /** What was changed. */
  readonly kind: 'start' | 'bar' | 'fees' | 'delay' | 'noise';
  /** The change, in words. */
  readonly what: string;
  /** Return, as a fraction. */
  readonly return: number;
  /** Trades that were closed. */
  readonly trades: number;
  /** Whether the result depends on what was changed. */
  readonly isFragile: boolean;
  /** Why, in words; undefined where it does not. */
  readonly reason: string | undefined;
}

/** How far the noise test moves prices, as a fraction of a bar's range. */
const noiseShare = 0.1;

/** What the stress of a backtest showed. */
export interface StressReport {
  /** Return without a change, as a fraction. */
  readonly return: number;
  /** Trades without a change. */
  readonly trades: number;
  /** Every change that was tried. */
  readonly cases: readonly StressCase[];
  /** `robust`: the result depends on none of the changes; `fragile`: on some; `idle`: there was no trade to judge. */
  readonly verdict: 'robust' | 'fragile' | 'idle';
}

/** Smaller changes of a result are nothing, as fractions of the cash. */
const leastMove = 0.01;

/** A side, where a run has no commission to double. */
const usualFee = 0.001;

/**
 * Runs a Cerebro again over bars that begin later, without one of its bars, with fees doubled, with orders a bar late and with prices moved within their bars, and
 * says whether its result depends on one of them: on a change that takes more than half of a gain or makes a loss larger by more than half, and on a single bar whose absence
 * moves it by more than a quarter; each time by more than a hundredth of the cash.
 *
 * @see R. Pardo, The Evaluation and Optimization of Trading Strategies (2008), chapter 13
 */
export async function stressBacktest(cerebro: Cerebro): Promise<StressReport> {
  const backtest = await RepeatedBacktest.load(planOf(cerebro));
  const { plan } = backtest;
  const base = figures(backtest.run([]));
  const [first] = backtest.bars.values();
  const { time } = first!;
  const cases: StressCase[] = [];
  const judge = (kind: StressCase['kind'], what: string, result: RunResult, share = 1): void => {
    const { gain, trades } = figures(result);
    const reason = reasonFor(kind, base.gain, gain, share);
    cases.push({ kind, what, return: gain, trades, isFragile: reason !== undefined, reason });
  };
  for (const share of [0.02, 0.04, 0.06, 0.08, 0.1]) {
    const start = time[Math.floor(share * time.length)] ?? NaN;
    const later = backtest.over((bars) => from(bars, start));
    judge('start', `begun ${formatTime(start)}`, later.run([]), 1 - share);
  }
  for (const share of [0.15, 0.3, 0.5, 0.7, 0.85]) {
    const missing = time[Math.floor(share * time.length)] ?? NaN;
    const holed = backtest.over((bars, feed) => (backtest.bars.get(feed) === first ? without(bars, missing) : bars));
    judge('bar', `without the bar of ${formatTime(missing)}`, holed.run([]));
  }
  const { hasFees, options, ...terms } = doubled(plan);
  judge(
    'fees',
    hasFees ? 'fees doubled' : `a fee of ${100 * usualFee} % a side, where there was none`,
    backtest.withOptions(options, terms).run([]),
  );
  const { latencyBars = 0 } = plan.options;
  judge('delay', 'orders one bar later', backtest.withOptions({ latencyBars: latencyBars + 1 }).run([]));
  for (const seed of [1, 2, 3]) {
    let place = 0;
    // Each feed with numbers of its own: equal ones would move all markets together.
    const noisy = backtest.over((bars) => jitterBars(bars, noiseShare, seed * 1_000 + place++));
    judge('noise', `every price moved within its bar by up to ${100 * noiseShare} % of the range, seed ${seed}`, noisy.run([])); // prettier-ignore
  }
  const isFragile = cases.some((one) => one.isFragile);
  return {
    return: base.gain,
    trades: base.trades,
    cases,
    verdict: base.trades === 0 ? 'idle' : isFragile ? 'fragile' : 'robust',
  };
}

function figures(result: RunResult): { readonly gain: number; readonly trades: number } {
  const trades = result.strategies.reduce((sum, one) => sum + one.trades.length + one.openTrades.length, 0);
  return { gain: result.finalValue / result.startValue - 1, trades };
}

function reasonFor(kind: StressCase['kind'], base: number, gain: number, share: number): string | undefined {
  const expected = base * share;
  const [worse, size] = [expected - gain, Math.abs(expected)];
  if (kind === 'bar')
    return Math.abs(worse) > Math.max(0.25 * size, leastMove)
      ? 'a single bar moves the result by more than a quarter'
      : undefined;
  if (worse <= Math.max(0.5 * size, leastMove)) return undefined;
  if (expected <= 0) return 'the loss grows by more than half';
  return gain <= 0 ? 'the gain becomes a loss' : 'less than half of the gain is left';
}

function from(bars: Bars, start: number): Bars {
  const at = bars.time.findIndex((time) => time >= start);
  return at < 0 ? sliceBars(bars, 0, 0) : sliceBars(bars, at, bars.time.length);
}

function without(bars: Bars, time: number): Bars {
  const columns = Object.entries(bars) as [string, Float64Array][];
  const at = bars.time.indexOf(time);
  return Object.fromEntries(
    columns.map(([name, column]) => [name, column.filter((_, i) => i !== at)]),
  ) as unknown as Bars;
}

/** The fees of a plan twice as high: those of its commission, and of the instruments of its accounts. Rebates stay. */
function doubled(plan: RunPlan): {
  readonly hasFees: boolean;
  readonly options: { readonly commission: number | CommissionOptions };
  readonly schemes: ReadonlyMap<string, CommissionOptions>;
  readonly instruments: ReadonlyMap<string, InstrumentOptions>;
} {
  const { options, schemes } = plan;
  const { commission = 0 } = options;
  const rate = typeof commission === 'number' ? commission : (commission.commission ?? 0);
  const charged = feesOfInstruments(plan);
  const hasFees =
    rate > 0 ||
    [...schemes.values()].some((one) => (one.commission ?? 0) > 0) ||
    [...charged.values()].some(({ makerFee = 0, takerFee = 0, feeTiers = [] }) =>
      [{ makerFee, takerFee }, ...feeTiers].some((one) => Math.max(one.makerFee, one.takerFee) > 0),
    );
  const dear = (fee: number): number => (hasFees ? Math.max(fee, 2 * fee) : usualFee);
  const twice = dear(rate);
  const instruments = new Map(plan.instruments);
  for (const [name, { makerFee, takerFee, feeTiers }] of charged) {
    instruments.set(name, {
      ...instruments.get(name),
      ...(makerFee !== undefined && { makerFee: dear(makerFee) }),
      ...(takerFee !== undefined && { takerFee: dear(takerFee) }),
      ...(feeTiers && {
        feeTiers: feeTiers.map((tier) => ({ ...tier, makerFee: dear(tier.makerFee), takerFee: dear(tier.takerFee) })),
      }),
    });
  }
  return {
    hasFees,
    options: { commission: typeof commission === 'number' ? twice : { ...commission, commission: twice } },
    schemes: new Map([...schemes].map(([name, one]) => [name, { ...one, commission: dear(one.commission ?? 0) }])),
    instruments,
  };
}

/** The fees that an account with options takes of each data's instrument, where it states some: they go before the commission. */
function feesOfInstruments({ options, datas, instruments }: RunPlan): ReadonlyMap<string, Partial<Instrument>> {
  const { account, accounts } = options;
  if (typeof account !== 'object' && accounts === undefined) return new Map();
  return new Map(datas.map((data) => [data.name, { ...feedOfPlan(data).instrument, ...instruments.get(data.name) }]));
}

/** The stress for people. */
export function formatStress({ return: gain, trades, cases, verdict }: StressReport): string {
  // Less than nothing is nothing: no '-0.00 %'.
  const percent = (value: number): string => `${(100 * value).toFixed(2).replace(/^-(?=[0.]*$)/, '')} %`;
  if (verdict === 'idle') return 'Stress: the strategy never traded, and there is nothing to judge.\n';
  const tradesText = (count: number): string => `${count} ${count === 1 ? 'trade' : 'trades'}`;
  const fragile = cases.filter((one) => one.isFragile);
  const head =
    verdict === 'robust'
      ? `Robust${gain < 0 ? ', but a loss' : ''}: ${percent(gain)} in ${tradesText(trades)}, and none of ${cases.length} changes undoes it.`
      : `Fragile: ${percent(gain)} in ${tradesText(trades)} depend on ${fragile.length} of ${cases.length} changes.`;
  const lines = cases.map(({ what, return: value, trades: count, reason }) => {
    return `  ${percent(value).padStart(10)} in ${tradesText(count)}, ${what}${reason === undefined ? '' : `: ${reason}`}`;
  });
  return `${[head, ...lines].join('\n')}\n`;
}
