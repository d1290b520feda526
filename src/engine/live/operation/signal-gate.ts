/** Which signals from outside a session takes: each once, on paper or in a sandbox, when strategies can act on them. */
import type { RunMode } from '../../result/session-summary.ts';
import type { ExternalSignal } from '../../strategy/external-signal.ts';
import { Strategy } from '../../strategy/strategy.ts';
import type { StrategyRun } from '../../strategy/strategy-run.ts';

/** What a session did with a signal. */
export interface SignalAnswer {
  /** The signal's id. */
  readonly id: string;
  /** Why it was refused; undefined for one that strategies received. */
  readonly refusal: string | undefined;
}

/** Modes without real money. */
const modes: readonly string[] = ['paper', 'sandbox'] satisfies RunMode[];
/** Ids and answers that are remembered. */
const [keptIds, keptAnswers] = [10_000, 50];

/** Admits signals. It keeps no clock, so that a replay admits the same ones. */
export class SignalGate {
  /** The latest answers, newest last. */
  readonly answers: SignalAnswer[] = [];
  readonly takesSignals: boolean;
  readonly #why: string | undefined;
  readonly #ids = new Set<string>();

  constructor(mode: string, runs: readonly StrategyRun[]) {
    const isHooked = runs.some(({ hooks }) => hooks.notifySignal !== Strategy.prototype.notifySignal);
    this.#why = !modes.includes(mode)
      ? `sessions take signals on paper and in a sandbox, and this one is ${mode}`
      : isHooked
        ? undefined
        : 'no strategy of the session has notifySignal()';
    this.takesSignals = this.#why === undefined;
  }

  /** Why a signal is refused; undefined for one that strategies are to receive. */
  admit({ id }: ExternalSignal, isReady: boolean): string | undefined {
    const refusal =
      this.#why ??
      (this.#ids.has(id)
        ? 'it was taken already'
        : isReady
          ? undefined
          : 'the account and a first bar of each data are not known yet');
    if (refusal === undefined) {
      this.#ids.add(id);
      if (this.#ids.size > keptIds) this.#ids.delete(this.#ids.keys().next().value!);
    }
    this.answers.push({ id, refusal });
    if (this.answers.length > keptAnswers) this.answers.shift();
    return refusal;
  }
}
