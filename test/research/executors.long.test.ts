/** Executors of a sweep: whichever runs the trials, and however many there are, the answer is the same. */
import { describe, expect, it } from 'vitest';

import { inline, threads } from 'nextbar/research';
import { module, plain, sweep } from './sweep-setup.ts';
import { smoothness } from './sweep-strategy.ts';

describe('executors', () => {
  it('give the same answer to the bit, whatever their number', async () => {
    const expected = plain(await sweep({ executor: inline() }));
    expect(plain(await sweep({ executor: threads(2), module }))).toBe(expected);
    const own = { metric: smoothness, method: 'tpe', trials: 16, seed: 4 } as const;
    const led = plain(await sweep({ ...own, executor: inline() }));
    expect(plain(await sweep({ ...own, executor: threads(1), module }))).toBe(led);
  });
});
