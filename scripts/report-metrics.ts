/** Writes the table of metrics in docs/report.md from their definitions. Run: npx tsx --conditions=source scripts/report-metrics.ts */
import { readFileSync, writeFileSync } from 'node:fs';

import { metricDefinitions } from '../src/report/index.ts';

/** The page with its table of metrics. */
export function withMetrics(page: string): string {
  const rows = metricDefinitions.map(({ key, label, about }) => `| ${label} | \`${key}\` | ${about} |`);
  const mark = '<!-- metrics -->';
  const head = page.slice(0, page.indexOf(mark) + mark.length);
  return `${head}\n\n| Metric | In \`result.stats\` | Meaning |\n|---|---|---|\n${rows.join('\n')}\n`;
}

if (process.argv[1]?.endsWith('report-metrics.ts') === true) {
  const path = new URL('../docs/report.md', import.meta.url);
  writeFileSync(path, withMetrics(readFileSync(path, 'utf8')));
}
