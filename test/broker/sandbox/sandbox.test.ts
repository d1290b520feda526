/** Sandbox orders against a gateway that answers by script: what is asked, what is written down, and what the orders become. */
import { describe, expect, it } from 'vitest';

import { SandboxBroker, placeBracket, type SandboxOptions } from '../../../src/broker/index.ts';
import type { Intent } from '../../../src/core/index.ts';
import { Pit, start } from '../paper/pit.ts';
import { Desk, fillOf, id, spot, venueOrder } from './desk.ts';
import { PlainIntents } from './scripted-gateway.ts';

describe('sending', () => {
  it('writes the intent down before the order leaves, as exact text', async () => {
    const desk = await new Desk().opened();
    let written: readonly Intent[] = [];
    const send = desk.gateway.send.bind(desk.gateway);
    desk.gateway.send = (request) => {
      written = [...desk.intents.rows];
      return send(request);
    };
    desk.buy({ type: 'stopLimit', price: 101.5, limitPrice: 102, size: 0.1 + 0.2 });
    const request = {
      clientId: id(1),
      symbol: 'BTC/USDT',
      side: 'buy',
      type: 'stopLimit',
      size: '0.3',
      price: '102',
      stopPrice: '101.5',
    };
    expect(written).toEqual([{ number: 1, state: 'written', time: desk.time, request }]);
    expect(desk.gateway.sent).toEqual([request]);
    expect(desk.said()).toEqual(['1 submitted']);
  });

  it("accepts on the exchange's word, and completes by its fills and fees", async () => {
    const desk = await new Desk().opened();
    desk.buy({ type: 'limit', price: 100, size: 1 });
    await desk.answer('send', { kind: 'accepted', order: venueOrder(1) });
    await desk.hears(fillOf(1, { id: 'a', size: 0.4, fee: 0.04 }));
    await desk.hears(fillOf(1, { id: 'b', size: 0.6, price: 99.5, fee: 0.05 }));
    expect(desk.said()).toEqual(['1 submitted', '1 accepted', '1 partial 0.4 @ 100', '1 completed 0.6 @ 99.5']);
    expect(desk.sandbox.cash).toBe(10_000 - 40 - 59.7 - 0.09);
    expect(desk.intents.rows[0]).toMatchObject({ state: 'done', venueId: 'v1' });
  });

  it('says what the exchange says of a refusal, and what of it is want of cash', async () => {
    const desk = await new Desk().opened();
    desk.buy();
    desk.buy();
    await desk.answer('send', { kind: 'refused', reason: 'Filter failure: NOTIONAL', code: 'filter' });
    await desk.answer('send', { kind: 'refused', reason: 'insufficient balance', code: 'insufficient-funds' });
    expect(desk.said().slice(-2)).toEqual(['1 rejected (Filter failure: NOTIONAL)', '2 margin (insufficient balance)']);
    expect(desk.intents.rows.map(({ state }) => state)).toEqual(['void', 'void']);
  });

  it('is acknowledged once, by the first word that the exchange has it, and never by a refusal', async () => {
    const desk = await new Desk().opened();
    const noted: string[] = [];
    const note = desk.intents.note.bind(desk.intents);
    desk.intents.note = (clientId, state, venueId) => {
      noted.push(`${clientId} ${state}`);
      note(clientId, state, venueId);
    };
    const stamp = { exchange: 'local', symbol: 'BTC/USDT', time: 0, receiveTime: 0 } as const;
    const report = (number: number, status: 'open' | 'rejected'): Promise<Desk> =>
      desk.hears({
        type: 'order',
        ...stamp,
        id: `v${number}`,
        clientId: id(number),
        side: 'buy',
        orderType: 'LIMIT',
        status,
        price: 99,
        size: 1,
        filled: 0,
        reason: undefined,
      });
    desk.buy({ type: 'limit', price: 99, size: 1 });
    await report(1, 'open');
    await report(1, 'open');
    await desk.answer('send', { kind: 'accepted', order: venueOrder(1) });
    desk.buy({ type: 'limit', price: 99, size: 1 });
    await report(2, 'rejected');
    expect(noted.filter((line) => line.endsWith('accepted'))).toEqual([`${id(1)} accepted`]);
    expect(desk.said()).toEqual(['1 submitted', '1 accepted', '2 submitted', '2 rejected (the exchange refused it)']);
  });

  it('does not send what it cannot write down', async () => {
    const desk = await new Desk().opened();
    desk.intents.isFull = true;
    const order = desk.buy();
    await desk.settle();
    expect(desk.gateway.sent).toEqual([]);
    expect(order).toMatchObject({
      status: 'rejected',
      reason: 'its intent could not be written: the disk is full',
    });
  });

  it('refuses types that exchanges do not work, margin, and short sales', async () => {
    const desk = await new Desk().opened();
    expect(() => desk.buy({ type: 'close' })).toThrow('exchanges do not support close orders');
    expect(desk.sell()).toMatchObject({
      status: 'margin',
      reason: 'the session holds 0 BTC available to sell; spot cannot be sold short',
    });
    const futures = new SandboxBroker({ commission: { autoMargin: 0.1 } }, undefined);
    expect(() => new Pit(futures)).toThrow("sandbox mode trades spot without leverage, 'BTC/USDT' is not that");
  });

  it('refuses a sale of units that a working purchase is still to bring', async () => {
    const desk = await new Desk().opened();
    desk.buy({ type: 'limit', price: 90 });
    expect(desk.sell({ type: 'limit', price: 110 })).toMatchObject({
      status: 'margin',
      reason: 'the session holds 0 BTC available to sell; spot cannot be sold short',
    });
  });

  it('refuses orders on a stale stream', async () => {
    const desk = await new Desk().opened();
    desk.state('stale');
    expect(desk.buy()).toMatchObject({ status: 'rejected', reason: "the stream of 'BTC/USDT' is stale" });
    expect(desk.gateway.sent).toEqual([]);
  });
});

