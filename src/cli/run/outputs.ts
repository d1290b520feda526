/** The files that a run is written to: its report, its tables, its summary. */
import { resolve } from 'node:path';

import type { GivenOptions, OptionSpec } from '../shell/command.ts';
import { exportTable, exportTables, markdownSummary, writePicture, writeReport, writeWhole, type ReportOptions } from '../../report/index.ts'; // prettier-ignore
import { usage } from '../shell/usage.ts';
import { checkWritable } from '../shell/writable.ts';
import { sourceText, type Executed } from './execute.ts';
import { runOptions } from './options.ts';

/** Options that name files or change what is shown, and nothing about the run. */
export const outputOptions = [
  'report', 'no-source', 'png', 'trades', 'orders', 'fills', 'equity', 'summary', 'chart', 'json', 'quiet', 'watch', 'no-keep', 'tag', 'note',
] as const; // prettier-ignore

/** Options of the report of a run made at the command line. */
export function reportOptions(given: GivenOptions, executed: Executed): ReportOptions {
  return {
    command: commandText('run', given, runOptions, outputOptions),
    ...(!given.has('no-source') &&
      executed.sources.length > 0 && { source: { path: executed.file, text: sourceText(executed) } }),
  };
}

/** Options that name a file. */
const fileOptions = ['report', 'png', 'summary', ...exportTables] as const;

/** The form that each of them writes, and the endings of its files. */
const forms: Readonly<Record<string, readonly [form: string, endings: RegExp]>> = {
  report: ['HTML, as in report.html', /\.html?$/i],
  png: ['a PNG picture, as in chart.png', /\.png$/i],
  summary: ['Markdown, as in summary.md', /\.md$/i],
  'csv-out': ['CSV, as in trials.csv', /\.csv$/i],
  'arrow-out': ['Arrow, as in trials.arrow', /\.(?:arrow|feather)$/i],
  ...Object.fromEntries(
    exportTables.map((name) => [name, ['CSV, or JSON or Parquet by the ending .json or .parquet', /\.(?:[ct]sv|json|parquet)$/i]]),
  ),
}; // prettier-ignore

/** Endings that promise a form. */
const promises = /\.(?:xlsx?|ods|[ct]sv|json|arrow|feather|parquet|db|sqlite|html?|pdf|png|jpe?g|svg|md)$/i;

/** Refuses files that cannot be written before the run is made. @throws {UsageError} Naming the flag. */
export function checkOutputs(given: GivenOptions): void {
  checkFiles(given, fileOptions);
}

/**
 * Refuses files of these options that cannot be written, or whose ending promises another form, before the long work begins. @throws
 * {UsageError} Naming the flag.
 */
export function checkFiles(given: GivenOptions, names: readonly string[]): void {
  const taken = new Map<string, string>();
  for (const name of names) {
    const path = given.get(name);
    if (path === undefined) continue;
    const other = taken.get(resolve(path));
    if (other !== undefined) throw usage(`--${name} and --${other} name one file, ${path}: give each its own`);
    taken.set(resolve(path), name);
    const [form, endings] = forms[name]!;
    if (promises.test(path) && !endings.test(path)) throw usage(`--${name} writes ${form}, was '${path}'`);
    checkWritable(`--${name}`, path);
  }
}

/** Writes what the options ask for; returns the files by kind. */
export async function writeOutputs(given: GivenOptions, executed: Executed): Promise<Record<string, string>> {
  const { result } = executed;
  const files: Record<string, string> = {};
  for (const table of exportTables) {
    const path = given.get(table);
    if (path === undefined) continue;
    await exportTable(path, table, result);
    files[table] = path;
  }
  const summary = given.get('summary');
  if (summary !== undefined) {
    await writeWhole(summary, [markdownSummary(result)]);
    files['summary'] = summary;
  }
  const report = given.get('report');
  if (report !== undefined) {
    await writeReport(report, result, reportOptions(given, executed));
    files['report'] = report;
  }
  const png = given.get('png');
  if (png !== undefined) {
    await writePicture(png, result, reportOptions(given, executed));
    files['png'] = png;
  }
  return files;
}

/** The arguments that make the same run again, without those that only write or show it. */
export function commandOf(given: GivenOptions): string[] {
  return argumentsOf('run', given, runOptions, outputOptions);
}

/** A command line as text for a shell, without the options that `left` names. */
export function commandText(
  name: string,
  given: GivenOptions,
  options: readonly OptionSpec[],
  left: readonly string[],
): string {
  return ['nextbar', ...argumentsOf(name, given, options, left)].map(quoted).join(' ');
}

/** The command and its operands and options, without the options that `left` names. */
export function argumentsOf(
  command: string,
  given: GivenOptions,
  options: readonly OptionSpec[],
  left: readonly string[],
): string[] {
  const args = [command, ...given.operands];
  for (const { name, value } of options) {
    if (!given.has(name) || left.includes(name)) continue;
    for (const text of given.all(name)) {
      if (value === undefined || text === '') args.push(`--${name}`);
      else args.push(`--${name}=${withoutSecrets(text)}`);
    }
  }
  return args;
}

/** Text that a shell reads as one argument. */
function quoted(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}

/** A URL without the name and password in it. */
function withoutSecrets(text: string): string {
  return text.replace(/(\/\/)[^/@\s]*@/, '$1***@');
}
