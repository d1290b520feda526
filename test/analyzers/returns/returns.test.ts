/** Returns, ratios and spreads, against cases worked out by hand. */
import { describe, expect, it } from 'vitest';
import {
  AnnualReturn,
  BuyAndHold,
  Calmar,
  LogReturnsRolling,
  PeriodStats,
  Returns,
  SharpeRatio,
  SortinoRatio,
  TimeReturn,
  VWR,
} from '../../../src/analyzers/index.ts';
import { dayMs, hourMs, monday, read } from '../ground.ts';

const compat = 'backtrader' as const;
/** From 100: +10 %, -10 %, 0, +21.2121... %. */
const days = { values: [110, 99, 99, 120] };
/** The same returns over bars of ten days: long enough for yearly figures. */
const tens = { ...days, frame: '10d' };

describe('returns', () => {
  it('are total, logarithmic, and compounded over the days that passed', () => {
    const result = read(new Returns(), days);
    expect(result.total).toBeCloseTo(0.2, 14);
    expect(result.log).toBeCloseTo(0.1823215567939546, 14);
    expect(result.years).toBeCloseTo(4 / 365, 15);
    expect(result.periods).toBeCloseTo(4, 12);
    expect(result.averageLog).toBeCloseTo(0.0455803891984886, 12);
  });

  it("count touched periods and 252 days in Backtrader's way", () => {
    const result = read(new Returns({ compat }), days);
    expect(result.periods).toBe(4);
    expect(result.annualized! / 97367.50480227197).toBeCloseTo(1, 10);
  });

  it('of a year with 10 % are 10 % a year', () => {
    const opens = [monday, monday + 364 * dayMs];
    expect(read(new Returns(), { values: [100, 110], opens }).cagr).toBeCloseTo(0.1, 12);
  });

  it('are compounded to a year from 30 days on, and not for less', () => {
    expect(read(new Returns(), tens).cagr).toBeCloseTo(1.2 ** (365 / 40) - 1, 10);
    expect(read(new Returns(), days)).toMatchObject({ cagr: undefined, annualized: undefined });
    const flat = Array.from({ length: 30 }, () => 110);
    expect(read(new Returns(), { values: flat }).cagr).toBeCloseTo(1.1 ** (365 / 30) - 1, 10);
    expect(read(new Returns(), { values: flat.slice(1) }).cagr).toBeUndefined();
  });

  it('have no growth a year for a single bar, and no logarithm when everything is lost', () => {
    expect(read(new Returns(), { values: [101] })).toMatchObject({ total: 101 / 100 - 1, cagr: undefined });
    expect(read(new Returns(), { values: [50, 0], frame: '20d' })).toMatchObject({
      total: -1,
      log: undefined,
      cagr: -1,
    });
    expect(read(new Returns(), { values: [50, -10] })).toMatchObject({ total: -1.1, log: undefined, cagr: undefined });
  });

  it('of a run without a step are those of the start value', () => {
    expect(read(new Returns(), { values: [] })).toMatchObject({
      total: 0,
      log: 0,
      cagr: undefined,
      averageLog: undefined,
    });
  });
});

