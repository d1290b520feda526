/** The quiet spans of a run over one linear contract: bars in which nothing happens to its position but that its mark moves. */
import { spanField } from '../../../quiet-span.ts';
import { lateStampMs, slack, type Held } from './held.ts';

/** How many bars a span looks ahead for a liquidation: most positions change long before it could end. */
const scanAhead = 32;

/** Looks ahead over the bars of one position. */
export class LinearSpan<N> {
  readonly #held: Held<N>;
  /** The first bar with a payment or the expiry; -1 before it has been looked for. */
  #timedBar = -1;

  constructor(held: Held<N>) {
    this.#held = held;
  }

  /** Takes the close of the present bar, or of one `back` before it, as the mark. */
  readMark(back: number): void {
    const { leg, timeline } = this.#held;
    const { close, index } = timeline;
    if (index >= back) leg.mark = close.values[index - back - close.base]!;
  }

  /**
   * Writes the numbers of a span, as `spanField` says.
   *
   * @param balance - Of the account.
   * @param coming - What is on its way to it.
   */
  describe(balance: number, coming: number, into: Float64Array): void {
    const { leg, quick } = this.#held;
    const isFlat = quick.units === 0;
    into[spanField.base] = balance + coming;
    into[spanField.size] = quick.units;
    into[spanField.entry] = isFlat ? 0 : quick.entry;
    into[spanField.cash] = isFlat || !leg.isIsolated ? balance : balance - quick.margin;
    into[spanField.gear] = isFlat || leg.isIsolated ? 0 : quick.gear;
  }

  /** The last bar of `from` to `to` before one that liquidates the position, pays funding or delivers. */
  quietUntil(from: number, to: number): number {
    const { quick, timeline } = this.#held;
    const { units, liquidation } = quick;
    if (units === 0) return to;
    const last = Math.min(to, from + scanAhead - 1, this.#timed() - 1);
    if (liquidation !== liquidation) return last;
    const isLong = units > 0;
    const bound = isLong ? liquidation * slack : liquidation / slack;
    const { open } = timeline;
    const reached = isLong ? timeline.low : timeline.high;
    for (let bar = from; bar <= last; bar++) {
      const extreme = reached.values[bar - reached.base]!;
      const first = open.values[bar - open.base]!;
      if (isLong ? extreme <= bound || first <= bound : extreme >= bound || first >= bound) return bar - 1;
    }
    return last;
  }

  /** The first bar from the present one on in which funding is due or the contract expires; Infinity for none. */
  #timed(): number {
    return this.#timedBar > this.#held.timeline.index ? this.#timedBar : (this.#timedBar = this.#findTimed());
  }

  #findTimed(): number {
    const { timeline } = this.#held;
    let low = timeline.index + 1;
    let high = timeline.loaded;
    // Steps that double: the next payment is near, and far bars are far in memory too.
    for (let step = 64; low + step < high; step *= 2) {
      if (this.#isTimed(low + step)) high = low + step;
      else low += step + 1;
    }
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#isTimed(middle)) high = middle;
      else low = middle + 1;
    }
    return low < timeline.loaded ? low : Infinity;
  }

  /** Whether the next payment or the expiry comes before a bar closes. */
  #isTimed(bar: number): boolean {
    const { timeline, dues, leg } = this.#held;
    const next = dues.nextTime;
    const closes = timeline.closeAt(bar);
    const opens = timeline.time.values[bar - timeline.time.base]!;
    return next < closes || next <= opens + lateStampMs || leg.terms.expiry <= closes;
  }
}
