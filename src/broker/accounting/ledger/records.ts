/** What venue accounts record for the result: payments, liquidations, transfers and what is left. */
import type { PostingKind } from './wallet.ts';

/** A payment or a transfer of an account. */
export interface AccountPayment {
  /** What it was. */
  readonly kind: 'funding' | 'interest' | 'transfer';
  /** When it was booked, milliseconds UTC. */
  readonly time: number;
  /** The account's name. */
  readonly account: string;
  /** The data whose position paid or received it. */
  readonly data?: string;
  /** The account that a transfer went to. */
  readonly to?: string;
  /** The currency of the amount. */
  readonly currency: string;
  /** What was received; negative when paid. */
  readonly amount: number;
  /** The mark price it was computed at. */
  readonly price?: number;
  /** The rate, as a fraction. */
  readonly rate?: number;
}

/** A position that a venue closed because its margin did not suffice. */
export interface LiquidationRecord {
  /** Close of the bar in which it happened, milliseconds UTC. */
  readonly time: number;
  /** The account's name. */
  readonly account: string;
  /** The data's name. */
  readonly data: string;
  /** The side of the venue's order: a long position is sold. */
  readonly side: 'buy' | 'sell';
  /** Units, positive. */
  readonly size: number;
  /** The mark price at which it was liquidated. */
  readonly price: number;
  /** Loss of the position, positive, in settle currency; the wallet loses at most what carried the position. */
  readonly loss: number;
  /** Liquidation fee, in settle currency. */
  readonly fee: number;
  /** The settle currency. */
  readonly currency: string;
}

/** What is left of a coin below the smallest order. */
export interface Dust {
  /** The account's name. */
  readonly account: string;
  /** The coin. */
  readonly currency: string;
  /** Units held. */
  readonly size: number;
  /** Its value at the latest price, in the quote of its instrument. */
  readonly value: number;
}

/** One account at the end of a run. */
export interface AccountState {
  /** Its name. */
  readonly name: string;
  /** Balances by currency, in plain digits. */
  readonly wallet: Readonly<Record<string, string>>;
  /** Balance and unrealised profit by currency. */
  readonly equity: Readonly<Record<string, number>>;
  /** By currency: the sum of what was booked for each reason. Their sum is the balance. */
  readonly booked: Readonly<Record<string, Readonly<Record<PostingKind, string>>>>;
}

/** The venue accounts of a run. */
export interface AccountResult {
  /** The currency of cash, value and the equity curve. */
  readonly currency: string;
  /** Every account. */
  readonly accounts: readonly AccountState[];
  /** Funding payments, in time order. */
  readonly funding: readonly AccountPayment[];
  /** Interest on what was borrowed, in time order. */
  readonly interest: readonly AccountPayment[];
  /** Liquidations, in time order. */
  readonly liquidations: readonly LiquidationRecord[];
  /** Transfers between accounts, in time order. */
  readonly transfers: readonly AccountPayment[];
  /** Coins held below the lot of their instrument. */
  readonly dust: readonly Dust[];
  /** Currencies held that no rate converts: the value leaves them out. */
  readonly withoutRate: readonly string[];
}
