/** `nextbar run --watch` in a real browser: a save refreshes the page, a mistake is shown above the last good one. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { chromium } from 'playwright-core';
import { afterAll, describe, expect, it } from 'vitest';

import { generateBars } from 'nextbar';

import { browserSwitches, findBrowser } from '../../src/report/browser.ts';
import { strategyText, WatchedRun } from './watched.ts';

const executablePath = findBrowser();
const main = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url));
const fromSources = ['--conditions=source', '--import', import.meta.resolve('tsx'), main];

describe.skipIf(executablePath === undefined)('a page that follows a strategy', () => {
  const watched = new WatchedRun();
  let code: number | null | undefined;
  afterAll(async () => {
    if (code === undefined) await watched.end();
  });

  it('is drawn again at every save, stays where it was, and shows what does not compile', async () => {
    const csv = join(watched.folder, 'bars.csv');
    const { time, open, high, low, close, volume } = generateBars({ seed: 3, timeframe: '1h', count: 1_500 });
    const rows = Array.from(time, (at, i) => [at, open[i], high[i], low[i], close[i], volume[i]].join(','));
    writeFileSync(csv, `timestamp,open,high,low,close,volume\n${rows.join('\n')}\n`);
    const url = await watched.start(fromSources, csv);
    const browser = await chromium.launch({ executablePath: executablePath!, args: [...browserSwitches] });
    try {
      const page = await browser.newPage({ viewport: { width: 1280, height: 900 } });
      const faults: string[] = [];
      page.on('pageerror', (error) => faults.push(error.message));
      await page.goto(url);
      await page.waitForSelector('html[data-ready=yes]');
      expect(await page.locator('.key').allTextContents()).not.toContain('sma(7)');
      expect(await page.locator('pre.source').textContent()).toContain('period 5');
      await page.evaluate(() => {
        scrollTo(0, 700);
      });
      watched.save(strategyText(7));
      await page.waitForFunction(() => document.querySelector('pre.source')?.textContent.includes('period 7') === true && document.documentElement.dataset['ready'] === 'yes'); // prettier-ignore
      await page.waitForFunction(() => Math.abs(scrollY - 700) < 2);
      watched.save('export class Broken {');
      await page.waitForFunction(() => document.getElementById('failed')?.hidden === false);
      expect(await page.locator('#failed').textContent()).toContain('does not compile');
      expect(await page.locator('pre.source').textContent()).toContain('period 7');
      watched.save(strategyText(9));
      await page.waitForFunction(() => document.querySelector('pre.source')?.textContent.includes('period 9') === true);
      await page.waitForSelector('html[data-ready=yes]');
      expect(await page.locator('#failed').isHidden()).toBe(true);
      expect(faults).toEqual([]);
    } finally {
      await browser.close();
    }
    code = await watched.end();
    expect(code).toBe(0);
  });
});
