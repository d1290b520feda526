/** A strategy to search, in a module that other threads can import, and a metric of its own. */
import { threadId } from 'node:worker_threads';

import { crossover, ema, GeneratedDataFeed, rsi, sma, Strategy, type RunResult } from 'nextbar';

/** Two averages cross, while a filter that no parameter of a sweep touches agrees. */
export class Crossing extends Strategy<typeof Crossing.params> {
  static readonly params = { fast: 5, slow: 20, band: 0.5, mode: 'simple' };
  static readonly space = { fast: { from: 3, to: 6 }, slow: [10, 20, 30] };

  readonly strength = rsi(this.data.close, 14);
  readonly cross = crossover(this.average(this.params.fast), this.average(this.params.slow));

  private average(period: number) {
    return this.params.mode === 'simple' ? sma(this.data.close, period) : ema(this.data.close, period);
  }

  override next(): void {
    if (this.cross.now > 0 && this.strength.now > 100 * this.params.band - 20) this.buy();
    else if (this.cross.now < 0) this.close();
  }
}

/** Return by drawdown. */
export function smoothness({ stats }: RunResult): number | undefined {
  return stats.totalReturn === undefined ? undefined : stats.totalReturn / (0.01 + stats.maxDrawdown);
}

/** Reads bars itself, which no sweep can hold out. */
export class Peeking extends Crossing {
  override start(): void {
    void new GeneratedDataFeed({ name: 'beside', timeframe: '1d', start: '2024-01-01', count: 200, seed: 1 }).load();
  }
}

/** The number of the thread that ran the trial. */
export function inThread(): number {
  return threadId;
}
