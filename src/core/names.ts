/** Checks of the names and kinds of values that a user wrote, with the nearest valid name, or the one of here, in the answer. */
import { ConfigError } from './errors.ts';

/** The candidate most similar to `name`; undefined when none is similar enough. */
export function nearestName(name: unknown, candidates: Iterable<string>): string | undefined {
  if (typeof name !== 'string' || name === '') return undefined;
  const wanted = name.toLowerCase();
  let best: string | undefined;
  let bestDistance = Math.max(2, Math.floor(wanted.length / 2)) + 1;
  for (const candidate of candidates) {
    const distance = editDistance(wanted, candidate.toLowerCase(), bestDistance);
    if (distance < bestDistance) {
      best = candidate;
      bestDistance = distance;
    }
  }
  return best;
}

/**
 * Throws a ConfigError for the first key of `given` that is not in `known`, or where it holds no names at all.
 *
 * @param what - What a name is, such as "option of Cerebro".
 */
export function checkNames(what: string, given: object, known: readonly string[]): void {
  if (!isRecord(given)) {
    const whole = what.replace(/\b(option|limit|setting|field)\b/, '$1s');
    throw new ConfigError(`${whole} must be an object, was ${shown(given)}`, { code: 'no-options' });
  }
  for (const key of Object.keys(given)) if (!known.includes(key)) throw unknownName(what, key, known);
}

/** Throws a ConfigError for the first of these options that is given and is neither true nor false. */
export function checkSwitches(given: object, names: readonly string[]): void {
  for (const name of names) {
    const value = (given as Readonly<Record<string, unknown>>)[name];
    if (value === undefined || typeof value === 'boolean') continue;
    throw new ConfigError(`${name} must be true or false, was ${shown(value)}`, { context: { field: name } });
  }
}

/** Throws a ConfigError where something has not the methods that are called on it. @param wanted - What it must be, for people. */
export function checkMethods(field: string, given: unknown, methods: readonly string[], wanted: string): void {
  const found =
    typeof given === 'object' || typeof given === 'function' ? (given as Record<string, unknown> | null) : null;
  if (found !== null && methods.every((method) => typeof found[method] === 'function')) return;
  throw new ConfigError(`${field} must be ${wanted}, was ${shown(given)}`, { context: { field } });
}

/**
 * Throws a ConfigError where something is not a function that can be called: a class is none.
 *
 * @param wanted - What it must be, for people.
 */
export function checkFunction(field: string, given: unknown, wanted: string): void {
  // The text of a class begins with its keyword, which no other function can be told apart by.
  if (typeof given === 'function' && !/^class\b/.test(Function.prototype.toString.call(given))) return;
  throw new ConfigError(`${field} must be ${wanted}, was ${shown(given)}`, { context: { field } });
}

/** A value as it is shown in a message: texts in quotes, objects by their names. */
export function shown(value: unknown): string {
  if (typeof value === 'string') return `'${value}'`;
  if (typeof value === 'bigint') return `${value}n`;
  if (typeof value === 'function') return value.name === '' ? 'a function' : value.name;
  if (typeof value !== 'object' || value === null) return String(value);
  if (Array.isArray(value)) return 'a list';
  const names = Object.keys(value);
  const kind = (value.constructor as { readonly name?: string } | undefined)?.name ?? 'Object';
  if (names.length === 0) return kind === 'Object' ? '{}' : `a ${kind}`;
  return `{ ${names.join(', ')} }`;
}

function isRecord(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Names that an error lists at most: a longer list hides the sentence. */
const mostListed = 40;

/** The error for a name that does not exist: "unknown option 'csh' of Cerebro: did you mean 'cash'?" */
export function unknownName(what: string, name: string, known: readonly string[]): ConfigError {
  const near = nearestName(name, known);
  const left = known.length - mostListed;
  const names = known.slice(0, mostListed).join(', ') + (left > 0 ? ` and ${left} more` : '');
  const listed = known.length === 0 ? 'there are none' : `known are ${names}`;
  const hint = near === undefined ? `; ${listed}` : `: did you mean '${near}'?`;
  return new ConfigError(`unknown ${what} '${name}'${hint}`, { code: 'unknown-name', context: { name, near } });
}

/** Damerau-Levenshtein distance (with swaps of neighbours), or `limit` when it is at least that. */
function editDistance(a: string, b: string, limit: number): number {
  if (Math.abs(a.length - b.length) >= limit) return limit;
  let older: number[] = [];
  let previous = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1];
      let cost = Math.min(previous[j - 1]! + (same ? 0 : 1), previous[j]! + 1, row[j - 1]! + 1);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) cost = Math.min(cost, older[j - 2]! + 1);
      row.push(cost);
    }
    older = previous;
    previous = row;
  }
  return previous[b.length]!;
}

