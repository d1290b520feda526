/** The dead-man switch of a sandbox session: set, set again, and taken off at its end. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';

import { createBars } from '../../../src/core/index.ts';
import { Cerebro, Strategy, type RunResult } from '../../../src/engine/index.ts';
import { StreamingFeed } from '../../../src/feeds/index.ts';
import { DirectGateway, instrument, localVenue, symbol } from './local.ts';
import { drive, minute, start } from './tape.ts';

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'dead-man-'));
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

class Idle extends Strategy {
  override next(): void {}
}

/** Runs a session of two minutes whose exchange answers to a switch that is taken off; gives the times that were asked for and the result. */
async function run(name: string, off: () => Promise<boolean>): Promise<[asked: number[], result: RunResult]> {
  const bars = createBars(4);
  for (let i = 0; i < 4; i++) {
    bars.time[i] = start + i * minute;
    bars.open[i] = bars.high[i] = bars.low[i] = bars.close[i] = 100;
    bars.volume[i] = 10;
  }
  const { runtime, network, market, history } = localVenue(bars, start - 5_000);
  const asked: number[] = [];
  class Switched extends DirectGateway {
    cancelAllAfter(_: readonly string[], ms: number): Promise<boolean> {
      asked.push(ms);
      return ms === 0 ? off() : Promise.resolve(true);
    }
  }
  const feed = new StreamingFeed({
    exchange: 'binance', symbol, timeframe: '1m', history: 0, instrument, closedBars: history, staleMs: { trade: 600_000, quote: 600_000 },
  }); // prettier-ignore
  const running = new Cerebro({ cash: 10_000, runtime }).addData(feed).addStrategy(Idle).run({
    mode: 'sandbox', clockMs: 1_000, network, until: start + 2 * minute, session: name, gateway: new Switched(market),
    intents: join(folder, `${name}.db`), deadManMs: 30_000,
  }); // prettier-ignore
  market.start();
  return [asked, await drive(runtime, running, 250, () => network.isUsed)];
}

const aboutSwitch = ({ warnings }: RunResult): readonly string[] =>
  warnings.filter((text) => text.includes('dead-man switch'));

it('is set again after every third of its time, and taken off at the end', async () => {
  const [asked, result] = await run('off', () => Promise.resolve(true));
  expect(asked.length).toBeGreaterThan(9);
  expect(asked).toEqual([...asked.slice(1).map(() => 30_000), 0]);
  expect(aboutSwitch(result)).toEqual([]);
});

it.each([
  ['refuses', () => Promise.reject(new Error('the exchange is busy')), 'the exchange is busy'],
  ['does not say so', () => Promise.resolve(false), 'it did not say that it is off'],
] as const)('is told of where the exchange %s', async (name, off, why) => {
  const [, result] = await run(name, off);
  expect(aboutSwitch(result)).toEqual([
    `the dead-man switch of binance could not be taken off (${why}): it may cancel the orders that were left open, 30 s after it was set last`,
  ]);
});
