/** A run as the registry keeps it, and the fields of a new one. */

/** What a kept run is: a run of its own, a study of many trials, one of its trials, or a live session. */
export type KeptRunKind = 'run' | 'study' | 'trial' | 'session';

/** The status of a kept run. */
export type KeptRunStatus = 'running' | 'done' | 'failed';

/** A data of a kept run. */
export interface KeptRunData {
  /** Its name in the run. */
  readonly name: string;
  /** Its symbol. */
  readonly symbol: string;
  /** Length of its bars, such as `1h`. */
  readonly timeframe: string;
  /** Bars delivered. */
  readonly bars: number;
  /** Open of the first bar, milliseconds UTC. */
  readonly start: number;
  /** Close of the last bar, milliseconds UTC. */
  readonly end: number;
  /** SHA-256 of its bars, hexadecimal. */
  readonly hash?: string;
}

/** A run in the registry. */
export interface KeptRun {
  /** Its number, counted from 1 and never used again. */
  readonly id: number;
  /** What it is. */
  readonly kind: KeptRunKind;
  /** The study that a trial belongs to. */
  readonly parent: number | undefined;
  /** Its status: running, done or failed. */
  readonly status: KeptRunStatus;
  /** When it was started, milliseconds UTC. */
  readonly time: number;
  /** Milliseconds that it took; undefined while it runs. */
  readonly took: number | undefined;
  /** The strategy's name; several are joined by ` + `. */
  readonly strategy: string;
  /** Its mode, such as `backtest`. */
  readonly mode: string;
  /** The version of nextbar that ran it. */
  readonly version: string;
  /** Text that identifies everything its outcome depends on; by it a study finds trials that are done. */
  readonly key: string | undefined;
  /** SHA-256 of the strategy's source. */
  readonly strategyHash: string | undefined;
  /** SHA-256 of the bars of all datas. */
  readonly dataHash: string | undefined;
  /** SHA-256 of fills and equity curve. Two runs with one hash traded the same. */
  readonly hash: string | undefined;
  /** The parameters of the strategy. */
  readonly params: Readonly<Record<string, unknown>>;
  /** Rules and settings in words. */
  readonly settings: Readonly<Record<string, unknown>>;
  /** The datas it ran over. */
  readonly datas: readonly KeptRunData[];
  /** The figures of the result; those without a value are absent. */
  readonly stats: Readonly<Record<string, number | undefined>>;
  /** Things worth knowing that are not errors. */
  readonly warnings: readonly string[];
  /** The arguments of the command line that made it; empty for a run of a program. */
  readonly command: readonly string[];
  /** The folder that the command line was run in. */
  readonly folder: string;
  /** Why it failed. */
  readonly error: string | undefined;
  /** The user's note. */
  readonly note: string;
  /** Its tags. */
  readonly tags: readonly string[];
  /** Files of the run by kind, such as `report`. */
  readonly files: Readonly<Record<string, string>>;
}

/** Parameters and datas of a backtest: a run of its own, or a trial of a study. */
export interface TriedRun extends Pick<KeptRun, 'params' | 'datas'> {
  /** Its annualised Sharpe ratio; undefined where it has none. */
  readonly sharpe: number | undefined;
}

/** A run to be kept. All but the name of the strategy may be left out. */
export interface NewRun extends Partial<Omit<KeptRun, 'id'>> {
  /** The strategy's name. */
  readonly strategy: string;
  /** The strategy's source, kept once for each `strategyHash`. */
  readonly source?: string | undefined;
  /** Data too large for the list of runs: `RunStore.detail` returns it. */
  readonly detail?: unknown;
}

/** The fields of a kept run that may change. */
export type RunChanges = Partial<
  Pick<
    KeptRun,
    'status' | 'took' | 'hash' | 'stats' | 'settings' | 'params' | 'warnings' | 'command' | 'folder' | 'error' | 'note'
  >
>;

/** The filter of a list of runs; a run must meet every condition given. */
export interface RunFilter {
  /** Of this kind only; without it every kind but trials. */
  readonly kind?: KeptRunKind;
  /** Trials of this study. Default: any. */
  readonly parent?: number;
  /** Of this strategy. Default: any. */
  readonly strategy?: string;
  /** With this tag. Default: any. */
  readonly tag?: string;
  /** With this key. Default: any. */
  readonly key?: string;
  /** With this status. Default: any. */
  readonly status?: KeptRunStatus;
  /** At most this many, the latest. Default: all. */
  readonly limit?: number;
  /** How many of the latest to skip. Default 0. */
  readonly offset?: number;
}
