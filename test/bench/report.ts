/** Reports: what writing one adds to a run, its size and memory, and how quickly a browser opens and moves it. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

import { browserSwitches, findBrowser } from '../../src/report/index.ts';
import { dyadicBars, writeCsv } from './ground/bars.ts';
import { median, rounded } from './ground/clock.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const main = join(root, 'dist', 'cli', 'main.js');

/** Leaves the processor time and the largest resident set of the process it is loaded into in the file that `USE_FILE` names. */
const noteUse =
  'data:text/javascript,import { writeFileSync } from "node:fs";' +
  'process.on("exit", () => writeFileSync(process.env.USE_FILE, JSON.stringify(process.resourceUsage())));';

/** Processor time counts, not the clock: both are one thing on an idle machine, and only the first is steady on a busy one. */
interface Sample {
  readonly ms: number;
  readonly megabytes: number;
}

function runOnce(folder: string, csv: string, report?: string): Sample {
  const strategy = join(root, 'strategies', 'sma-cross.ts');
  const use = join(folder, 'use');
  const args = ['run', strategy, '--csv', csv, '--timeframe', '1m', '--cash', '100000000', '--commission', '0.001', '--no-keep']; // prettier-ignore
  if (report !== undefined) args.push('--report', report);
  const { status, stderr } = spawnSync(process.execPath, ['--import', noteUse, main, ...args], {
    encoding: 'utf8',
    env: { ...process.env, USE_FILE: use },
  });
  if (status !== 0) throw new Error(`nextbar run ended with ${String(status)}: ${stderr}`);
  const { userCPUTime, systemCPUTime, maxRSS } = JSON.parse(readFileSync(use, 'utf8')) as NodeJS.ResourceUsage;
  return { ms: (userCPUTime + systemCPUTime) / 1_000, megabytes: maxRSS / 1024 };
}

