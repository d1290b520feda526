/** The kill switch: each limit by itself, and a session that it flattens and pauses, which its journal replays. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { fixedSize } from '../../../src/broker/index.ts';
import type { OrderRequest, SendOutcome } from '../../../src/core/index.ts';
import { Cerebro, Strategy, type SessionControl, type SessionLimits } from '../../../src/engine/index.ts';
import { KillSwitch, checkLimits, type WatchedSession } from '../../../src/engine/live/operation/kill-switch.ts';
import { StreamingFeed } from '../../../src/feeds/index.ts';
import { DirectGateway, instrument, localVenue, symbol } from './local.ts';
import { drive, start, tapeBars } from './tape.ts';

const minute = 60_000;
const midnight = Date.UTC(2026, 0, 5);

/** A session at a moment, which holds nothing and has lost nothing. */
function at(change: Partial<WatchedSession> & { readonly size?: number; readonly isLive?: boolean }): WatchedSession {
  const { size = 0, isLive = true, ...rest } = change;
  const facts = { now: midnight, value: 1_000, grossValue: 0, orders: 0, ...rest };
  return { ...facts, datas: [{ symbol, size, isLive }] };
}

describe('a limit', () => {
  it('of the drawdown counts from the highest value', () => {
    const one = new KillSwitch({ maxDrawdown: 0.1 });
    expect(one.check(at({}))).toBeUndefined();
    expect(one.check(at({ value: 1_200 }))).toBeUndefined();
    expect(one.check(at({ value: 1_080 }))).toBeUndefined();
    expect(one.check(at({ value: 1_079 }))).toBe('the drawdown of 10.08 % is beyond the limit of 10 %');
    one.rearm();
    expect(one.check(at({ value: 1_079 }))).toBeUndefined();
  });

  it('of the daily loss counts from the first value of each day, UTC', () => {
    const one = new KillSwitch({ maxDailyLoss: 0.05 });
    expect(one.check(at({}))).toBeUndefined();
    expect(one.check(at({ now: midnight + 86_399_999, value: 951 }))).toBeUndefined();
    expect(one.check(at({ now: midnight + 86_400_000, value: 940 }))).toBeUndefined();
    expect(one.check(at({ now: midnight + 86_500_000, value: 892 }))).toMatch(/^the loss of 5.11 % since midnight UTC/);
  });

  it('of positions, exposure, orders a minute and lost streams names what broke it', () => {
    const units = new KillSwitch({ maxPosition: { [symbol]: 2 } });
    expect(units.check(at({ size: 2 }))).toBeUndefined();
    expect(units.check(at({ size: -2.5 }))).toBe('the position of -2.5 BTC/USDT is beyond the limit of 2');
    expect(new KillSwitch({ maxExposure: 1 }).check(at({ grossValue: 1_500 }))).toMatch(/150 % of the account/);
    const rate = new KillSwitch({ maxOrdersPerMinute: 2 });
    for (const [seconds, orders] of [
      [0, 0],
      [10, 2],
      [61, 2],
      [71, 3],
    ] as const) {
      // prettier-ignore
      expect(rate.check(at({ now: midnight + seconds * 1000, orders }))).toBeUndefined();
    }
    expect(rate.check(at({ now: midnight + 71_000, orders: 6 }))).toBe(
      '4 orders within a minute are beyond the limit of 2',
    );
    const stale = new KillSwitch({ maxStaleMs: 5_000 });
    expect(stale.check(at({ isLive: false }))).toBeUndefined();
    expect(stale.check(at({ now: midnight + 5_001, isLive: false }))).toMatch(
      /^the stream of BTC\/USDT has been away for 5 s/,
    );
  });

  it('of lost streams does not count before the session has a time', () => {
    const stale = new KillSwitch({ maxStaleMs: 5_000 });
    expect(stale.check(at({ now: -Infinity, isLive: false }))).toBeUndefined();
    expect(stale.check(at({ now: -Infinity, isLive: false }))).toBeUndefined();
    expect(stale.check(at({ isLive: false }))).toBeUndefined();
    expect(stale.check(at({ now: midnight + 5_000, isLive: false }))).toBeUndefined();
    expect(stale.check(at({ now: midnight + 5_001, isLive: false }))).toMatch(/has been away for 5 s/);
  });

  it('that cannot be right is refused by name', () => {
    expect(() => { checkLimits({ maxDrawdown: 20 }); }).toThrow('maxDrawdown must be a fraction above 0 and below 1, 0.2 for 20 %, was 20'); // prettier-ignore
    expect(() => { checkLimits({ maxDrawDown: 0.2 } as SessionLimits); }).toThrow("did you mean 'maxDrawdown'"); // prettier-ignore
  });
});

/** Holds something whenever it may. */
class Holds extends Strategy {
  override next(): void {
    if (this.position.size === 0 && this.openOrders.length === 0) this.buy({ size: 2 });
  }
}