describe('an order without an answer', () => {
  it('is looked up and never sent again, and accepted when the exchange has it', async () => {
    const desk = await new Desk().opened();
    const order = desk.buy({ type: 'limit', price: 99 });
    await desk.answer('send', { kind: 'unknown', reason: 'no answer within 1000 ms' });
    expect(order.status).toBe('submitted');
    expect(desk.gateway.waiting).toEqual([`find ${id(1)}`]);
    await desk.answer('find', venueOrder(1));
    expect(order.status).toBe('accepted');
    expect(desk.gateway.sent).toHaveLength(1);
  });

  it('is not called rejected before it cannot arrive any more', async () => {
    const desk = await new Desk().opened();
    const order = desk.buy({ type: 'limit', price: 99 });
    await desk.answer('send', { kind: 'unknown', reason: 'no answer' });
    let asked = 0;
    for (let ms = 0; ms < 4_900; ms += 100) {
      if (desk.gateway.waiting.length > 0) {
        asked++;
        await desk.answer('find', undefined);
      }
      expect(order.status).toBe('submitted');
      await desk.after(100);
    }
    // 250, 500, 1000, 2000, 4000 ms apart.
    expect(asked).toBe(5);
    await desk.after(5_000);
    await desk.answer('find', undefined);
    expect(order).toMatchObject({ status: 'rejected', reason: 'the exchange never received it' });
    expect(desk.intents.rows[0]!.state).toBe('void');
  });

  it('stays open as long as look-ups fail', async () => {
    const desk = await new Desk().opened();
    const order = desk.buy({ type: 'limit', price: 99 });
    await desk.answer('send', { kind: 'unknown', reason: 'no answer' });
    for (let k = 0; k < 20; k++) {
      if (desk.gateway.waiting.length > 0) desk.gateway.take('find').fail('HTTP 502');
      await desk.settle();
      await desk.after(10_000);
    }
    expect(order.status).toBe('submitted');
    await desk.answer('find', venueOrder(1, { status: 'filled', filled: 1 }));
    await desk.after(500);
    await desk.answer('fills', [fillOf(1)]);
    expect(order.status).toBe('completed');
  });

  it('takes a fill on the stream for the answer, and a refusal after it for nothing', async () => {
    const desk = await new Desk().opened();
    const order = desk.buy({ type: 'limit', price: 100 });
    await desk.hears(fillOf(1, { clientId: id(1), size: 0.5 }));
    await desk.answer('send', { kind: 'refused', reason: 'duplicate order' });
    expect(order).toMatchObject({ status: 'partial', filled: 0.5 });
  });

  it('withdraws one that shows up after the exchange had said not to have it', async () => {
    const desk = await new Desk().opened();
    const order = desk.buy({ type: 'limit', price: 99 });
    await desk.answer('send', { kind: 'unknown', reason: 'no answer' });
    await desk.after(6_000);
    await desk.answer('find', undefined);
    await desk.after(6_000);
    await desk.answer('find', undefined);
    expect(order.status).toBe('rejected');
    const state = { type: 'order', exchange: 'local', symbol: 'BTC/USDT', time: 0, receiveTime: 0 } as const;
    const facts = {
      side: 'buy',
      orderType: 'LIMIT',
      status: 'open',
      price: 99,
      size: 1,
      filled: 0,
      reason: undefined,
    } as const;
    await desk.hears({ ...state, ...facts, id: 'v1', clientId: id(1) });
    expect(desk.gateway.waiting).toContain(`cancel ${id(1)}`);
    expect(desk.newsText.at(-1)).toContain('exists at the exchange, which had reported that it did not');
    await desk.hears(fillOf(1, { size: 0.25 }));
    expect(desk.sandbox.positionOf(0).size).toBe(0.25);
    expect(order).toMatchObject({ status: 'rejected', filled: 0 });
  });
});

