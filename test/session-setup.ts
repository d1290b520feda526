/** What tests of whole sessions share: a folder of their own, bars for a local exchange, and a market that has begun before now. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';

import { createBars, systemRuntime, type Bars } from '../src/core/index.ts';
import { generateBars } from '../src/feeds/index.ts';
import { gridOf, onGrid, type BarSeries } from '../src/venue/index.ts';

export const minute = 60_000;

/** A folder of the test file's own, removed when its tests have ended. */
export function ownFolder(name: string): string {
  const folder = mkdtempSync(join(tmpdir(), `nextbar-${name}-`));
  afterAll(() => {
    rmSync(folder, { recursive: true, force: true });
  });
  return folder;
}

/** Bars of a minute whose open rises in five steps from a level and falls back to it. */
export function sawtooth(
  start: number,
  count: number,
  levelOf: (bar: number) => number,
  { step, reach }: { readonly step: number; readonly reach: number },
): Bars {
  const bars = createBars(count);
  for (let i = 0; i < count; i++) {
    const level = levelOf(i);
    const [open, close] = [level + step * (i % 5), level + step * ((i + 1) % 5)];
    bars.time[i] = start + i * minute;
    bars.open[i] = open;
    bars.close[i] = close;
    bars.high[i] = Math.max(open, close) + reach;
    bars.low[i] = Math.min(open, close) - reach;
    bars.volume[i] = 1_000;
  }
  return bars;
}

/** The minute that has begun last, by the clock of the machine. */
export function thisMinute(): number {
  return Math.floor(systemRuntime.now() / minute) * minute;
}

/** Bars of a minute on the grid of a local exchange: so many of them before a moment, the others after it. */
export function seriesAround(
  now: number,
  { symbol = 'BTC/USDT', seed = 4, before = 100, count = 3_000 } = {},
): BarSeries {
  const raw = generateBars({ seed, timeframe: '1m', start: now - before * minute, count });
  const grid = gridOf(raw);
  const [base = '', quote = ''] = symbol.split('/');
  return { instrument: { symbol, base, quote, ...grid }, bars: onGrid(raw, grid).bars, timeframe: '1m' };
}
