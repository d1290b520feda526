/** The head of a session's journal: what has to be the same for its inputs to lead to the same decisions. */
import type { RulesName } from '../../../broker/index.ts';
import { ConfigError, type Instrument } from '../../../core/index.ts';
import { StreamingFeed } from '../../../feeds/index.ts';
import type { BrokerChoices } from '../make-broker.ts';
import type { LiveMode } from '../../result/session-summary.ts';
import type { LiveRunOptions } from '../options.ts';
import type { SessionLimits } from '../operation/kill-switch.ts';
import type { StreamFacts } from '../session-parts.ts';
import { brokerPart, type RunPlan } from '../../plan/plan.ts';
import { feedOfPlan } from '../../plan/data-plan.ts';

/** What a journal begins with; no secrets. */
export interface SessionHeader {
  readonly format: 1;
  readonly mode: LiveMode;
  readonly session: string;
  /** When it began, milliseconds UTC. */
  readonly time: number;
  readonly choices: BrokerChoices;
  /** The rules it traded by. Version 0.1 had Backtrader's alone and wrote none. */
  readonly rules?: RulesName;
  /** The journals of the session's earlier runs, oldest first, beside this one: the session goes on where they end. */
  readonly resumes?: readonly string[];
  /** The limits of the run. */
  readonly limits?: SessionLimits;
  /** How long orders wait for a person, in milliseconds. */
  readonly approvalMs?: number;
  /** What the strategies had saved in an earlier run. */
  readonly state?: readonly unknown[];
  /** Orders that waited for a person when an earlier run ended. */
  readonly unsent?: readonly string[];
  readonly keepBars: number;
  readonly keepOrders: number;
  readonly maxSteps?: number;
  readonly until?: number;
  readonly streams: readonly StreamHeader[];
  /** What the replaying program must be set up with. */
  readonly setup: SetupHeader;
}

/** What was known of one stream. */
export interface StreamHeader {
  readonly canFetch: boolean;
  readonly clockOffset: number;
  readonly instrument?: Instrument;
}

/** How a Cerebro was set up. */
export interface SetupHeader {
  readonly broker: Readonly<Record<string, unknown>>;
  readonly datas: readonly Readonly<Record<string, unknown>>[];
  readonly strategies: readonly Readonly<Record<string, unknown>>[];
}

/** What a run begins with, besides its plan. */
export interface HeaderParts {
  readonly session: string;
  readonly choices: BrokerChoices;
  readonly rules: RulesName;
  readonly time: number;
  readonly limits?: SessionLimits;
  readonly approvalMs?: number;
  readonly resumes?: readonly string[];
  readonly state?: readonly unknown[];
  readonly unsent?: readonly string[];
  readonly keepBars: number;
  readonly keepOrders: number;
  readonly maxSteps: number;
  readonly until: number;
}

/** The head of a journal. */
export function headerOf(
  plan: RunPlan,
  options: LiveRunOptions,
  facts: readonly StreamFacts[],
  { maxSteps, until, ...parts }: HeaderParts,
): SessionHeader {
  return {
    format: 1,
    mode: options.mode,
    ...parts,
    ...(maxSteps !== Infinity && { maxSteps }),
    ...(until !== Infinity && { until }),
    streams: facts.map(({ canFetch, clockOffset, instrument }) => {
      return { canFetch, clockOffset, ...(instrument && { instrument }) };
    }),
    setup: setupOf(plan),
  };
}

/** How a plan is set up, as far as plain data can say it. */
export function setupOf(plan: RunPlan): SetupHeader {
  const broker = Object.entries(brokerPart(plan.options)).map(([name, value]) => [name, plain(value)] as const);
  return {
    broker: Object.fromEntries(broker),
    datas: plan.datas.map((data) => {
      const feed = feedOfPlan(data);
      if (!(feed instanceof StreamingFeed)) return { name: data.name };
      const { exchange, symbol, timeframe, options } = feed;
      const { bars = 'trades', graceMs = 2_000 } = options;
      const made = data.made === undefined ? {} : { made: data.made.kind, from: timeframe.name };
      return { name: data.name, timeframe: data.frame.name, exchange, symbol, bars, graceMs, ...made };
    }),
    strategies: plan.strategies.map(({ name, params, cash }) => ({
      name,
      params: plain(params),
      ...(cash !== undefined && { cash }),
    })),
  };
}

/**
 * The plan of a replay: it trades by the rules of the session, whatever the default is now.
 *
 * @throws {ConfigError} If a plan is set up otherwise than the session of a journal was; the message names what differs.
 */
export function planOfReplay(header: SessionHeader, plan: RunPlan, path: string): RunPlan {
  const { rules = 'backtrader' } = header;
  checkSetup(header, plan, rules, path);
  return { ...plan, options: { ...plan.options, rules } };
}

function checkSetup(header: SessionHeader, plan: RunPlan, rules: RulesName, path: string): void {
  const [was, is] = [header.setup, JSON.parse(JSON.stringify(setupOf(plan))) as SetupHeader];
  const differs = (what: string, one: unknown, other: unknown): void => {
    const [seen, now] = [JSON.stringify(one ?? 'nothing'), JSON.stringify(other ?? 'nothing')];
    if (seen === now) return;
    throw new ConfigError(`${what} of the session in ${path} was ${seen}, here it is ${now}`, {
      code: 'other-setup',
      context: { what },
    });
  };
  differs('rules', rules, plan.options.rules ?? rules);
  for (const name of new Set([...Object.keys(was.broker), ...Object.keys(is.broker)])) {
    if (name !== 'rules') differs(name, was.broker[name], is.broker[name]);
  }
  differs('the number of datas', was.datas.length, is.datas.length);
  for (const [k, data] of was.datas.entries()) differs(`data ${k + 1}`, data, is.datas[k]);
  differs('the number of strategies', was.strategies.length, is.strategies.length);
  for (const [k, strategy] of was.strategies.entries()) differs(`strategy ${k + 1}`, strategy, is.strategies[k]);
}

/** A value as plain data: functions and instances by their summary or their name. */
function plain(value: unknown): unknown {
  if (typeof value === 'function') return value.name;
  if (typeof value !== 'object' || value === null) return value;
  if ('summary' in value && typeof value.summary === 'string') return value.summary;
  if (Array.isArray(value)) return value.map(plain);
  return Object.fromEntries(Object.entries(value).map(([name, part]) => [name, plain(part)]));
}