describe('fills', () => {
  it('books each once, whichever way it comes', async () => {
    const desk = await new Desk().opened();
    desk.buy({ type: 'limit', price: 100 });
    await desk.answer('send', { kind: 'accepted', order: venueOrder(1, { status: 'partial', filled: 0.5 }) });
    await desk.after(500);
    const half = fillOf(1, { size: 0.5, fee: 0 });
    await desk.hears(half);
    await desk.answer('fills', [half]);
    await desk.hears(half);
    expect(desk.sandbox.positionOf(0).size).toBe(0.5);
    expect(desk.said().filter((line) => line.includes('@'))).toEqual(['1 partial 0.5 @ 100']);
  });

  it('books what its own forgotten orders execute, once, leaves those of others, and warns of it in the result', async () => {
    const desk = await new Desk().opened();
    for (const number of [1, 2]) {
      desk.buy({ type: 'limit', price: 100, size: 1 });
      await desk.answer('send', { kind: 'accepted', order: venueOrder(number) });
      await desk.hears(fillOf(number, { fee: 0 }));
      for (let k = 0; k < 120; k++) await desk.after(60_000);
    }
    desk.buy({ type: 'limit', price: 100, size: 1 });
    await desk.answer('send', { kind: 'accepted', order: venueOrder(3) });
    await desk.hears(fillOf(3, { fee: 0 }));
    const late = fillOf(1, { id: 'late', size: 0.5, fee: 0, clientId: id(1), time: desk.time });
    for (let k = 0; k < 2; k++) await desk.hears(late);
    await desk.hears({ ...late, id: 'other', orderId: 'v9', clientId: 'somebody-1' });
    await desk.hears({ ...late, id: 'nobody', orderId: 'v8', clientId: undefined });
    expect(desk.sandbox.positionOf(0).size).toBe(3.5);
    expect(desk.sandbox.warnings).toEqual([
      `order ${id(1)} had ended over an hour before, and the exchange executed 0.5 BTC/USDT of it: it is booked, and belongs to no trade`,
    ]);
  });

  it.each([
    ['the stream was away', true],
    ['the process was suspended, though no stream was told to be away', false],
  ])('fetches what ended orders executed while %s, however long that was', async (_, isTold) => {
    const desk = await new Desk().opened();
    const order = desk.buy({ type: 'limit', price: 100 });
    await desk.answer('send', { kind: 'accepted', order: venueOrder(1) });
    desk.cancel(order);
    await desk.answer('cancel', { kind: 'canceled' });
    await desk.answer('find', venueOrder(1, { status: 'canceled' }));
    const asleep = desk.time;
    if (isTold) desk.gateway.stream('resyncing');
    await desk.after(3 * 3_600_000);
    if (isTold) desk.gateway.stream('live');
    await desk.settle();
    const asked = desk.gateway.waiting.find((what) => what.startsWith('fills'));
    // A minute is left for clocks that differ.
    expect(Number(asked?.split(' ')[2])).toBe(asleep - 60_000);
    await desk.answer('fills', [fillOf(1, { size: 0.5, fee: 0, time: asleep + 3_600_000 })]);
    expect(desk.sandbox.positionOf(0).size).toBe(0.5);
  });

  it('keeps fills of an order whose name is not known yet, and books them when it is', async () => {
    const desk = await new Desk().opened();
    const order = desk.buy({ type: 'limit', price: 100 });
    await desk.hears(fillOf(1));
    expect(order.status).toBe('submitted');
    await desk.answer('send', { kind: 'accepted', order: venueOrder(1, { status: 'filled', filled: 1 }) });
    expect(order.status).toBe('completed');
  });

  it('ends a canceled order only when all that was executed of it is booked', async () => {
    const desk = await new Desk().opened();
    const order = desk.buy({ type: 'limit', price: 100 });
    await desk.answer('send', { kind: 'accepted', order: venueOrder(1) });
    desk.cancel(order);
    await desk.answer('cancel', { kind: 'canceled' });
    await desk.answer('find', venueOrder(1, { status: 'canceled', filled: 0.4 }));
    expect(order.status).toBe('accepted');
    await desk.after(500);
    await desk.answer('fills', [fillOf(1, { size: 0.4 })]);
    expect(desk.said().slice(-2)).toEqual(['1 partial 0.4 @ 100', '1 canceled']);
  });

  it('takes a fee in the base from what is held, and counts what it is worth', async () => {
    const desk = await new Desk().opened();
    const order = desk.buy({ type: 'limit', price: 100 });
    await desk.answer('send', { kind: 'accepted', order: venueOrder(1) });
    await desk.hears(fillOf(1, { fee: 0.001, feeCurrency: 'BTC' }));
    expect(desk.sandbox.positionOf(0).size).toBe(0.999);
    expect(desk.sandbox.cash).toBe(9_900);
    expect(order).toMatchObject({ filled: 1, commission: 0.1 });
    expect(order.lastFill).toMatchObject({ size: 1, opened: 0.999, reason: 'reported by the exchange' });
  });

  it('sums fees in a third currency up beside the result', async () => {
    const desk = await new Desk().opened();
    desk.buy({ type: 'limit', price: 100 });
    await desk.answer('send', { kind: 'accepted', order: venueOrder(1) });
    await desk.hears(fillOf(1, { fee: 0.0002, feeCurrency: 'BNB' }));
    expect(desk.sandbox.cash).toBe(9_900);
    expect(desk.sandbox.otherFees).toEqual({ BNB: '0.0002' });
  });

  it('sells of a position off the lot what the venue takes of it', async () => {
    const desk = await new Desk().opened();
    desk.buy({ type: 'limit', price: 100 });
    await desk.answer('send', { kind: 'accepted', order: venueOrder(1) });
    await desk.hears(fillOf(1, { fee: 0.00123, feeCurrency: 'BTC' }));
    const close = desk.sell({ size: 0.99877 });
    expect(desk.gateway.sent[1]!.size).toBe('0.998');
    await desk.answer('send', { kind: 'accepted', order: venueOrder(2, { side: 'sell', size: 0.998 }) });
    await desk.hears(fillOf(2, { side: 'sell', size: 0.998 }));
    expect(close.status).toBe('completed');
  });
});

