/** Errors as a person at a terminal should see them, and the exit codes they stand for. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

import {
  ConfigError,
  DataError,
  formatTime,
  messageOf,
  OrderError,
  StrategyError,
  TradingError,
} from '../../core/index.ts';
import { printable } from '../output/printable.ts';
import type { CommandContext, OptionSpec } from './command.ts';
import { painter } from './paint.ts';
import { UsageError } from './usage.ts';

/** A place in the user's own code. */
interface Frame {
  readonly what: string;
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/** 2 where usage or input is wrong, else 1. */
export function exitCodeOf(error: unknown): number {
  // A full disk is not wrong input.
  if (error instanceof TradingError && (error.code === 'disk-full' || error.code === 'io-error')) return 1;
  return error instanceof UsageError ||
    error instanceof ConfigError ||
    error instanceof DataError ||
    error instanceof OrderError
    ? 2
    : 1;
}

/**
 * An error about an option of the library, reworded to name the flag: `timeFormat must be ...` becomes
 * `--time-format must be ...`. Other errors are returned as they are.
 */
export function inFlags(error: unknown, options: readonly OptionSpec[]): unknown {
  if (!(error instanceof ConfigError || error instanceof DataError)) return error;
  let { message } = error;
  const camelOf = (name: string): string => name.replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase());
  const own = new Set(options.map(({ name }) => camelOf(name)));
  for (const { name, api: others = [] } of options) {
    const camel = camelOf(name);
    // Where two flags may be meant, the one of this very name is.
    const api = others.filter((one) => !own.has(one));
    const names = [...new Set([...api, camel])].join('|');
    message = message
      .replace(new RegExp(`^(unknown )?(?:${names})(?= (?:must|is|are|needs?|takes?|cannot|was|and) |'? ?'| of \\S+ must| \\S+ (?:cannot|is|holds|reaches))`), `$1--${name}`)
      .replace(new RegExp(`^(unknown \\w+ in) (?:${names})(?= ')`), `$1 --${name}`)
      .replace(new RegExp(`(with|option|and|or|give) (?:${api.join('|') || camel}): \\{ (\\w+): \\.\\.\\. \\}`), `$1 --${name} $2=...`);
  } // prettier-ignore
  if (own.has('param')) message = message.replace(/^parameter '([^']+)'(?= has )/, '--param $1').replace(/^unknown parameter of/, 'unknown --param of'); // prettier-ignore
  if (message === error.message) return error;
  const { code, context, cause } = error;
  return new (error instanceof DataError ? DataError : ConfigError)(message, { code, context, cause });
}

/** Writes an error to stderr: what happened, where in the user's code, and when. Our own stack is not shown. */
export function reportFailure(error: unknown, context: CommandContext): void {
  const paint = painter(context.stderr, context.env);
  const lines = [paint.red('error: ') + textOf(error)];
  const origin = error instanceof StrategyError ? error.cause : error;
  const isStrategy = error instanceof StrategyError && error.code !== 'compile';
  if (isStrategy && origin instanceof Error && !(origin instanceof TradingError)) {
    lines.push(`  cause     ${printable(`${origin.name}: ${messageOf(origin)}`)}`);
  }
  const frames = error instanceof UsageError ? [] : framesOf(origin);
  const [first] = frames;
  if (first !== undefined) {
    lines.push(`  at        ${placeOf(first)}${first.what === '' ? '' : paint.dim(` in ${first.what}`)}`);
    const source = sourceLine(first);
    if (source !== undefined) lines.push(paint.dim(`            ${first.line} | ${printable(source)}`));
    const missing =
      origin instanceof TypeError && source !== undefined ? missingLine(source, origin.message) : undefined;
    if (missing !== undefined) lines.push(`  hint      ${missing}`);
    for (const frame of frames.slice(1, 3)) lines.push(paint.dim(`  from      ${placeOf(frame)}`));
  }
  if (isStrategy) {
    const { strategy, symbol, time } = error.context;
    const when = typeof time === 'number' ? `bar of ${formatTime(time)}` : 'before the first bar';
    lines.push(`  strategy  ${String(strategy)}, ${String(symbol)}, ${when}`);
  } else if (!isExplained(error) && first === undefined && error instanceof Error) {
    lines.push(paint.dim(error.stack?.split('\n').slice(1).join('\n') ?? ''));
  }
  context.stderr.write(`${lines.join('\n')}\n`);
}

/** Whether the message of an error says all: one of this package, or of the system about a file or a connection. */
function isExplained(error: unknown): error is Error {
  return error instanceof TradingError || error instanceof UsageError || (error instanceof Error && 'syscall' in error);
}

function textOf(error: unknown): string {
  if (isExplained(error)) return printable(error.message);
  return printable(error instanceof Error ? `${error.name}: ${messageOf(error)}` : `thrown: ${String(error)}`);
}

/** The frames of an error that are neither this package's nor Node's nor a dependency's. */
function framesOf(error: unknown): Frame[] {
  if (!(error instanceof Error) || error.stack === undefined) return [];
  const ours = packageFolder();
  const frames: Frame[] = [];
  for (const text of error.stack.split('\n')) {
    const match = /^\s+at (?:(.*?) \()?(?:async )?((?:file:\/\/|\/|[A-Za-z]:\\).*?):(\d+):(\d+)\)?$/.exec(text);
    if (match === null) continue;
    const [, what = '', place = '', line, column] = match;
    const file = place.startsWith('file:') ? fileURLToPath(place) : place;
    const isOurs = file.startsWith(`${ours}dist${sep}`) || file.startsWith(`${ours}src${sep}`);
    if (isOurs || /[\\/]node_modules[\\/]/.test(file) || file.endsWith('.nextbar.mjs')) continue;
    frames.push({ what: nameOf(what), file, line: Number(line), column: Number(column) });
  }
  return frames;
}

/** The folder of this package, with its sources: frames of both are ours. */
function packageFolder(): string {
  return dirname(createRequire(import.meta.url).resolve('nextbar/package.json')) + sep;
}

/** The function of a frame as its author calls it. */
function nameOf(what: string): string {
  if (what === '<anonymous>') return '';
  return what.replace(/^(?:new )?(.*?)\.?<instance_members_initializer>$/, 'a field of $1');
}

/** What to do where a line was read that the feed does not have. */
function missingLine(source: string, message: string): string | undefined {
  const [, line] =
    /\bdatas?(?:\[\d+\])?[!?]*\.(funding|openInterest|quoteVolume|tradeCount|buyVolume)\b/.exec(source) ?? [];
  if (line === undefined || !message.includes('undefined')) return undefined;
  const absent = `data.${line} is undefined where the feed does not state it`;
  if (line !== 'funding' && line !== 'openInterest') return `${absent}; read data.${line}?.now`;
  const flag = line === 'funding' ? '--funding' : '--open-interest';
  const method = line === 'funding' ? 'subscribeFunding' : 'subscribeOpenInterest';
  return `${absent}: ${flag} adds it to history; a session has it as data.stream?.${line} after ${method}() of its feed`;
}

function placeOf({ file, line, column }: Frame): string {
  const near = relative('', file);
  return `${near.startsWith('..') ? file : near}:${line}:${column}`;
}

function sourceLine({ file, line }: Frame): string | undefined {
  try {
    return readFileSync(file, 'utf8').split('\n')[line - 1]?.trim();
  } catch {
    return undefined;
  }
}
