/** Order flags in sessions: one answer on paper and in a sandbox, whose requests carry what only the exchange can decide. */
import { describe, expect, it } from 'vitest';

import { PaperBroker } from '../../src/broker/index.ts';
import { Pit } from './paper/pit.ts';
import { scenario } from '../scenarios/table.ts';
import { Desk, fillOf, id, spot, venueOrder } from './sandbox/desk.ts';

/** Paper at a touch of 100 to 101. */
function paper(): Pit {
  return new Pit(new PaperBroker({ cash: 10_000 }), spot).state('live').bar(100, 100, 100, 100).quote(100, 101);
}

async function sandbox(): Promise<Desk> {
  const desk = await new Desk().opened();
  desk.quote(100, 101);
  return desk;
}

describe('post-only', () => {
  const refusal = '1 rejected (post-only: a limit to buy at 102 would take at 101; the nearest that rests is 100.5)';

  it('is refused where it would take, with the nearest price that rests', async () => {
    const [pit, desk] = [paper(), await sandbox()];
    for (const one of [pit, desk]) {
      const order = one.buy({ type: 'limit', price: 102, postOnly: true });
      expect(one.said().at(-1)).toBe(refusal);
      expect(order.rule).toBe('postOnly');
    }
    expect(desk.gateway.sent).toEqual([]);
  });

  it('names the nearest price that rests for a sale, and for a data whose tick is not known', () => {
    const [pit, blind] = [paper(), new Pit(new PaperBroker({ cash: 10_000 })).state('live').bar(100, 100, 100, 100)];
    const sale = { type: 'limit', price: 99, postOnly: true } as const;
    pit.sell(sale);
    expect(pit.said().at(-1)).toBe('1 rejected (post-only: a limit to sell at 99 would take at 100; the nearest that rests is 100.5)'); // prettier-ignore
    blind.quote(100, 101);
    expect(blind.sell({ ...sale, postOnly: 'reprice' }).price).toBe(100.000001);
    expect(blind.buy({ ...sale, price: 102, postOnly: 'reprice' }).price).toBe(100.99999899);
  });

  it('is moved a tick behind the market by choice', async () => {
    const [pit, desk] = [paper(), await sandbox()];
    expect(pit.buy({ type: 'limit', price: 102, postOnly: 'reprice' }).price).toBe(100.5);
    expect(pit.said()).toEqual(['1 submitted', '1 accepted']);
    expect(desk.buy({ type: 'limit', price: 102, postOnly: 'reprice' }).price).toBe(100.5);
    expect(desk.gateway.sent).toMatchObject([{ clientId: id(1), price: '100.5', isPostOnly: true }]);
  });

  it('rests where it takes nothing; gtx says the same', async () => {
    const [pit, desk] = [paper(), await sandbox()];
    for (const one of [pit, desk]) one.buy({ type: 'limit', price: 100.5, timeInForce: 'gtx' });
    expect(pit.said()).toEqual(['1 submitted', '1 accepted']);
    expect(desk.gateway.sent).toMatchObject([{ price: '100.5', isPostOnly: true }]);
  });
});

describe('time in force', () => {
  it('ioc takes what the market gives at once, and the rest is canceled', async () => {
    const pit = paper();
    pit.buy({ type: 'limit', price: 100, timeInForce: 'ioc' });
    expect(pit.said().at(-1)).toMatch(/^1 canceled \(immediate or cancel/);
    pit.buy({ type: 'limit', price: 101, timeInForce: 'ioc' });
    expect(pit.said().at(-1)).toBe('2 completed 1 @ 101');

    const desk = await sandbox();
    desk.buy({ type: 'limit', price: 101, size: 2, timeInForce: 'ioc' });
    expect(desk.gateway.sent).toMatchObject([{ timeInForce: 'IOC' }]);
    await desk.answer('send', { kind: 'accepted', order: venueOrder(1, { size: 2, filled: 0.5, status: 'expired' }) });
    await desk.hears(fillOf(1, { id: 'a', size: 0.5, price: 101, fee: 0 }));
    await desk.after(10_000);
    expect(desk.said().filter((line) => line.includes('partial'))).toEqual(['1 partial 0.5 @ 101']);
  });

  it('fok goes out whole or not at all', async () => {
    const pit = paper();
    pit.buy({ type: 'limit', price: 100, timeInForce: 'fok' });
    expect(pit.said().at(-1)).toMatch(/^1 canceled \(fill or kill/);
    const desk = await sandbox();
    desk.buy({ type: 'limit', price: 101, timeInForce: 'fok' });
    expect(desk.gateway.sent).toMatchObject([{ timeInForce: 'FOK', price: '101' }]);
  });

  it('an order that is valid for a while ends with it, on paper here and in a sandbox at the exchange', async () => {
    const [pit, desk] = [paper(), await sandbox()];
    for (const one of [pit, desk]) one.buy({ type: 'limit', price: 90, valid: 120_000 });
    await desk.answer('send', { kind: 'accepted', order: venueOrder(1) });
    pit.clock(pit.now + 130_000);
    expect(pit.said().at(-1)).toMatch(/^1 expired/);
    await desk.after(130_000);
    await desk.answer('cancel', { kind: 'canceled' });
    await desk.after(10_000);
    expect(
      desk.gateway.asked
        .map(({ what }) => what)
        .concat(desk.said())
        .join(),
    ).toMatch(/expired|find/);
  });
});

describe('size', () => {
  it('of a market order by quote amount follows from the touch', async () => {
    const [pit, desk] = [paper(), await sandbox()];
    pit.buy({ quoteSize: 505 });
    expect(pit.said().at(-1)).toBe('1 completed 5 @ 101');
    desk.buy({ quoteSize: 505 });
    expect(desk.gateway.sent).toMatchObject([{ type: 'market', size: '5' }]);
  });

  it('of a market order by quote amount is at least a lot', () => {
    const pit = paper();
    pit.buy({ quoteSize: 0.05 });
    expect(pit.said().at(-1)).toMatch(/^1 rejected \(/);
  });

  it('of a market order by quote amount may be a lot at the close, and less than that at the open that it meets', async () => {
    const instrument = { symbol: 'BTC/USDT', type: 'spot', base: 'BTC', quote: 'USDT', lot: 0.01 } as const;
    const reason = 'quoteSize 1 is 0.0099009901 units at 101, less than the lot 0.01';
    await scenario(
      `
      open high low close | orders             | told
      100 101 99  100     | a: buy quoteSize=1 |
      101 102 100 101     | b: buy quoteSize=2 | a rejected
      101 102 100 101     |                    | b 0.01 @ 101
      `,
      { instrument },
    ).then(({ strategies }) => expect(strategies[0]!.orders[0]!.reason).toContain(reason));
  });

  it('of an order that only reduces is cut to the position, and refused without one', async () => {
    const [pit, desk] = [paper(), await sandbox()];
    pit.buy({ size: 2 });
    pit.sell({ size: 5, reduceOnly: true });
    expect(pit.said().at(-1)).toBe('2 completed -2 @ 100');
    desk.buy({ size: 2 });
    await desk.answer('send', { kind: 'accepted', order: venueOrder(1, { size: 2 }) });
    await desk.hears(fillOf(1, { size: 2, price: 101, fee: 0 }));
    desk.sell({ size: 5, reduceOnly: true });
    expect(desk.gateway.sent.at(-1)).toMatchObject({ side: 'sell', size: '2' });
  });
});