describe('what no sale can take', () => {
  /** Buys 1 at 100 with a fee in the base, and sells what the exchange takes of it at 110. */
  async function traded(desk: Desk, number = 1): Promise<void> {
    desk.buy({ type: 'limit', price: 100 });
    await desk.answer('send', { kind: 'accepted', order: venueOrder(number) });
    await desk.hears(fillOf(number, { fee: 0.00123, feeCurrency: 'BTC' }));
    const held = desk.sandbox.positionOf(0).size;
    desk.sell({ size: held });
    const { size } = desk.gateway.sent.at(-1)!;
    const facts = { side: 'sell', size: Number(size) } as const;
    await desk.answer('send', { kind: 'accepted', order: venueOrder(number + 1, facts) });
    await desk.hears(fillOf(number + 1, { ...facts, price: 110, fee: 0.11 }));
  }

  it('closes the trade, and the position is flat, while cash and holdings are to the last digit', async () => {
    const desk = await new Desk().opened();
    await traded(desk);
    const { sandbox } = desk;
    expect(sandbox.positionOf(0)).toMatchObject({ size: 0, price: 0, isFlat: true });
    expect(sandbox.getPosition(desk.data).size).toBe(0);
    expect(sandbox.heldOf(0)).toBe(0.00077);
    const [trade] = desk.trades.closed;
    expect(trade).toMatchObject({ status: 'closed', size: 0, peakSize: 0.99877 });
    expect(trade!.pnl).toBeCloseTo(0.99877 * 10, 10);
    expect(desk.trades.open()).toEqual([]);
    expect(sandbox.cash).toBe(10_009.67);
    expect(desk.newsText).toEqual([
      'remainder: 0.00077 BTC are left of a position, too little for the exchange to sell: the next position takes them in',
    ]);
    desk.bar(110, 110, 110, 110);
    expect([sandbox.value, sandbox.grossValue, sandbox.holdsOnly(0)]).toEqual([10_009.67 + 0.00077 * 110, 0, false]);
    expect(desk.sell({ size: 0.001 })).toMatchObject({ status: 'margin' });
  });

  it('is reckoned with when the account is compared', async () => {
    const desk = await new Desk().opened();
    await traded(desk);
    const balance = (currency: string, free: number) =>
      ({ type: 'balance', exchange: 'local', currency, free, used: 0, time: 0, receiveTime: 0 }) as const;
    for (const held of [0.00077, 0.00076]) {
      desk.gateway.stream('resyncing');
      await desk.settle();
      desk.gateway.stream('live');
      await desk.settle();
      await desk.answer('balances', [balance('USDT', 50_000), balance('BTC', held)]);
      await desk.answer('fills', []);
    }
    expect(desk.newsText.filter((text) => text.startsWith('balance'))).toEqual([
      'balance: the account holds 0.00076 BTC, the session expects 0.00077',
    ]);
  });

  it('is taken in by the next position, and said once', async () => {
    const desk = await new Desk().opened();
    await traded(desk);
    await traded(desk, 3);
    expect(desk.gateway.sent.map(({ size }) => size)).toEqual(['1', '0.998', '1', '0.999']);
    expect(desk.sandbox.positionOf(0).size).toBe(0);
    expect(desk.trades.closed.map(({ peakSize }) => peakSize)).toEqual([0.99877, 0.99954]);
    expect(desk.trades.open()).toEqual([]);
    expect(desk.sandbox.cash).toBe(10_000 - 200 + 0.998 * 110 + 0.999 * 110 - 0.22);
    expect(desk.newsText).toHaveLength(1);
  });

  it('is what is worth less than the least value too, once the sale is executed to its end', async () => {
    const desk = await new Desk({}, new PlainIntents(), 10_000, { ...spot, minNotional: 5 }).opened();
    desk.buy({ type: 'limit', price: 100 });
    await desk.answer('send', { kind: 'accepted', order: venueOrder(1) });
    await desk.hears(fillOf(1));
    desk.sell({ size: 0.96 });
    await desk.answer('send', { kind: 'accepted', order: venueOrder(2, { side: 'sell', size: 0.96 }) });
    await desk.hears(fillOf(2, { id: 'a', side: 'sell', size: 0.955 }));
    expect(desk.sandbox.positionOf(0).size).toBe(0.045);
    expect(desk.trades.open()).toHaveLength(1);
    await desk.hears(fillOf(2, { id: 'b', side: 'sell', size: 0.005 }));
    expect(desk.sandbox.positionOf(0).size).toBe(0);
    expect(desk.trades.open()).toEqual([]);
    // What the exchange sells stays a position.
    desk.buy({ type: 'limit', price: 100 });
    await desk.answer('send', { kind: 'accepted', order: venueOrder(3) });
    await desk.hears(fillOf(3));
    desk.sell({ size: 0.99 });
    await desk.answer('send', { kind: 'accepted', order: venueOrder(4, { side: 'sell', size: 0.99 }) });
    await desk.hears(fillOf(4, { side: 'sell', size: 0.99 }));
    expect(desk.sandbox.positionOf(0).size).toBe(0.05);
    const [rest] = desk.trades.open();
    expect(rest!.size).toBeCloseTo(0.05, 12);
  });

  it('is said in plain digits, however little it is', async () => {
    const desk = await new Desk().opened();
    desk.buy({ type: 'limit', price: 100 });
    await desk.answer('send', { kind: 'accepted', order: venueOrder(1) });
    await desk.hears(fillOf(1, { fee: 0.0009995, feeCurrency: 'BTC' }));
    desk.sell({ size: desk.sandbox.positionOf(0).size });
    await desk.answer('send', { kind: 'accepted', order: venueOrder(2, { side: 'sell', size: 0.999 }) });
    await desk.hears(fillOf(2, { side: 'sell', size: 0.999 }));
    expect(desk.newsText[0]).toContain('remainder: 0.0000005 BTC are left');
  });

  it('is found again after a restart', async () => {
    const intents = new PlainIntents();
    await traded(await new Desk({}, intents).opened());
    const desk = new Desk({}, intents);
    await desk.connect();
    await desk.answer('fills', [
      fillOf(1, { fee: 0.00123, feeCurrency: 'BTC' }),
      fillOf(2, { side: 'sell', size: 0.998, price: 110, fee: 0.11 }),
    ]);
    expect(desk.sandbox.isReady).toBe(true);
    expect([desk.sandbox.positionOf(0).size, desk.sandbox.cash]).toEqual([0, 10_009.67]);
    desk.state('live').bar(100, 100, 100, 100);
    await traded(desk, 3);
    expect(desk.gateway.sent.map(({ size }) => size)).toEqual(['1', '0.999']);
    expect(desk.trades.open()).toEqual([]);
  });
});

