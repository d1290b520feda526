import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Files that take long, the longest first: begun last, one of them would run on alone. */
const long = ['cli/live/live', 'examples/examples', 'engine/live/parity', 'store/crash', 'cli/run/run', 'readme', 'package', 'engine/modes']; // prettier-ignore

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
  ssr: { resolve: { conditions: ['source', 'node', 'import', 'module', 'default'] } },
  test: {
    include: ['test/**/*.test.ts'],
    exclude: ['test/types/**'],
    globalSetup: 'test/house/built.ts',
    testTimeout: 30_000,
    hookTimeout: 60_000,
    pool: 'forks',
    // Nearly all files share the same modules: read once by a worker, and not once by a file, they take a third less.
    isolate: false,
    // One worker fewer than there are cores would leave half of a small machine idle.
    maxWorkers: '100%',
    sequence: { sequencer: LongFirst },
  },
});
