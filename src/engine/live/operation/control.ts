/** What an operator can ask of a running session. */
import { checkedSignal, type ExternalSignal } from '../../strategy/external-signal.ts';
import type { LiveInput } from '../input.ts';
import type { SessionView } from '../view.ts';

/**
 * The handle of a running session. What is asked passes through the session's queue and its journal, like everything else that decisions
 * depend on.
 */
export class SessionControl {
  readonly #push: (input: LiveInput) => void;
  readonly #view: () => SessionView;

  /** @internal */
  constructor(push: (input: LiveInput) => void, view: () => SessionView) {
    this.#push = push;
    this.#view = view;
  }

  /** The session as it is now. */
  get view(): SessionView {
    return this.#view();
  }

  /** Refuses orders that open or increase a position. Exits go on. */
  pause(reason: string): void {
    this.#push({ kind: 'command', command: { name: 'pause', reason } });
  }

  /** Takes orders again after a pause. */
  resume(reason: string): void {
    this.#push({ kind: 'command', command: { name: 'resume', reason } });
  }

  /** Cancels every open order, closes every position at the market, and pauses. */
  flatten(reason: string): void {
    this.#push({ kind: 'command', command: { name: 'flatten', reason } });
  }

  /**
   * Hands a signal from outside to the strategies' `notifySignal`. What becomes of it is the session's news: a signal is refused, with a
   * message, on real money, before the account and a first bar of each data are known, when its id was taken already, or when no strategy has the hook.
   *
   * @throws {ConfigError} If it is not a signal.
   */
  signal(signal: ExternalSignal): void {
    this.#push({ kind: 'signal', signal: checkedSignal(signal) });
  }

  /** Submits an order that waits for a person, with its bracket; all that wait without a number. */
  approve(reason: string, ref?: number): void {
    this.#push({ kind: 'command', command: { name: 'approve', reason, ...(ref !== undefined && { ref }) } });
  }

  /** Refuses an order that waits for a person, with its bracket; all that wait without a number. */
  decline(reason: string, ref?: number): void {
    this.#push({ kind: 'command', command: { name: 'decline', reason, ...(ref !== undefined && { ref }) } });
  }

  /** Stops the session, as Ctrl-C does. */
  stop(reason: string): void {
    this.#push({ kind: 'stop', reason });
  }
}