describe('withdrawing', () => {
  it('asks the exchange, and lets a fill that was faster stand', async () => {
    const desk = await new Desk().opened();
    const order = desk.buy({ type: 'limit', price: 100 });
    await desk.answer('send', { kind: 'accepted', order: venueOrder(1) });
    desk.cancel(order);
    expect(order.status).toBe('accepted');
    await desk.answer('cancel', { kind: 'gone' });
    await desk.answer('find', venueOrder(1, { status: 'filled', filled: 1 }));
    await desk.hears(fillOf(1));
    expect(order.status).toBe('completed');
  });

  it('waits for the order to be known before it cancels it', async () => {
    const desk = await new Desk().opened();
    const order = desk.buy({ type: 'limit', price: 99 });
    desk.cancel(order);
    expect(desk.gateway.waiting).toEqual([`send ${id(1)}`]);
    await desk.answer('send', { kind: 'accepted', order: venueOrder(1) });
    expect(desk.gateway.waiting).toEqual([`cancel ${id(1)}`]);
  });

  it('cancels again when the answer was lost and the order is still open', async () => {
    const desk = await new Desk().opened();
    const order = desk.buy({ type: 'limit', price: 99 });
    await desk.answer('send', { kind: 'accepted', order: venueOrder(1) });
    desk.cancel(order);
    await desk.answer('cancel', { kind: 'unknown', reason: 'reset' });
    await desk.answer('find', venueOrder(1));
    await desk.after(1_000);
    expect(desk.gateway.waiting).toContain(`cancel ${id(1)}`);
    await desk.answer('cancel', { kind: 'canceled' });
    if (desk.gateway.waiting.length === 0) await desk.after(1_000);
    await desk.answer('find', venueOrder(1, { status: 'canceled' }));
    expect(order.status).toBe('canceled');
  });

  it('withdraws at the end of the validity, and calls it expired', async () => {
    const desk = await new Desk().opened();
    const order = desk.buy({ type: 'limit', price: 99, valid: { afterMs: 1_000 } });
    await desk.answer('send', { kind: 'accepted', order: venueOrder(1) });
    await desk.after(1_000);
    await desk.answer('cancel', { kind: 'canceled' });
    await desk.answer('find', venueOrder(1, { status: 'canceled' }));
    expect(order).toMatchObject({ status: 'expired', reason: 'its validity ended' });
  });

  it('sends an exit when the entry is executed, and ends the other when it is', async () => {
    const desk = await new Desk().opened();
    desk.together((entry) => placeBracket(entry, 'buy', { size: 1, price: 100, stopLoss: 95, takeProfit: 110 }));
    expect(desk.gateway.sent.map(({ type }) => type)).toEqual(['limit']);
    await desk.answer('send', { kind: 'accepted', order: venueOrder(1) });
    await desk.hears(fillOf(1));
    expect(desk.gateway.sent.map(({ type, stopPrice, price }) => [type, stopPrice ?? price])).toEqual([
      ['limit', '100'],
      ['stop', '95'],
    ]);
    await desk.answer('send', { kind: 'accepted', order: venueOrder(2, { side: 'sell' }) });
    desk.said();
    await desk.hears(fillOf(2, { side: 'sell', price: 95 }));
    expect(desk.said()).toEqual(['2 completed -1 @ 95', '3 canceled (order 2 of its bracket was completed)']);
  });
});

