/** The dataset card: the first page of a published dataset. */
import { formatTime } from '../../core/index.ts';
import { tableMarkdown } from '../tables/table.ts';
import type { DatasetSpec } from './spec.ts';

/** The card of a dataset, as Hugging Face shows it: a block of metadata, figures, tables, and how to query it. */
export function cardOf(spec: DatasetSpec): string {
  const tables = spec.tables.filter(({ files }) => files.length > 0);
  const configs = tables.flatMap(({ name }) => [
    `- config_name: ${name}`,
    '  data_files:',
    '  - split: train',
    `    path: ${name}/**/*.parquet`,
  ]);
  const figures = tables.map(({ name, rows, bytes, files, completeness }) => {
    const times = files.flatMap(({ first, last }) => (first === undefined || last === undefined ? [] : [first, last]));
    const span = times.length === 0 ? '' : `${dayOf(Math.min(...times))} to ${dayOf(Math.max(...times))}`;
    const symbols = new Set(files.flatMap((file) => file.symbols ?? [])).size;
    const share = completeness === undefined ? '' : `${(completeness * 100).toFixed(2)} %`;
    return `| \`${name}\` | ${rows.toLocaleString('en-US')} | ${symbols === 0 ? '' : symbols} | ${span} | ${share} | ${(bytes / 1e6).toFixed(1)} MB |`;
  });
  return [
    '---',
    'configs:',
    ...configs,
    '---',
    '',
    `# Market data of ${spec.exchanges.join(', ')}`,
    '',
    'Parquet files in Hive partitions, sorted by symbol and time, with statistics. Times are UTC. `spec.json` lists every file with its',
    'hash, rows, symbols and times.',
    '',
    '| Table | Rows | Symbols | Period | Complete | Size |',
    '|---|---|---|---|---|---|',
    ...figures,
    '',
    '```sql',
    "SELECT time, close FROM read_parquet('bars_1h/**/*.parquet', hive_partitioning = true)",
    "WHERE exchange = 'binance' AND symbol = 'BTC/USDT' ORDER BY time;",
    '```',
    '',
    '## Tables',
    '',
    ...spec.tables.map(tableMarkdown),
  ].join('\n');
}

function dayOf(time: number): string {
  return formatTime(time).slice(0, 10);
}
