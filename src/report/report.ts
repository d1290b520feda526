/** Reports as text and as files; what draws them is loaded when the first one is made. */
import { checkNames, ConfigError } from '../core/index.ts';
import type { RunResult } from '../engine/index.ts';
import { writeWhole } from './exports/write-file.ts';
import type { ComparedRun } from './compare.ts';
import type { ReportOptions } from './run-page.ts';

const optionNames = ['title', 'source', 'theme', 'command', 'live'];

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
  options: { readonly title?: string; readonly theme?: 'dark' | 'light' } = {},
): Promise<void> {
  const { comparePage } = await import('./compare-page.ts');
  await writeWhole(path, await comparePage(runs, options));
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
