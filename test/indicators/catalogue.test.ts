/** The catalogue has every indicator, says what is true of it, and the page in docs shows it. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

import { describe, expect, it } from 'vitest';

import { catalogueFiles } from '../../scripts/indicator-catalogue.ts';
import * as nextbar from '../../src/indicators/index.ts';
import { groundOf, walk } from './ground.ts';

const { indicators, namedLines } = nextbar;
const root = fileURLToPath(new URL('../../', import.meta.url));
/** What grows no line of its own. */
const others = ['microPrice', 'bookImbalance', 'namedLines', 'checkIndicator', 'indicatorRules'];

describe('the catalogue', () => {
  it('has every exported indicator once, and nothing else', () => {
    const exported = Object.entries(nextbar).filter(
      ([name, value]) => typeof value === 'function' && !others.includes(name),
    );
    expect(
      indicators
        .list()
        .map(({ name }) => name)
        .sort(),
    ).toEqual(exported.map(([name]) => name).sort());
  });

  it.each(indicators.list().map((info) => [info.name, info] as const))(
    'makes %s with its defaults and at the edges of its ranges',
    (_, info) => {
      const { graph, data } = groundOf(walk(3, 50));
      for (const edge of ['default', 'from', 'to'] as const) {
        const params = Object.fromEntries(info.params.map((one) => [one.name, one[edge]]));
        expect(namedLines(info.make(data, params)).length).toBeGreaterThan(0);
      }
      expect(graph.nodes.length).toBeGreaterThanOrEqual(0);
      for (const { from, to, default: usual } of info.params) expect(from <= usual && usual <= to).toBe(true);
      expect(info.about).toMatch(/^[A-Z1].*\.$/);
    },
  );

  it('says what lines there are and when they begin', () => {
    expect(indicators.find('superTrend').lines()).toEqual(['stop', 'direction']);
    expect(indicators.find('sma').lines()).toEqual(['line']);
    expect(indicators.find('superTrend').minPeriod()).toBe(11);
    expect(indicators.find('sma').minPeriod({ period: 7 })).toBe(7);
    for (const info of indicators.list()) expect(info.minPeriod(), info.name).toBeGreaterThan(0);
  });

  it('names the nearest where there is no such indicator or parameter', () => {
    expect(() => indicators.find('supertrend')).toThrow("did you mean 'superTrend'?");
    const { data } = groundOf(walk(3, 10));
    expect(() => indicators.find('sma').make(data, { periode: 3 })).toThrow("did you mean 'period'?");
  });

  it('is what docs/indicator-catalogue.md and its charts show', () => {
    const files = catalogueFiles();
    for (const [path, text] of files) {
      expect(existsSync(`${root}${path}`), path).toBe(true);
      expect(readFileSync(`${root}${path}`, 'utf8'), path).toBe(text);
    }
    expect(readdirSync(`${root}docs/images/indicators`).length).toBe(files.size - 1);
  });
});
