/** The whole process on a CSV, from start to printed summary: wall time and memory. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { dyadicBars, writeCsv } from './ground/bars.ts';
import { median, rounded } from './ground/clock.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const main = join(root, 'dist', 'cli', 'main.js');

/** Leaves the largest resident set of the process it is loaded into, in kilobytes, in the file that `RSS_FILE` names. */
const noteMemory =
  'data:text/javascript,import { writeFileSync } from "node:fs";' +
  'process.on("exit", () => writeFileSync(process.env.RSS_FILE, String(process.resourceUsage().maxRSS)));';

function runOnce(csv: string, before: readonly string[] = [], env: Record<string, string> = {}): number {
  const strategy = join(root, 'strategies', 'sma-cross.ts');
  const args = ['run', strategy, '--csv', csv, '--timeframe', '1m', '--cash', '100000000', '--commission', '0.001'];
  const start = performance.now();
  const { status, stdout, stderr } = spawnSync(process.execPath, [...before, main, ...args], {
    encoding: 'utf8',
    env: { ...process.env, ...env },
  });
  const ms = performance.now() - start;
  if (status !== 0) throw new Error(`nextbar run ended with ${String(status)}: ${stderr}`);
  if (stdout.length < 200) throw new Error(`nextbar run printed no summary: ${stdout}`);
  return ms;
}

function megabytes(csv: string, folder: string): number {
  const file = join(folder, 'rss');
  const seen = Array.from({ length: 3 }, () => {
    runOnce(csv, ['--import', noteMemory], { RSS_FILE: file });
    return Number(readFileSync(file, 'utf8')) / 1024;
  });
  return Math.max(...seen);
}

/** Runs `nextbar run` on 100,000 and on 1,000,000 rows. */
export async function measure(say: (line: string) => void): Promise<Record<string, unknown>> {
  const folder = mkdtempSync(join(tmpdir(), 'nextbar-bench-'));
  const figures: Record<string, unknown> = {};
  try {
    for (const [label, rows, seed] of [
      ['process100k', 100_000, 11],
      ['process1m', 1_000_000, 12],
    ] as const) {
      const csv = join(folder, `${label}.csv`);
      writeCsv(csv, dyadicBars(rows, seed));
      runOnce(csv);
      const walls = Array.from({ length: 7 }, () => runOnce(csv));
      const rssMB = rounded(megabytes(csv, folder), 0);
      const wallMs = rounded(median(walls), 0);
      figures[label] = { rows, wallMs, rssMB, wallsMs: walls.map((ms) => rounded(ms, 0)) };
      say(`${label}  ${wallMs} ms from start to summary (median of 7), at most ${rssMB} MB resident`);
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  return Promise.resolve(figures);
}
