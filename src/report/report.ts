/** Reports as text and as files; what draws them is loaded when the first one is made. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

import { checkNames, ConfigError } from '../core/index.ts';
import type { RunResult } from '../engine/index.ts';
import { writeWhole } from './exports/write-file.ts';
import type { PictureOptions } from './browser.ts';
import type { ComparedRun } from './compare.ts';
import type { ReportOptions } from './run-page.ts';
import type { SweepReportOptions, Swept, Walked } from './sweep-page.ts';

const sweepOptionNames = ['title', 'theme', 'command', 'curves', 'best', 'holdout', 'openedHoldout'];
const optionNames = ['title', 'source', 'theme', 'command', 'live', 'tables'];

/**
 * The report of a run as one HTML page that needs nothing else: no server, no network.
 *
 * @param result - As `cerebro.run()` returned it.
 * @throws {ConfigError} If an option is unknown, or the result is a copy.
 */
export async function renderReport(result: RunResult, options: ReportOptions = {}): Promise<string> {
  return (await pieces(result, options)).join('');
}

/**
 * Writes the report of a run to a file, whole or not at all.
 *
 * @throws {DataError} If the file cannot be written.
 */
export async function writeReport(path: string, result: RunResult, options: ReportOptions = {}): Promise<void> {
  await writeWhole(path, await pieces(result, options));
}

/**
 * Writes a comparison of kept runs to a file: figures side by side, curves over each other, and what differs.
 *
 * @throws {DataError} If the file cannot be written.
 */
export async function writeComparison(
  path: string,
  runs: readonly ComparedRun[],
  options: {
    /** The heading. Default: how many runs are compared. */
    readonly title?: string;
    /** `dark` or `light`. Default: what the reader's system prefers. */
    readonly theme?: 'dark' | 'light';
  } = {},
): Promise<void> {
  const { comparePage } = await import('./compare-page.ts');
  await writeWhole(path, await comparePage(runs, options));
}

/**
 * Writes the report of a sweep to a file: heat maps, parallel coordinates, the fan of equity curves, and how much of the best trial is luck.
 *
 * @param swept - As `optimize` of nextbar/research returned it.
 * @throws {DataError} If the file cannot be written.
 */
export async function writeSweepReport(path: string, swept: Swept, options: SweepReportOptions = {}): Promise<void> {
  checkNames('option of a report', options, sweepOptionNames);
  const { sweepPage } = await import('./sweep-page.ts');
  await writeWhole(path, await sweepPage(swept, options));
}

/**
 * Writes the report of a walk-forward to a file: the value out of sample, and every stretch with what was chosen for it.
 *
 * @param walked - As `walkForward` of nextbar/research returned it.
 * @throws {DataError} If the file cannot be written.
 */
export async function writeWalkReport(path: string, walked: Walked, options: SweepReportOptions = {}): Promise<void> {
  checkNames('option of a report', options, sweepOptionNames);
  const { walkPage } = await import('./sweep-page.ts');
  await writeWhole(path, await walkPage(walked, options));
}

/**
 * Writes the picture of a run as PNG: the main chart with its trades and indicators, drawn by the report itself in a browser of this machine.
 *
 * @param options - The report's, and the picture's: `width`, `scale`, `part`.
 * @throws {ConfigError} With code `no-browser` where there is no Chromium, or playwright-core is not installed.
 */
export async function writePicture(
  path: string,
  result: RunResult,
  options: ReportOptions & PictureOptions = {},
): Promise<void> {
  const { width, scale, part = '[data-price="0"]', ...report } = options;
  const folder = await mkdtemp(join(tmpdir(), 'nextbar-picture-'));
  try {
    const page = join(folder, 'report.html');
    await writeReport(page, result, report);
    const { pictureOf } = await import('./browser.ts');
    const picture = await pictureOf(pathToFileURL(page).href, {
      part,
      ...(width !== undefined && { width }),
      ...(scale !== undefined && { scale }),
      ...(report.theme !== undefined && { theme: report.theme }),
    });
    await writeWhole(path, [picture]);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function pieces(result: RunResult, options: ReportOptions): Promise<string[]> {
  checkNames('option of a report', options, optionNames);
  const { theme } = options;
  if (theme !== undefined && theme !== 'dark' && (theme as string) !== 'light') {
    throw new ConfigError(`theme must be 'dark' or 'light', was '${theme as string}'`, { context: { field: 'theme' } });
  }
  const { runPage } = await import('./run-page.ts');
  return runPage(result, options);
}
