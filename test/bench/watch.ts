/** `nextbar run --watch`: from the save of a strategy file to the drawn page in Chromium, over 20,000 bars. */
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { browserSwitches, findBrowser } from '../../src/report/index.ts';
import { strategyText, WatchedRun } from '../e2e/watched.ts';
import { dyadicBars, writeCsv } from './ground/bars.ts';
import { median, rounded } from './ground/clock.ts';

const main = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));
const rounds = 9;

/** Measures it. */
export async function measure(say: (line: string) => void): Promise<Record<string, unknown>> {
  const executablePath = findBrowser();
  if (executablePath === undefined) {
    say('watch  skipped: no Chromium was found');
    return {};
  }
  const { chromium } = await import('playwright-core');
  const watched = new WatchedRun();
  const csv = join(watched.folder, 'bars.csv');
  const bars = dyadicBars(20_000, 11);
  writeCsv(csv, { ...bars, time: bars.time.map((time) => bars.time[0]! + (time - bars.time[0]!) * 60) });
  const url = await watched.start([main], csv);
  const browser = await chromium.launch({ executablePath, args: [...browserSwitches] });
  try {
    // The page forbids evaluation of text, which is how this bench looks at it.
    const page = await browser.newPage({ viewport: { width: 1280, height: 900 }, bypassCSP: true });
    await page.goto(url);
    await page.waitForSelector('html[data-ready=yes]');
    const found: number[] = [];
    for (let round = 0; round < rounds; round++) {
      const mark = `round ${round}`;
      const started = performance.now();
      watched.save(strategyText(6 + round, mark));
      await page.waitForFunction(
        `document.documentElement.dataset.ready === 'yes' && document.querySelector('pre.source')?.textContent.includes('${mark}')`,
        undefined,
        { polling: 5 },
      );
      found.push(performance.now() - started);
    }
    const ms = rounded(median(found), 0);
    say(`watch  ${ms} ms from save to picture over 20,000 bars (median of ${rounds}, ${rounded(Math.min(...found), 0)} to ${rounded(Math.max(...found), 0)} ms)`); // prettier-ignore
    return { watch: { ms, allMs: found.map((one) => rounded(one, 0)) } };
  } finally {
    await browser.close();
    await watched.end();
  }
}
