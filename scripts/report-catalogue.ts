/** Writes docs/images/report/*.png, the pictures of docs/report.md: parts of real pages in Chromium. Run: npx tsx --conditions=source scripts/report-catalogue.ts */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

import { chromium, type Page } from 'playwright-core';

import { Cerebro, crossover, GeneratedDataFeed, sma, Strategy } from 'nextbar';
import { keptRunOf, writeComparison, writeReport, writeSweepReport, type ComparedRun } from 'nextbar/report';
import { optimize } from 'nextbar/research';

import { browserSwitches, findBrowser } from '../src/report/index.ts';
import { sampleRun } from '../test/e2e/sample.ts';

/** Crossings of two averages, for the pages of a sweep and a comparison. */
class Cross extends Strategy<typeof Cross.params> {
  static readonly params = { fast: 10, slow: 30 };
  readonly cross = crossover(sma(this.data.close, this.params.fast), sma(this.data.close, this.params.slow));

  override next(): void {
    if (this.cross.now > 0) this.buy();
    else if (this.cross.now < 0) this.close();
  }
}

/** A perpetual contract with funding, so that the part of the account has something to show. */
async function perpetual(): Promise<Awaited<ReturnType<Cerebro['run']>>> {
  const symbol = 'BTC/USDT:USDT';
  const start = Date.UTC(2023, 0, 1);
  const feed = new GeneratedDataFeed({ timeframe: '1h', seed: 7, count: 2_000, symbol, start: '2023-01-01' });
  const funding = Array.from({ length: 240 }, (_, k) => ({
    time: start + k * 8 * 3_600_000,
    rate: ((k % 5) - 1) * 1e-4,
  }));
  const cerebro = new Cerebro({ account: { cash: { USDT: 10_000 }, margin: 'isolated', leverage: 5 } });
  cerebro.addData(feed).setInstrument(feed.name, { symbol, makerFee: 0.0002, takerFee: 0.0005, funding });
  return cerebro.addStrategy(Cross).run();
}

const folder = mkdtempSync(join(tmpdir(), 'nextbar-catalogue-'));
const out = fileURLToPath(new URL('../docs/images/report/', import.meta.url));
mkdirSync(out, { recursive: true });
const executablePath = findBrowser();
if (executablePath === undefined) throw new Error('no Chromium was found: name one in NEXTBAR_BROWSER');
const browser = await chromium.launch({ executablePath, args: [...browserSwitches] });

/** Opens a page of the folder. */
async function opened(name: string, colorScheme: 'dark' | 'light' = 'light'): Promise<Page> {
  const page = await browser.newPage({ viewport: { width: 1040, height: 900 }, colorScheme });
  await page.goto(pathToFileURL(join(folder, name)).href);
  await page.waitForSelector('html[data-ready=yes]');
  // What stays on the screen while the page moves would cover the parts.
  await page.addStyleTag({ content: '.topbar{position:static!important}' });
  return page;
}

/** Writes one part of a page. */
async function cut(page: Page, selector: string, name: string): Promise<void> {
  const part = page.locator(selector).first();
  await part.scrollIntoViewIfNeeded();
  await page.waitForTimeout(300);
  await part.screenshot({ path: join(out, `${name}.png`) });
}

try {
  await writeReport(join(folder, 'run.html'), await sampleRun());
  const page = await opened('run.html');
  await cut(page, '.tiles', 'tiles');
  await cut(page, '#performance', 'performance');
  await cut(page, '[data-price="0"]', 'prices');
  await page.locator('[data-table="trades"] tbody tr').nth(6).click();
  await page.waitForTimeout(800);
  await cut(page, '[data-price="0"]', 'trade');
  await cut(page, '#returns', 'returns');
  await cut(page, '#anatomy', 'anatomy');
  await page.locator('[data-table="orders"] select[aria-label^="Status"]').selectOption('canceled');
  await cut(page, '[data-table="orders"]', 'orders');
  const dark = await opened('run.html', 'dark');
  await cut(dark, '[data-price="0"]', 'prices-dark');

  await writeReport(join(folder, 'perpetual.html'), await perpetual());
  await cut(await opened('perpetual.html'), '#account', 'account');

  const feed = (): GeneratedDataFeed => new GeneratedDataFeed({ timeframe: '1h', seed: 3, count: 3_000, symbol: 'BTC/USDT', start: '2023-01-01' }); // prettier-ignore
  const costs = { cash: 10_000, commission: 0.0005 };
  const compared: ComparedRun[] = [];
  for (const fast of [5, 10, 20]) {
    const run = keptRunOf(await new Cerebro(costs).addData(feed()).addStrategy(Cross, { fast }).run());
    const row = { ...run, id: compared.length + 1, time: Date.UTC(2026, 0, 1), took: 0, tags: [], note: '', files: {}, command: [], folder: '' }; // prettier-ignore
    compared.push({
      name: `fast ${fast}`,
      run: row as unknown as ComparedRun['run'],
      detail: run.detail as ComparedRun['detail'],
    });
  }
  await writeComparison(join(folder, 'compare.html'), compared);
  await cut(await opened('compare.html'), '#performance', 'comparison');

  const cerebro = new Cerebro(costs).addData(feed());
  cerebro.optStrategy(Cross, { fast: [4, 6, 8, 10, 12, 14], slow: [20, 30, 40, 50, 60] });
  await writeSweepReport(join(folder, 'sweep.html'), await optimize(cerebro, { keep: 'fast < slow' }));
  const sweep = await opened('sweep.html');
  await cut(sweep, '#luck', 'luck');
  await cut(sweep, '#maps', 'heat-map');
  await cut(sweep, '#parameters', 'parameters');
} finally {
  await browser.close();
  rmSync(folder, { recursive: true, force: true });
}
