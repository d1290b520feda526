/** Comparisons, sweeps and odd runs in a real browser: no error, no request, nothing wider than the page, no fault of accessibility. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

import { chromium, type Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { BarsDataFeed, Cerebro, crossover, GeneratedDataFeed, sma, Strategy, type RunResult } from 'nextbar';
import {
  keptRunOf,
  writeComparison,
  writeReport,
  writeSweepReport,
  writeWalkReport,
  type ComparedRun,
} from 'nextbar/report';
import { optimize, walkForward } from 'nextbar/research';

import { browserSwitches, findBrowser } from '../../src/report/browser.ts';

const executablePath = findBrowser();
const evil = '<script>document.title = "taken"</script><img src=x onerror=document.title="taken">';

class Cross extends Strategy<typeof Cross.params> {
  static readonly params = { fast: 3, slow: 8, label: evil };
  readonly fast = sma(this.data.close, this.params.fast);
  readonly slow = sma(this.data.close, this.params.slow);
  readonly cross = crossover(this.fast, this.slow);
  override next(): void {
    if (this.cross.now > 0) this.buy({ tag: evil });
    else if (this.cross.now < 0) this.close();
  }
}

/** A wave of prices around a level. */
function wave(level: number, cash: number): Promise<RunResult> {
  const bars = Array.from({ length: 300 }, (_, i) => {
    const price = level * (1 + 0.3 * Math.sin(i / 20));
    return {
      time: Date.UTC(2024, 0, 1) + i * 3_600_000,
      open: price,
      high: price * 1.01,
      low: price * 0.99,
      close: price * 1.002,
      volume: 5,
    };
  });
  return new Cerebro({ cash })
    .addData(new BarsDataFeed({ bars, timeframe: '1h', symbol: 'PEPE/USDT', name: evil }))
    .addStrategy(Cross)
    .run();
}

function swept(): Cerebro {
  const feed = new GeneratedDataFeed({ timeframe: '1h', seed: 1, count: 900, start: '2024-01-01' });
  return new Cerebro({ commission: 0.001 }).addData(feed).optStrategy(Cross, { fast: [3, 5], slow: [8, 12, 20] });
}

/** Trades two of thirty datas. */
class Several extends Strategy {
  override next(): void {
    if (this.data.length !== 20 && this.data.length !== 40) return;
    for (const k of [2, 5]) {
      const data = this.getData(`S${k}/USDT`);
      if (this.data.length === 20) this.buy({ data, size: 1 });
      else this.close({ data });
    }
  }
}
function many(): Promise<RunResult> {
  const cerebro = new Cerebro({ cash: 10_000 }).addStrategy(Several);
  const bars = [...Array(62).keys()]
    .filter((i) => i !== 10 && i !== 11)
    .map((i) => ({ time: Date.UTC(2024, 0, 1) + i * 86_400_000, open: 9, high: 9, low: 9, close: 9, volume: 1 }));
  cerebro.addData(new BarsDataFeed({ bars, timeframe: '1d', symbol: 'S0/USDT', validation: { gaps: 'report' } }));
  for (let k = 1; k < 30; k++)
    cerebro.addData(
      new GeneratedDataFeed({ timeframe: '1d', seed: k + 1, count: 60, price: 100, symbol: `S${k}/USDT`, start: '2024-01-01' }),
    ); // prettier-ignore
  return cerebro.run();
}

