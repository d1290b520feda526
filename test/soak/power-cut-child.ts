/** Writes to a bar store in a process of its own, while its system calls are recorded. It says `acknowledged N` when a write has returned. */
import { writeSync } from 'node:fs';

import { generateBars } from '../../src/feeds/index.ts';
import { BarStore } from '../../src/store/index.ts';
import { steps } from './power-cut-steps.ts';

const [folder, which] = process.argv.slice(2) as [string, 'before' | 'after'];
const store = await BarStore.open({ folder });
for (const [at, { series, before, after }] of steps.entries()) {
  const wanted = which === 'before' ? before : after;
  if (wanted === undefined) continue;
  const bars = generateBars({
    seed: wanted.seed,
    timeframe: series.timeframe,
    start: wanted.start,
    count: wanted.count,
  });
  await store.write(
    series,
    { start: wanted.start, end: wanted.start + wanted.count * 60_000, source: wanted.source },
    bars,
  );
  writeSync(1, `acknowledged ${at}\n`);
}
store.close();