/** By foreign name in lower case without signs: the names it may stand for here, the likeliest first. */
const foreign: Readonly<Record<string, readonly string[]>> = {
  dataname: ['path', 'symbol', 'bars'],
  csvfile: ['path'],
  file: ['path'],
  filename: ['path'],
  filepath: ['path'],
  fromdate: ['start'],
  startdate: ['start'],
  starttime: ['start'],
  from: ['start'],
  since: ['start'],
  todate: ['end'],
  enddate: ['end'],
  endtime: ['end'],
  to: ['end'],
  until: ['end'],
  ccxttimeframe: ['timeframe'],
  interval: ['timeframe'],
  granularity: ['timeframe'],
  freq: ['timeframe'],
  barsize: ['timeframe'],
  historicallimit: ['count'],
  ohlcvlimit: ['count'],
  limit: ['count'],
  nbars: ['count'],
  pair: ['symbol'],
  market: ['symbol'],
  ticker: ['symbol'],
  instrumentname: ['symbol'],
  exchangeid: ['exchange'],
  venue: ['exchange'],
  storagepath: ['folder'],
  cachedir: ['folder'],
  localstorage: ['folder'],
  dtformat: ['timeFormat'],
  datetimeformat: ['timeFormat'],
  separator: ['delimiter'],
  sep: ['delimiter'],
  symbolcol: ['symbolColumn'],
  datetimecol: ['columns'],
  headers: ['header'],
  tzinput: ['zone'],
  timezone: ['zone', 'tz'],
  reverse: ['order'],
  sessionendtime: ['sessionEnd'],
  sessionstarttime: ['sessionStart'],
  url: ['connection'],
  baseurl: ['connection', 'url'],
  apikey: ['connection'],
  secret: ['connection'],
  sandbox: ['connection'],
  testnet: ['connection'],
  ratelimit: ['connection'],
  enableratelimit: ['connection'],
  config: ['connection'],
  configfile: ['connection'],
  usecache: ['cache'],
  nocache: ['cache'],
};

/** Names that have no counterpart, and why. */
const without: Readonly<Record<string, string>> = {
  batchsize: 'pages are as large as the exchange serves them',
  backfill: 'what the bar store lacks is always downloaded',
  droplastcandle: 'the forming bar is never included',
  droponincomplete: 'the forming bar is never included',
};

/**
 * What to write in place of an option of another framework, as the end of a sentence; undefined where the name is not of one.
 *
 * @param known - The names that exist here.
 * @param spelled - How a name is written where it is asked for, such as `--start`.
 */
export function foreignHint(
  name: string,
  known: readonly string[],
  spelled: (name: string) => string = (here) => `'${here}'`,
): string | undefined {
  const plain = name.toLowerCase().replace(/[^a-z]/g, '');
  const here = (Object.hasOwn(foreign, plain) ? foreign[plain]! : []).find((one) => known.includes(one));
  if (here !== undefined) return `the name here is ${spelled(here)}`;
  return Object.hasOwn(without, plain) ? `leave it out, ${without[plain]!}` : undefined;
}

/** @throws {ConfigError} For an option that does not exist; the message names the right one. */
export function checkFeedNames(what: string, options: object, known: readonly string[]): void {
  for (const key of Object.keys(options)) {
    if (known.includes(key)) continue;
    const hint = foreignHint(key, known);
    if (hint === undefined) continue;
    throw new ConfigError(`unknown option of ${what} '${key}': ${hint}`, {
      code: 'unknown-name',
      context: { name: key, near: /^the name here is '(.*)'$/.exec(hint)?.[1] },
    });
  }
  checkNames(`option of ${what}`, options, known);
}

/** Each name, with a number behind it (`SmaCross#2`) where several are the same. */
export function distinctNames(names: readonly string[]): readonly string[] {
  const seen = new Map<string, number>();
  return names.map((name) => {
    if (names.indexOf(name) === names.lastIndexOf(name)) return name;
    const number = (seen.get(name) ?? 0) + 1;
    seen.set(name, number);
    return `${name}#${number}`;
  });
}
