import { defineConfig } from 'vitest/config';

/** The tests of one slice of mutation testing: `scripts/mutate.mjs` names them in the environment. */
const tests = (process.env['NEXTBAR_MUTATE_TESTS'] ?? 'test/lines/**/*.test.ts').split('\n');

export default defineConfig({
  resolve: { conditions: ['source'] },
  ssr: { resolve: { conditions: ['source', 'node', 'import', 'module', 'default'] } },
  test: { include: tests, testTimeout: 600_000, hookTimeout: 600_000, isolate: false },
});
