/** What enters a live session: everything that a decision can depend on, as plain data, so that it can be journalled and played again. */
import type { BrokerInput } from '../../broker/index.ts';
import type { StreamEvent } from '../../core/index.ts';
import type { ExternalSignal } from '../strategy/external-signal.ts';

/**
 * What an operator may ask of a running session: `pause` refuses orders that open or increase a position, `resume` takes them again,
 * `flatten` cancels every open order, closes every position at the market and pauses, and `approve` and `decline` answer for orders that wait
 * for a person.
 */
export interface SessionCommand {
  /** What is asked. */
  readonly name: 'pause' | 'resume' | 'flatten' | 'approve' | 'decline';
  /** Of `approve` and `decline`: the number of the order; undefined for all that wait. */
  readonly ref?: number;
  /** Why, for messages and the reasons of refused orders. */
  readonly reason: string;
}

/** One thing that came in. `feed` is the number of the stream, in the order in which datas were added. */
export type LiveInput =
  /** An event of a stream. */
  | { readonly kind: 'event'; readonly feed: number; readonly event: StreamEvent }
  /** Closed bars: history before the stream, when `known` is given, or bars that it did not see whole. */
  | {
      readonly kind: 'bars';
      readonly feed: number;
      readonly start: number;
      readonly end: number;
      readonly rows: readonly (readonly number[])[];
    }
  | {
      readonly kind: 'history';
      readonly feed: number;
      readonly known?: number;
      readonly rows: readonly (readonly number[])[];
    }
  /** Bars that the venue does not have any more, or could not be made to send: the session goes on without them. */
  | {
      readonly kind: 'hole';
      readonly feed: number;
      readonly start: number;
      readonly end: number;
      readonly reason: string;
    }
  /** The venue's clock was measured again: how far it is ahead of ours, milliseconds. */
  | { readonly kind: 'offset'; readonly feed: number; readonly clockOffset: number }
  /** Trading in the symbol is halted for a reason, or goes on without one. */
  | { readonly kind: 'halted'; readonly feed: number; readonly reason?: string }
  /** Bars could not be fetched; they are asked for again later. */
  | { readonly kind: 'failed'; readonly feed: number; readonly reason: string }
  /** This machine's clock, milliseconds UTC. */
  | { readonly kind: 'clock'; readonly now: number }
  /** An answer to the broker. */
  | { readonly kind: 'broker'; readonly input: BrokerInput }
  /** The session goes on in another process; what happened meanwhile was not seen. */
  | { readonly kind: 'resumed'; readonly now: number }
  /** What an operator asks of the session. */
  | { readonly kind: 'command'; readonly command: SessionCommand }
  /** A signal from outside, for strategies. */
  | { readonly kind: 'signal'; readonly signal: ExternalSignal }
  /** The session is to end. */
  | { readonly kind: 'stop'; readonly reason: string };
