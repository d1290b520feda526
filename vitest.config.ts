import { defineConfig } from 'vitest/config';

export default defineConfig({
  resolve: { conditions: ['source'] },
  ssr: { resolve: { conditions: ['source', 'node', 'import', 'module', 'default'] } },
  test: {
    include: ['test/**/*.test.ts'],
    exclude: ['test/types/**'],
    globalSetup: 'test/house/built.ts',
    testTimeout: 30_000,
    hookTimeout: 60_000,
    pool: 'forks',
    // One worker fewer than there are cores would leave half of a small machine idle.
    maxWorkers: '100%',
  },
});
