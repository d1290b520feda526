/** A live session from its command line, as plain data: kept beside its journal, so that it can be set up again for a replay. */
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

import { ConfigError, formatTime, timeframe } from '../../core/index.ts';
import type { CommandContext, GivenOptions, OptionSpec } from '../shell/command.ts';
import { numberOption, usage } from '../shell/options.ts';
import { loadStrategy, parseParams } from '../run/strategy-file.ts';

/** What a session is set up with; no secrets. */
export interface LivePlan {
  readonly mode: 'paper' | 'sandbox';
  /** The strategy's file, absolute. */
  readonly file: string;
  readonly strategy: string;
  /** Parameters other than the defaults. */
  readonly params: Readonly<Record<string, unknown>>;
  readonly exchange: string;
  readonly symbols: readonly string[];
  readonly timeframe: string;
  readonly bars: 'trades' | 'venue';
  readonly history: number;
  /** Levels of the book that is followed; none without it. */
  readonly book?: number;
  readonly graceMs: number;
  readonly cash?: number;
  readonly commission?: number;
  readonly slippage?: number;
  /** Units of an order without a size. */
  readonly size?: number;
}

/** The options that `paper` and `trade` share. */
export const liveOptions: readonly OptionSpec[] = [
  { name: 'exchange', value: 'ID', about: "Any of ccxt's exchanges, such as binance" },
  { name: 'symbol', value: 'NAME', isRepeated: true, about: 'What is traded, such as BTC/USDT; several for several datas' },
  { name: 'timeframe', value: 'TF', about: 'The length of a bar: 5s, 1m, 15m, 1h ...' },
  { name: 'strategy', value: 'NAME', about: 'Which strategy, where the file has several' },
  { name: 'param', value: 'NAME=VALUE', isRepeated: true, about: 'A parameter of the strategy' },
  { name: 'history', value: 'N', about: 'Bars before the first live one (default 500)' },
  { name: 'bars', value: 'KIND', about: "trades: bars made of trades (default); venue: the exchange's own" },
  { name: 'book', value: 'LEVELS', isOptional: true, about: 'Follow the book too, so many levels a side (default 20)' },
  { name: 'cash', value: 'AMOUNT', about: 'Cash that the session trades with (default 10000)' },
  { name: 'commission', value: 'FRACTION', about: 'Of the traded value, 0.001 is 0.1 % (default 0)' },
  { name: 'size', value: 'UNITS', about: 'Units of an order without a size (default: invest 95 % of the value)' },
  { name: 'for', value: 'SPAN', about: 'End after so long, such as 30s, 10m or 8h (default: with Ctrl-C)' },
  { name: 'steps', value: 'N', about: 'End after so many bars' },
  { name: 'session', value: 'NAME', about: 'Name of the session (default: the mode and the time)' },
  { name: 'sessions', value: 'DIR', about: 'Where sessions are kept (default sessions)' },
  { name: 'no-journal', about: 'Keep no journal: the session cannot be replayed' },
  { name: 'url', value: 'URL', about: "Another server that speaks the exchange's language, such as nextbar venue" },
  { name: 'speed', value: 'N', about: 'With --url: its clock runs so many times as fast' },
  { name: 'json', about: 'What happens as lines of JSON on stdout, and nothing else there' },
  { name: 'quiet', about: 'Nothing while it runs, and no summary' },
]; // prettier-ignore

const spans: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** How long after a bar's end the clock closes it, by the exchange's clock. */
const graceMs = 2_000;

/** The plan that a command line describes; the strategy's file is loaded and its parameters are checked. */
export async function planOf(mode: LivePlan['mode'], given: GivenOptions): Promise<LivePlan> {
  const command = mode === 'paper' ? 'paper' : 'trade --sandbox';
  const [file, extra] = given.operands;
  if (file === undefined) throw usage(`which strategy? nextbar ${command} FILE --exchange ID --symbol NAME --timeframe TF`); // prettier-ignore
  if (extra !== undefined) throw usage(`one strategy file at a time, and '${extra}' is a second one`);
  if (given.has('json') && given.has('quiet')) throw usage('--json and --quiet cannot both be given');
  const [exchange, frame] = [given.get('exchange'), given.get('timeframe')];
  const symbols = given.all('symbol');
  if (exchange === undefined) throw usage('--exchange is missing, such as --exchange binance');
  if (symbols.length === 0) throw usage('--symbol is missing, such as --symbol BTC/USDT');
  if (frame === undefined) throw usage('--timeframe is missing, such as --timeframe 1m');
  const { unifiedSymbol } = await import('../../connectors/ccxt/index.ts');
  const bars = given.get('bars') ?? 'trades';
  if (bars !== 'trades' && bars !== 'venue') throw usage(`--bars must be trades or venue, was '${bars}'`);
  const cls = await loadStrategy(file, given.get('strategy'));
  const length = timeframe(frame).ms ?? Infinity;
  const numbers = (['cash', 'commission', 'size'] as const).map((name) => [name, numberOption(given, name)] as const);
  return {
    mode,
    file: resolve(file),
    strategy: cls.name,
    params: parseParams(cls, given.all('param')),
    exchange,
    symbols: symbols.map(unifiedSymbol),
    timeframe: frame,
    bars,
    history: wholeNumber(given, 'history', 0) ?? 500,
    ...(given.has('book') && { book: wholeNumber(given, 'book', 1) ?? 20 }),
    // What is short for a person is nothing for a clock that runs fast.
    graceMs: Math.round(Math.min(graceMs * speedOf(given), Math.max(graceMs, length))),
    ...Object.fromEntries(numbers.filter(([, value]) => value !== undefined)),
  };
}

