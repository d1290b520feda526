/** Writes docs/images/report.png: the report of a real run in Chromium, as the README shows it. Run: npx tsx --conditions=source scripts/report-picture.ts [BARS.csv] */
import { readFileSync, rmSync, writeFileSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

import { chromium } from 'playwright-core';

import { Cerebro, CsvDataFeed, GeneratedDataFeed } from 'nextbar';
import { writeReport } from 'nextbar/report';

import { browserSwitches, findBrowser } from '../src/report/index.ts';
import { DonchianBreakout } from '../strategies/donchian-breakout.ts';

const [csv] = process.argv.slice(2);
const cerebro = new Cerebro({ cash: 10_000, commission: 0.0005 });
cerebro.addData(
  csv === undefined
    ? new GeneratedDataFeed({ timeframe: '1h', seed: 5, count: 8_760, symbol: 'BTC/USDT' })
    : new CsvDataFeed({ path: csv, timeframe: '4h', name: 'BTC/USDT' }),
);
cerebro.addStrategy(DonchianBreakout);
const result = await cerebro.run();
const folder = mkdtempSync(join(tmpdir(), 'nextbar-readme-'));
const executablePath = findBrowser();
if (executablePath === undefined) throw new Error('no Chromium was found: name one in NEXTBAR_BROWSER');
const browser = await chromium.launch({ executablePath, args: [...browserSwitches] });
try {
  const path = join(folder, 'report.html');
  const source = readFileSync(new URL('../strategies/donchian-breakout.ts', import.meta.url), 'utf8');
  await writeReport(path, result, { theme: 'dark', source: { path: 'donchian-breakout.ts', text: source } });
  const page = await browser.newPage({ viewport: { width: 1180, height: 1500 }, colorScheme: 'dark' });
  await page.goto(pathToFileURL(path).href);
  await page.waitForSelector('html[data-ready=yes]');
  await page.waitForTimeout(500);
  writeFileSync(new URL('../docs/images/report.png', import.meta.url), await page.screenshot());
} finally {
  await browser.close();
  rmSync(folder, { recursive: true, force: true });
}
