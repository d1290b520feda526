/** The tables themselves, and the words in which fills give their reasons. */
import { describe, expect, it } from 'vitest';
import { scenario } from './table.ts';

describe('a table', () => {
  it('fails when what is told differs, and when a number differs', async () => {
    const table = (told: string, cash: string): string => `
      open high low close | orders   | told    | cash
      100  101  99  100   | a: buy 1 |         |
      100  101  99  100   |          | ${told} | ${cash}
    `;
    await scenario(table('a 1 @ 100', '9900'));
    await expect(scenario(table('a 1 @ 101', '9900'))).rejects.toThrow();
    await expect(scenario(table('', '9900'))).rejects.toThrow();
    await expect(scenario(table('a 1 @ 100 (because)', '9900'))).rejects.toThrow();
    await expect(scenario(table('a 1 @ 100', '9901'))).rejects.toThrow();
  });
});

describe('the reason of a fill', () => {
  it('is written with the prices of the market', () =>
    scenario(
      `
      open  high  low   close | orders                                    | told
      61900 61950 61850 61900 | a: buy 0.1 limit 61830                    |
      61900 61950 61822 61900 |                                           | a 0.1 @ 61830 (low 61,822 reached limit 61,830)
      61900 61950 61850 61900 | b: sell 0.1 stop 61800                    |
      61790 61950 61780 61900 |                                           | b -0.1 @ 61790 (open 61,790 was at or below stop 61,800)
    `,
      { cash: 10_000 },
    ));

  it('says so when a market order is filled at the close it was made at', () =>
    scenario(
      `
      open high low close | orders   | told
      100  101  99  100.5 | a: buy 1 |
      102  103  101 102   |          | a 1 @ 100.5 (market order at the close 100.5 of the bar it was made in)
    `,
      { cheatOnClose: true },
    ));
});
