/** The format of an oracle scenario, and reading one from disk. */
import { readFileSync, readdirSync } from 'node:fs';
import { basename, join } from 'node:path';

/** A bar length in the oracle's words. */
export type OracleTimeframe = 'minutes' | 'days' | 'weeks' | 'months' | 'years' | 'notimeframe';

/** How a data is made from finer bars. */
export interface Derivation {
  readonly op: 'resample' | 'replay';
  readonly timeframe: OracleTimeframe;
  readonly compression: number;
  readonly bar2edge?: boolean;
  readonly adjbartime?: boolean;
  readonly rightedge?: boolean;
  readonly boundoff?: number;
}

/** A data read from a file. Its rows are stamped at the bar's end, except days, which are stamped at their start. */
export interface FileData {
  readonly name: string;
  readonly file: string;
  readonly timeframe: OracleTimeframe;
  readonly compression: number;
  readonly start: number;
  readonly count?: number | null;
  readonly sessionend?: string;
  readonly sessionstart?: string;
  readonly direct?: Derivation;
}

/** A data made from another one of the scenario. */
export interface CloneData extends Derivation {
  readonly name: string;
  readonly source: number;
}

export type ScenarioData = FileData | CloneData;

export interface CommissionEntry {
  readonly data?: string | null;
  readonly commission?: number;
  readonly commtype?: 'perc' | 'fixed' | null;
  readonly stocklike?: boolean;
  readonly percabs?: boolean;
  readonly mult?: number;
  readonly margin?: number | null;
  readonly automargin?: number | boolean;
  readonly interest?: number;
  readonly interest_long?: boolean;
  readonly leverage?: number;
  readonly fractional?: boolean;
}

export interface ScenarioBroker {
  readonly cash?: number;
  readonly commission?: readonly CommissionEntry[];
  readonly slippage?: {
    readonly perc?: number;
    readonly fixed?: number;
    readonly slip_open?: boolean;
    readonly slip_limit?: boolean;
    readonly slip_match?: boolean;
    readonly slip_out?: boolean;
  } | null;
  readonly filler?: { readonly type: string; readonly params?: Readonly<Record<string, number>> } | null;
  readonly coc?: boolean;
  readonly shortcash?: boolean;
  readonly checksubmit?: boolean;
  readonly int2pnl?: boolean;
  readonly fundmode?: boolean;
  readonly fundstartval?: number;
}

export type OracleOrderType = 'Market' | 'Close' | 'Limit' | 'Stop' | 'StopLimit' | 'StopTrail' | 'StopTrailLimit';

/** One thing a scripted strategy does. */
export interface Instruction {
  readonly id: number;
  readonly bar: number;
  readonly phase?: 'next' | 'next_open';
  readonly action:
    | 'buy'
    | 'sell'
    | 'close'
    | 'cancel'
    | 'target_size'
    | 'target_value'
    | 'target_percent'
    | 'buy_bracket'
    | 'sell_bracket'
    | 'add_cash';
  readonly data?: number;
  readonly size?: number | null;
  readonly target?: number;
  readonly exectype?: OracleOrderType | null;
  readonly price?: number | null;
  readonly plimit?: number | null;
  readonly trailamount?: number | null;
  readonly trailpercent?: number | null;
  readonly valid?: 'DAY' | { readonly after_ms: number } | { readonly until_ms: number } | null;
  readonly oco_ref?: number | string | null;
  readonly parent_ref?: number | string | null;
  readonly transmit?: boolean;
  readonly tradeid?: number;
  readonly coc?: boolean;
  readonly cancel_ref?: number | string;
  readonly amount?: number;
  readonly stopprice?: number | null;
  readonly limitprice?: number | null;
  readonly stopexec?: OracleOrderType | null;
  readonly limitexec?: OracleOrderType | null;
  readonly stopargs?: ChildArgs;
  readonly limitargs?: ChildArgs;
}

export interface ChildArgs {
  readonly trailamount?: number;
  readonly trailpercent?: number;
  readonly plimit?: number;
}