it('completes an exit that protects a part of its entry, whatever binary fractions say', async () => {
  const desk = await new Desk().opened();
  desk.together((entry) => placeBracket(entry, 'buy', { size: 0.1, price: 100, stopLoss: 95 }));
  await desk.answer('send', { kind: 'accepted', order: venueOrder(1, { size: 0.1 }) });
  await desk.hears(fillOf(1, { size: 0.001, fee: 0 }));
  desk.cancel(desk.entry.orders[0]!);
  await desk.answer('cancel', { kind: 'canceled' });
  await desk.answer('find', venueOrder(1, { size: 0.1, status: 'canceled', filled: 0.001 }));
  // 0.1 - 0.099 is 0.0010000000000000009 in binary fractions.
  expect(desk.gateway.sent[1]!.size).toBe('0.001');
  await desk.answer('send', { kind: 'accepted', order: venueOrder(2, { side: 'sell', size: 0.001 }) });
  await desk.hears(fillOf(2, { side: 'sell', price: 95, size: 0.001, fee: 0 }));
  expect(desk.entry.orders.map(({ status }) => status)).toEqual(['canceled', 'completed']);
  expect(desk.sandbox.positionOf(0).size).toBe(0);
});

it('protects with an exit what the fee left of its entry', async () => {
  const desk = await new Desk().opened();
  desk.together((entry) => placeBracket(entry, 'buy', { size: 1, price: 100, stopLoss: 95, takeProfit: 110 }));
  await desk.answer('send', { kind: 'accepted', order: venueOrder(1) });
  await desk.hears(fillOf(1, { fee: 0.0015, feeCurrency: 'BTC' }));
  expect(desk.gateway.sent.slice(1).map(({ type, size }) => [type, size])).toEqual([['stop', '0.998']]);
});

