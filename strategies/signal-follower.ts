/** Following the signals of a charting service. */
import { Strategy } from 'nextbar';
import type { ExternalSignal } from 'nextbar/streams';

/**
 * Buys when a signal says `{"action":"buy"}`, and closes when one says `close` or after `maxBars` bars. A signal for another symbol, or
 * with another action, is noted and left alone.
 *
 * Makes sense where the rule lives in a charting service and its execution is to be watched on paper. The service may fail in silence, so
 * that the time limit is the only sure way out.
 */
export class SignalFollower extends Strategy<typeof SignalFollower.params> {
  /** `maxBars`: longest time in a position, in bars. */
  static readonly params = { maxBars: 60 };

  /** Signals that this strategy could do nothing with. */
  readonly ignored: string[] = [];
  private entryBar = 0;

  override notifySignal({ id, payload }: ExternalSignal): void {
    const { action, symbol = this.data.symbol } = payload;
    if (symbol === this.data.symbol && action === 'buy') this.enter();
    else if (symbol === this.data.symbol && action === 'close') this.close();
    else this.ignored.push(id);
  }

  override next(): void {
    if (this.position.size > 0 && this.data.length - this.entryBar >= this.params.maxBars) this.close();
  }

  private enter(): void {
    if (this.position.size === 0 && this.openOrders.length === 0) this.buy();
    this.entryBar = this.data.length;
  }
}
