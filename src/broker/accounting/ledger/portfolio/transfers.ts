/** Money on its way from one account of a run to another. */
import { ConfigError } from '../../../../core/index.ts';
import type { Arithmetic } from '../arithmetic.ts';
import type { Conversion } from './conversion.ts';
import type { TransferRequest } from '../options.ts';
import type { AccountPayment } from '../records.ts';
import type { VenueAccount } from '../venue-account.ts';

/** A transfer that has left one account and not reached the other. */
interface OnItsWay<N> {
  readonly to: VenueAccount<N>;
  readonly currency: string;
  readonly amount: N;
  readonly due: number;
}

/** The transfers of one run. */
export class Transfers<N> {
  readonly #a: Arithmetic<N>;
  #underway: OnItsWay<N>[] = [];
  #refused = 0;
  #firstRefusal = '';

  constructor(a: Arithmetic<N>) {
    this.#a = a;
  }

  /** Whether anything is on its way. */
  get isAny(): boolean {
    return this.#underway.length > 0;
  }

  /**
   * Takes the money and its fee from one account; undefined where it is refused, which `warnings` counts.
   *
   * @param free - What the account has free of the currency.
   * @param isKeptByVenues - Whether the accounts are an exchange's, whose money a session never moves.
   */
  send(
    source: VenueAccount<N>,
    target: VenueAccount<N>,
    { from, to, currency, amount, fee = 0, delayMs = 0 }: TransferRequest,
    free: number,
    time: number,
    isKeptByVenues: boolean,
  ): AccountPayment | undefined {
    const a = this.#a;
    if (amount > free || isKeptByVenues) {
      this.#refused++;
      this.#firstRefusal ||= isKeptByVenues
        ? `a session at an exchange moves no money: send ${amount} ${currency} from '${from}' to '${to}' by hand`
        : `'${from}' has ${+free.toPrecision(8)} ${currency} free, and ${amount} were to be sent to '${to}'`;
      return undefined;
    }
    const sent = a.sub(a.of(amount), a.of(fee));
    source.wallet.book(currency, a.neg(sent), 'transfer');
    if (fee > 0) source.wallet.book(currency, a.neg(a.of(fee)), 'fee');
    source.syncSpot();
    this.#underway.push({ to: target, currency, amount: sent, due: time + delayMs });
    return { kind: 'transfer', time, account: from, to, currency, amount: -amount };
  }

  /** Books what has arrived by a moment; the accounts that received it. */
  arrive(by: number): VenueAccount<N>[] {
    const arrived = this.#underway.filter(({ due }) => due <= by);
    if (arrived.length === 0) return [];
    this.#underway = this.#underway.filter(({ due }) => due > by);
    return arrived.map(({ to, currency, amount }) => {
      to.wallet.book(currency, amount, 'transfer');
      to.syncSpot();
      return to;
    });
  }

  /** What is on its way, in the currency of value. */
  worth(conversion: Conversion<N>): number {
    let worth = 0;
    for (const { amount, currency } of this.#underway) worth += conversion.convert(this.#a.toNumber(amount), currency);
    return worth;
  }

  /** The refused ones, in a sentence for the result. */
  warnings(): string[] {
    const refused = this.#refused;
    if (refused === 0) return [];
    return [
      `${refused} ${refused === 1 ? 'transfer was' : 'transfers were'} refused, the first: ${this.#firstRefusal}`,
    ];
  }
}

/** The fields of a transfer. */
export const transferNames: readonly (keyof TransferRequest)[] = [
  'from', 'to', 'currency', 'amount', 'fee', 'delayMs',
]; // prettier-ignore

/** @throws {ConfigError} If the amount, fee or delay of a transfer makes no sense. */
export function checkTransfer(request: TransferRequest): void {
  const { from, to, currency, amount, fee = 0, delayMs = 0 } = request;
  if (from === to) throw wrongTransfer('to', 'another account than from', to);
  if (typeof currency !== 'string' || currency === '') throw wrongTransfer('currency', 'a text such as USDT', currency);
  if (!(amount > 0 && Number.isFinite(amount))) throw wrongTransfer('amount', 'a number above 0', amount);
  if (!(fee >= 0 && fee < amount)) throw wrongTransfer('fee', 'a number from 0 to below the amount', fee);
  if (!(delayMs >= 0)) throw wrongTransfer('delayMs', 'a number not below 0', delayMs);
}

/** The error for one field of a transfer. */
export function wrongTransfer(field: string, wanted: string, seen: unknown, near?: string): ConfigError {
  const hint = near === undefined ? '' : `: did you mean '${near}'?`;
  return new ConfigError(
    `${field} must be ${wanted}, was ${typeof seen === 'string' ? `'${seen}'` : String(seen)}${hint}`,
    { context: { field } },
  );
}
