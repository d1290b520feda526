/** Puts bars into strictly rising time, once each. */
import { formatTime, type Bars } from '../../core/index.ts';
import type { Findings } from './report.ts';

/** The bars in rising time; of several with one time, the first or the last in the source's order stays. */
export function inOrder(bars: Bars, duplicates: string, findings: Findings): Bars {
  const { time } = bars;
  let rising = true;
  for (let i = 1; i < time.length; i++) {
    const at = time[i]!;
    const before = time[i - 1]!;
    if (at > before) continue;
    rising = false;
    if (at < before) findings.add('disorder', at, `came after the bar of ${formatTime(before)}`);
  }
  if (rising) return bars;
  const order = Array.from(time, (_, i) => i).sort((a, b) => time[a]! - time[b]! || a - b);
  const kept: number[] = [];
  for (const row of order) {
    const last = kept.at(-1);
    if (last === undefined || time[row] !== time[last]) {
      kept.push(row);
      continue;
    }
    const equal = (['open', 'high', 'low', 'close', 'volume'] as const).every((n) => bars[n][row] === bars[n][last]);
    findings.add('duplicates', time[row]!, equal ? 'came twice' : 'came twice with different values');
    if (duplicates !== 'keepFirst') kept[kept.length - 1] = row;
  }
  return pickRows(bars, kept);
}

/** The rows of these indexes, in this order, every column that is there. */
export function pickRows(bars: Bars, rows: readonly number[]): Bars {
  const pick = (column: Float64Array): Float64Array => Float64Array.from(rows, (row) => column[row]!);
  return {
    time: pick(bars.time),
    open: pick(bars.open),
    high: pick(bars.high),
    low: pick(bars.low),
    close: pick(bars.close),
    volume: pick(bars.volume),
    ...(bars.quoteVolume && { quoteVolume: pick(bars.quoteVolume) }),
    ...(bars.tradeCount && { tradeCount: pick(bars.tradeCount) }),
    ...(bars.buyVolume && { buyVolume: pick(bars.buyVolume) }),
    ...(bars.funding && { funding: pick(bars.funding) }),
    ...(bars.openInterest && { openInterest: pick(bars.openInterest) }),
  };
}
