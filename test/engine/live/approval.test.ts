/** Approval mode: orders wait for a person, pass when they are approved, and are refused when declined or too old. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, expect, it } from 'vitest';

import { Cerebro, Strategy, type SessionControl } from '../../../src/engine/index.ts';
import { StreamingFeed } from '../../../src/feeds/index.ts';
import { DirectGateway, instrument, localVenue, symbol } from './local.ts';
import { drive, start, tapeBars } from './tape.ts';

const count = 40;
const bars = tapeBars(3, count, { tick: 1, price: 400 });
let folder = '';

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'approval-'));
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

/** Places an order on each tenth bar: one to be approved, one to be declined, one to be forgotten, a bracket to be approved. */
class Asks extends Strategy {
  override next(): void {
    const { close, length } = this.data;
    if (length === 32) this.buyBracket({ size: 1, stopLoss: close.now - 50, takeProfit: close.now + 50 });
    else if (length % 10 === 2) this.buy({ size: 1 });
  }
}

it('lets an order pass when a person has approved it, and refuses it else', async () => {
  const { runtime, network, market, history } = localVenue(bars, start - 5_000);
  const cerebroOf = (): Cerebro =>
    new Cerebro({ cash: 1_000_000, runtime })
      .addData(new StreamingFeed({ exchange: 'binance', symbol, timeframe: '1m', history: 0, instrument, closedBars: history, staleMs: { trade: 600_000, quote: 600_000 } }))
      .addStrategy(Asks); // prettier-ignore
  const journal = join(folder, 'journal.db');
  let control: SessionControl | undefined;
  const answered = new Set<number>();
  const seen: number[] = [];
  const running = cerebroOf().run({
    mode: 'paper', maxSteps: count - 1, clockMs: 5_000, network, journal, approvalMs: 120_000,
    onControl: (given) => {
      control = given;
    },
    onUpdate: ({ waiting = [], steps }) => {
      for (const { ref } of waiting) {
        if (answered.has(ref)) continue;
        answered.add(ref);
        seen.push(ref);
        expect(waiting.every(({ status }) => status === 'created')).toBe(true);
        if (steps < 10) control!.approve('a test', ref);
        else if (steps < 20) control!.decline('not today', ref);
        else if (steps > 30) control!.approve('all of it');
      }
    },
  }); // prettier-ignore
  market.start();
  const result = await drive(runtime, running, 5_000, () => network.isUsed);
  const orders = result.strategies[0]!.orders.map(({ status, reason }) => [status, reason]);
  expect(orders).toEqual([
    ['completed', undefined],
    ['rejected', 'it was declined: not today'],
    ['rejected', 'it was not approved within 120 s'],
    ['completed', undefined],
    ['accepted', undefined],
    ['accepted', undefined],
  ]);
  expect(seen).toHaveLength(6);
  const replay = await cerebroOf().replayJournal(journal);
  expect([replay.difference, replay.cut]).toEqual([undefined, undefined]);
  expect(replay.result.finalValue).toBe(result.finalValue);
});

/** Enters on bar 2, asks for more on bars 12 and 15, and for the way out on bar 20. */
class Adds extends Strategy {
  override next(): void {
    const { close, length } = this.data;
    if (length === 2 || length === 12) this.buy({ size: 1 });
    if (length === 15) this.buyBracket({ size: 1, stopLoss: close.now - 50, takeProfit: close.now + 50 });
    if (length === 20) this.sell({ size: 1 });
  }
}

it('asks nobody about an order that a pause refuses, but about the way out', async () => {
  const { runtime, network, market, history } = localVenue(bars, start - 5_000);
  const cerebroOf = (): Cerebro =>
    new Cerebro({ cash: 1_000_000, runtime })
      .addData(new StreamingFeed({ exchange: 'binance', symbol, timeframe: '1m', history: 0, instrument, closedBars: history, staleMs: { trade: 600_000, quote: 600_000 } }))
      .addStrategy(Adds); // prettier-ignore
  const journal = join(folder, 'paused.db');
  let control: SessionControl | undefined;
  const asked: string[] = [];
  let answered = 0;
  const running = cerebroOf().run({
    mode: 'paper', maxSteps: count - 1, clockMs: 5_000, network, journal, approvalMs: 600_000,
    onControl: (given) => {
      control = given;
    },
    onUpdate: ({ waiting = [], paused }) => {
      for (const { ref, side } of waiting) {
        if (ref <= answered) continue;
        answered = ref;
        asked.push(`${side}${paused === undefined ? '' : ' while paused'}`);
        if (asked.length === 2) control!.pause('a test');
        else control!.approve('a test', ref);
      }
    },
  }); // prettier-ignore
  market.start();
  const result = await drive(runtime, running, 5_000, () => network.isUsed);
  expect(asked).toEqual(['buy', 'buy', 'sell while paused']);
  const orders = result.strategies[0]!.orders.map(({ status, reason }) => [status, reason]);
  const refused = ['rejected', 'the session is paused: a test'];
  expect([orders[0], orders[1], orders[2], orders.at(-1)]).toEqual([['completed', undefined], refused, refused, ['completed', undefined]]); // prettier-ignore
  expect(orders.slice(3, 5).map(([status]) => status)).toEqual(['canceled', 'canceled']);
  const replay = await cerebroOf().replayJournal(journal);
  expect([replay.difference, replay.cut]).toEqual([undefined, undefined]);
});

it('says in its next run which orders waited for a person and were not sent, and a replay says it too', async () => {
  const [state, journals] = [join(folder, 'unsent.json'), ['unsent-1.db', 'unsent-2.db'].map((name) => join(folder, name))];
  const intents = join(folder, 'unsent-intents.db');
  const venue = localVenue(bars, start - 5_000);
  const { runtime, network, market, history } = venue;
  const cerebroOf = (): Cerebro =>
    new Cerebro({ cash: 1_000_000, runtime })
      .addData(new StreamingFeed({ exchange: 'binance', symbol, timeframe: '1m', history: 0, instrument, closedBars: history, staleMs: { trade: 600_000, quote: 600_000 } }))
      .addStrategy(Asks);
  const runs: { said: string[]; waited: number }[] = [];
  for (const journal of journals) {
    const run = { said: [] as string[], waited: 0 };
    const running = cerebroOf().run({
      mode: 'sandbox', session: 'one', maxSteps: 5, clockMs: 5_000, network, journal, state, intents, approvalMs: 3_600_000,
      gateway: new DirectGateway(market),
      onUpdate: ({ messages, waiting = [] }) => {
        run.said.push(...messages);
        run.waited = waiting.length;
      },
    });
    if (runs.length === 0) market.start();
    await drive(runtime, running, 5_000, () => network.isUsed);
    runs.push(run);
  }
  expect(runs[0]!.waited).toBe(1);
  expect(runs[1]!.said).toContainEqual(expect.stringMatching(/^1 order waited for a person when the last run ended, and was not sent: buy 1 BTC\/USDT market/));
  const replay = await cerebroOf().replayJournal(journals[1]!);
  expect([replay.difference, replay.rewordings]).toEqual([undefined, 0]);
}, 60_000); // prettier-ignore