describe.skipIf(executablePath === undefined)('a page in a browser', () => {
  const folder = mkdtempSync(join(tmpdir(), 'nextbar-pages-'));
  const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
  let browser: Browser;

  beforeAll(async () => {
    const runs = await Promise.all([wave(1e-9, 1e4), wave(3e11, 1e18), wave(100, 1e4)]);
    for (const [k, name] of ['tiny', 'huge', 'usual'].entries()) await writeReport(join(folder, `${name}.html`), runs[k]!, { title: evil });
    const command = `nextbar run several.ts ${[...Array(30).keys()].map((k) => `--csv S${k}=prices/of/this/year/S${k}.csv`).join(' ')}`;
    await writeReport(join(folder, 'many.html'), await many(), { command });
    const kept = runs.map((run, k): ComparedRun => {
      const { detail, ...row } = keptRunOf(run);
      return { name: k === 1 ? evil : `run ${k}`, run: { id: k, time: 1_700_000_000_000, tags: [evil, ''], note: evil, ...row } as unknown as ComparedRun['run'], detail: detail as ComparedRun['detail'] };
    });
    await writeComparison(join(folder, 'compare.html'), kept, { title: evil });
    await writeSweepReport(join(folder, 'sweep.html'), await optimize(swept()), { title: evil });
    await writeWalkReport(join(folder, 'walk.html'), await walkForward(swept(), { folds: 3 }), { title: evil });
    browser = await chromium.launch({ executablePath: executablePath!, args: [...browserSwitches] });
  }, 240_000);
  afterAll(async () => {
    await browser.close();
    rmSync(folder, { recursive: true, force: true });
  });

  it.each(['tiny', 'huge', 'usual', 'many', 'compare', 'sweep', 'walk'])('%s: clean, whole and accessible, dark and light, wide and narrow', async (name) => {
    for (const [colorScheme, width] of [['light', 1280], ['dark', 390]] as const) {
      const page = await browser.newPage({ colorScheme, viewport: { width, height: 900 } });
      const seen: string[] = [];
      page.on('console', (message) => seen.push(message.text()));
      page.on('pageerror', (error) => seen.push(error.message));
      const url = pathToFileURL(join(folder, `${name}.html`)).href;
      page.on('request', (request) => {
        if (request.url() !== url && !request.url().startsWith('data:,')) seen.push(request.url());
      });
      await page.goto(url);
      await page.waitForSelector('html[data-ready=yes]');
      expect(seen).toEqual([]);
      expect(await page.title()).not.toBe('taken');
      expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width);
      const crowded = await page.evaluate(() => [...document.querySelectorAll<HTMLElement>('.tile')].filter((tile) => tile.scrollWidth > tile.clientWidth).map((tile) => tile.textContent));
      expect(crowded).toEqual([]);
      await page.evaluate(axe);
      const faults = await page.evaluate(async () => {
        const { violations } = await (globalThis as unknown as { axe: { run(): Promise<{ violations: { id: string; nodes: { html: string }[] }[] }> } }).axe.run();
        return violations.map(({ id, nodes }) => `${id}: ${nodes.slice(0, 3).map(({ html }) => html.slice(0, 160)).join(' | ')}`);
      });
      expect(faults).toEqual([]);
      await page.close();
    }
  }, 120_000);

  it('shows prices far below the eighth decimal, and draws a portfolio of 1e18', async () => {
    const page = await browser.newPage();
    await page.goto(pathToFileURL(join(folder, 'tiny.html')).href);
    await page.waitForSelector('html[data-ready=yes]');
    const first = await page.locator('[data-table="trades"] tbody tr').first().textContent();
    expect(first).toMatch(/0\.000000000\d*[1-9]/);
    await page.goto(pathToFileURL(join(folder, 'huge.html')).href);
    await page.waitForSelector('html[data-ready=yes]');
    expect(await page.locator('.key', { hasText: 'Portfolio' }).first().textContent()).toMatch(/3,180,0\d\d,/);
    await page.close();
  }, 60_000);

  it('shows one of many datas at a time, the one that is chosen or whose trade or order is', async () => {
    const page = await browser.newPage();
    await page.goto(pathToFileURL(join(folder, 'many.html')).href);
    await page.waitForSelector('html[data-ready=yes]');
    const shown = (): Promise<(string | undefined)[]> =>
      page.evaluate(() =>
        [...document.querySelectorAll<HTMLElement>('[data-price]')]
          .filter(({ clientHeight }) => clientHeight > 0)
          .map((one) => one.dataset['price']),
      );
    expect(await shown()).toEqual(['2']);
    expect(await page.locator('[data-price="7"] canvas').count()).toBe(0);
    await page.locator('#chosen-data').selectOption('7');
    await page.waitForSelector('[data-price="7"] canvas');
    expect(await shown()).toEqual(['7']);
    await page.locator('[data-table="trades"] tbody tr', { hasText: 'S5/USDT' }).click();
    await page.waitForSelector('[data-price="5"] canvas');
    expect([await shown(), await page.locator('#chosen-data').inputValue()]).toEqual([['5'], '5']);
    await page.locator('[data-table="orders"] tbody tr', { hasText: 'S2/USDT' }).first().click();
    expect(await shown()).toEqual(['2']);
    await page.emulateMedia({ media: 'print' });
    await page.waitForSelector('[data-price="2"] canvas.printed');
    expect(await page.locator('[data-price="5"] canvas.printed').count()).toBe(0);
    await page.setViewportSize({ width: 700, height: 1000 });
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(700);
    await page.setViewportSize({ width: 1280, height: 900 });
    await page.emulateMedia({ media: 'screen' });
    expect(await page.locator('.eyebrow').textContent()).toMatch(/S2\/USDT 1d · and 27 more$/);
    expect(await page.locator('#data tbody tr').count()).toBe(30);
    expect(await page.locator('#data tbody tr').first().textContent()).toContain('1 gap, 2 bars missing');
    const warning = '1 gap (2 of 62 bars missing)';
    expect(await page.locator('.warned li', { hasText: warning }).count()).toBe(1);
    expect(await page.locator('#setup', { hasText: warning }).count()).toBe(0);
    expect(await page.locator('#setup code', { hasText: 'S29.csv' }).isVisible()).toBe(false);
    await page.locator('#setup summary', { hasText: 'nextbar run' }).click();
    expect(await page.locator('#setup code', { hasText: 'S29.csv' }).isVisible()).toBe(true);
    await page.close();
  }, 60_000);
}); // prettier-ignore
