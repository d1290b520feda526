/** What an operator can ask of a running session. */
import { checkedSignal, type ExternalSignal } from '../../strategy/external-signal.ts';
import type { LiveInput } from '../input.ts';
import type { SessionView } from '../view.ts';

/**
 * The handle of a running session. Its requests pass through the session's queue and its journal, like every other input.
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

  /** Refuses orders that open or increase a position. Exits still work. */
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
   * Delivers a signal from outside to the strategies' `notifySignal`. The session refuses it, with a message, on real money, before the
   * account and a first bar of each data are known, when its id was used before, or when no strategy has the hook.
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
