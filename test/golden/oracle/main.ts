/** The oracle runner: replays folders of scenarios and compares every output with Backtrader's. */
import { existsSync } from 'node:fs';
import { parseArgs } from 'node:util';
import type { Mismatch } from './compare.ts';
import type { Verdict } from './judge.ts';
import { judgeFile } from './run.ts';
import { scenarioFiles } from './scenario.ts';

const shownMismatches = 20;

function line({ scenario, outcome, reason, equal, declared, total }: Verdict): string {
  if (outcome === 'skipped') return `skipped ${scenario}: ${reason ?? ''}`;
  return `${outcome}  ${scenario}: ${equal} equal / ${declared} declared / ${total} total`;
}

function describe({ bar, field, expected, got }: Mismatch): string {
  const where = bar === undefined ? 'whole run' : `bar ${bar}`;
  return `  ${where}, ${field}: expected ${show(expected)}, got ${show(got)}`;
}

function show(value: unknown): string {
  return value === undefined ? 'nothing' : typeof value === 'number' ? String(value) : JSON.stringify(value);
}

function print(verdict: Verdict): void {
  console.log(line(verdict));
  for (const mismatch of verdict.mismatches.slice(0, shownMismatches)) console.log(describe(mismatch));
  const more = verdict.mismatches.length - shownMismatches;
  if (more > 0) console.log(`  and ${more} more`);
  for (const complaint of verdict.complaints) console.log(`  ${complaint}`);
}

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { only: { type: 'string', default: '' }, json: { type: 'boolean', default: false } },
  });
  const absent = positionals.filter((folder) => !existsSync(folder));
  if (positionals.length === 0 || absent.length > 0) {
    for (const folder of absent) console.error(`${folder} does not exist`);
    console.error('usage: npm run oracle -- DIR... [--only PREFIX] [--json]');
    process.exitCode = 2;
    return;
  }
  const verdicts: Verdict[] = [];
  for (const file of positionals.flatMap((folder) => scenarioFiles(folder, values.only))) {
    for (const verdict of await judgeFile(file)) {
      verdicts.push(verdict);
      if (!values.json) print(verdict);
    }
  }
  const count = (outcome: Verdict['outcome']): number => verdicts.filter((one) => one.outcome === outcome).length;
  const closing = `${count('passed')} passed, ${count('failed')} failed, ${count('skipped')} skipped`;
  if (values.json) console.log(JSON.stringify(verdicts, undefined, 1));
  if (values.json) console.error(closing);
  else console.log(closing);
  if (count('failed') > 0) process.exitCode = 1;
}

await main();
