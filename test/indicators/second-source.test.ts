/** Indicators against a second source on real bars: the same formula written by others gives the same numbers. */
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

import * as signals from 'trading-signals';
import { describe, expect, it } from 'vitest';

import { barAt, barsFromRows, type Bar, type Bars } from '../../src/core/index.ts';
import * as nextbar from '../../src/indicators/index.ts';
import type { Data, Line } from '../../src/lines/index.ts';
import { valuesOf, walk } from './ground.ts';

const real = fileURLToPath(new URL('../../../shared/market-data/BTCUSDT-1h.csv', import.meta.url));

/** 2,000 real bars where they are at hand, else made-up ones, without gaps between bars: real ones have next to none. */
function bars(): Bars {
  if (!existsSync(real)) return withoutGaps(walk(77, 2_000, 20_000));
  const rows = readFileSync(real, 'utf8').trim().split('\n').slice(1, 2_001);
  return barsFromRows(
    rows.map((row) => {
      const [time, open, high, low, close, volume] = row.split(',').map(Number) as [
        number,
        number,
        number,
        number,
        number,
        number,
      ];
      return { time, open, high, low, close, volume };
    }),
  );
}

function withoutGaps(gappy: Bars): Bars {
  let last = NaN;
  return barsFromRows(
    Array.from({ length: gappy.time.length }, (_, i) => {
      const bar = barAt(gappy, i);
      const open = Number.isNaN(last) ? bar.open : last;
      last = bar.close;
      return { ...bar, open, high: Math.max(bar.high, open), low: Math.min(bar.low, open) };
    }),
  );
}

/** What one indicator of the other package says, bar by bar; undefined while it says nothing. */
interface Other {
  add(input: never): unknown;
}

interface Pair {
  /** The line of ours. */
  readonly ours: (data: Data) => Line;
  /** The other's value after each bar. */
  readonly theirs: () => (bar: Bar) => number | null | undefined;
  /** Bars until a different start has worn off; default 0: every value the other has is compared. */
  readonly from?: number;
  /** Largest difference allowed, relative to the larger of the value and `scale`. Default 1e-9. */
  readonly within?: number;
  /** Size of what a small value is a difference of, such as the price. Default 0. */
  readonly scale?: number;
}

/** Feeds bars to an indicator of the other package. */
function candles(make: () => Other, read: (result: never) => number = (result) => result): Pair['theirs'] {
  return () => {
    const one = make();
    return (bar) => {
      const result = one.add(bar as never);
      return result === null || result === undefined ? null : read(result as never);
    };
  };
}

/** Feeds closes to an indicator of the other package. */
function closes(make: () => Other, read: (result: never) => number = (result) => result): Pair['theirs'] {
  return () => {
    const one = make();
    return ({ close }) => {
      const result = one.add(close as never);
      return result === null || result === undefined ? null : read(result as never);
    };
  };
}

/** The data as if each bar had one price, its close. */
function flatOf(data: Data): Data {
  return Object.assign(Object.create(data) as Data, { high: data.close, low: data.close });
}

