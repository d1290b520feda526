import { defineConfig } from 'vitest/config';

import base from './vitest.config.ts';

/** Whole sessions that are killed and started again, the installed package, parity over many bars: npm run test:long. A file name chooses one of them. */
export default defineConfig({
  ...base,
  test: { ...base.test, include: ['test/**/*.long.test.ts'], exclude: [] },
});
