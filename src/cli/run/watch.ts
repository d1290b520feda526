/** `nextbar run --watch`: repeats the run whenever the strategy file changes, and refreshes the page in the browser. */
import { watch as watchFolder, type FSWatcher } from 'node:fs';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { basename, dirname, resolve } from 'node:path';

import { messageOf, type Timer } from '../../core/index.ts';
import { renderReport } from '../../report/index.ts';
import { change, counted } from '../output/words.ts';
import { openInBrowser } from '../runs/open.ts';
import type { CommandContext, GivenOptions } from '../shell/command.ts';
import { wholeNumber } from '../shell/options.ts';
import { usage } from '../shell/usage.ts';
import { holdCompiler } from './bundle.ts';
import { execute, type Executed } from './execute.ts';
import { reportOptions, writeOutputs } from './outputs.ts';

/** An editor writes a file in several steps: the run is repeated this long after the last, in milliseconds. */
const settleMs = 40;

/** Follows a strategy file until Ctrl-C. */
export async function watch(given: GivenOptions, context: CommandContext): Promise<number> {
  for (const name of ['json', 'quiet', 'png'])
    if (given.has(name)) throw usage(`--${name} and --watch cannot both be given`);
  const port = wholeNumber(given, 'port', 1, 65_535) ?? 0;
  const page = new FollowedPage(given, context);
  await page.run();
  const url = await page.serve(port);
  // Before the address is shown, so that no later change is missed.
  page.watchSources();
  const release = holdCompiler();
  context.stdout.write(`  ${url}  Ctrl-C ends\n`);
  if (context.stdout.isTTY === true) await openInBrowser(url, context);
  return new Promise((done) => {
    const end = (): void => {
      process.off('SIGINT', end);
      process.off('SIGTERM', end);
      page.close();
      release();
      done(0);
    };
    process.on('SIGINT', end);
    process.on('SIGTERM', end);
  });
}

/** The page of a run, its server, and the browsers that are connected. */
class FollowedPage {
  readonly #given: GivenOptions;
  readonly #context: CommandContext;
  readonly #viewers = new Set<ServerResponse>();
  readonly #watchers: FSWatcher[] = [];
  #server: Server | undefined;
  #html = '';
  #sources: readonly string[] = [];
  #pending: Timer | undefined;
  #isRunning = false;
  #isStale = false;

  constructor(given: GivenOptions, context: CommandContext) {
    this.#given = given;
    this.#context = context;
  }

  /** Makes the run and its page. A strategy that does not compile, or throws, leaves the last page with the error above it. */
  async run(): Promise<void> {
    if (this.#isRunning) {
      this.#isStale = true;
      return;
    }
    this.#isRunning = true;
    const { runtime, stdout, stderr } = this.#context;
    const started = runtime.elapsed();
    try {
      const executed = await execute(this.#given, this.#context, true);
      this.#html = await renderReport(executed.result, { ...reportOptions(this.#given, executed), live: '/changes' });
      await writeOutputs(this.#given, executed);
      this.#follow(executed);
      const { stats } = executed.result;
      stdout.write(`  ${change(stats.totalReturn)} in ${counted(stats.trades, 'trade')}, ${Math.round(runtime.elapsed() - started)} ms\n`); // prettier-ignore
      this.#send('changed', '');
    } catch (error) {
      if (this.#html === '') throw error;
      stderr.write(`  ${messageOf(error)}\n`);
      this.#send('failed', messageOf(error));
    } finally {
      this.#isRunning = false;
    }
    if (!this.#isStale) return;
    this.#isStale = false;
    await this.run();
  }

  /** Serves the page to this machine only and returns its address. */
  serve(port: number): Promise<string> {
    const server = createServer((request, response) => {
      if (request.url === '/changes') {
        response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
        response.write(': following\n\n');
        this.#viewers.add(response);
        response.on('close', () => this.#viewers.delete(response));
      } else if (request.url === '/') {
        response.writeHead(200, { 'content-type': 'text/html; charset=utf-8', 'cache-control': 'no-store' });
        response.end(this.#html);
      } else response.writeHead(404).end();
    });
    this.#server = server;
    return new Promise((done, fail) => {
      server.on('error', (error: NodeJS.ErrnoException) => {
        fail(error.code === 'EADDRINUSE' ? usage(`--port ${port} is taken: choose another`) : error);
      });
      server.listen(port, '127.0.0.1', () => {
        done(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
      });
    });
  }

  /** Watches the folders of the strategy and of what it imports: editors replace files, and a watched file would be lost. */
  watchSources(): void {
    for (const watcher of this.#watchers.splice(0)) watcher.close();
    const folders = new Map<string, Set<string>>();
    for (const path of this.#sources) {
      const names = folders.get(dirname(path)) ?? new Set<string>();
      folders.set(dirname(path), names.add(basename(path)));
    }
    for (const [folder, names] of folders) {
      const watcher = watchFolder(folder, (_event, name) => {
        if (name !== null && names.has(name)) this.#changed();
      });
      // The next run reports a removed folder.
      watcher.on('error', () => undefined);
      this.#watchers.push(watcher);
    }
  }

  close(): void {
    this.#pending?.cancel();
    for (const watcher of this.#watchers) watcher.close();
    for (const viewer of this.#viewers) viewer.end();
    this.#server?.close();
    this.#server?.closeAllConnections();
  }

  #changed(): void {
    this.#pending?.cancel();
    this.#pending = this.#context.runtime.after(settleMs, () => {
      void this.run();
    });
  }

  #follow({ file, sources }: Executed): void {
    const folder = dirname(resolve(file));
    const paths = sources.map(({ path }, k) => (k === 0 ? resolve(file) : resolve(folder, path)));
    if (paths.join('|') === this.#sources.join('|')) return;
    this.#sources = paths;
    if (this.#watchers.length > 0) this.watchSources();
  }

  #send(event: string, data: string): void {
    const lines = data.split('\n').map((line) => `data: ${line}`);
    for (const viewer of this.#viewers) viewer.write(`event: ${event}\n${lines.join('\n')}\n\n`);
  }
}
