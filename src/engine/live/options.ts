/** Options of a live run, and their checks. */
import type { CcxtStoreOptions } from '../../connectors/ccxt/index.ts';
import type { EarlierOrders, ExitStart, PaperModel, StaleOrders } from '../../broker/index.ts';
import {
  checkNames,
  checkRealOrdersAllowed,
  ConfigError,
  nearestName,
  toTime,
  type Network,
  type OrderGateway,
  type TimeInput,
} from '../../core/index.ts';
import type { LoadProgress } from '../../feeds/index.ts';
import type { LiveMode, RunMode } from '../result/session-summary.ts';
import type { SessionControl } from './operation/control.ts';
import { checkLimits, type SessionLimits } from './operation/kill-switch.ts';
import type { SessionView } from './view.ts';

/** Options of `run` for a session: on paper, in a sandbox, with real orders, or over a recording. */
export interface LiveRunOptions {
  /** Paper, sandbox, recording, or live. */
  readonly mode: LiveMode;
  /**
   * Ends the run, with its result, when aborted; if the reason of the abort is your own error, the run fails with that error after the same
   * orderly end. Default: none; then Ctrl-C, SIGTERM and SIGHUP end the run, and an uncaught error fails it.
   */
  readonly signal?: AbortSignal;
  /** Ends the run at this moment by the exchange's clock. Default: no end. */
  readonly until?: TimeInput;
  /** Length of the session in milliseconds. It is counted by the exchange's clock, from when the histories are loaded. Default: no end. */
  readonly forMs?: number;
  /** Ends the run after this many steps. Default: no end. */
  readonly maxSteps?: number;
  /** File that records every input and every decision. Default: no journal. */
  readonly journal?: string;
  /** What to do with orders placed while their data's stream is not live. Default `refuse`. */
  readonly staleOrders?: StaleOrders;
  /** When the exits of a bracket begin to work: as soon as the entry is filled, or in the next bar. Default `atOnce`. */
  readonly exitStart?: ExitStart;
  /** In modes `paper` and `recording`: depth, queue and latency of simulated fills. Default: the book where the feed follows it. */
  readonly paper?: PaperModel;
  /** Name of the session; a session continues under the same name. Default: the mode and the time. */
  readonly session?: string;
  /**
   * In mode `live`: whether the code permits orders for real money. The environment must permit them too
   * (`NEXTBAR_ALLOW_REAL_ORDERS=1`), `limits` must bound loss and size, and `arming` must name the record of a person's confirmation.
   * Default false: the run is refused.
   */
  readonly allowRealOrders?: boolean;
  /**
   * In mode `live`: the file of the confirmation, bound to account, strategy and limits. If it is missing, or one of them has changed, the
   * run is refused and writes a request beside it, for `nextbar live arm`. Required in that mode.
   */
  readonly arming?: string;
  /**
   * In mode `live`: a hash of code beside the strategy classes, such as modules that they import; a change asks for confirmation again.
   * Default: none.
   */
  readonly program?: string;
  /**
   * In modes `sandbox` and `live`: the venue's dead-man switch. The venue cancels every order of the account when the session has been
   * silent for this long, in milliseconds, at least 5,000. A venue without one is refused. Default: none.
   */
  readonly deadManMs?: number;
  /**
   * In modes `sandbox` and `live`: the connection to the account, such as its keys or the `url` of the local exchange. Default: keys from
   * the environment, and the exchange itself.
   */
  readonly account?: Omit<CcxtStoreOptions, 'exchange'>;
  /**
   * In mode `sandbox`, for datas of several exchanges, such as spot and futures of one venue: the connection to each account, by exchange.
   * Each has a gateway, intents and a readiness of its own, and trades from the account of that name among the run's `accounts`. Default:
   * one account, `account`.
   */
  readonly accounts?: Readonly<Record<string, Omit<CcxtStoreOptions, 'exchange'>>>;
  /** In mode `sandbox`, in place of `account` or `accounts`: your own order gateway, or one for each account. Default: through ccxt. */
  readonly gateway?: OrderGateway | readonly OrderGateway[];
  /** In mode `sandbox`: the file in which each order is recorded before it is sent. Default `data-cache/intents.db`. */
  readonly intents?: string;
  /** In mode `sandbox`: whether to cancel or keep open orders of an earlier run of the session. Default `cancel`. */
  readonly earlierOrders?: EarlierOrders;
  /**
   * In mode `sandbox`: how long a request about the account may stay unanswered, in milliseconds by the runtime's clock. After that the run
   * fails at its start, because open orders, fills and balances must be known first; later the session refuses new orders until the account
   * answers. Default 60,000.
   */
  readonly accountPatienceMs?: number;
  /**
   * How long the end of a run waits, in milliseconds by the runtime's clock, for answers to orders and cancels and for reported fills.
   * Default 30,000: a request times out after 10 seconds and is then looked up.
   */
  readonly settleMs?: number;
  /**
   * In mode `sandbox`: the share of the account's cash that this session uses, above 0 and at most 1. Several sessions trade on one
   * account only if each states a share, the shares add up to 1 at most, and no two trade the same symbol. Default 1: the whole account.
   */
  readonly accountShare?: number;
  /** Bars back that a strategy may read of every line. Default 1,000. */
  readonly keepBars?: number;
  /** How many of the latest ended orders and closed trades stay in the result. Default 10,000. */
  readonly keepOrders?: number;
  /** The most inputs that may wait. Default 10,000. */
  readonly queueLimit?: number;
  /** How often the clock is read, milliseconds. Default 1,000. */
  readonly clockMs?: number;
  /** The network that reaches venues. Default: the system's sockets. */
  readonly network?: Network;
  /**
   * In mode `paper`: the journals of the session's earlier runs, oldest first. The session replays them and continues with its cash,
   * positions, open orders and the state of its strategies. Default: none, it is a new session.
   */
  readonly resume?: readonly string[];
  /**
   * File in which the strategies' `saveState()` is kept, after each step and at the end, and from which `loadState()` is called at the
   * start. With `resume`, strategies have their state already, and the file is only written. Default: none, nothing is kept or loaded.
   */
  readonly state?: string;
  /** Limits that flatten and pause the session, until it is resumed, when one of them is broken. Default: none. */
  readonly limits?: SessionLimits;
  /**
   * Approval mode: each order of a strategy waits for a person, for at most this long in milliseconds by the exchange's clock, and is then
   * refused. A bracket waits as one. `onControl` delivers `approve` and `decline`. Default: orders do not wait.
   */
  readonly approvalMs?: number;
  /** Called while history loads. Default: nothing is called. */
  readonly onLoad?: (name: string, progress: LoadProgress) => void;
  /**
   * Called after every step, after each change of an order or a stream, and when the clock is read. Before the account is known
   * (`isRecovered` false) it has no figures: cash, value and positions are NaN. Default: nothing is called.
   */
  readonly onUpdate?: (view: SessionView) => void;
  /** Called once, when the session begins, with the handle through which an operator controls it. Default: nothing is called. */
  readonly onControl?: (control: SessionControl) => void;
}