describe('returns by period', () => {
  const hours = {
    frame: '1h',
    opens: [22, 23, 24, 25].map((hour) => monday + hour * hourMs),
    values: [101, 102, 51, 204],
  };

  it('put a bar that closes at midnight into the day in which it opened', () => {
    const rows = read(new TimeReturn({ timeframe: '1d' }), hours);
    expect(rows).toEqual([
      { time: monday, return: 102 / 100 - 1 },
      { time: monday + dayMs, return: 1 },
    ]);
  });

  it('put it into the next day when the run goes by closes', () => {
    const rows = read(new TimeReturn({ timeframe: '1d' }), { ...hours, periodBy: 'close' });
    expect(rows).toEqual([
      { time: monday, return: 101 / 100 - 1 },
      { time: monday + dayMs, return: 204 / 101 - 1 },
    ]);
  });

  it('of a data count from its first open, or its first close', () => {
    const run = { ...hours, closes: [110, 121, 121, 242] };
    const whole = read(new TimeReturn({ timeframe: 'all', data: 'A' }), run);
    expect(whole.map((row) => row.return)).toEqual([242 / 100 - 1]);
    const late = read(new TimeReturn({ timeframe: 'all', data: 0, firstOpen: false }), run);
    expect(late.map((row) => row.return)).toEqual([242 / 110 - 1]);
    expect(read(new BuyAndHold(), run)).toMatchObject({ return: 242 / 100 - 1, firstOpen: 100, lastClose: 242 });
  });

  it('leave out periods without a bar', () => {
    const opens = [monday, monday + 9 * dayMs];
    expect(read(new TimeReturn(), { values: [101, 102], opens })).toHaveLength(2);
  });

  it("by year begin with the start value; Backtrader begins with the first step's", () => {
    const opens = [Date.UTC(2023, 11, 30), Date.UTC(2023, 11, 31), Date.UTC(2024, 0, 1)];
    const run = { opens, values: [110, 121, 60.5] };
    expect(read(new AnnualReturn(), run)).toEqual([
      { year: 2023, return: 121 / 100 - 1 },
      { year: 2024, return: -0.5 },
    ]);
    expect(read(new AnnualReturn({ compat }), run)[0]).toEqual({ year: 2023, return: 121 / 110 - 1 });
  });

  it('roll over several periods in logarithms', () => {
    const rows = read(new LogReturnsRolling({ window: 2 }), days).map((row) => row.return);
    expect(rows[0]).toBeUndefined();
    expect(rows[1]).toBeCloseTo(Math.log(0.99), 14);
    expect(rows[2]).toBeCloseTo(Math.log(0.9), 14);
    expect(rows[3]).toBeCloseTo(Math.log(120 / 99), 14);
  });

  it('spread as their mean, deviation and extremes say', () => {
    const result = read(new PeriodStats({ timeframe: '1d' }), days);
    expect(result).toMatchObject({ positive: 2, negative: 1, unchanged: 1 });
    expect(result.average).toBeCloseTo(0.053030303030303, 12);
    expect(result.deviation).toBeCloseTo(0.133848865608229, 12);
    expect(result.best).toBeCloseTo(0.212121212121212, 12);
    expect(result.worst).toBeCloseTo(-0.1, 12);
    expect(read(new PeriodStats({ timeframe: '1d', compat }), days).deviation).toBeCloseTo(0.115916517884456, 12);
    expect(read(new PeriodStats({ timeframe: '1d', zeroIsPositive: true }), days)).toMatchObject({
      positive: 3,
      unchanged: 0,
    });
    expect(read(new PeriodStats(), { values: [] })).toMatchObject({ average: undefined, best: undefined, positive: 0 });
  });
});

describe('the Sharpe ratio', () => {
  it('is that of daily returns for 365 days, with the deviation of a sample', () => {
    const result = read(new SharpeRatio(), tens);
    expect(result.sharpe).toBeCloseTo(0.396195386410827 * Math.sqrt(36.5), 10);
    expect(result.count).toBe(4);
    expect(read(new SharpeRatio(), days)).toMatchObject({ sharpe: undefined, count: 4 });
    expect(read(new SharpeRatio({ annualize: false }), days).sharpe).toBeCloseTo(0.396195386410827, 12);
    const lower = read(new SharpeRatio({ riskFreeRate: 0.05 }), tens).sharpe!;
    expect(lower).toBeLessThan(result.sharpe!);
    expect(lower).toBeGreaterThan(result.sharpe! - 0.1);
  });

  it("is Backtrader's with 252 days, the population's deviation and 1 % unless told otherwise", () => {
    expect(read(new SharpeRatio({ timeframe: '1d', compat }), days).sharpe).toBeCloseTo(0.457146382396253, 12);
  });

  it('of hourly bars is made of days', () => {
    const values = Array.from({ length: 48 }, (_, k) => (k < 23 ? 100 : k < 47 ? 110 : 121 + 11));
    expect(read(new SharpeRatio(), { values, frame: '1h' }).count).toBe(2);
  });

  it('is undefined for a single day, for none, and where nothing moved', () => {
    expect(read(new SharpeRatio(), { values: [101] }).sharpe).toBeUndefined();
    expect(read(new SharpeRatio(), { values: [] })).toEqual({
      sharpe: undefined,
      mean: undefined,
      deviation: undefined,
      count: 0,
    });
    expect(read(new SharpeRatio({ riskFreeRate: 0.1 }), { values: [100, 100, 100] }).sharpe).toBeUndefined();
  });
});

