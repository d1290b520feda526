import { availableParallelism } from 'node:os';

import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Files that take long, the longest first: begun last, one of them would run on alone. */
const long = ['cli/live/live', 'cli/run/run', 'dataset/build', 'research/optimize', 'readme', 'cli/runs/runs', 'engine/modes']; // prettier-ignore

class LongFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const isLong = ({ moduleId }: TestSpecification): boolean =>
      long.some((name) => moduleId.endsWith(`/test/${name}.test.ts`));
    const sorted = await super.sort(files);
    return [...sorted.filter(isLong), ...sorted.filter((file) => !isLong(file))];
  }
}

export default defineConfig({
  resolve: { conditions: ['source'] },
  ssr: { resolve: { conditions: ['source', 'node', 'default'] } },
  test: {
    include: ['test/**/*.test.ts'],
    exclude: ['test/types/**', 'test/**/*.long.test.ts'],
    globalSetup: 'test/house/built.ts',
    // Each limit is for a machine ten times slower than the slowest that these were written on: a test that hangs still ends.
    testTimeout: 600_000,
    hookTimeout: 600_000,
    expect: { poll: { timeout: 120_000, interval: 20 } },
    pool: 'forks',
    // Nearly all files share the same modules: read once by a worker, and not once by a file, they take a third less.
    isolate: false,
    // One worker more than there are cores: some tests wait for programs that they started.
    maxWorkers: availableParallelism() + 1,
    sequence: { sequencer: LongFirst },
  },
});