/** How long an end waits for what was sent: more than twice as long as a request may take, as a lost answer is asked for again. */
export const defaultSettleMs = 30_000;

const optionNames = [
  'mode', 'signal', 'until', 'forMs', 'maxSteps', 'journal', 'staleOrders', 'exitStart', 'keepBars', 'keepOrders', 'queueLimit', 'clockMs',
  'network', 'onLoad', 'onUpdate', 'onControl', 'resume', 'state', 'limits', 'session', 'account', 'accounts', 'gateway', 'intents', 'earlierOrders', 'accountPatienceMs', 'settleMs', 'accountShare',
  'allowRealOrders', 'arming', 'program', 'deadManMs', 'approvalMs', 'paper',
]; // prettier-ignore

const modes = ['backtest', 'recording', 'paper', 'sandbox', 'live'];

/** The mode of a run, checked. @throws {ConfigError} For `live` where code and environment do not both allow it, and for what is no mode. */
export function modeOf(options: { readonly mode?: string; readonly allowRealOrders?: boolean }): RunMode {
  const { mode = 'backtest' } = options;
  if (mode === 'live') checkRealOrdersAllowed(options.allowRealOrders, process.env);
  if (modes.includes(mode)) return mode as RunMode;
  const near = nearestName(mode, modes);
  throw new ConfigError(
    `mode must be one of ${modes.join(', ')}, was '${mode}'${near === undefined ? '' : `: did you mean '${near}'?`}`,
    { context: { field: 'mode' } },
  );
}