/** Measures the report of runs over 17,520, 100,000 and 1,000,000 bars. */
export async function measure(say: (line: string) => void): Promise<Record<string, unknown>> {
  const folder = mkdtempSync(join(tmpdir(), 'nextbar-bench-'));
  const figures: Record<string, unknown> = {};
  try {
    for (const [rows, rounds] of [
      [17_520, 7],
      [100_000, 5],
      [1_000_000, 3],
    ] as const) {
      const csv = join(folder, `${rows}.csv`);
      const page = join(folder, `${rows}.html`);
      writeCsv(csv, dyadicBars(rows, 12));
      runOnce(folder, csv, page);
      const plain: Sample[] = [];
      const reported: Sample[] = [];
      for (let round = 0; round < rounds; round++) {
        plain.push(runOnce(folder, csv));
        reported.push(runOnce(folder, csv, page));
      }
      const [runMs, reportMs] = [plain, reported].map((samples) => median(samples.map(({ ms }) => ms))) as [number, number]; // prettier-ignore
      const megabytes = Math.max(...reported.map((one) => one.megabytes));
      const fileMB = statSync(page).size / 1e6;
      say(`report ${rows} bars  run ${rounded(runMs, 0)} ms, with its report ${rounded(reportMs, 0)} ms (${rounded(reportMs / runMs, 2)} times), ${rounded(megabytes, 0)} MB resident, file ${rounded(fileMB, 2)} MB`); // prettier-ignore
      figures[`report${rows}`] = { runMs: rounded(runMs, 0), reportMs: rounded(reportMs, 0), rssMB: rounded(megabytes, 0), fileMB: rounded(fileMB, 2) }; // prettier-ignore
    }
    figures['reportPage'] = await inBrowser(join(folder, '1000000.html'), say);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  return { report: figures };
}

interface TraceEvent {
  readonly name: string;
  readonly ph: string;
  readonly ts: number;
  readonly dur?: number;
  /** Processor time of the thread, in microseconds. */
  readonly tdur?: number;
  readonly pid: number;
  readonly tid: number;
  readonly args?: { readonly name?: string };
}

/** What counts as script and layout in a trace. */
const work = new Set(['FunctionCall', 'EvaluateScript', 'FireAnimationFrame', 'EventDispatch', 'TimerFire', 'RunMicrotasks', 'Layout', 'UpdateLayoutTree', 'MinorGC', 'MajorGC']); // prettier-ignore

/** Milliseconds of script and layout on the page's thread between each frame and the next. */
export function frameWork(events: readonly TraceEvent[]): number[] {
  const threads = new Set(events.flatMap(({ name, args, pid, tid }) => (name === 'thread_name' && args?.name === 'CrRendererMain' ? [`${pid}/${tid}`] : []))); // prettier-ignore
  const own = events.filter(({ pid, tid }) => threads.has(`${pid}/${tid}`)).sort((a, b) => a.ts - b.ts);
  const frames = own.filter(({ name }) => name === 'FireAnimationFrame').map(({ ts }) => ts);
  const spans = own.filter(({ name, dur }) => work.has(name) && dur !== undefined);
  const sums = new Array<number>(Math.max(0, frames.length - 1)).fill(0);
  let until = -Infinity;
  for (const { ts, dur, tdur } of spans) {
    // Spans lie within each other: only the outer one counts.
    if (ts < until) continue;
    until = ts + dur!;
    const frame = frames.findLastIndex((at) => ts >= at);
    if (frame >= 0 && frame < sums.length) sums[frame]! += (tdur ?? dur!) / 1_000;
  }
  return sums;
}

async function inBrowser(path: string, say: (line: string) => void): Promise<unknown> {
  const executablePath = findBrowser();
  if (executablePath === undefined) {
    say('report in a browser  skipped: no Chromium was found');
    return undefined;
  }
  const { chromium } = await import('playwright-core');
  const browser = await chromium.launch({ executablePath, args: [...browserSwitches] });
  try {
    const opened: number[] = [];
    const used: number[] = [];
    const system = await browser.newBrowserCDPSession();
    const renderers = async (): Promise<number> => {
      const { processInfo } = await system.send('SystemInfo.getProcessInfo');
      return processInfo.reduce((sum, { type, cpuTime }) => sum + (type === 'renderer' ? cpuTime * 1_000 : 0), 0);
    };
    let page = await browser.newPage({ viewport: { width: 1280, height: 900 } });
    for (let round = 0; round < 3; round++) {
      const old = page;
      page = await browser.newPage({ viewport: { width: 1280, height: 900 } });
      await old.close();
      const before = await renderers();
      const start = performance.now();
      await page.goto(pathToFileURL(path).href);
      await page.waitForSelector('html[data-ready=yes]');
      opened.push(performance.now() - start);
      used.push((await renderers()) - before);
    }
    const canvas = page.locator('[data-price="0"] .canvas');
    await canvas.scrollIntoViewIfNeeded();
    const box = (await canvas.boundingBox())!;
    await page.mouse.move(box.x + 300, box.y + 200);
    await browser.startTracing(page, { categories: ['devtools.timeline', 'v8', 'disabled-by-default-devtools.timeline'] }); // prettier-ignore
    for (let drag = 0; drag < 4; drag++) {
      await page.mouse.move(box.x + 200, box.y + 200);
      await page.mouse.down();
      for (let step = 1; step <= 40; step++) {
        await page.mouse.move(box.x + 200 + step * 20, box.y + 200);
        await page.waitForTimeout(16);
      }
      await page.mouse.up();
      await page.waitForTimeout(200);
    }
    const trace = JSON.parse((await browser.stopTracing()).toString()) as { readonly traceEvents: TraceEvent[] };
    const frames = frameWork(trace.traceEvents).filter((ms) => ms > 0).sort((a, b) => a - b); // prettier-ignore
    const at = (share: number): number => rounded(frames[Math.floor((frames.length - 1) * share)]!, 2);
    const found = { openMs: rounded(median(opened), 0), openProcessorMs: rounded(median(used), 0), frames: frames.length, medianMs: at(0.5), p95Ms: at(0.95), longestMs: at(1) }; // prettier-ignore
    say(`report of 1000000 bars in Chromium  open in ${found.openMs} ms, ${found.openProcessorMs} ms of them processor time; script and layout of a frame of a pan ${found.medianMs} ms (median), ${found.p95Ms} ms (p95), ${found.longestMs} ms (longest of ${found.frames})`); // prettier-ignore
    return found;
  } finally {
    await browser.close();
  }
}
