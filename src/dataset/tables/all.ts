/** Every published table by name. */
import { barsTables } from './bars.ts';
import { fundingRatesTable } from './funding-rates.ts';
import { liquidationsTable } from './liquidations.ts';
import { exchangesTable, instrumentsTable } from './listings.ts';
import { openInterestTable } from './open-interest.ts';
import { pricesTable } from './prices.ts';
import { tableMarkdown, type TableSchema } from './table.ts';
import { tradesTable } from './trades.ts';

/** The published tables by name. */
export const datasetTables: Readonly<Record<string, TableSchema>> = {
  ...barsTables,
  trades: tradesTable,
  funding_rates: fundingRatesTable,
  open_interest: openInterestTable,
  liquidations: liquidationsTable,
  instruments: instrumentsTable,
  exchanges: exchangesTable,
  prices_1h: pricesTable,
};

/** The documentation of every table in Markdown. */
export function tablesMarkdown(tables: readonly TableSchema[] = Object.values(datasetTables)): string {
  return tables.map(tableMarkdown).join('\n');
}