/** @throws {ConfigError} If an option is unknown or cannot be right. */
export function checkLiveOptions(options: LiveRunOptions): void {
  checkNames(`option of run in mode '${options.mode}'`, options, optionNames);
  if (options.until !== undefined) toTime(options.until, 'until');
  if (options.limits !== undefined) checkLimits(options.limits);
  for (const [field, least] of [
    ['forMs', 1],
    ['maxSteps', 1],
    ['keepBars', 1],
    ['keepOrders', 0],
    ['queueLimit', 16],
    ['clockMs', 1],
    ['accountPatienceMs', 1],
    ['settleMs', 0],
    ['deadManMs', 5_000],
    ['approvalMs', 1_000],
  ] as const) {
    const value = options[field];
    if (value === undefined || (Number.isInteger(value) && value >= least)) continue;
    throw new ConfigError(`${field} must be a whole number of at least ${least}, was ${value}`, { context: { field } });
  }
  if (options.resume !== undefined && options.mode !== 'paper') {
    throw new ConfigError(
      `resume is for mode 'paper': in mode '${options.mode}' ${options.mode === 'sandbox' ? 'a session goes on from its intents and the exchange' : 'a recording is played from its start'}`,
      { context: { field: 'resume' } },
    );
  }
  if (options.forMs !== undefined && options.mode === 'recording') {
    throw new ConfigError(
      "forMs is for sessions: in mode 'recording' the recorded times are the clock, so give until",
      {
        context: { field: 'forMs' },
      },
    );
  }
  if (options.account !== undefined && options.accounts !== undefined) {
    throw new ConfigError('account and accounts cannot both be given: each says how orders reach the exchange');
  }
  if ((options.account ?? options.accounts) !== undefined && options.gateway !== undefined) {
    throw new ConfigError('account and gateway cannot both be given: each says how orders reach the exchange');
  }
  if (options.paper !== undefined && options.mode !== 'paper' && options.mode !== 'recording') {
    throw new ConfigError(`paper is for modes 'paper' and 'recording': in mode '${options.mode}' the exchange fills`, {
      context: { field: 'paper' },
    });
  }
  const isVenue = options.mode === 'sandbox' || options.mode === 'live';
  for (const field of [
    'account',
    'accounts',
    'gateway',
    'intents',
    'earlierOrders',
    'accountPatienceMs',
    'accountShare',
    'deadManMs',
  ] as const) {
    if (options[field] === undefined || isVenue) continue;
    throw new ConfigError(
      `${field} is for modes 'sandbox' and 'live': in mode '${options.mode}' no order leaves this program`,
      { context: { field } },
    );
  }
  checkLiveMode(options);
  const { accountShare, deadManMs } = options;
  if (deadManMs !== undefined && accountShare !== undefined && accountShare < 1) {
    throw new ConfigError('deadManMs cancels every order of the account, which this session shares: leave it out', {
      context: { field: 'deadManMs' },
    });
  }
  if (accountShare !== undefined && !(accountShare > 0 && accountShare <= 1)) {
    throw new ConfigError(`accountShare must be above 0 and at most 1, was ${accountShare}`, {
      context: { field: 'accountShare' },
    });
  }
  const choices = {
    staleOrders: ['refuse', 'send'],
    exitStart: ['atOnce', 'nextBar'],
    earlierOrders: ['cancel', 'keep'],
  } as const;
  for (const [field, allowed] of Object.entries(choices)) {
    const value = options[field as keyof typeof choices];
    if (value === undefined || (allowed as readonly string[]).includes(value)) continue;
    throw new ConfigError(`${field} must be ${allowed.map((one) => `'${one}'`).join(' or ')}, was '${value}'`, {
      context: { field },
    });
  }
}

/** @throws {ConfigError} If a run in mode `live` lacks something, or another mode has what belongs to it. */
function checkLiveMode(options: LiveRunOptions): void {
  const { mode, arming, gateway, account } = options;
  if (mode !== 'live') {
    for (const field of ['allowRealOrders', 'arming', 'program'] as const) {
      if (options[field] === undefined) continue;
      throw new ConfigError(`${field} is for mode 'live', the mode is '${mode}'`, { context: { field } });
    }
    return;
  }
  const wrong = (field: string, text: string): ConfigError =>
    new ConfigError(`mode 'live' ${text}`, { code: 'live-refused', context: { field } });
  if (gateway !== undefined) throw wrong('gateway', 'takes no gateway: say in account how the exchange is reached');
  if (account?.sandbox === true) throw wrong('account', "is for the exchange's own account: use mode 'sandbox' for its test network"); // prettier-ignore
  if (account?.realOrders !== undefined) throw wrong('account', 'obtains its own permission: leave out account.realOrders'); // prettier-ignore
  if (arming === undefined) {
    throw wrong('arming', 'needs arming: the file of the record that nextbar live arm writes, such as sessions/NAME/arming.json'); // prettier-ignore
  }
}
