/** The commissions of a run. */
import type { Order } from '../../broker/index.ts';
import { Analyzer } from '../analyzer.ts';
import { checkOptions } from '../options.ts';

/** Commissions paid, in quote units. */
export interface FeesResult {
  /** Commission paid in the run, in quote units. */
  readonly total: number;
  /** By name of the data; a data without a fill is not in it. */
  readonly byData: Readonly<Record<string, number>>;
  /** Number of fills. */
  readonly fills: number;
}

/** Commissions of all fills, including those of open trades, with interest where the broker books it as commission. */
export class Fees extends Analyzer<FeesResult> {
  private readonly byData = new Map<string, number>();
  private fills = 0;

  constructor(options: object = {}) {
    super();
    checkOptions('Fees', options, []);
  }

  override notifyOrder(order: Order): void {
    if (order.status !== 'partial' && order.status !== 'completed') return;
    const { lastFill } = order;
    if (lastFill === undefined) return;
    this.fills++;
    const { name } = order.data;
    this.byData.set(name, (this.byData.get(name) ?? 0) + lastFill.commission);
  }

  override result(): FeesResult {
    let total = 0;
    for (const fees of this.byData.values()) total += fees;
    return { total, byData: Object.fromEntries(this.byData), fills: this.fills };
  }
}