const pairs: Readonly<Record<string, Pair>> = {
  accumulation: { ours: (d) => nextbar.accumulation(d), theirs: candles(() => new signals.AD()), scale: 1_000 },
  alma: { ours: (d) => nextbar.alma(d.close, 9), theirs: closes(() => new signals.ALMA(9)) },
  atr: { ours: (d) => nextbar.atr(d, 14), theirs: candles(() => new signals.ATR(14)), from: 400 },
  chaikin: { ours: (d) => nextbar.chaikin(d, 3, 10), theirs: candles(() => new signals.ADOSC({ fastPeriod: 3, slowPeriod: 10 })), from: 400, scale: 1e4 }, // prettier-ignore
  // Theirs counts the gap before the window too, as docs of ours say.
  choppiness: {
    ours: (d) => nextbar.choppiness(d, 14),
    theirs: candles(() => new signals.CHOP(14)),
    from: 20,
    within: 1e-3,
  },
  cmf: { ours: (d) => nextbar.cmf(d, 20), theirs: candles(() => new signals.CMF(20)), scale: 1 },
  connorsRsi: { ours: (d) => nextbar.connorsRsi(d.close), theirs: closes(() => new signals.ConnorsRSI()), from: 400 },
  coppock: { ours: (d) => nextbar.coppock(d.close), theirs: closes(() => new signals.CoppockCurve()), scale: 1 },
  elderRay: { ours: (d) => nextbar.elderRay(d, 13).bull, theirs: candles(() => new signals.ElderRay(13), ({ bullPower }: { bullPower: number }) => bullPower), from: 400, scale: 1e4 }, // prettier-ignore
  easeOfMovement: { ours: (d) => nextbar.easeOfMovement(d, 14, 10_000), theirs: candles(() => new signals.EMV(14, 10_000)), scale: 1e4 }, // prettier-ignore
  forceIndex: { ours: (d) => nextbar.forceIndex(d, 13), theirs: candles(() => new signals.ForceIndex(13)), from: 400, scale: 1e6 }, // prettier-ignore
  massIndex: { ours: (d) => nextbar.massIndex(d, 9, 25), theirs: candles(() => new signals.MassIndex(25)), from: 400 },
  rogersSatchell: { ours: (d) => nextbar.realizedVolatility(d, { period: 14, estimator: 'rogersSatchell', barsPerYear: 1 }), theirs: candles(() => new signals.RogersSatchellVolatility(14)), scale: 1e-3 }, // prettier-ignore
  fisher: { ours: (d) => nextbar.fisher(d, 10).fisher, theirs: candles(() => new signals.FisherTransform(10)), from: 100, scale: 1 }, // prettier-ignore
  rsi: { ours: (d) => nextbar.rsi(d.close, 14), theirs: closes(() => new signals.RSI(14)), from: 400 },
  stochasticRsi: { ours: (d) => nextbar.stochasticRsi(d.close, { smoothK: 1 }).raw, theirs: closes(() => new signals.StochasticRSI(14), (r: number) => r * 100), from: 600, scale: 100 }, // prettier-ignore
  superSmoother: { ours: (d) => nextbar.superSmoother(d.close, 10), theirs: closes(() => new signals.SuperSmoother(10)), from: 200 }, // prettier-ignore
  superTrend: { ours: (d) => nextbar.superTrend(d, { period: 10, multiple: 3 }).stop, theirs: candles(() => new signals.SuperTrend({ interval: 10, multiplier: 3 }), ({ supertrend }: { supertrend: number }) => supertrend), from: 600 }, // prettier-ignore
  chandelierExit: { ours: (d) => nextbar.chandelierExit(d).long, theirs: candles(() => new signals.ChandelierExit({ interval: 22, multiplier: 3 }), ({ long }: { long: number }) => long), from: 600 }, // prettier-ignore
  squeeze: { ours: (d) => nextbar.squeeze(d).momentum, theirs: candles(() => new signals.TTMSqueeze(), ({ momentum }: { momentum: number }) => momentum), scale: 1e4, from: 20 }, // prettier-ignore
  t3: { ours: (d) => nextbar.t3(d.close, 5, 0.7), theirs: closes(() => new signals.T3(5, 0.7)), from: 600 },
  vwma: { ours: (d) => nextbar.vwma(d, 20), theirs: candles(() => new signals.VWMA(20)) },
  atrStop: { ours: (d) => nextbar.atrStop(d, { period: 7, multiple: 3 }).stop, theirs: candles(() => new signals.VolatilityStop({ interval: 7, multiplier: 3 }), ({ stop }: { stop: number }) => stop), from: 600 }, // prettier-ignore
  // Theirs knows one price a bar.
  frama: {
    ours: (d) => nextbar.frama(flatOf(d), 16),
    theirs: closes(() => new signals.FRAMA(16)),
    from: 300,
  },
  mcginley: {
    ours: (d) => nextbar.mcginley(d.close, 10),
    theirs: closes(() => new signals.McGinleyDynamic(10)),
    from: 300,
  },
};

describe('on 2,000 bars, the second source agrees with', () => {
  const source = bars();
  it.each(Object.keys(pairs))('%s', (name) => {
    const { ours, theirs, from = 0, within = 1e-9, scale = 0 } = pairs[name]!;
    const mine = valuesOf(source, ours);
    const other = theirs();
    let compared = 0;
    let worst = 0;
    let at = -1;
    for (let i = 0; i < source.time.length; i++) {
      const value = other(barAt(source, i));
      if (value === null || value === undefined || i < from) continue;
      const off = Math.abs(mine[i]! - value) / Math.max(Math.abs(value), scale);
      compared++;
      if (!(off <= worst)) [worst, at] = [off, i];
    }
    expect(compared).toBeGreaterThan(1_000);
    expect(worst, `bar ${at}: ${mine[at]}`).toBeLessThan(within);
  });
});
