/** The report in a real browser: it opens from a file, asks for nothing, shows the result's numbers, and can be used by everyone. */
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

import { chromium, type Browser, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import type { RunResult } from 'nextbar';
import { metricDefinitions, writeReport } from 'nextbar/report';

import { browserSwitches, findBrowser } from '../../src/report/browser.ts';
import { sampleRun } from './sample.ts';

const executablePath = findBrowser();
if (executablePath === undefined) console.log('no Chromium was found: the tests of reports in a browser are skipped');

/** What the page hangs on its window. */
interface Hook {
  readonly prices: readonly {
    readonly element: HTMLElement;
    readonly chart: { takeScreenshot(withMarks: boolean): HTMLCanvasElement };
    readonly marks: {
      readonly trades: readonly { readonly ref: number }[];
      readonly chosen?: { readonly ref: number };
    };
    readonly orders: {
      readonly orders: readonly {
        readonly ref: number;
        readonly group: string;
        readonly from: number;
        readonly to: number;
      }[];
      readonly chosen?: { readonly ref: number };
      seen(from: number, to: number): readonly unknown[];
    };
    readonly view: { readonly visible: readonly [number, number] };
  }[];
}
declare const nextbar: Hook;

describe.skipIf(executablePath === undefined)('a report in a browser', () => {
  const folder = mkdtempSync(join(tmpdir(), 'nextbar-e2e-'));
  const path = join(folder, 'report.html');
  const seen: string[] = [];
  let browser: Browser;
  let page: Page;
  let result: RunResult;

  beforeAll(async () => {
    result = await sampleRun();
    await writeReport(path, result, { source: { path: 'sample.ts', text: "const evil = '</script><img src=x>';\n" } });
    browser = await chromium.launch({ executablePath: executablePath!, args: [...browserSwitches] });
    page = await browser.newPage({ viewport: { width: 1280, height: 900 } });
    page.on('console', (message) => seen.push(`console: ${message.text()}`));
    page.on('pageerror', (error) => seen.push(`error: ${error.message}`));
    page.on('request', (request) => {
      if (request.url() !== pathToFileURL(path).href && !request.url().startsWith('data:,'))
        seen.push(`request: ${request.url()}`);
    });
    await page.goto(pathToFileURL(path).href);
    await page.waitForSelector('html[data-ready=yes]');
  });
  afterAll(async () => {
    await browser.close();
    rmSync(folder, { recursive: true, force: true });
  });

  it('opens from a file without an error, a message or a request', () => {
    expect(seen).toEqual([]);
  });

  it('shows every figure of the result', async () => {
    for (const { key, text } of metricDefinitions) {
      const cell = page.locator(`[data-stat="${key}"]`);
      const value = result.stats[key];
      expect(await cell.textContent(), key).toBe(text(value));
      expect(await cell.getAttribute('data-value'), key).toBe(value === undefined ? '' : String(value));
    }
    const total = await page.locator('[data-metric="Total return"]').getAttribute('data-value');
    expect(Number(total)).toBe(result.stats.totalReturn);
  });

  it('has a mark for every trade, and no other', async () => {
    const [strategy] = result.strategies;
    const refs = await page.evaluate(() => nextbar.prices[0]!.marks.trades.map(({ ref }) => ref));
    expect(refs.sort((a, b) => a - b)).toEqual([...strategy!.trades, ...strategy!.openTrades].map(({ ref }) => ref).sort((a, b) => a - b)); // prettier-ignore
  });

  it('draws every order from its placing to its end, and hides what is filtered', async () => {
    const [strategy] = result.strategies;
    const all = strategy!.orders;
    const closeAt = await page.evaluate(() => {
      const { model } = nextbar as unknown as { model: { prices: { firstIndex: number; frameMs: number }[] } };
      return model.prices[0]!;
    });
    const start = result.datas[0]!.start;
    const drawn = await page.evaluate(() =>
      nextbar.prices[0]!.orders.orders.map(({ ref, group, from, to }) => ({ ref, group, from, to })),
    );
    const last = result.datas[0]!.bars - 1;
    const barOf = (time: number): number => Math.ceil((time - start) / closeAt.frameMs) - 1;
    const groups = { completed: 'filled', canceled: 'canceled', expired: 'canceled', margin: 'refused', rejected: 'refused' } as Readonly<Record<string, string>>; // prettier-ignore
    const wanted = all.map((order) => ({
      ref: order.ref,
      group: order.status === 'canceled' && order.filled > 0 ? 'filled' : (groups[order.status] ?? 'working'),
      from: barOf(order.createdTime),
      to: order.endedTime === undefined ? last : barOf(order.endedTime),
    }));
    expect(drawn.sort((a, b) => a.ref - b.ref)).toEqual(wanted.sort((a, b) => a.ref - b.ref));
    expect(new Set(drawn.map(({ group }) => group))).toEqual(new Set(['filled', 'working', 'canceled', 'refused']));
    const seen = (): Promise<number> => page.evaluate(() => nextbar.prices[0]!.orders.seen(0, 1e9).length);
    expect(await seen()).toBe(all.length);
    for (const group of ['filled', 'working', 'canceled', 'refused']) {
      const button = page.locator(`[data-price="0"] [data-filter="${group}"]`);
      const count = drawn.filter((one) => one.group === group).length;
      expect(await button.locator('b').textContent()).toBe(` ${count}`);
      await button.click();
      expect(await seen()).toBe(all.length - count);
      await button.click();
    }
    const table = page.locator('[data-table="orders"]');
    await table.locator('select[aria-label^="Status"]').selectOption('margin');
    await table.locator('tbody tr').first().click();
    const ref = Number(await table.locator('tr.chosen td').first().textContent());
    expect(await page.evaluate(() => nextbar.prices[0]!.orders.chosen?.ref)).toBe(ref);
    await table.locator('select[aria-label^="Status"]').selectOption('');
    await page.locator('[data-price="0"] .canvas').focus();
    await page.keyboard.press('Escape');
    expect(await page.evaluate(() => nextbar.prices[0]!.orders.chosen)).toBeUndefined();
  });

  it('holds the bars and values of the run', async () => {
    const bars = await page.evaluate(() => {
      const { model } = nextbar as unknown as { model: { prices: { bars: { length: number } }[] } };
      return model.prices.map((price) => price.bars.length);
    });
    expect(bars).toEqual(result.datas.map((data) => data.bars));
    // A pointer that rests on the chart would choose the bar that is shown.
    await page.mouse.move(0, 0);
    await page.locator('[data-performance] .canvas').scrollIntoViewIfNeeded();
    const shown = await page.locator('[data-performance] .key b').first().textContent();
    expect(Number(shown!.replaceAll(',', ''))).toBeCloseTo(result.finalValue, 2);
  });

  it('sorts and filters its tables, and shows their exact values', async () => {
    const table = page.locator('[data-table="trades"]');
    await table.locator('th[data-key="pnlNet"] button').click();
    await table.locator('th[data-key="pnlNet"] button').click();
    const [strategy] = result.strategies;
    const least = Math.min(...[...strategy!.trades, ...strategy!.openTrades].map(({ pnlNet }) => pnlNet));
    const column = await table.locator('thead th').evaluateAll((cells) => cells.findIndex((cell) => cell.getAttribute('data-key') === 'pnlNet')); // prettier-ignore
    const first = table.locator('tbody tr').first().locator('td').nth(column);
    expect(Number(await first.getAttribute('data-value'))).toBe(least);
    expect(await table.locator('th[data-key="pnlNet"]').getAttribute('aria-sort')).toBe('ascending');
    await table.locator('select[aria-label^="Side"]').selectOption('long');
    const longs = [...strategy!.trades, ...strategy!.openTrades].filter(({ isLong }) => isLong).length;
    expect(await table.locator('.pager [role=status]').textContent()).toContain(`of ${longs} (`);
    await table.locator('select[aria-label^="Side"]').selectOption('');
    const orders = page.locator('[data-table="orders"] .pager [role=status]');
    expect(await orders.textContent()).toContain(`of ${strategy!.orders.length}`);
  });

  it('brings a trade of the table into view on the chart, by pointer and by key', async () => {
    const table = page.locator('[data-table="trades"]');
    await table.locator('tbody tr').nth(3).click();
    const ref = Number(await table.locator('tr.chosen td').first().textContent());
    expect(await page.evaluate(() => nextbar.prices[0]!.marks.chosen?.ref)).toBe(ref);
    // In view, and it stays there.
    await page.waitForFunction(
      () => nextbar.prices[0]!.view.visible[0] <= (nextbar.prices[0]!.marks.chosen as unknown as { from: number }).from,
    );
    await page.waitForTimeout(400);
    const [from, to] = await page.evaluate(() => nextbar.prices[0]!.view.visible);
    const bar = await page.evaluate(() => (nextbar.prices[0]!.marks.chosen as unknown as { from: number }).from);
    expect([from <= bar, bar <= to]).toEqual([true, true]);
    await page.locator('[data-price="0"] .canvas').focus();
    await page.keyboard.press('n');
    await page.waitForFunction((before) => nextbar.prices[0]!.marks.chosen?.ref !== before, ref);
    const before = await page.evaluate(() => nextbar.prices[0]!.view.visible[0]);
    await page.keyboard.press('ArrowLeft');
    await page.waitForFunction((from) => nextbar.prices[0]!.view.visible[0] < from, before);
    await page.keyboard.press('Escape');
    expect(await page.evaluate(() => nextbar.prices[0]!.marks.chosen)).toBeUndefined();
  });

  it('changes its theme, and fits a phone at once, before its charts have followed', async () => {
    const ground = (): Promise<string> => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
    const light = await ground();
    await page.locator('#theme').click();
    expect(await ground()).not.toBe(light);
    await page.locator('#theme').click();
    await page.setViewportSize({ width: 390, height: 844 });
    const widest = await page.evaluate(() => {
      for (const { firstElementChild } of document.querySelectorAll('.canvas'))
        (firstElementChild as HTMLElement).style.width = '1200px';
      return document.documentElement.scrollWidth;
    });
    expect(widest).toBeLessThanOrEqual(390);
    await page.setViewportSize({ width: 1280, height: 900 });
    await page.waitForFunction(() => nextbar.prices[0]!.element.clientWidth > 1000);
  });

  it.each(['light', 'dark'] as const)('has no serious fault of accessibility in the %s theme', async (theme) => {
    await page.evaluate((name) => {
      document.documentElement.dataset['theme'] = name;
    }, theme);
    const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
    await page.evaluate(axe);
    const faults = await page.evaluate(async () => {
      const { violations } = await (globalThis as unknown as { axe: { run(): Promise<{ violations: { id: string; impact: string; nodes: { html: string; failureSummary: string }[] }[] }> } }).axe.run(); // prettier-ignore
      return violations
        .filter(({ impact }) => impact === 'serious' || impact === 'critical')
        .map(({ id, nodes }) => `${id}: ${nodes.slice(0, 3).map(({ html, failureSummary }) => `${html.slice(0, 160)} ${failureSummary}`).join(' | ')}`); // prettier-ignore
    });
    expect(faults).toEqual([]);
  });

  it('prints every section', async () => {
    const pdf = await page.pdf({ path: join(folder, 'report.pdf'), format: 'A4', printBackground: true });
    expect(pdf.length).toBeGreaterThan(50_000);
    expect(existsSync(join(folder, 'report.pdf'))).toBe(true);
    const ranges = (): Promise<string> =>
      page.evaluate(() => JSON.stringify(nextbar.prices.map(({ view }) => view.visible.map(Math.round))));
    const before = await ranges();
    await page.emulateMedia({ media: 'print' });
    await page.waitForSelector('canvas.printed');
    // A chart is printed as a picture, as wide as the paper whatever that is.
    const pictures = await page.evaluate(() =>
      [...document.querySelectorAll<HTMLCanvasElement>('.chartcard')].map((card) => {
        const picture = card.querySelector<HTMLCanvasElement>('canvas.printed');
        return (
          picture !== null &&
          picture.width > 100 &&
          picture.clientWidth <= card.clientWidth &&
          picture.clientWidth > 100
        );
      }),
    );
    expect(pictures).toEqual([true, true, true]);
    const hidden = await page.evaluate(() =>
      [...document.querySelectorAll('main > section')]
        .filter((section) => section.getBoundingClientRect().height < 20)
        .map(({ id }) => id),
    );
    await page.emulateMedia({ media: 'screen' });
    expect(hidden).toEqual([]);
    await page.waitForFunction(() => document.querySelectorAll('.printed').length === 0);
    expect(await ranges()).toBe(before);
  });

  it('prints the trades and orders of a chart', async () => {
    await page.emulateMedia({ media: 'print' });
    await page.waitForSelector('canvas.printed');
    const printed = await page.evaluate(() => {
      const { chart, element } = nextbar.prices[0]!;
      const picture = element.parentElement!.querySelector<HTMLCanvasElement>('canvas.printed')!.toDataURL();
      return [true, false].filter((withMarks) => chart.takeScreenshot(withMarks).toDataURL() === picture);
    });
    await page.emulateMedia({ media: 'screen' });
    expect(printed).toEqual([true]);
  });

  it('shows the source as text, whatever is in it', async () => {
    expect(await page.locator('pre.source').textContent()).toContain("'</script><img src=x>'");
    expect(await page.locator('img').count()).toBe(0);
    expect(seen).toEqual([]);
  });
});
