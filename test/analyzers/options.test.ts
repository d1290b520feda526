/** Options of analyzers that cannot be right are refused with the field and what was seen. */
import { describe, expect, it } from 'vitest';
import { Calmar, ConfigError, DrawDown, LogReturnsRolling, SharpeRatio, TimeReturn, VWR } from 'nextbar';
import { BuySellObserver } from 'nextbar/analyzers';
import { read } from './ground.ts';

const never = (options: object): never => options as never;

describe('an option that cannot be right', () => {
  it.each([
    [
      () => new SharpeRatio(never({ riskfreeRate: 0 })),
      "unknown option of SharpeRatio 'riskfreeRate': did you mean 'riskFreeRate'?",
    ],
    [() => new DrawDown(never({ compat: 'bt' })), "compat must be 'backtrader' or absent, was 'bt'"],
    [
      () => new TimeReturn({ timeframe: 'days' }),
      "timeframe must be a number and a unit such as 1m, 4h, 1d, 1w or 1M, was 'days'",
    ],
    [
      () => new TimeReturn({ firstOpen: false }),
      'firstOpen applies to a data only: give data too, or leave firstOpen out',
    ],
    [() => new SharpeRatio({ factor: 0 }), 'factor must be a number above 0, was 0'],
    [() => new SharpeRatio(never({ annualize: 'yes' })), "annualize must be true or false, was 'yes'"],
    [
      () => new SharpeRatio({ legacyAnnual: true, timeframe: '1d' }),
      "timeframe must be '1y' or absent with legacyAnnual, was '1d'",
    ],
    [() => new VWR({ tau: NaN }), 'tau must be a number above 0, was NaN'],
    [() => new Calmar({ window: 1.5 }), 'window must be a whole number of at least 1, was 1.5'],
    [() => new LogReturnsRolling({ window: 0 }), 'window must be a whole number of at least 1, was 0'],
    [() => new BuySellObserver({ distance: 2 }), 'distance must be a fraction from 0 to below 1, was 2'],
  ])('is refused in one sentence (%#)', (make, message) => {
    expect(make).toThrow(ConfigError);
    expect(make).toThrow(message);
  });

  it('such as a data that is not there is refused when the run starts', () => {
    expect(() => read(new TimeReturn({ data: 'B' }), { values: [1] })).toThrow(
      "data must be one of the run's, was 'B'",
    );
    expect(() => read(new TimeReturn({ data: 3 }), { values: [1] })).toThrow(
      "data must be one of the run's, was 3; there are A",
    );
  });
});
