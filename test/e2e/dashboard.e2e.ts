/** The dashboard in a real browser: it asks no other server, shows what the API has, asks before it acts, and can be used by everyone. */
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { chromium, type Browser, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { systemRuntime } from '../../src/core/index.ts';
import type { SessionControl } from '../../src/engine/index.ts';
import { browserSwitches, findBrowser } from '../../src/report/browser.ts';
import { AuditLog, KeyRing, openDatabase, startServer, Tokens, type RunningServer } from '../../src/server/index.ts';
import { SessionBoard, SessionInbox } from '../../src/server/live/index.ts';
import { BarStore } from '../../src/store/index.ts';

const executablePath = findBrowser();
const hour = 3_600_000;
const start = Date.UTC(2024, 0, 1);

describe.runIf(executablePath !== undefined)('the dashboard', () => {
  const folder = mkdtempSync(join(tmpdir(), 'nextbar-dashboard-'));
  const asked: string[] = [];
  const faults: string[] = [];
  let browser: Browser;
  let page: Page;
  let server: RunningServer;
  let board: SessionBoard;
  let close: () => Promise<void>;

  beforeAll(async () => {
    const database = await openDatabase(join(folder, 'platform.sqlite'), Date.now());
    const tokens = new Tokens(database, await KeyRing.open({ path: join(folder, 'keys.json') }, Date.now()), systemRuntime); // prettier-ignore
    const store = await BarStore.open({ folder: join(folder, 'bars') });
    const time = Float64Array.from({ length: 25 }, (_, k) => start + (k < 10 ? k : k + 2) * hour);
    const one = time.map((_, k) => 100 + k);
    const series = { exchange: 'binance', type: 'spot', symbol: 'BTC/USDT', timeframe: '1h' } as const;
    await store.write(series, { start, end: start + 27 * hour, source: 'binance' }, { time, open: one, high: one, low: one, close: one, volume: one }); // prettier-ignore
    store.close();
    const sessions = join(folder, 'sessions');
    board = new SessionBoard({ folder: join(sessions, 'grid-1'), name: 'grid-1', mode: 'paper', strategy: 'Grid', exchange: 'binance', accepts: ['stop', 'flatten'] }, systemRuntime); // prettier-ignore
    server = await startServer({ runtime: systemRuntime, database, tokens, audit: new AuditLog(join(folder, 'audit.jsonl'), systemRuntime), folder: join(folder, 'bars'), sessions, port: 0 }); // prettier-ignore
    close = () => database.close();
    const scopes = ['read:metadata', 'read:bars', 'read:runs', 'control:sessions'];
    const { token } = await tokens.issue({ subject: 'test', scopes });
    browser = await chromium.launch({ executablePath: executablePath!, args: browserSwitches });
    page = await browser.newPage({ viewport: { width: 1280, height: 900 } });
    page.on('request', (request) => asked.push(request.url()));
    page.on('pageerror', ({ message }) => faults.push(message));
    page.on('console', (message) => {
      if (message.type() === 'error') faults.push(message.text());
    });
    await page.goto(server.url);
    await page.locator('input').first().fill(token);
    await page.locator('input').first().press('Enter');
    await page.getByRole('heading', { name: 'grid-1' }).waitFor();
  });
  afterAll(async () => {
    await browser.close();
    board.end('the test has ended');
    await server.close();
    await close();
    rmSync(folder, { recursive: true, force: true });
  });

  const open = async (name: string): Promise<void> => {
    await page.locator('nav').getByText(name, { exact: true }).click();
    await page.getByRole('heading', { level: 1 }).waitFor();
  };

  it('shows the session and asks before it stops it', async () => {
    const card = page.getByRole('region', { name: 'grid-1' }).or(page.locator('section[aria-label="grid-1"]')).first();
    expect(await card.innerText()).toMatch(/running[\s\S]*Grid[\s\S]*paper/);
    const passed: string[] = [];
    const inbox = new SessionInbox(join(folder, 'sessions', 'grid-1'), systemRuntime, () => undefined);
    const deliver = (): void => {
      inbox.deliver({ stop: (why: string) => passed.push(`stop ${why}`) } as unknown as SessionControl);
    };
    await card.getByRole('button', { name: 'Stop' }).click();
    const dialog = page.locator('dialog[open]');
    await dialog.waitFor();
    await page.keyboard.press('Escape');
    deliver();
    expect(passed).toEqual([]);
    await card.getByRole('button', { name: 'Stop' }).click();
    await dialog.getByRole('button').filter({ hasText: /stop/i }).click();
    await page.getByText('stop was passed on').waitFor();
    deliver();
    expect(passed).toEqual(['stop stop by test']);
  });

  it('shows stored bars with their gap and a chart', async () => {
    await open('Data');
    await page.getByRole('button', { name: 'BTC/USDT' }).click();
    await page.getByText('2024-01-01 10:00').first().waitFor();
    await page.locator('.chart').first().waitFor();
  });

  it.each([
    ['dark', 1280],
    ['light', 1280],
    ['dark', 390],
  ] as const)(
    'has no fault of accessibility and no sideways scrolling in %s at %i pixels',
    async (colorScheme, width) => {
      await page.emulateMedia({ colorScheme });
      await page.setViewportSize({ width, height: 900 });
      const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
      const found: string[] = [];
      for (const name of ['Sessions', 'Data', 'Runs', 'API']) {
        await open(name);
        await page.waitForLoadState('networkidle');
        await page.evaluate(axe);
        found.push(
          ...(await page.evaluate(async (of) => {
            const { violations } = await (globalThis as unknown as { axe: { run(): Promise<{ violations: { id: string; nodes: { html: string }[] }[] }> } }).axe.run(); // prettier-ignore
            return violations.map(({ id, nodes }) => `${of}: ${id} ${nodes[0]!.html.slice(0, 120)}`);
          }, name)),
        );
        expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width);
        if (name === 'API') await page.goBack();
      }
      expect(found).toEqual([]);
    },
  );

  it('asked no other server, and nothing went wrong', () => {
    expect(asked.filter((url) => !url.startsWith(server.url) && !/^(?:data|blob):/.test(url))).toEqual([]);
    expect(faults).toEqual([]);
    expect(existsSync(join(folder, 'audit.jsonl'))).toBe(true);
  });
});