/** How many times as fast the exchange's clock runs. */
export function speedOf(given: GivenOptions): number {
  const speed = numberOption(given, 'speed') ?? 1;
  if (!(speed > 0)) throw usage(`--speed must be above 0, was ${speed}`);
  if (speed !== 1 && !given.has('url')) throw usage('--speed needs --url: only a local exchange has a clock that runs fast'); // prettier-ignore
  return speed;
}

/** `--for 10m` in milliseconds; undefined when it was not given. */
export function spanOption(given: GivenOptions, name: string): number | undefined {
  const text = given.get(name);
  if (text === undefined) return undefined;
  const [, digits, unit] = /^(\d+(?:\.\d+)?)([smhd])$/.exec(text) ?? [];
  if (digits === undefined) throw usage(`--${name} must be a span such as 30s, 10m or 8h, was '${text}'`);
  return Number(digits) * spans[unit!]!;
}

/** A whole number of at least `least`; undefined when it was not given. */
export function wholeNumber(given: GivenOptions, name: string, least: number): number | undefined {
  const value = numberOption(given, name);
  if (value === undefined || (Number.isInteger(value) && value >= least)) return value;
  throw usage(`--${name} must be a whole number of at least ${least}, was ${value}`);
}

/** The folder of a session, and the files in it. */
export interface SessionFiles {
  readonly name: string;
  readonly folder: string;
  readonly plan: string;
  readonly journal: string;
  readonly intents: string;
  /** Bars of a test network or a local exchange, which must not lie among real ones. */
  readonly bars: string;
}

/** The files of the session that a command line begins, or goes on with. */
export function filesOf(mode: LivePlan['mode'], given: GivenOptions, context: CommandContext): SessionFiles {
  const stamp = formatTime(Math.floor(context.runtime.now() / 1000) * 1000).replace(/[^0-9]/g, '');
  const name = given.get('session') ?? `${mode}-${stamp}`;
  if (!/^[\w.-]+$/.test(name)) throw usage(`--session must be a name of letters, digits, dots and dashes, was '${name}'`); // prettier-ignore
  const folder = join(given.get('sessions') ?? 'sessions', name);
  if (mode === 'paper' && existsSync(join(folder, 'plan.json'))) {
    throw usage(`session ${name} is there already, and one on paper cannot go on after its end: choose another name`);
  }
  return filesIn(name, folder);
}

/** The files of a session that begins or goes on: each of its runs has a journal of its own. */
export function filesIn(name: string, folder: string): SessionFiles {
  const file = (what: string): string => join(folder, what);
  const journal = journalOf(folder, lastRun(folder) + 1);
  return { name, folder, plan: file('plan.json'), journal, intents: file('intents.db'), bars: file('bars') };
}

/** The journal of the last run of a session. */
export function lastJournal(folder: string): string {
  return journalOf(folder, Math.max(1, lastRun(folder)));
}

/** The number of the last run whose journal is there, 0 without one; those of earlier runs may have been put away. */
function lastRun(folder: string): number {
  if (!existsSync(folder)) return 0;
  const runs = readdirSync(folder).map((file) => /^journal(?:-(\d+))?\.db$/.exec(file));
  return Math.max(0, ...runs.map((found) => (found === null ? 0 : Number(found[1] ?? 1))));
}

function journalOf(folder: string, run: number): string {
  return join(folder, run === 1 ? 'journal.db' : `journal-${run}.db`);
}

/** Writes the plan of a session that begins. @throws {ConfigError} If a session goes on with another plan. */
export function keepPlan(plan: LivePlan, files: SessionFiles): void {
  mkdirSync(files.folder, { recursive: true });
  const text = `${JSON.stringify(plan, undefined, 2)}\n`;
  if (existsSync(files.plan) && readFileSync(files.plan, 'utf8') !== text) {
    throw new ConfigError(`session ${files.name} was set up otherwise, see ${files.plan}: choose another name`);
  }
  writeFileSync(files.plan, text);
}

/** The plan of a session that was. */
export function readPlan(folder: string): LivePlan {
  const path = join(folder, 'plan.json');
  if (!existsSync(path)) throw usage(`there is no session in ${folder}: it has no plan.json`);
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as LivePlan;
  } catch (cause) {
    throw new ConfigError(`${path} is not JSON`, { cause });
  }
}
