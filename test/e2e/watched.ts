/** `nextbar run --watch` as a process, over bars and a strategy file of its own. */
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A strategy whose title, period and mark can be changed by writing it again. */
export function strategyText(period: number, mark = `period ${period}`): string {
  return `import { crossover, sma, Strategy } from 'nextbar';
export class Watched extends Strategy {
  cross = crossover(sma(this.data.close, ${period}), sma(this.data.close, ${period * 3}));
  next() {
    if (this.cross.now > 0) { this.buy(); this.mark('${mark}'); }
    else if (this.cross.now < 0) this.close();
  }
}
`;
}

/** The command while it follows a file. */
export class WatchedRun {
  readonly folder = mkdtempSync(join(tmpdir(), 'nextbar-watch-'));
  readonly strategy = join(this.folder, 'watched.js');
  #child: ChildProcess | undefined;
  #output = '';

  /** Starts it and returns the address of its page. */
  async start(command: readonly string[], csv: string): Promise<string> {
    writeFileSync(this.strategy, strategyText(5));
    const args = [...command, 'run', this.strategy, '--csv', csv, '--timeframe', '1h', '--watch', '--no-keep'];
    const child = spawn(process.execPath, args, { cwd: this.folder, stdio: ['ignore', 'pipe', 'pipe'] });
    this.#child = child;
    return new Promise((done, fail) => {
      const take = (text: Buffer): void => {
        this.#output += text.toString();
        const url = /http:\/\/127\.0\.0\.1:\d+\//.exec(this.#output)?.[0];
        if (url !== undefined) done(url);
      };
      child.stdout.on('data', take);
      child.stderr.on('data', take);
      child.on('exit', (code) => {
        fail(new Error(`nextbar run --watch ended with ${String(code)}: ${this.#output}`));
      });
    });
  }

  /** Saves the strategy, as an editor does. */
  save(text: string): void {
    writeFileSync(this.strategy, text);
  }

  /** Ends it as Ctrl-C does, and returns its exit code. */
  async end(): Promise<number | null> {
    const child = this.#child!;
    const code = new Promise<number | null>((done) => child.once('exit', done));
    child.kill('SIGINT');
    const ended = await code;
    rmSync(this.folder, { recursive: true, force: true });
    return ended;
  }
}
