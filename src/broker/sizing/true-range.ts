/** The average true range of a data, for sizes and distances chosen when an order is placed. */
import type { Data } from '../../lines/index.ts';

/** Plain mean of the true ranges of the last `period` bars, or of the bars there are while there are fewer. */
export function meanTrueRange(data: Data, period: number): number {
  const bars = Math.min(period, data.length);
  let total = 0;
  for (let n = 0; n < bars; n++) {
    const before = data.close.ago(n + 1, NaN);
    const high = before > data.high.ago(n) ? before : data.high.ago(n);
    const low = before < data.low.ago(n) ? before : data.low.ago(n);
    total += high - low;
  }
  return total / bars;
}
