/** What every exported indicator keeps: the same bits however its bars arrive, and no value rather than a wrong one. */
import { describe, expect, it } from 'vitest';

import * as indicators from '../../src/indicators/index.ts';
import { derive, type Data, type Line } from '../../src/lines/index.ts';
import { table } from '../indicators/table.ts';

const { checkIndicator, indicatorRules } = indicators;

/** Those whose first value waits for an event of the market: an anchor, a swing, a spread that returns. */
const waiting = ['anchoredVwap', 'anchoredVwap of a time', 'cointegration', 'halfLife', 'swingPoints', 'zigZag'];

describe.each(Object.keys(table))('%s', (name) => {
  for (const rule of indicatorRules(table[name]!, { waits: waiting.includes(name) })) {
    it(rule.name, () => {
      rule.run();
    });
  }
});

describe('the table of the contract', () => {
  it('has every exported function', () => {
    // Functions of a quote or a book, of the catalogue and of the contract grow no line.
    const others = ['microPrice', 'bookImbalance', 'namedLines', 'checkIndicator', 'indicatorRules'];
    const exported = Object.entries(indicators).filter(
      ([name, value]) => typeof value === 'function' && !others.includes(name),
    );
    const names = new Set(Object.keys(table).map((key) => key.split(' ')[0]));
    expect(exported.map(([key]) => key).filter((key) => !names.has(key))).toEqual([]);
  });
});

describe('the contract', () => {
  /** An indicator of one line from a kernel. */
  const made =
    (compute: Parameters<typeof derive>[1]['compute'], rest: object = {}) =>
    (data: Data): Line =>
      derive(data.close, { name: 'broken', period: 2, history: 1, ...rest, compute });

  it('lets a sound indicator pass', () => {
    checkIndicator(
      made(({ inputs: [x], outputs: [out] }, from, to) => {
        for (let i = Math.max(1, from); i < to; i++) {
          const change = x!.at(i) - x!.at(i - 1);
          if (Number.isFinite(change)) out!.set(i, change);
        }
      }),
    );
  });

  it('finds what remembers outside of its state', () => {
    let last = NaN;
    const grow = made(({ inputs: [x], outputs: [out] }, from, to) => {
      for (let i = from; i < to; i++) {
        out!.set(i, i === 0 ? NaN : x!.at(i) - last);
        last = x!.at(i);
      }
    });
    expect(() => checkIndicator(grow)).toThrow(/breaks the contract: .*`state`/);
  });

  it('finds what reads further back than it says', () => {
    const grow = made(
      ({ inputs: [x], outputs: [out] }, from, to) => {
        for (let i = Math.max(5, from); i < to; i++) out!.set(i, x!.at(i - 5));
      },
      { period: 6, history: 1 },
    );
    expect(() => checkIndicator(grow)).toThrow(/breaks the contract: .*`history`/);
  });

  it('finds what looks into the future', () => {
    const grow = made(({ inputs: [x], outputs: [out] }, from, to) => {
      for (let i = Math.max(1, from); i < to; i++) out!.set(i, x!.at(Math.min(i + 1, to - 1)));
    });
    expect(() => checkIndicator(grow)).toThrow('breaks the contract');
  });

  it('finds an infinite value, and a value at a hole', () => {
    const infinite = made(({ inputs: [x], outputs: [out] }, from, to) => {
      for (let i = Math.max(1, from); i < to; i++) out!.set(i, 1 / (x!.at(i) - x!.at(i - 1)));
    });
    expect(() => checkIndicator(infinite)).toThrow(/breaks the contract: .*Infinity/);
    const careless = made(({ outputs: [out] }, from, to) => {
      for (let i = Math.max(1, from); i < to; i++) out!.set(i, 1);
    });
    expect(() => checkIndicator(careless)).toThrow(/at a bar that is missing/);
  });

  it('finds what claims to set every value and leaves some alone', () => {
    const sparse = (data: Data): Line =>
      derive(data.close, {
        name: 'sparse',
        setsAll: true,
        compute({ inputs: [source], outputs: [out] }, from, to) {
          for (let i = from; i < to; i++) if (i % 3 !== 0) out!.set(i, source!.at(i));
        },
      });
    expect(() => checkIndicator(sparse)).toThrow('breaks the contract');
  });
});