describe('the user stream', () => {
  it('reconciles orders and fills after an interruption', async () => {
    const desk = await new Desk().opened();
    const order = desk.buy({ type: 'limit', price: 100 });
    await desk.answer('send', { kind: 'accepted', order: venueOrder(1) });
    desk.gateway.stream('resyncing');
    await desk.settle();
    desk.gateway.stream('live');
    await desk.settle();
    expect(desk.gateway.waiting.map((what) => what.split(' ')[0]).sort()).toEqual(['balances', 'fills', 'find']);
    await desk.answer('find', venueOrder(1, { status: 'filled', filled: 1 }));
    await desk.answer('fills', [fillOf(1)]);
    expect(order.status).toBe('completed');
  });

  it('looks up orders of which nothing is heard, once a minute', async () => {
    const desk = await new Desk().opened();
    desk.buy({ type: 'limit', price: 99 });
    await desk.answer('send', { kind: 'accepted', order: venueOrder(1) });
    await desk.after(59_000);
    expect(desk.gateway.waiting).toEqual([]);
    await desk.after(1_000);
    expect(desk.gateway.waiting).toEqual([`find ${id(1)}`]);
  });
});

describe('at the start', () => {
  it('is ready when orders and balances are known', async () => {
    const desk = new Desk();
    expect(desk.sandbox.isReady).toBe(false);
    await desk.connect();
    expect(desk.sandbox.isReady).toBe(true);
  });

  it('leaves orders alone that are not its own, and says so', async () => {
    const desk = new Desk();
    await desk.connect([venueOrder(7, { id: 'v7', clientId: 'by-hand', price: 90 })]);
    expect(desk.newsText).toEqual([
      'foreignOrder: order v7 (buy 1 BTC/USDT at 90) does not belong to this session and is left alone',
    ]);
    expect(desk.gateway.waiting).toEqual([]);
  });

  it('says when the account holds less than the session reckons with', async () => {
    const desk = new Desk({}, new PlainIntents(), 60_000);
    await desk.connect();
    expect(desk.newsText).toEqual(['balance: the account holds 50000 USDT, the session expects 60000']);
  });

  it('says once when its cash is more than the share of the account that it states', async () => {
    const desk = new Desk({}, new PlainIntents(), 30_000, spot, 0.5);
    await desk.connect();
    expect(desk.newsText).toEqual([
      'balance: the session trades 30000 USDT and states a share of 50 % of the account, which is 25000 of 50000 USDT: lower its cash (--cash) or raise its share (--share)',
    ]);
    const fits = new Desk({}, new PlainIntents(), 25_000, spot, 0.5);
    await fits.connect();
    expect(fits.newsText).toEqual([]);
  });

  it('counts on from the orders of earlier runs, books their fills, and withdraws what still works', async () => {
    const intents = new PlainIntents();
    const request = { symbol: 'BTC/USDT', side: 'buy', type: 'limit', size: '1', price: '100' } as const;
    const row = (number: number, change: Partial<Intent>): Intent => ({
      number, time: start, state: 'written', request: { ...request, clientId: id(number) }, ...change,
    }); // prettier-ignore
    intents.rows.push(
      row(1, { state: 'done', venueId: 'v1' }),
      row(2, { state: 'accepted', venueId: 'v2' }),
      row(3, {}),
    );
    const desk = new Desk({}, intents);
    await desk.connect([venueOrder(2)]);
    expect(desk.sandbox.isReady).toBe(false);
    await desk.answer('fills', [fillOf(1)]);
    await desk.answer('cancel', { kind: 'canceled' });
    await desk.after(1_000);
    await desk.answer(`find ${id(2)}`, venueOrder(2, { status: 'canceled' }));
    await desk.answer(`find ${id(3)}`, undefined);
    expect(desk.sandbox.isReady).toBe(false);
    await desk.after(10_000);
    await desk.answer(`find ${id(3)}`, undefined);
    expect(desk.sandbox.isReady).toBe(true);
    expect(intents.rows.map(({ state }) => state)).toEqual(['done', 'done', 'void']);
    expect(desk.sandbox.positionOf(0).size).toBe(1);
    expect(desk.sandbox.cash).toBe(9_899.9);
    desk.state('live').bar(100, 100, 100, 100).buy();
    expect(desk.gateway.sent[0]!.clientId).toBe(id(4));
  });

  /** A session that goes on: an earlier run bought 1 at 100, and left order 2 working. */
  async function wentOn(options: SandboxOptions = {}): Promise<Desk> {
    const intents = new PlainIntents();
    const request = { symbol: 'BTC/USDT', side: 'buy', type: 'limit', size: '1', price: '100' } as const;
    intents.rows.push(
      { number: 1, time: start, state: 'done', venueId: 'v1', request: { ...request, clientId: id(1) } },
      { number: 2, time: start, state: 'accepted', venueId: 'v2', request: { ...request, clientId: id(2) } },
    );
    const desk = new Desk(options, intents);
    await desk.connect([venueOrder(2)]);
    return desk.answer('fills', [fillOf(1)]);
  }

  it('keeps what earlier runs left working where it is told to, and books what is executed of it', async () => {
    const desk = await wentOn({ earlierOrders: 'keep' });
    expect(desk.sandbox.isReady).toBe(true);
    await desk.after(1_000);
    expect(desk.gateway.waiting.filter((what) => what.startsWith('cancel'))).toEqual([]);
    desk.state('live').bar(100, 100, 100, 100);
    await desk.hears(fillOf(2));
    expect([desk.sandbox.positionOf(0).size, desk.sandbox.cash]).toEqual([2, 9_799.8]);
    expect([desk.said(), desk.entry.orders]).toEqual([[], []]);
    expect(desk.intents.rows[1]!.state).toBe('done');
  });

  it('keeps a position of earlier runs out of the trades', async () => {
    const desk = await wentOn({ earlierOrders: 'keep' });
    desk.state('live').bar(100, 100, 100, 100);
    desk.buy({ type: 'limit', price: 100 });
    await desk.answer('send', { kind: 'accepted', order: venueOrder(3) });
    await desk.hears(fillOf(3));
    const sells = async (number: number): Promise<void> => {
      desk.sell({ size: 1 });
      await desk.answer('send', { kind: 'accepted', order: venueOrder(number, { side: 'sell' }) });
      await desk.hears(fillOf(number, { side: 'sell', price: 110 }));
    };
    await sells(4);
    expect(desk.trades.closed.map(({ isLong, peakSize }) => [isLong, peakSize])).toEqual([[true, 1]]);
    await sells(5);
    expect(desk.sandbox.positionOf(0).size).toBe(0);
    expect([desk.trades.closed.length, desk.trades.open()]).toEqual([1, []]);
  });
});
