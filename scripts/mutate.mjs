// Mutation testing by Stryker, slice by slice: `npm run mutate -- [SLICE...]`, or one file of a slice as `SLICE/FILE`; docs/mutation.md has its scores and what survives.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { Stryker } from '@stryker-mutator/core';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');

/** An exchange's rules against a slow exchange; a few seeds notice what a few hundred do. */
const rules = ['test/property/exchange-rules.test.ts', 'test/property/slow-exchange.test.ts'];
process.env.NEXTBAR_SEEDS ??= '3';

/**
 * What is mutated, and the tests that should notice: those of the room, and the scenarios and properties that run over it. `texts`
 * changes texts too: where they are words for people they are left, in a protocol they are the exchange's own fields.
 */
const slices = {
  matching: {
    mutate: ['src/broker/matching/*.ts', 'src/broker/paper/touch-match.ts'],
    tests: [
      'test/scenarios/*.test.ts',
      ...rules,
      'test/broker/matching/*.test.ts',
      'test/broker/paper/*.test.ts',
      'test/contracts/broker*.test.ts',
    ],
  },
  accounts: {
    mutate: ['src/broker/accounting/*.ts'],
    tests: [
      'test/scenarios/*.test.ts',
      'test/property/{conservation,trades}.test.ts',
      'test/analyzers/trades/*.test.ts',
      'test/broker/accounting/*.test.ts',
    ],
  },
  ledger: {
    mutate: ['src/broker/accounting/ledger/**/*.ts'],
    tests: [
      'test/broker/accounting/ledger/*.test.ts',
      'test/broker/accounting/ledger/portfolio/*.test.ts',
      'test/broker/{accounts,account-cases,account-options,borrowing,margin-examples,refusals}.test.ts',
      'test/golden/accounts.test.ts',
      'test/property/account-{ledger,scenarios}.test.ts',
    ],
  },
  orders: {
    mutate: ['src/broker/orders/*.ts'],
    tests: [
      'test/scenarios/*.test.ts',
      ...rules,
      'test/broker/sandbox/sandbox.test.ts',
      'test/engine/strategy/*.test.ts',
      'test/broker/orders/*.test.ts',
    ],
  },
  decoding: {
    mutate: ['src/connectors/decoding/{numbers,seen-trades,book,book-builder,checksum,symbols,timeframes}.ts'],
    tests: ['test/connectors/decoding/*.test.ts', 'test/connectors/protocols/*.test.ts'],
  },
  protocols: {
    mutate: ['src/connectors/protocols/**/*.ts'],
    texts: true,
    tests: ['test/connectors/protocols/*.test.ts', 'test/connectors/decoding/flat-scan.test.ts'],
  },
  resampling: {
    mutate: ['src/feeds/timeframes/*.ts'],
    tests: ['test/feeds/timeframes/*.test.ts', 'test/core/*.test.ts'],
  },
  store: {
    mutate: ['src/store/**/*.ts'],
    tests: ['test/store/*.test.ts', 'test/contracts/store.test.ts'],
  },
  merge: { mutate: ['src/engine/step/merge.ts'], tests: ['test/engine/step/*.test.ts', 'test/property/merge.test.ts'] },
};

const wanted = process.argv.slice(2);
const unknown = wanted.find((name) => !(name.split('/')[0] in slices));
if (unknown !== undefined) {
  console.error(`there is no slice '${unknown}': choose from ${Object.keys(slices).join(', ')}`);
  process.exit(2);
}

const results = [];
for (const name of wanted.length > 0 ? wanted : Object.keys(slices)) {
  const slice = name.split('/')[0];
  const only = name.slice(slice.length + 1) || undefined;
  const { mutate: whole, tests: all, texts = false } = slices[slice];
  const mutate = only === undefined ? whole : whole.map((pattern) => `${dirname(pattern)}/${only}.ts`);
  // A file with a test of its own is judged by that alone: it is quick, and what others notice by chance is no test.
  const own =
    only === undefined
      ? []
      : all.map((path) => join(dirname(path), `${only}.test.ts`)).filter((path) => existsSync(join(root, path)));
  const tests = own.length > 0 ? [...new Set(own)] : all;
  // By line: a pattern in braces has commas of its own.
  process.env.NEXTBAR_MUTATE_TESTS = tests.join('\n');
  const stryker = new Stryker({
    mutate,
    testRunner: 'vitest',
    vitest: { configFile: 'vitest.mutate.config.ts', related: false },
    plugins: ['@stryker-mutator/vitest-runner'],
    // One at a time: a machine that tests other things too stays usable, and time-outs mean loops.
    concurrency: 1,
    coverageAnalysis: 'perTest',
    ignoreStatic: true,
    ignorePatterns: ['dist', 'data-cache', 'docs', 'reports', 'sessions'],
    reporters: ['progress-append-only', 'clear-text', 'json'],
    clearTextReporter: { allowColor: false, logTests: false, reportTests: false },
    jsonReporter: { fileName: `reports/mutation/${name.replaceAll(/[^\w-]+/g, '-')}.json` },
    tempDirName: '.stryker-tmp',
    checkers: [],
    timeoutMS: 15_000,
    mutator: { excludedMutations: texts ? [] : ['StringLiteral'] },
  });
  const mutants = await stryker.runMutationTest();
  const count = (status) => mutants.filter((mutant) => mutant.status === status).length;
  const killed = count('Killed') + count('Timeout');
  const survived = count('Survived') + count('NoCoverage');
  results.push({ name, killed, survived, score: Math.round((1_000 * killed) / (killed + survived)) / 10 });
}

mkdirSync(join(root, 'reports', 'mutation'), { recursive: true });
const file = join(root, 'reports', 'mutation', 'scores.json');
let before = [];
try {
  before = JSON.parse(readFileSync(file, 'utf8'));
} catch {
  // The first run has no scores before it.
}
const merged = new Map([...before, ...results].map((one) => [one.name, one]));
writeFileSync(file, `${JSON.stringify([...merged.values()], undefined, 2)}\n`);
for (const { name, killed, survived, score } of results)
  console.log(`${name}: ${score} % (${killed} killed, ${survived} survived)`);
