/** The browser of this machine, driven without a window: for pictures of reports. */
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

import { ConfigError } from '../core/index.ts';

/** Names that a Chromium goes by, the likeliest first. */
const names = [
  'chromium',
  'chromium-browser',
  'google-chrome',
  'google-chrome-stable',
  'chrome',
  'microsoft-edge',
  'msedge',
  'brave-browser',
];

/** Places outside of PATH. */
const places: readonly string[] = [
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
  '/Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge',
  'C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe',
  'C:\\Program Files (x86)\\Microsoft\\Edge\\Application\\msedge.exe',
];

/** The path of a Chromium on this machine: what `NEXTBAR_BROWSER` names, else the first one found; undefined where there is none. */
export function findBrowser(env: Readonly<Record<string, string | undefined>> = process.env): string | undefined {
  const own = env['NEXTBAR_BROWSER'];
  if (own !== undefined && own !== '') return own;
  const folders = (env['PATH'] ?? '').split(delimiter).filter((folder) => folder !== '');
  const all = [...names.flatMap((name) => folders.map((folder) => join(folder, name))), ...places];
  return all.find(isProgram);
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** Switches of a browser that shows a local file and nothing else. */
export const browserSwitches = ['--no-sandbox', '--disable-gpu', '--disable-background-networking', '--no-first-run'];

/** A part of a report as a picture. */
export interface PictureOptions {
  /** Width of the page in pixels. Default 1280. */
  readonly width?: number;
  /** Pixels of the picture in one of the page. Default 2. */
  readonly scale?: number;
  /** Default `light`. */
  readonly theme?: 'dark' | 'light';
  /** CSS selector of the part. Default: the whole page. */
  readonly part?: string;
}

/**
 * The picture of a page, as PNG.
 *
 * @param url - Of a report, such as `file:///home/me/sma.html`.
 * @throws {ConfigError} With code `no-browser` where there is no Chromium, or playwright-core is not installed.
 */
export async function pictureOf(url: string, options: PictureOptions = {}): Promise<Uint8Array> {
  const executablePath = findBrowser();
  if (executablePath === undefined) {
    throw new ConfigError(
      'a picture needs a browser, and none was found: install Chromium or Chrome, or name one in NEXTBAR_BROWSER',
      { code: 'no-browser' },
    );
  }
  const { chromium } = await playwright();
  const { width = 1280, scale = 2, theme = 'light', part } = options;
  const browser = await chromium.launch({ executablePath, args: browserSwitches });
  try {
    const page = await browser.newPage({
      viewport: { width, height: 900 },
      deviceScaleFactor: scale,
      colorScheme: theme,
    });
    await page.goto(url);
    await page.waitForSelector('html[data-ready=yes]');
    // What stays on the screen while the page moves would cover the part.
    await page.addStyleTag({ content: '.topbar{position:static!important}' });
    if (part === undefined) return await page.screenshot({ fullPage: true });
    return await page.locator(part).first().screenshot();
  } finally {
    await browser.close();
  }
}

async function playwright(): Promise<typeof import('playwright-core')> {
  try {
    return await import('playwright-core');
  } catch (cause) {
    throw new ConfigError('a picture needs playwright-core, which drives the browser: npm install playwright-core', {
      code: 'no-browser',
      cause,
    });
  }
}
