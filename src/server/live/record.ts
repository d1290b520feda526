/** The state of a session as its folder holds it, for readers in other processes. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Something that happened in a session. */
export interface SessionEvent {
  /** Counted from 1. */
  readonly seq: number;
  /** Milliseconds UTC. */
  readonly time: number;
  readonly kind: string;
  readonly text: string;
}

/** The state that a session writes about once a second. */
export interface SessionRecord {
  readonly version: 1;
  readonly name: string;
  readonly mode: string;
  readonly strategy: string;
  readonly exchange: string;
  readonly pid: number;
  readonly host: string;
  /** Milliseconds UTC by this machine's clock, as is `updated`. */
  readonly started: number;
  readonly updated: number;
  /** Why it ended; undefined while it runs. */
  readonly ended?: string | undefined;
  /** The exchange's time. */
  readonly now?: number | undefined;
  readonly steps: number;
  readonly cash?: number | undefined;
  readonly value?: number | undefined;
  /** How long orders took to the exchange and back, in milliseconds; undefined where none was answered. */
  readonly roundTrip?:
    { readonly count: number; readonly p50: number; readonly p99: number; readonly highest: number } | undefined;
  readonly datas: readonly {
    readonly name: string;
    readonly symbol: string;
    readonly timeframe: string;
    readonly state: string;
    readonly price?: number | undefined;
    readonly bars: number;
    readonly size?: number | undefined;
    readonly entry?: number | undefined;
  }[];
  /** Its strategies, where it has several. */
  readonly strategies?: readonly StrategyRecord[];
  readonly orders: readonly {
    readonly id: number;
    readonly symbol: string;
    readonly side: string;
    readonly type: string;
    readonly size: number;
    readonly filled: number;
    readonly price?: number | undefined;
    readonly status: string;
  }[];
  /** Time and value, thinned to a few hundred points. */
  readonly equity: readonly (readonly [time: number, value: number])[];
  /** The latest events. */
  readonly events: readonly SessionEvent[];
  /** Commands that it takes. */
  readonly accepts: readonly string[];
}

/** One of several strategies of a session. */
export interface StrategyRecord {
  readonly name: string;
  /** Cash of its part of the account; undefined where the strategies share it. */
  readonly cash?: number | undefined;
  readonly value?: number | undefined;
  readonly positions: readonly {
    readonly data: string;
    readonly size?: number | undefined;
    readonly entry?: number | undefined;
  }[];
  /** Numbers of its open orders. */
  readonly orders: readonly number[];
}

/** The file in a session's folder. */
export const recordFile = 'live.json';

/** The state of a session; undefined when its folder has none, or it cannot be read. */
export function readSession(folder: string, name: string): SessionRecord | undefined {
  if (!/^\w[\w.-]*$/.test(name)) return undefined;
  try {
    const record = JSON.parse(readFileSync(join(folder, name, recordFile), 'utf8')) as SessionRecord;
    return (record.version as number) === 1 && record.name === name ? record : undefined;
  } catch {
    return undefined;
  }
}

/** Every session of a folder that has written its state, the latest first. */
export function readSessions(folder: string): SessionRecord[] {
  if (!existsSync(folder)) return [];
  const names = readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  const found = names.flatMap(({ name }) => readSession(folder, name) ?? []);
  return found.sort((a, b) => b.started - a.started || (a.name < b.name ? -1 : 1));
}
