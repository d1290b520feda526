/** No example looks ahead: with every future falsified and the data cut off at several places, its past stays what it was. */
import { derive } from '../../src/lines/index.ts';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

import { afterEach, describe, expect, it, vi } from 'vitest';

import { Cerebro, Strategy } from 'nextbar';
import { auditLookahead, type AuditReport } from 'nextbar/research';

const folder = fileURLToPath(new URL('../../examples/', import.meta.url));
/** The examples that run a strategy; others only watch a market. */
const names = readdirSync(folder).filter((name) => {
  if (!name.endsWith('.ts')) return false;
  const text = readFileSync(join(folder, name), 'utf8');
  // A tick backtest has no bars to falsify: its own test falsifies and cuts off the ticks.
  if (text.includes('BookDataFeed')) return false;
  // A study makes its runs itself.
  return text.includes('new Cerebro(') && !/\b(?:optimize|run|walkForward)\b[^;]*nextbar\/research/.test(text);
});

const stopped = new Error('the example is set up');
let copies = 0;

/** What an example has set up by the time it runs, made anew. */
async function setUp(name: string): Promise<Cerebro> {
  const run = vi.spyOn(Cerebro.prototype, 'run').mockRejectedValue(stopped);
  const url = `${pathToFileURL(join(folder, name)).href}?copy=${++copies}`;
  await expect(import(/* @vite-ignore */ url)).rejects.toBe(stopped);
  const [found] = run.mock.contexts;
  run.mockRestore();
  if (!(found instanceof Cerebro)) throw new Error(`${name} runs no Cerebro`);
  return found;
}

async function audit(name: string, change: (cerebro: Cerebro) => Cerebro = (one) => one): Promise<AuditReport> {
  // The true run, the same again, one at other dates, three falsified ones, four cut off, two that begin later, and up to ten over other markets
  // with two, for each data, of which the start is hidden.
  const made: Cerebro[] = [];
  for (let k = 0; k < 30; k++) made.push(change(await setUp(name)));
  expect(new Set(made).size).toBe(30);
  const report = await auditLookahead(() => made.pop()!);
  // Cut off, falsified and begun later: a recording stays at its dates and numbers.
  expect(report.runs).toBeGreaterThanOrEqual(10);
  expect(made).toHaveLength(29 - report.runs);
  return report;
}

afterEach(() => {
  vi.restoreAllMocks();
});

describe('the look-ahead audit', () => {
  it.each(names)('calls %s clean', async (name) => {
    const { leaks, isClean, steps } = await audit(name);
    expect(leaks).toEqual([]);
    expect(isClean).toBe(true);
    expect(steps).toBeGreaterThan(20);
  });

  it('would find a slow bar shown at its open in the example of timeframes', async () => {
    class Early extends Strategy {
      readonly slow = derive(this.getData('btc 4h').close, {
        name: 'next close',
        compute({ inputs: [x], outputs: [out] }, from, to) {
          for (let i = from; i < to; i++) out!.set(i, x!.at(Math.min(i + 1, x!.length - 1)));
        },
      }).onto(this.data);
    }
    const { leaks } = await audit('08-trend-filter.ts', (cerebro) => cerebro.addStrategy(Early));
    expect(leaks.map(({ strategy, what }) => `${strategy}: ${what}`)).toContain("Early: next close of 'btc 4h'");
    expect(leaks.every(({ strategy }) => strategy === 'Early')).toBe(true);
  });
});