describe('further ratios', () => {
  it('Sortino divides by the root mean square of the shortfalls', () => {
    const result = read(new SortinoRatio(), tens);
    expect(result.downside).toBeCloseTo(0.05, 14);
    expect(result.sortino).toBeCloseTo(20.2628503366363 / Math.sqrt(10), 9);
    expect(read(new SortinoRatio(), days).sortino).toBeUndefined();
    expect(read(new SortinoRatio(), { values: [101, 102] }).sortino).toBeUndefined();
  });

  it('Calmar divides yearly growth by the deepest drawdown, both in the window', () => {
    const month = (k: number): number => Date.UTC(2024, k, 1);
    const opens = [month(0), month(1), month(2), month(3)];
    const result = read(new Calmar({ window: 2 }), { values: [120, 60, 90, 99], opens });
    // The last window is March and April: from 60, up to 90 and 99, never down.
    expect(result.calmar).toBeUndefined();
    // February and March: from 120 down to 60 and up to 90, from 2024-01-02 to 2024-03-02.
    const growth = (90 / 120) ** (365 / 60) - 1;
    expect(result.periods[2]!.calmar).toBeCloseTo(growth / 0.5, 12);
    expect(result.periods.map(({ time }) => time)).toEqual(opens);
  });

  it('VWR discounts yearly growth by the deviation from an even one', () => {
    const result = read(new VWR(), tens);
    expect(result.deviation).toBeCloseTo(0.086104745050163, 12);
    const growth = 1.2 ** (36.5 / 4) - 1;
    expect(result.vwr).toBeCloseTo(growth * 100 * (1 - (result.deviation! / 2) ** 0.2), 8);
    expect(read(new VWR(), days).vwr).toBeUndefined();
    expect(read(new VWR(), { values: [101] }).vwr).toBeUndefined();
  });
});

describe('VWR of a ruined run', () => {
  const fallen = (last: number): number => read(new VWR(), { values: [100, 400, 90, last], frame: '10d' }).vwr!;

  it('is at most 0, however unevenly it fell', () => {
    expect(fallen(100e-6)).toBeLessThanOrEqual(0);
    expect(fallen(1e-9)).toBeLessThanOrEqual(0);
    expect(fallen(50)).toBeLessThanOrEqual(0);
  });

  it('is -100 when nothing or less is left', () => {
    expect(fallen(0)).toBe(-100);
    expect(fallen(-20)).toBe(-100);
  });
});

describe('bars of several days', () => {
  const opens = [monday, monday + 3 * dayMs, monday + 6 * dayMs];
  const run = { values: [110, 121, 133.1], opens, frame: '3d' };

  it('are periods of their own', () => {
    // The grid of three days is aligned to the epoch; 2024-01-01 lies one day after one of its lines.
    expect(read(new TimeReturn(), run).map(({ time }) => time)).toEqual(
      opens.map((open) => open - dayMs * ((monday / dayMs) % 3)),
    );
  });

  it("are single days in Backtrader's way", () => {
    expect(read(new TimeReturn({ compat }), run).map(({ time }) => time)).toEqual(opens);
  });

  it('are annualised by as many as fit in 365 days unless a factor is given', () => {
    const { sharpe } = read(new SharpeRatio({ factor: 365 / 3 }), {
      values: [110, 99, 108.9],
      frame: '10d',
    });
    // Returns 0.1, -0.1, 0.1: mean 1/30, sample deviation 0.115470...
    expect(sharpe).toBeCloseTo((1 / 30 / 0.11547005383792516) * Math.sqrt(365 / 3), 10);
  });
});
