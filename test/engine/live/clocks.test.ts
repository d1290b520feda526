/** What a session reports of time: a clock that is far from the exchange's, and how long orders took to their answers. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';

import type { OrderRequest, SendOutcome } from '../../../src/core/index.ts';
import { Cerebro, Strategy, type RunResult } from '../../../src/engine/index.ts';
import { RoundTrips } from '../../../src/engine/result/round-trip.ts';
import { StreamingFeed } from '../../../src/feeds/index.ts';
import { DirectGateway, instrument, localVenue, symbol } from './local.ts';
import { drive, minute, start, tapeBars } from './tape.ts';

class Alternates extends Strategy {
  static readonly told: string[] = [];

  override next(): void {
    if (this.position.size === 0) this.buy({ size: 1 });
    else this.close();
  }

  override notifyStore(message: string): void {
    Alternates.told.push(message);
  }
}

/** How long the last session took, in milliseconds. */
let lasted = NaN;

/** A session at an exchange whose clock is apart, and that answers after some time. */
async function run(
  clockOffset: number,
  answerMs: number,
  end: { readonly until: number } | { readonly forMs: number } = { until: start + 12 * minute },
): Promise<RunResult> {
  const folder = mkdtempSync(join(tmpdir(), 'clocks-'));
  onTestFinished(() => {
    rmSync(folder, { recursive: true });
  });
  Alternates.told.length = 0;
  const { runtime, network, market, history } = localVenue(tapeBars(5, 30, { tick: 1, price: 400 }), start - 5_000);
  class Slow extends DirectGateway {
    override async send(request: OrderRequest): Promise<SendOutcome> {
      await runtime.sleep(answerMs);
      return super.send(request);
    }
  }
  const closedBars = { fetch: history.fetch.bind(history), clockOffset: () => Promise.resolve(clockOffset) };
  const feed = new StreamingFeed({
    exchange: 'binance', symbol, timeframe: '1m', history: 0, instrument, closedBars, staleMs: { trade: 600_000, quote: 600_000 },
  }); // prettier-ignore
  const running = new Cerebro({ cash: 100_000, runtime })
    .addData(feed)
    .addStrategy(Alternates)
    .run({
      mode: 'sandbox', clockMs: 1_000, network, session: 'clocks', gateway: new Slow(market), intents: join(folder, 'intents.db'),
      ...end,
    }); // prettier-ignore
  market.start();
  const began = runtime.now();
  const result = await drive(runtime, running, 250, () => network.isUsed);
  lasted = runtime.now() - began;
  return result;
}

it('names a clock that is far from the exchange, once, and measures the answers to orders', async () => {
  const { session } = await run(12_400, 500);
  const clocks = Alternates.told.filter((text) => text.includes('clock'));
  expect(clocks).toEqual([
    'the clock of this computer is 12.4 s behind that of binance: the session goes by the time of the exchange; unless that is a local one, set the clock, such as with timedatectl set-ntp true',
  ]);
  const { count, p50, p99, highest } = session!.roundTrip!;
  expect(count).toBeGreaterThan(3);
  for (const ms of [p50, p99, highest]) expect(ms).toBeGreaterThanOrEqual(500);
  expect(p50).toBeLessThanOrEqual(p99);
});

it('says nothing of a clock that is right', async () => {
  await run(-1_500, 1);
  expect(Alternates.told.filter((text) => text.includes('clock'))).toEqual([]);
});

it.each([20 * minute, -20 * minute])('lasts as long as it was told at an exchange whose clock is %i ms apart', async (apart) => {
  const { session } = await run(apart, 1, { forMs: 12 * minute });
  expect(session!.ended).toBe('its time was over');
  expect(lasted).toBeGreaterThan(11 * minute);
  expect(lasted).toBeLessThan(13 * minute);
}); // prettier-ignore

it('reads quantiles as the time within which that many were answered', () => {
  const times = new RoundTrips();
  expect(times.result()).toBeUndefined();
  for (let k = 100; k >= 1; k--) times.take(k);
  expect(times.result()).toEqual({ count: 100, p50: 50, p99: 99, highest: 100 });
});
