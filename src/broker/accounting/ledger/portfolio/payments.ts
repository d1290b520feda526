/** What time brings to the accounts of a run: funding at its own times, and interest on what is borrowed. */
import type { Timeline } from '../../../../lines/index.ts';
import type { Arithmetic } from '../arithmetic.ts';
import type { AccountPayment } from '../records.ts';
import type { VenueAccount } from '../venue-account.ts';
import { lateStampMs, markOf, openOf, type Held } from './held.ts';
import type { Worth } from './worth.ts';

const hourMs = 3_600_000;

/** Pays funding and interest, and records them. */
export class Payments<N> {
  /** What was booked, transfers included, in the order of booking. */
  readonly booked: AccountPayment[] = [];
  readonly #a: Arithmetic<N>;
  readonly #accounts: readonly VenueAccount<N>[];
  readonly #worth: Worth<N>;
  #held: readonly Held<N>[] = [];
  /** The UTC hour up to which interest is charged. */
  #hour = -Infinity;
  /** Funding that venues reported and that belongs to bars that have not closed. */
  #reported: { readonly dataId: number; readonly time: number; readonly amount: number }[] = [];

  constructor(a: Arithmetic<N>, accounts: readonly VenueAccount<N>[], worth: Worth<N>) {
    this.#a = a;
    this.#accounts = accounts;
    this.#worth = worth;
  }

  /** Takes the datas of the run. */
  open(held: readonly Held<N>[]): void {
    this.#held = held;
  }

  /** Takes the next payment of funding as a stream states it; a later statement of the same payment replaces the rate. */
  state(dataId: number, time: number, rate: number): void {
    const { funding, next } = this.#held[dataId]!.dues;
    const last = funding.length - 1;
    if (last >= next && funding[last]!.time === time) funding[last] = { time, rate };
    else if (last < 0 || funding[last]!.time < time) funding.push({ time, rate });
  }

  /**
   * On paper fills come before the bar that they happen in has closed, and so before its funding is paid: keeps the sizes that pay what is
   * due within a second of a moment.
   */
  noteDue(time: number): void {
    for (const { dues, leg } of this.#held) {
      const { funding, next, sizes } = dues;
      for (let k = next; k < funding.length && funding[k]!.time <= time + lateStampMs; k++) {
        if (!sizes.has(k)) sizes.set(k, leg.size);
      }
    }
  }

  /** Pays the funding of a data that is due by a moment. */
  payUntil(held: Held<N>, until: number, mark: number): void {
    const { leg, account, dues } = held;
    const a = this.#a;
    while (dues.nextTime <= until) {
      const { time, rate } = dues.funding[dues.next]!;
      const size = dues.sizes.get(dues.next) ?? leg.size;
      dues.sizes.delete(dues.next++);
      if (a.sign(size) === 0) continue;
      const amount = a.toNumber(account.payFunding(leg, a.of(rate), a.of(mark), size));
      this.#record(held, time, amount, { price: mark, rate });
    }
  }

  /** Pays what is due at the open of the new bars. */
  payAtOpen(): void {
    for (const held of this.#held) {
      if (!held.timeline.isNew || !held.dues.isAny || held.isBehind) continue;
      this.payUntil(held, openOf(held.timeline) + lateStampMs, markOf(held, 'open'));
    }
  }

  /** Takes funding that a venue reports: it is booked with the bar that it is due in, as in a backtest. */
  report(dataId: number, time: number, amount: number): void {
    this.#reported.push({ dataId, time, amount });
  }

  /** Books the reported funding of a data that was due before a moment. */
  bookReported(held: Held<N>, until: number): void {
    if (this.#reported.length === 0) return;
    const due = this.#reported.filter(({ dataId, time }) => dataId === held.id && time < until);
    if (due.length === 0) return;
    this.#reported = this.#reported.filter((one) => !due.includes(one));
    for (const { time, amount } of due) {
      held.account.receiveFunding(held.leg, this.#a.of(amount));
      this.#record(held, time, amount, {});
    }
  }

  #record(
    { account, leg, timeline }: Held<N>,
    time: number,
    amount: number,
    at: Pick<AccountPayment, 'price' | 'rate'>,
  ): void {
    const { settle: currency } = leg.terms;
    const data = timeline.info.name;
    this.booked.push({ kind: 'funding', time, account: account.name, data, currency, amount, ...at });
    this.#worth.show(account);
  }

  /** Charges interest for the hours that have passed by the open of the new bars, and lets old volume fall out of the fee tiers. */
  passTime(timelines: readonly Timeline[]): void {
    let opened = Infinity;
    for (const timeline of timelines) if (timeline.isNew) opened = Math.min(opened, openOf(timeline));
    const hour = Math.floor(opened / hourMs);
    if (!(hour > this.#hour)) return;
    const hours = this.#hour === -Infinity ? 0 : hour - this.#hour;
    this.#hour = hour;
    for (const account of this.#accounts) {
      account.volume.moveClock(opened);
      if (hours === 0) continue;
      const paid = account.chargeInterest(hours);
      for (const { currency, amount, rate } of paid) {
        this.booked.push({ kind: 'interest', time: hour * hourMs, account: account.name, currency, amount, rate });
      }
      if (paid.length > 0) this.#worth.show(account);
    }
  }
}
