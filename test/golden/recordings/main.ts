/** The command: replays a folder of recordings and says which hold. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

import { reportOf, runRecordings } from './run.ts';

const usage = 'usage: npm run recordings -- DIR [--expected DIR] [--only NAME]';

function main(args: string[]): number {
  let parsed;
  try {
    parsed = parseArgs({
      args,
      allowPositionals: true,
      options: { expected: { type: 'string' }, only: { type: 'string' } },
    });
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : String(error)}\n${usage}`);
    return 2;
  }
  const folder = parsed.positionals[0] ?? '../shared/recordings';
  const expected = parsed.values.expected ?? join(folder, 'expected');
  if (!existsSync(folder)) {
    console.error(`there is no folder ${folder}\n${usage}`);
    return 2;
  }
  const results = runRecordings(folder, expected, parsed.values.only);
  console.log(reportOf(results));
  return results.some((one) => one.verdict === 'failed') ? 1 : 0;
}

process.exitCode = main(process.argv.slice(2));