/** A rule in words and numbers; which numbers depends on its type. */
export interface Rule {
  readonly type: string;
  readonly [name: string]: unknown;
}

export interface Named {
  readonly name: string;
  readonly type: string;
  readonly params?: Readonly<Record<string, unknown>>;
}

export interface SignalEntry {
  readonly type: string;
  readonly indicator: string;
  readonly params?: Readonly<Record<string, number>>;
}

export interface TimerEntry {
  readonly when: string;
  readonly offset_min?: number;
  readonly repeat_min?: number;
  readonly weekdays?: readonly number[];
  readonly weekcarry?: boolean;
  readonly monthdays?: readonly number[];
  readonly monthcarry?: boolean;
  readonly cheat?: boolean;
  readonly action?: { readonly if: string; readonly size: number };
}

/** A scenario: what is run, and what the reference engine made of it. */
export interface Scenario {
  readonly name: string;
  readonly family: string;
  readonly description: string;
  readonly note?: string;
  readonly datas: readonly ScenarioData[];
  readonly cerebro?: Readonly<Record<string, boolean>>;
  readonly broker?: ScenarioBroker;
  readonly sizer?: { readonly type: string; readonly params?: Readonly<Record<string, number>> } | null;
  readonly signals?: {
    readonly list: readonly SignalEntry[];
    readonly accumulate?: boolean;
    readonly concurrent?: boolean;
  } | null;
  readonly timers?: readonly TimerEntry[] | null;
  readonly strategy:
    | { readonly type: 'scripted'; readonly orders: readonly Instruction[] }
    | { readonly type: 'rule'; readonly rule: Rule }
    | { readonly type: 'signals' };
  readonly log?: readonly string[] | null;
  readonly analyzers?: readonly Named[] | null;
  readonly observers?: readonly Omit<Named, 'name'>[] | null;
  readonly outputs: Outputs;
}

/** What a run left behind. Every part is optional: a scenario is compared in what it carries. */
export interface Outputs {
  readonly bars?: number;
  readonly issued?: readonly Row[];
  readonly events?: readonly Row[];
  readonly trade_events?: readonly Row[];
  readonly trade_history?: readonly Row[];
  readonly cash_changes?: readonly Change[];
  readonly value?: readonly number[];
  readonly value_changes?: readonly Change[];
  readonly position_changes?: readonly Change[];
  readonly fund_changes?: readonly Change[];
  readonly trail?: readonly (readonly unknown[])[];
  readonly next_log?: readonly (readonly unknown[])[];
  readonly ind_log?: readonly (readonly unknown[])[];
  readonly timers?: readonly Row[];
  readonly final?: Row;
  readonly analyzers?: Row;
  readonly observers?: Row;
}

export type Row = Readonly<Record<string, unknown>>;

/** A value that holds from a bar on until the next entry. */
export type Change = readonly [bar: number, value: unknown];

export function isClone(data: ScenarioData): data is CloneData {
  return 'source' in data;
}

/** How a data is made of finer bars; undefined for one that is read as it is. */
export function derivationOf(data: ScenarioData): Derivation | undefined {
  return isClone(data) ? data : data.direct;
}

/** The JSON files of a folder whose names begin with `prefix`, in order. */
export function scenarioFiles(folder: string, prefix: string): string[] {
  return readdirSync(folder)
    .filter((file) => file.endsWith('.json') && file.startsWith(prefix))
    .sort()
    .map((file) => join(folder, file));
}

/** Whether a file holds values of indicators and no run. */
export function isIndicatorFile(file: string): boolean {
  const read = JSON.parse(readFileSync(file, 'utf8')) as Partial<Record<'indicators' | 'expressions', unknown>>;
  return read.indicators !== undefined || read.expressions !== undefined;
}

/** A file's content with its name set from the file where it has none. */
export function readScenario(file: string): Scenario {
  // Integers beyond 2^53 (an integer sentinel of the reference engine) are kept as the nearest double.
  const read = JSON.parse(readFileSync(file, 'utf8')) as Scenario;
  return { ...read, name: basename(file, '.json') };
}
