/** `nextbar open`: shows a report in the browser, that of a kept run or a file. */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { makeFolders } from '../../core/index.ts';

import { hashesOf, writeReport } from '../../report/index.ts';
import { reportOptions } from '../run/outputs.ts';
import type { Command, CommandContext, GivenOptions } from '../shell/command.ts';
import { flagsNamed } from '../shell/flags.ts';
import { onlyOperand } from '../shell/options.ts';
import { usage } from '../shell/usage.ts';
import { runsFolder, withRuns } from './registry.ts';
import { makeAgain } from './repeat.ts';

export const openCommand: Command = {
  name: 'open',
  about: 'Open the report of a kept run, or a file, in the browser.',
  operands: 'ID|FILE',
  options: [{ name: 'print', about: 'Print the address instead of opening it' }, ...flagsNamed('folder')],
  examples: ['nextbar open last', 'nextbar open sma.html'],
  run: open,
};

async function open(given: GivenOptions, context: CommandContext): Promise<number> {
  const name = onlyOperand(given, 'what? nextbar open ID|FILE', 'report');
  if (/\.html?$/i.test(name) && !existsSync(name)) throw usage(`there is no file ${name}`);
  const path = existsSync(name) && !/^\d+$/.test(name) ? resolve(name) : await reportOf(given, context, name);
  const url = pathToFileURL(path).href;
  context.stdout.write(`${url}\n`);
  if (!given.has('print')) await openInBrowser(url, context);
  return 0;
}

/** The report of a kept run; it is made where there is none. */
async function reportOf(given: GivenOptions, context: CommandContext, name: string): Promise<string> {
  const run = await withRuns(given, context, (store) => store.find(name));
  const known = run.files['report'];
  if (known !== undefined && existsSync(known)) return known;
  if (run.kind === 'study') {
    const again =
      run.command.length === 0 ? 'run the sweep again' : 'run its command again, which nextbar runs show prints';
    throw usage(
      `the report of the study ${run.id} ${known === undefined ? 'was not kept' : `is not at ${known} any more`}: ${again}`,
    );
  }
  const folder = join(resolve(runsFolder(given)), 'reports');
  const path = join(folder, `run-${run.id}.html`);
  if (!existsSync(path)) {
    const { given: asked, executed } = await makeAgain(run, context);
    if (hashesOf(executed.result).result !== run.hash) {
      context.stderr.write(`warning: run ${run.id} trades differently now, and the report shows the run of now: see nextbar runs repeat ${run.id}\n`); // prettier-ignore
    }
    makeFolders(folder);
    await writeReport(path, executed.result, reportOptions(asked, executed));
  }
  await withRuns(given, context, (store) => {
    store.addFile(run.id, 'report', path);
  });
  return path;
}

/** Opens an address in the system's browser. Where there is none, it prints the address. */
export function openInBrowser(url: string, context: CommandContext): Promise<void> {
  const own = context.env['BROWSER'];
  const [program, ...args] =
    own !== undefined && own !== ''
      ? [own, url]
      : process.platform === 'darwin'
        ? ['open', url]
        : process.platform === 'win32'
          ? ['cmd', '/c', 'start', '', url]
          : ['xdg-open', url];
  return new Promise((done) => {
    const child = spawn(program, args, { stdio: 'ignore', detached: true });
    child.on('error', () => {
      context.stderr.write(`no browser was found: open ${url} yourself\n`);
      done();
    });
    child.on('spawn', () => {
      child.unref();
      done();
    });
  });
}
