/** The runner of account cases: replays folders of cases and compares fills, payments, liquidations, refusals, wallets and positions. */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { readCase, replayCase, type Difference } from './replay.ts';

const shownDifferences = 10;

function filesOf(folder: string): string[] {
  return readdirSync(folder)
    .filter((name) => name.endsWith('.json'))
    .sort()
    .map((name) => join(folder, name));
}

function show({ at, expected, got }: Difference): string {
  return `  ${at}: expected ${JSON.stringify(expected)}, got ${got === undefined ? 'nothing' : JSON.stringify(got)}`;
}

async function main(): Promise<void> {
  const folders = process.argv.slice(2);
  const absent = folders.filter((folder) => !existsSync(folder));
  if (folders.length === 0 || absent.length > 0) {
    for (const folder of absent) console.error(`${folder} does not exist`);
    console.error('usage: npm run account-cases -- DIR...');
    process.exitCode = 2;
    return;
  }
  let [passed, failed] = [0, 0];
  for (const file of folders.flatMap(filesOf)) {
    let differences: readonly Difference[];
    try {
      differences = await replayCase(readCase(file));
    } catch (error) {
      differences = [{ at: 'the run', expected: 'a result', got: error instanceof Error ? error.message : error }];
    }
    if (differences.length === 0) passed++;
    else failed++;
    console.log(`${differences.length === 0 ? 'passed' : 'failed'}  ${file}`);
    for (const one of differences.slice(0, shownDifferences)) console.log(show(one));
    if (differences.length > shownDifferences) console.log(`  and ${differences.length - shownDifferences} more`);
  }
  console.log(`${passed} passed, ${failed} failed, 0 skipped`);
  if (failed > 0) process.exitCode = 1;
}

await main();
