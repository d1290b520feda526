/** The bare loop that W1 is measured against: the same arithmetic on the same columns, with nothing around it. */
import type { Bars } from 'nextbar';

/** What the loop came to. */
export interface LoopOutcome {
  readonly final: number;
  readonly trades: number;
  readonly drawDown: number;
}

/**
 * SMA(10) / SMA(30) cross on closes, long only, size 10, cash 1e8, 0.1 % a side; the signal of a close is filled at the next
 * open. Plain running sums are exact here because every price is a multiple of 1/64.
 */
export function bareLoop({ open, close }: Bars): LoopOutcome {
  const n = close.length;
  let fast = 0;
  let slow = 0;
  let position = 0;
  let cash = 1e8;
  let trades = 0;
  let pending = 0;
  let previous = 0;
  let peak = 1e8;
  let drawDown = 0;
  for (let i = 0; i < n; i++) {
    if (pending !== 0) {
      cash -= pending * open[i]! + Math.abs(pending) * open[i]! * 0.001;
      position += pending;
      if (pending < 0) trades++;
      pending = 0;
    }
    fast += close[i]!;
    slow += close[i]!;
    if (i >= 10) fast -= close[i - 10]!;
    if (i >= 30) slow -= close[i - 30]!;
    const value = cash + position * close[i]!;
    if (value > peak) peak = value;
    const down = 1 - value / peak;
    if (down > drawDown) drawDown = down;
    if (i >= 29) {
      const difference = fast / 10 - slow / 30;
      if (position === 0) {
        if (difference > 0 && previous <= 0 && i > 29) pending = 10;
      } else if (difference < 0) pending = -10;
      previous = difference;
    }
  }
  return { final: cash + position * close[n - 1]!, trades, drawDown };
}
