/** The broker of a live run, made for its mode. */
import {
  DividedLiveBroker,
  paperModel,
  PaperBroker,
  SandboxBroker,
  type LiveBroker,
  type OrderRoute,
  type PaperModel,
  type SandboxOptions,
} from '../../broker/index.ts';
import { ConfigError } from '../../core/index.ts';
import type { LiveRunOptions } from './options.ts';
import { cashSharesOf } from '../plan/cash-shares.ts';
import { brokerPart, type RunPlan } from '../plan/plan.ts';

/** What of a live run's options the broker's decisions depend on. */
export type BrokerChoices = Pick<
  SandboxOptions,
  'staleOrders' | 'exitStart' | 'earlierOrders' | 'lateArrivalMs' | 'pollMs' | 'accountPatienceMs'
> & {
  /** On paper: what orders meet. Sessions before it was written met the touch. */
  readonly paper?: PaperModel;
};

/** The broker's part of a live run's options. */
export function choicesOf(options: LiveRunOptions): BrokerChoices {
  const { staleOrders, exitStart, earlierOrders, accountPatienceMs, mode, paper } = options;
  return {
    ...((mode === 'paper' || mode === 'recording') && { paper: paperModel(paper) }),
    ...(staleOrders && { staleOrders }),
    ...(exitStart && { exitStart }),
    ...(earlierOrders && { earlierOrders }),
    ...(accountPatienceMs !== undefined && { accountPatienceMs }),
  };
}

/** Makes the broker of a mode. @param routes - Undefined on paper, and in a journal's replay, where every answer is in the journal. */
export function makeBroker(
  plan: RunPlan,
  mode: LiveRunOptions['mode'],
  choices: BrokerChoices,
  routes: readonly OrderRoute[] | undefined,
): LiveBroker {
  if (plan.options.cheatOnOpen === true) {
    throw new ConfigError(
      'cheatOnOpen fills orders at a price that has passed when they are placed: it is for backtests only',
      {
        context: { field: 'cheatOnOpen' },
      },
    );
  }
  const options = brokerPart(plan.options);
  const shares = cashSharesOf(plan, mode);
  if (mode === 'sandbox' || mode === 'live') return new SandboxBroker(options, routes, choices);
  if (shares === undefined) return new PaperBroker(options, choices);
  const { cash = 10_000, fundStart } = options;
  return new DividedLiveBroker(
    (books) =>
      shares.map((share, k) => ({
        name: plan.strategies[k]!.name,
        broker: new PaperBroker({ ...options, cash: cash * share }, choices, books),
      })),
    cash,
    fundStart,
  );
}
