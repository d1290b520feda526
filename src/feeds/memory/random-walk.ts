/** A synthetic market: one seeded price path with volatility clusters. */
import { barsPerYear, seededRandom, type Timeframe } from '../../core/index.ts';

/** Settings of the synthetic market. */
export interface WalkSettings {
  readonly seed: number;
  readonly timeframe: Timeframe;
  /** Price before the first bar. */
  readonly price: number;
  /** Standard deviation of returns over a year, as a fraction: 0.6 is 60 %. */
  readonly volatility: number;
  /** Expected return over a year, as a fraction. */
  readonly drift: number;
  /** Average volume of a bar, in base units. */
  readonly volume: number;
}

/** Prices are multiples of it; volumes of a thousandth of it. */
const tick = 0.01;
/** Moves inside one bar, from which its high and low come. */
const movesPerBar = 8;
/** Share of the last squared return, and of the last variance, in the next variance (GARCH(1,1)). */
const [shockShare, memoryShare] = [0.08, 0.9];
/** How often a bar's return is a jump, and how much larger it is. */
const [jumpChance, jumpScale] = [0.02, 2.5];
/** The divisor of the other returns, so that jumps do not raise the requested volatility. */
const jumpBalance = Math.sqrt(1 + jumpChance * (jumpScale * jumpScale - 1));

/**
 * Prices bar by bar. Only additions, multiplications, divisions and square roots are used, whose results are the same to
 * the last bit on every machine.
 */
export class SyntheticWalk {
  private readonly random: () => number;
  private readonly settings: WalkSettings;
  private readonly meanVariance: number;
  private readonly drift: number;
  private variance: number;
  private price: number;

  constructor(settings: WalkSettings) {
    const { timeframe: frame } = settings;
    // Years of 365.25 days, so that a seed keeps the bars it always had.
    const perYear = frame.ms === undefined ? barsPerYear(frame) : (365.25 * 86_400_000) / frame.ms;
    this.random = seededRandom(settings.seed);
    this.settings = settings;
    this.meanVariance = (settings.volatility * settings.volatility) / perYear;
    this.drift = settings.drift / perYear;
    this.variance = this.meanVariance;
    this.price = settings.price;
  }

  /** Writes the next bar's open, high, low, close and volume into `bar[0..4]`. */
  next(bar: Float64Array): void {
    const { random, meanVariance, settings } = this;
    const isJump = random() < jumpChance;
    const deviation = (Math.sqrt(this.variance) / jumpBalance) * (isJump ? jumpScale : 1);
    const open = this.price;
    let last = open;
    let high = open;
    let low = open;
    // Four uniforms have a variance of one third; `movesPerBar` sums of them make one bar's return.
    const step = deviation * Math.sqrt(3 / movesPerBar);
    for (let move = 0; move < movesPerBar; move++) {
      const normal = random() + random() + random() + random() - 2;
      last = Math.max(last * (1 + step * normal + this.drift / movesPerBar), tick);
      high = Math.max(high, last);
      low = Math.min(low, last);
    }
    const change = last / open - 1;
    const shock = Math.min(change * change, 25 * this.variance);
    this.variance = (1 - shockShare - memoryShare) * meanVariance + shockShare * shock + memoryShare * this.variance;
    const close = onTick(last);
    bar[0] = onTick(open);
    bar[1] = Math.max(onTick(high), close);
    bar[2] = Math.min(onTick(low), close);
    bar[3] = close;
    // Wide bars are busy bars; the product of two uniforms makes most volumes small and some large.
    const width = (high - low) / open / Math.sqrt(meanVariance);
    const noise = 0.25 + 3 * random() * random();
    bar[4] = Math.round(settings.volume * (0.3 + 0.45 * width) * noise * 1e5) / 1e5;
    this.price = close;
  }
}

function onTick(price: number): number {
  return Math.max(Math.round(price * 100), 1) / 100;
}
