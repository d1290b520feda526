/** What docs/indicators.md shows is what there is, and its example runs. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import * as indicators from '../../src/indicators/index.ts';
import { barsSince } from './bars-since.ts';
import { closes, valuesOf } from './ground.ts';

const read = (path: string): string => readFileSync(new URL(path, import.meta.url), 'utf8');
const docs = read('../../docs/indicators.md');

describe('docs/indicators.md', () => {
  it('shows the example that is run here', () => {
    const [, shown] = /run by a test: barsSince -->\s*```ts\n([\s\S]*?)```/.exec(docs) ?? [];
    const run = read('./bars-since.ts').split('\n').slice(1).join('\n');
    expect(shown).toBe(run);
  });

  it('has an example under 20 lines that counts bars', () => {
    expect(valuesOf(closes(1, 3, 1, 1, 4, 5, NaN, 1), (data) => barsSince(data.close.gt(2)))).toEqual([
      NaN,
      0,
      1,
      2,
      0,
      0,
      NaN,
      NaN,
    ]);
  });

  it('names every indicator', () => {
    const missing = Object.keys(indicators).filter((name) => !new RegExp(`\`${name}\\b`).test(docs));
    expect(missing).toEqual([]);
  });
});