describe('a session', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'kill-switch-'));
  });
  afterAll(() => {
    rmSync(folder, { recursive: true });
  });

  it('is flattened and paused when a limit is broken, until it is resumed, and its journal replays to the same', async () => {
    const { runtime, network, market, history } = localVenue(tapeBars(3, 60, { tick: 1, price: 400 }), start - 5_000);
    const feed = (live: boolean) =>
      new StreamingFeed({
        exchange: 'binance', symbol, timeframe: '1m', history: 0, instrument, ...(live && { closedBars: history }),
        staleMs: { trade: 600_000, quote: 600_000 },
      }); // prettier-ignore
    const cerebroOf = (live: boolean) =>
      new Cerebro({ cash: 100_000, ...(live && { runtime }) })
        .addSizer(fixedSize(2))
        .addData(feed(live))
        .addStrategy(Holds);
    const journal = join(folder, 'journal.db');
    let control: SessionControl | undefined;
    const seen: string[] = [];
    const running = cerebroOf(true).run({
      mode: 'paper',
      limits: { maxPosition: { [symbol]: 1 } },
      maxSteps: 20,
      clockMs: 5_000,
      network,
      journal,
      onControl: (given) => {
        control = given;
      },
      onUpdate: ({ paused, steps }) => {
        if (paused !== undefined && !seen.includes(paused)) seen.push(paused);
        if (steps === 10 && paused !== undefined) control!.resume('a test');
      },
    });
    market.start();
    const result = await drive(runtime, running, 5_000, () => network.isUsed);
    expect(seen).toEqual(['the kill switch has ended trading: the position of 2 BTC/USDT is beyond the limit of 1']);
    const orders = result.strategies[0]!.orders;
    expect(orders.slice(0, 2).map(({ side, status }) => [side, status])).toEqual([['buy', 'completed'], ['sell', 'completed']]); // prettier-ignore
    expect(orders[2]).toMatchObject({ side: 'buy', status: 'rejected', reason: seen[0] });
    expect(orders.filter(({ side, status }) => side === 'buy' && status === 'completed')).toHaveLength(2);
    expect(result.session!.holdings).toEqual({ [symbol]: 0 });
    expect(orders.at(-1)!.createdTime - orders[0]!.createdTime).toBeGreaterThan(10 * minute);
    const replay = await cerebroOf(false).replayJournal(journal);
    expect([replay.difference, replay.cut]).toEqual([undefined, undefined]);
  });

  it('cancels its open orders where it holds nothing', async () => {
    const { runtime, network, market, history } = localVenue(tapeBars(3, 60, { tick: 1, price: 400 }), start - 5_000);
    /** Sends three orders that rest. */
    class Rests extends Strategy {
      override next(): void {
        if (this.data.length === 3) for (const price of [300, 301, 302]) this.buy({ type: 'limit', price, size: 1 });
      }
    }
    const cerebro = new Cerebro({ cash: 100_000, runtime })
      .addData(new StreamingFeed({ exchange: 'binance', symbol, timeframe: '1m', history: 0, instrument, closedBars: history, staleMs: { trade: 600_000, quote: 600_000 } }))
      .addStrategy(Rests); // prettier-ignore
    const running = cerebro.run({
      mode: 'paper',
      limits: { maxOrdersPerMinute: 2 },
      maxSteps: 10,
      clockMs: 5_000,
      network,
    });
    market.start();
    const result = await drive(runtime, running, 5_000, () => network.isUsed);
    const why = 'the kill switch has ended trading: 3 orders within a minute are beyond the limit of 2';
    expect(result.strategies[0]!.orders.map(({ status, reason }) => [status, reason])).toEqual([['canceled', why], ['canceled', why], ['canceled', why]]); // prettier-ignore
    expect(result.session!.openOrders).toEqual([]);
  });

  it('that is to be flat is closed again where its orders came to nothing, and is paused still', async () => {
    const { runtime, network, market, history } = localVenue(tapeBars(3, 60, { tick: 1, price: 400 }), start - 5_000);
    /** Refuses the first two sales. */
    class Refusing extends DirectGateway {
      sales = 0;
      override send(request: OrderRequest): Promise<SendOutcome> {
        if (request.side === 'sell' && ++this.sales <= 2)
          return Promise.resolve({ kind: 'refused', reason: 'not now' });
        return super.send(request);
      }
    }
    const gateway = new Refusing(market);
    const cerebroOf = (live: boolean) =>
      new Cerebro({ cash: 100_000, ...(live && { runtime }) })
        .addSizer(fixedSize(2))
        .addData(
          new StreamingFeed({
            exchange: 'binance', symbol, timeframe: '1m', history: 0, instrument, ...(live && { closedBars: history }),
            staleMs: { trade: 600_000, quote: 600_000 },
          }),
        )
        .addStrategy(Holds); // prettier-ignore
    const journal = join(folder, 'flatten.db');
    let control: SessionControl | undefined;
    let messages: readonly string[] = [];
    let isAsked = false;
    const running = cerebroOf(true).run({
      mode: 'sandbox', gateway, intents: join(folder, 'intents.db'), maxSteps: 20, clockMs: 5_000, network, journal, session: 'flat',
      onControl: (given) => {
        control = given;
      },
      onUpdate: (view) => {
        messages = view.messages;
        if (!isAsked && view.datas[0]!.position.size > 0) {
          isAsked = true;
          control!.flatten('a test');
        }
      },
    }); // prettier-ignore
    market.start();
    const result = await drive(runtime, running, 5_000, () => network.isUsed);
    expect(result.session!.holdings).toEqual({ [symbol]: 0 });
    const sales = result.strategies[0]!.orders.filter(({ side }) => side === 'sell');
    expect(sales.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'completed']);
    expect(messages.join()).toContain('BTC/USDT could not be closed, and is closed again');
    const replay = await cerebroOf(false).replayJournal(journal);
    expect([replay.difference, replay.cut]).toEqual([undefined, undefined]);
  });
});
