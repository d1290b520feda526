/** What `load` of a feed returns: columns of bars that convert to rows, CSV and Arrow. */
import type { Table } from 'apache-arrow';

import { barColumnNames, extraColumnNames, type Bars } from '../core/index.ts';
import { noteRead } from './checks/reads.ts';
import { ColumnTable } from './research/column-table.ts';

/** Bars as columns, `time` being each bar's open, with their conversions. */
export interface LoadedBars extends Bars {
  /** One object for each bar. */
  toRows(): Record<string, number>[];
  /** CSV text with a header; NaN is an empty cell. */
  toCsv(): string;
  /** An Arrow table over copies of the columns. The library is loaded on first use. */
  toArrow(): Promise<Table>;
}

/**
 * The same bars with their conversions, which neither a copy of the columns nor a comparison sees.
 *
 * @param name - The feed they were read from, so that a sweep can report bars read outside of it.
 */
export function loadedBars(bars: Bars, name?: string): LoadedBars {
  if (name !== undefined) noteRead(bars, name);
  if ('toRows' in bars) return bars as LoadedBars;
  const own: Bars = Object.isExtensible(bars) ? bars : { ...bars };
  const table = (): ColumnTable => {
    const names = [...barColumnNames, ...extraColumnNames.filter((name) => own[name] !== undefined)];
    return new ColumnTable(Object.fromEntries(names.map((name) => [name, own[name]!])));
  };
  return Object.defineProperties(own, {
    toRows: { value: () => table().toRows() },
    toCsv: { value: () => table().toCsv() },
    toArrow: { value: () => table().toArrow() },
  }) as LoadedBars;
}
