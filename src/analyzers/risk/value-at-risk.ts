/** Value at risk: the loss that a given share of a run's spans does not exceed, by its own history. */
import { ConfigError } from '../../core/index.ts';
import { Analyzer } from '../analyzer.ts';
import { checkOptions } from '../options.ts';

/** Options of VaR. */
export interface VaROptions {
  /** Share of the spans whose loss the figure bounds. Default 0.95. */
  readonly confidence?: number;
  /** Steps of the engine in a span. Default 1. */
  readonly horizon?: number;
}

/** Losses as fractions of the value; undefined with fewer than 20 spans. */
export interface VaRResult {
  /** The loss that this share of the spans does not exceed; negative for a gain. */
  readonly valueAtRisk: number | undefined;
  /** The mean loss of the spans beyond it (expected shortfall, CVaR). */
  readonly conditional: number | undefined;
  /** Spans counted; they overlap. */
  readonly spans: number;
}

/**
 * Value at risk and conditional value at risk of the equity by history: returns over every span of `horizon` steps, sorted; the quantile
 * between two of them is interpolated.
 *
 * @throws {ConfigError} If `confidence` is not between 0 and 1, or `horizon` is not a whole number above 0.
 */
export class VaR extends Analyzer<VaRResult> {
  readonly #confidence: number;
  readonly #horizon: number;
  readonly #values: number[] = [];

  constructor(options: VaROptions = {}) {
    super();
    checkOptions('VaR', options, ['confidence', 'horizon']);
    const { confidence = 0.95, horizon = 1 } = options;
    if (!(confidence > 0 && confidence < 1)) {
      const meant = confidence > 1 && confidence < 100 ? `: did you mean ${confidence / 100}?` : '';
      throw new ConfigError(`confidence must be between 0 and 1, was ${confidence}${meant}`, {
        context: { field: 'confidence' },
      });
    }
    if (!Number.isInteger(horizon) || horizon < 1) {
      throw new ConfigError(`horizon must be a whole number of steps above 0, was ${horizon}`, {
        context: { field: 'horizon' },
      });
    }
    this.#confidence = confidence;
    this.#horizon = horizon;
  }

  /** @internal */
  override observe(from: number, to: number): void {
    const { performance } = this.run.record;
    for (let step = from; step < to; step++) this.#values.push(performance.at(step));
  }

  override result(): VaRResult {
    const returns: number[] = [];
    for (let k = this.#horizon; k < this.#values.length; k++) {
      returns.push(this.#values[k]! / this.#values[k - this.#horizon]! - 1);
    }
    const sound = returns.filter(Number.isFinite).sort((a, b) => a - b);
    if (sound.length < 20) return { valueAtRisk: undefined, conditional: undefined, spans: sound.length };
    const place = (1 - this.#confidence) * (sound.length - 1);
    const below = Math.floor(place);
    const quantile = sound[below]! + (place - below) * (sound[Math.min(below + 1, sound.length - 1)]! - sound[below]!);
    const worse = sound.filter((one) => one <= quantile);
    const mean = worse.reduce((sum, one) => sum + one, 0) / worse.length;
    return { valueAtRisk: -quantile, conditional: -mean, spans: sound.length };
  }
}
