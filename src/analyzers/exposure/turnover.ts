/** Turnover: traded value divided by the portfolio's value. */
import type { Order } from '../../broker/index.ts';
import { Analyzer } from '../analyzer.ts';
import { ratio } from '../risk/moments.ts';
import { checkOptions } from '../options.ts';
import { yearMs } from '../periods/period.ts';

/** The traded value, and its ratio to the portfolio's value. */
export interface TurnoverResult {
  /** Value of all fills, bought and sold, in quote units; contracts count with their contract size. */
  readonly traded: number;
  /** `traded` divided by the mean value of the portfolio over the steps: buying and selling the whole value once is 2. */
  readonly turnover: number | undefined;
  /** `turnover` per year of 365 days. */
  readonly perYear: number | undefined;
}

/** Value bought and sold, divided by the mean value of the portfolio. Contracts count with their contract size. */
export class Turnover extends Analyzer<TurnoverResult> {
  private traded = 0;
  private total = 0;
  private steps = 0;
  private began = NaN;
  private ended = NaN;

  constructor(options: object = {}) {
    super();
    checkOptions('Turnover', options, []);
  }

  override notifyOrder(order: Order): void {
    if (order.status !== 'partial' && order.status !== 'completed') return;
    const { lastFill } = order;
    if (lastFill !== undefined) this.addFill(lastFill.traded);
  }

  /** Adds the value that a fill traded. */
  addFill(traded: number): void {
    this.traded += traded;
  }

  override observe(from: number, to: number): void {
    const { record } = this.run;
    if (this.steps === 0) this.began = record.opened.at(from);
    this.ended = record.closeAt(to - 1);
    this.steps += to - from;
    const { values, base } = record.value;
    this.total = addUp(this.total, values, from - base, to - base);
  }

  override result(): TurnoverResult {
    const turnover = this.total > 0 ? ratio(this.traded, this.total / this.steps) : undefined;
    return { traded: this.traded, turnover, perYear: ratio(turnover, (this.ended - this.began) / yearMs) };
  }
}

/** A function with only its loop: inside a longer method, V8 would discard the optimised code at the end of each run. */
function addUp(total: number, values: Float64Array, from: number, to: number): number {
  for (let at = from; at < to; at++) total += values[at]!;
  return total;
}
