/** What the order tracker remembers of orders that have ended. */
import { expect, it } from 'vitest';

import { NewsList } from '../../../src/broker/live/live-broker.ts';
import { Ticket } from '../../../src/broker/sandbox/order-ticket.ts';
import { OrderTracker } from '../../../src/broker/sandbox/order-tracker.ts';
import type { FillEvent } from '../../../src/core/index.ts';

const minute = 60_000;
const symbol = 'BTC/USDT';

function tracked(): { readonly tracker: OrderTracker; readonly booked: string[] } {
  const booked: string[] = [];
  const ignore = (): void => {};
  const owner = {
    book: (_ticket: Ticket, { id }: FillEvent) => booked.push(id),
    acknowledge: ignore,
    conclude: ignore,
    changedInPlace: ignore,
    lostToChange: ignore,
    cannotPair: ignore,
    cannotAmend: ignore,
  };
  const tracker = new OrderTracker(owner, new NewsList(), { lateArrivalMs: 60_000, pollMs: 30_000 });
  tracker.isStreamLive = true;
  return { tracker, booked };
}

const fillOf = (number: number): FillEvent =>
  ({
    kind: 'fill',
    id: `fill ${number}`,
    orderId: `venue ${number}`,
    clientId: `own ${number}`,
    symbol,
    side: 'buy',
    size: 1,
    price: 100,
    time: number * minute,
    maker: false,
  }) as unknown as FillEvent;

function trade(tracker: OrderTracker, number: number): void {
  tracker.moveClock(number * minute);
  const facts = { symbol, dataId: 0, sign: 1, size: '1', time: number * minute, working: undefined } as const;
  const ticket = new Ticket(`own ${number}`, facts);
  tracker.add(ticket);
  tracker.observe(ticket, { id: `venue ${number}`, status: 'open', filled: 0 });
  tracker.fill(fillOf(number));
  tracker.act();
}

it('forgets orders an hour after their end, and books no fill of theirs again', () => {
  const { tracker, booked } = tracked();
  for (let k = 1; k <= 1_000; k++) trade(tracker, k);
  expect(booked).toHaveLength(1_000);
  expect([...tracker.tickets.keys()][0]).toBe('own 941');
  expect(tracker.tickets.size).toBe(60);
  // Asked again for its fills, an exchange lists all of the day: those known here and those that are not.
  tracker.fetched(symbol, [10, 950, 1_000].map(fillOf));
  tracker.fetched(
    symbol,
    [10, 950].map((k) => ({ ...fillOf(k), clientId: undefined })),
  );
  expect(booked).toHaveLength(1_000);
  expect(tracker.isSettled).toBe(true);
});

it('keeps an order that an exchange was believed not to have, once it turns up', () => {
  const { tracker } = tracked();
  trade(tracker, 1);
  const late = new Ticket('late', { symbol, dataId: 0, sign: 1, size: '1', time: minute, working: undefined });
  tracker.add(late);
  tracker.sent('late', { kind: 'refused', code: 'rejected', reason: 'no' } as never);
  expect(late.phase).toBe('void');
  tracker.observe(late, { id: 'venue late', status: 'open', filled: 0 });
  for (let k = 2; k <= 100; k++) trade(tracker, k);
  expect(tracker.tickets.get('late')).toBe(late);
  tracker.observe(late, { id: 'venue late', status: 'canceled', filled: 0 });
  for (let k = 101; k <= 200; k++) trade(tracker, k);
  expect(tracker.tickets.has('late')).toBe(false);
});
