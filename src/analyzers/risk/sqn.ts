/** System quality number: how unlikely it is that the trades' profits are chance. */
import type { TradeOutcomes } from '../../broker/index.ts';
import { deviation, mean, ratio, type Values } from './moments.ts';
import { checkOptions, type Compat } from '../options.ts';
import { TradeReader } from '../trades/trade-reader.ts';

/** Options of SQN. */
export interface SqnOptions {
  /**
   * `backtrader`: the deviation of the population, and 0 for fewer than two trades. Default: the deviation of a sample, and undefined for
   * fewer than two.
   */
  readonly compat?: Compat;
}

/** A system quality number. */
export interface SqnResult {
  /** Undefined with fewer than two trades, or when all earned the same. */
  readonly sqn: number | undefined;
  /** Closed trades. */
  readonly trades: number;
}

/** Van Tharp's system quality number: root of the number of trades, times their mean profit over its deviation. */
export class SQN extends TradeReader<SqnResult> {
  private readonly compat: Compat | undefined;
  private readonly profits: number[] = [];

  constructor(options: SqnOptions = {}) {
    super();
    checkOptions('SQN', options, ['compat']);
    this.compat = options.compat;
  }

  /** @internal */
  protected override take({ pnlNet }: TradeOutcomes): void {
    for (let k = 0; k < pnlNet.length; k++) this.profits.push(pnlNet[k]!);
  }

  override result(): SqnResult {
    this.catchUp();
    const trades = this.profits.length;
    if (this.compat === undefined) return { sqn: sqnOf(this.profits), trades };
    return { sqn: trades < 2 ? 0 : sqnOf(this.profits, 'population'), trades };
  }
}

/** System quality number of profits. */
export function sqnOf(profits: Values, kind: 'sample' | 'population' = 'sample'): number | undefined {
  if (profits.length < 2) return undefined;
  const plain = ratio(mean(profits), deviation(profits, kind));
  return plain === undefined ? undefined : plain * Math.sqrt(profits.length);
}
