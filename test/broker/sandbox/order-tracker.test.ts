/** What the order tracker remembers of orders that have ended. */
import { expect, it } from 'vitest';

import { NewsList } from '../../../src/broker/live/live-broker.ts';
import { Ticket } from '../../../src/broker/sandbox/order-ticket.ts';
import { OrderTracker } from '../../../src/broker/sandbox/order-tracker.ts';
import type { FillEvent } from '../../../src/core/index.ts';

const minute = 60_000;
const symbol = 'BTC/USDT';

function tracked(
  forgotten: (fill: FillEvent) => Ticket | 'unknown' | undefined = () => undefined,
  heard: (ticket: Ticket, fill: FillEvent) => unknown = () => undefined,
): {
  readonly tracker: OrderTracker;
  readonly booked: string[];
  readonly news: NewsList;
} {
  const booked: string[] = [];
  const ignore = (): void => {};
  const owner = {
    book: (ticket: Ticket, fill: FillEvent) => {
      booked.push(fill.id);
      heard(ticket, fill);
    },
    forgotten,
    acknowledge: ignore,
    conclude: ignore,
    changedInPlace: ignore,
    lostToChange: ignore,
    cannotPair: ignore,
    cannotAmend: ignore,
  };
  const news = new NewsList();
  const tracker = new OrderTracker(owner, news, { lateArrivalMs: 60_000, pollMs: 30_000 });
  tracker.isStreamLive = true;
  return { tracker, booked, news };
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

it('books what an order executes after it was forgotten, once, and reports it', () => {
  const facts = { symbol, dataId: 0, sign: 1, size: '1', time: 0, working: undefined } as const;
  const { tracker, booked, news } = tracked(({ clientId }) => new Ticket(clientId!, facts));
  for (let k = 1; k <= 1_000; k++) trade(tracker, k);
  const late = { ...fillOf(10), id: 'late', time: 999 * minute };
  tracker.fill(late);
  tracker.fetched(symbol, [late, fillOf(10)]);
  expect(booked.slice(1_000)).toEqual(['late']);
  expect(news.items.map(({ text }) => text)).toEqual([
    'order own 10 had ended over an hour before, and the exchange executed 1 BTC/USDT of it: it is booked, and belongs to no trade',
  ]);
  for (let k = 1_001; k <= 1_100; k++) trade(tracker, k);
  expect(tracker.tickets.has('own 10')).toBe(false);
});

it('reports what such an order executes where the fill does not name its position', () => {
  const { tracker, booked, news } = tracked(() => 'unknown');
  for (let k = 1; k <= 100; k++) trade(tracker, k);
  tracker.fill({ ...fillOf(10), id: 'late', time: 99 * minute });
  expect([booked.length, tracker.isSettled]).toEqual([100, true]);
  expect(news.items[0]?.text).toMatch(
    / executed 1 BTC\/USDT of it: it is booked when the session is started again, which knows its side$/,
  );
});

it('forgets nothing while the exchange is not heard, and books what was executed meanwhile', () => {
  const { tracker, booked } = tracked(() => { throw new Error('it is known'); }); // prettier-ignore
  const canceled = new Ticket('canceled', { symbol, dataId: 0, sign: 1, size: '1', time: minute, working: undefined });
  tracker.moveClock(minute);
  tracker.add(canceled);
  tracker.observe(canceled, { id: 'venue canceled', status: 'canceled', filled: 0 });
  tracker.moveClock(10 * minute);
  tracker.isStreamLive = false;
  // Orders that are looked up end meanwhile.
  for (let k = 11; k <= 300; k++) trade(tracker, k);
  tracker.isStreamLive = true;
  tracker.reconcile(10 * minute);
  const late = { ...fillOf(60), id: 'late', orderId: 'venue canceled', clientId: 'canceled' };
  tracker.fetched(symbol, [late, fillOf(60), fillOf(200)]);
  expect(booked.slice(290)).toEqual(['late']);
  for (let k = 301; k <= 400; k++) trade(tracker, k);
  expect(tracker.tickets.size).toBe(60);
});

it('books late fills of both sides of a contract on the side of their order', () => {
  const sides: unknown[] = [];
  const { tracker } = tracked(undefined, ({ dataId }, { id }) => sides.push([dataId, id]));
  tracker.moveClock(minute);
  for (const [dataId, sign] of [[0, 1], [1, -1]] as const) {
    const facts = { symbol, dataId, sign, size: '1', time: minute, working: undefined };
    const ticket = new Ticket(`own ${dataId}`, facts);
    tracker.add(ticket);
    tracker.observe(ticket, { id: `venue ${dataId}`, status: 'canceled', filled: 0 });
    expect(ticket.phase).toBe('ended');
  } // prettier-ignore
  tracker.moveClock(30 * minute);
  for (let k = 0; k < 2; k++) for (const number of [1, 0]) tracker.fill({ ...fillOf(number), time: 2 * minute });
  expect(sides).toEqual([[1, 'fill 1'], [0, 'fill 0']]); // prettier-ignore
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
