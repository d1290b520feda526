/** `nextbar logs`: the structured log of a session, old files first. */
import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';

import { formatTime } from '../../core/index.ts';
import { holderOf } from '../live/session-home.ts';
import { printable } from '../output/printable.ts';
import type { Command, CommandContext, GivenOptions } from '../shell/command.ts';
import { flagsNamed } from '../shell/flags.ts';
import { wholeNumber } from '../shell/options.ts';
import { namedSession } from './find-session.ts';

const [defaultLines, oldFiles, followMs] = [50, 5, 250];

export const logsCommand: Command = {
  name: 'logs',
  about: 'Print the log of a session: orders, streams, messages and steps.',
  operands: 'SESSION',
  options: [
    ...flagsNamed('sessions'),
    { name: 'lines', value: 'N', about: 'The latest N entries (default 50; 0: all)' },
    { name: 'follow', about: 'Print new entries as the session writes them, until it ends' },
    { name: 'json', about: 'Print the entries as stored, as lines of JSON' },
  ],
  examples: ['nextbar logs my-session', 'nextbar logs my-session --follow --json'],
  run,
};

async function run(given: GivenOptions, context: CommandContext): Promise<number> {
  const { folder } = await namedSession('logs', given);
  const { stdout, runtime } = context;
  const path = join(folder, 'log.jsonl');
  const show = (lines: readonly string[]): void => {
    for (const line of lines) if (line !== '') stdout.write(given.has('json') ? `${line}\n` : textOf(line));
  };
  const files = [...Array.from({ length: oldFiles }, (_, k) => join(folder, `log-${oldFiles - k}.jsonl`)), path];
  const wanted = wholeNumber(given, 'lines', 0) ?? defaultLines;
  const all = files.filter(existsSync).flatMap((file) => readFileSync(file, 'utf8').split('\n').filter(Boolean));
  show(wanted === 0 ? all : all.slice(-wanted));
  if (!given.has('follow')) return 0;
  let from = existsSync(path) ? statSync(path).size : 0;
  for (let isOver = false; !isOver;) {
    isOver = (await holderOf(folder)) === undefined;
    const text = existsSync(path) ? readFileSync(path) : Buffer.alloc(0);
    // A new file has begun since.
    if (text.length < from) from = 0;
    const end = text.lastIndexOf(10) + 1;
    if (end > from) {
      show(text.subarray(from, end).toString('utf8').split('\n'));
      from = end;
    }
    if (!isOver) await runtime.sleep(followMs);
  }
  return 0;
}

/** An entry in one line of words. */
function textOf(line: string): string {
  try {
    const { time, event, ...rest } = JSON.parse(line) as { time?: number; event?: string; text?: string };
    const at = time === undefined ? '' : formatTime(Math.floor(time / 1000) * 1000);
    const order = (rest as { order?: { side: string; size: number; data: string; type: string; status: string; reason?: string | null } }).order; // prettier-ignore
    const { strategy } = rest as { strategy?: string };
    const whose = strategy === undefined ? '' : `${strategy}: `;
    const words =
      order === undefined
        ? (rest.text ?? JSON.stringify(rest))
        : `${whose}${order.side} ${order.size} ${order.data} ${order.type}: ${order.status}${(order.reason ?? undefined) === undefined ? '' : ` (${order.reason})`}`;
    return `${at}  ${(event ?? '').padEnd(9)} ${printable(words)}\n`;
  } catch {
    return `${printable(line)}\n`;
  }
}
