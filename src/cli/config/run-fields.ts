/** The fields of a run file: which flag each stands for, and how its value is written. */
import type { z as Zod } from 'zod';

import { timeframe, toTime } from '../../core/index.ts';

/** Values of flags by their names, as a command line has them; a switch has the value `''`. */
export type Flags = ReadonlyMap<string, readonly string[]>;

/** How a field is written: `pairs` is a block whose entries become `NAME=VALUE`, `off` a switch that `false` sets. */
type Kind = 'text' | 'texts' | 'path' | 'paths' | 'number' | 'time' | 'switch' | 'pairs' | 'off' | 'level';

interface Field {
  readonly flag: string;
  readonly kind: Kind;
}

/** The flag of a field: its name with dashes, unless `as` names another. */
function field(kind: Kind, as?: string): (name: string) => Field {
  return (name) => ({ kind, flag: as ?? name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`) });
}

function fields<N extends string>(table: Readonly<Record<N, (name: string) => Field>>): Readonly<Record<N, Field>> {
  return Object.fromEntries(
    Object.entries<(name: string) => Field>(table).map(([name, make]) => [name, make(name)]),
  ) as Record<N, Field>;
}

const text = field('text');
const number = field('number');

/** Fields of a data, which at the top apply to every data. */
export const dataFields = fields({
  csv: field('paths'), synthetic: number, count: field('number', 'bars'), exchange: field('texts'), symbol: field('texts'), type: text,
  timeframe: field('texts'), start: field('time'), end: field('time'), funding: field('switch'), openInterest: field('switch'),
  folder: field('path'), storage: text, url: text, rateLimit: number,
  timeFormat: text, zone: text, stamped: text, order: text, columns: field('pairs', 'column'), header: field('off', 'no-header'),
  skipLines: number, skipEnd: number, delimiter: text, decimal: text, thousands: text, symbolColumn: text, filterSymbol: text,
  policy: field('pairs'),
}); // prettier-ignore

/** Fields of the top only. */
const topFields = fields({
  class: field('text', 'strategy'), params: field('pairs', 'param'), cashShares: field('pairs', 'cash-share'), resample: field('texts'), cash: number, commission: number, slippage: number,
  size: number, rules: text, account: field('path', 'plan'),
}); // prettier-ignore

/** The block `plan`, for `paper` and `trade`. */
export const planFields = fields({
  history: number, bars: text, book: field('level'), keep: text, for: text, steps: number, session: text, sessions: field('path'), share: number,
  keys: field('path'), sandbox: field('switch'), limits: field('path'), alerts: field('path'), approval: text, wait: field('switch'), speed: number,
}); // prettier-ignore

export const allFields = { ...topFields, ...dataFields };

/** The schema of a run file. */
export function runFileSchema(z: typeof Zod) {
  const text = z.string().min(1);
  const texts = z.union([text, z.array(text).min(1)]);
  const scalar = z.union([z.string(), z.number(), z.boolean()]);
  const frame = text.refine(isOk(timeframe), 'must be a number and a unit such as 1m, 4h, 1d, 1w or 1M');
  const time = z.union([text, z.number()]).refine(
    isOk((one) => toTime(one, 'time')),
    'must be a time such as 2024-01-31, 2024-01-31T12:00:00Z or milliseconds UTC',
  );
  const whole = z.number().int();
  const fraction = z.number().gt(-1).lt(1);
  const data = {
    csv: texts, synthetic: whole, count: whole.positive(), exchange: texts, symbol: texts, type: z.enum(['spot', 'swap', 'future', 'option']),
    timeframe: z.union([frame, z.array(frame).min(1)]), start: time, end: time, funding: z.boolean(), openInterest: z.boolean(),
    folder: text, storage: z.enum(['arrow', 'parquet']), url: text, rateLimit: z.number().nonnegative(),
    timeFormat: text, zone: text, stamped: z.enum(['open', 'close']), order: text,
    columns: z.record(text, z.union([text, whole, z.literal(false)])), header: z.boolean(), skipLines: whole.nonnegative(),
    skipEnd: whole.nonnegative(), delimiter: text, decimal: text, thousands: text, symbolColumn: text, filterSymbol: text,
    policy: z.record(text, scalar),
  } satisfies Record<keyof typeof dataFields, unknown>; // prettier-ignore
  const top = {
    class: text, params: z.record(text, z.unknown()), cashShares: z.record(text, z.number().gt(0).max(1)), resample: texts, cash: z.number().nonnegative(), commission: fraction,
    slippage: fraction.nonnegative(), size: z.number().positive(), rules: z.enum(['exchange', 'backtrader']), account: text,
  } satisfies Record<keyof typeof topFields, unknown>; // prettier-ignore
  const plan = {
    history: whole.nonnegative(), bars: z.enum(['trades', 'venue']), book: z.union([z.boolean(), whole.positive()]), keep: text, for: text,
    steps: whole.positive(), session: text, sessions: text, share: z.number().positive(), keys: text, sandbox: z.boolean(), limits: text,
    alerts: text, approval: text, wait: z.boolean(), speed: z.number().positive(),
  } satisfies Record<keyof typeof planFields, unknown>; // prettier-ignore
  return z
    .strictObject({
      strategy: texts.optional(),
      ...z.object({ ...top, ...data }).partial().shape,
      datas: z
        .array(z.strictObject({ name: text.optional(), ...z.object(data).partial().shape }))
        .min(1)
        .optional(),
      plan: z.strictObject(plan).partial().optional(),
    })
    .superRefine((file, context) => {
      rising(file, [], context);
      file.datas?.forEach((one, i) => {
        rising({ start: one.start ?? file.start, end: one.end ?? file.end }, ['datas', i], context);
      });
    });
}

/** Refuses a range that ends before it starts. */
function rising(
  { start, end }: { readonly start?: string | number | undefined; readonly end?: string | number | undefined },
  path: PropertyKey[],
  context: Zod.RefinementCtx,
): void {
  if (!isTime(start) || !isTime(end) || toTime(start, 'start') < toTime(end, 'end')) return;
  context.addIssue({ code: 'custom', path: [...path, 'start'], message: `must be before end, ${end}` });
}

function isTime(value: string | number | undefined): value is string | number {
  return value !== undefined && isOk((one) => toTime(one, 'time'))(value);
}

function isOk(read: (value: string) => unknown): (value: unknown) => boolean {
  return (value) => {
    try {
      read(value as string);
      return true;
    } catch {
      return false;
    }
  };
}

type Scalar = string | number | boolean;

/** The values of fields as flags; relative paths start from the file's folder. */
export function flagsOf(
  values: Readonly<Record<string, unknown>>,
  table: Readonly<Record<string, Field>>,
  at: (path: string) => string,
): Map<string, string[]> {
  const flags = new Map<string, string[]>();
  for (const [name, value] of Object.entries(values)) {
    const { flag, kind } = table[name] ?? {};
    if (value === undefined || flag === undefined || kind === undefined) continue;
    if (kind === 'pairs') {
      flags.set(
        flag,
        Object.entries(value as object).map(([key, one]) => `${key}=${pairText(one, flag)}`),
      );
    } else if (kind === 'switch' || kind === 'level') {
      if (value !== false) flags.set(flag, [value === true ? '' : `${value as Scalar}`]);
    } else if (kind === 'off') {
      if (value === false) flags.set(flag, ['']);
    } else {
      const all = (Array.isArray(value) ? (value as Scalar[]) : [value as Scalar]).map(String);
      flags.set(flag, kind === 'path' || kind === 'paths' ? all.map((path) => (path === 'keyring' ? path : at(path))) : all); // prettier-ignore
    }
  }
  return flags;
}

function pairText(value: unknown, flag: string): string {
  if (flag === 'column' && value === false) return 'none';
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** Flags as the fields that a run file has for them: what `nextbar config show` prints can be used as a run file. */
export function fieldsOf(flags: Flags, table: Readonly<Record<string, Field>>): Record<string, unknown> {
  const shown: Record<string, unknown> = {};
  for (const [name, { flag, kind }] of Object.entries(table)) {
    const given = flags.get(flag);
    if (given === undefined) continue;
    const [first = ''] = given;
    if (kind === 'pairs') shown[name] = Object.fromEntries(given.map((pair) => pairOf(pair, flag)));
    else if (kind === 'switch') shown[name] = true;
    else if (kind === 'off') shown[name] = false;
    else if (kind === 'level') shown[name] = first === '' ? true : Number(first);
    else if (kind === 'number') shown[name] = numberOf(first);
    else if (kind === 'texts' || kind === 'paths') shown[name] = given.length === 1 ? first : given;
    else if (kind === 'time') shown[name] = /^\d{5,}$/.test(first) ? Number(first) : first;
    else shown[name] = first;
  }
  return shown;
}

function pairOf(pair: string, flag: string): [string, unknown] {
  const at = pair.indexOf('=');
  const [key, text] = [pair.slice(0, at), pair.slice(at + 1)];
  if (flag === 'column' && text === 'none') return [key, false];
  try {
    const value = JSON.parse(text) as unknown;
    // A number that would be written in another way, such as 007 or 1e400, stays a text.
    return [key, typeof value === 'number' && String(value) !== text ? text : value];
  } catch {
    return [key, text];
  }
}

function numberOf(text: string): number | string {
  const value = Number(text.replaceAll('_', ''));
  return text.trim() !== '' && Number.isFinite(value) ? value : text;
}
