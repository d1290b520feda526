/** The options that say how a CSV file is written, the same for every command that reads one. */
import { ConfigError } from '../../core/index.ts';
import { checkValidation, type CsvDataFeedOptions, type ValidationOptions } from '../../feeds/index.ts';
import type { GivenOptions, OptionSpec } from '../shell/command.ts';
import { flagsNamed } from '../shell/flags.ts';
import { keyAndValue, wholeNumber } from '../shell/options.ts';
import { usage } from '../shell/usage.ts';

export const csvOptions: readonly OptionSpec[] = [
  ...flagsNamed('time-format', 'zone', 'stamped', 'order', 'column', 'no-header', 'skip-lines', 'delimiter', 'decimal'),
  ...flagsNamed('skip-end'),
  ...flagsNamed('thousands', 'symbol-column', 'filter-symbol', 'policy'),
];

type Dialect = Pick<
  CsvDataFeedOptions,
  | 'timeFormat' | 'zone' | 'stamped' | 'order' | 'columns' | 'header' | 'skipLines' | 'skipEnd' | 'delimiter' | 'decimal' | 'thousands'
  | 'symbolColumn' | 'filterSymbol' | 'validation'
>; // prettier-ignore

/** The options of a CsvDataFeed that were given. */
export function csvDialect(given: GivenOptions): Dialect {
  const text = (name: string): string | undefined => given.get(name);
  const delimiter = text('delimiter');
  const isHeaderless = given.has('no-header');
  const columns = given.all('column').map((pair): [string, string | number | false] => {
    const [name, header] = keyAndValue('column', pair);
    if (header === 'none') return [name, false];
    return [name, /^\d+$/.test(header) ? Number(header) : header];
  });
  const options = {
    timeFormat: text('time-format'),
    zone: text('zone'),
    stamped: text('stamped'),
    order: text('order'),
    columns: columns.length > 0 ? Object.fromEntries(columns) : undefined,
    header: isHeaderless ? false : undefined,
    skipLines: wholeNumber(given, 'skip-lines', 0),
    skipEnd: wholeNumber(given, 'skip-end', 0),
    delimiter: delimiter === 'tab' ? '\t' : delimiter,
    decimal: text('decimal'),
    thousands: text('thousands'),
    symbolColumn: text('symbol-column'),
    filterSymbol: text('filter-symbol'),
    validation: policiesOf(given),
  };
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
}

/** The policies that were given, such as `--policy nonFinite=drop --policy maxGapBars=3`. */
export function policiesOf(given: GivenOptions): ValidationOptions | undefined {
  const pairs = given.all('policy').map((pair) => keyAndValue('policy', pair));
  if (pairs.length === 0) return undefined;
  const policies = Object.fromEntries(
    pairs.map(([name, value]) => [name, /^[\d.]+$/.test(value) ? Number(value) : value]),
  );
  try {
    checkValidation(policies);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    throw usage(
      error.message.replace(/^unknown option of validation/, 'unknown --policy').replace(/^(?=\w+ must )/, '--policy '),
    );
  }
  return policies;
}

/** Whether a path names a CSV file, a folder of them, or several by a pattern. */
export function isCsvPath(path: string): boolean {
  return /\.(?:csv|csv\.gz|txt|tsv|zip)$/i.test(path) || /[*?]/.test(path) || !/\.[a-z]+$/i.test(path);
}

/** @throws {ConfigError} If an option of CSV files is given beside another source. */
export function refuseDialect(given: GivenOptions, source: string): void {
  const name = csvOptions.map((option) => option.name).find((one) => one !== 'policy' && given.has(one));
  if (name !== undefined) throw usage(`--${name} is for --csv, and cannot be given with --${source}`);
}
