/** Amendments through the order gateway and real ccxt: replaced, refused, half done, and answers that are lost. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { CcxtGateway } from '../../../../src/connectors/ccxt/orders/gateway.ts';
import type { AmendRequest, OrderRequest } from '../../../../src/core/index.ts';
import { gatewayVenue, symbol, type GatewayVenue } from './gateway-venue.ts';

let venue: GatewayVenue;
let gateway: CcxtGateway;

beforeEach(async () => {
  venue = await gatewayVenue();
  gateway = venue.gateway();
  await gateway.open(() => {});
});
afterEach(async () => {
  await venue.close();
});

const working: OrderRequest = { clientId: 'old', symbol, side: 'buy', type: 'limit', size: '0.300', price: '95.10' };
const amended: AmendRequest = {
  ...working,
  clientId: 'new',
  replaces: 'old',
  size: '0.200',
  total: '0.200',
  price: '96.20',
};

function orders(): readonly (readonly [clientId: string, status: string])[] {
  return venue.exchange.account('own').orders.map(({ clientId, status }) => [clientId, status] as const);
}

describe('an amendment', () => {
  it('replaces the working order, and the new one is found by its own client id', async () => {
    await gateway.send(working);
    expect(await gateway.amend(amended)).toMatchObject({
      kind: 'accepted', order: { clientId: 'new', price: 96.2, size: 0.2, status: 'open' },
    }); // prettier-ignore
    expect(orders()).toEqual([['old', 'CANCELED'], ['new', 'NEW']]); // prettier-ignore
    expect(await gateway.findOrder(symbol, 'new')).toMatchObject({ status: 'open', price: 96.2 });
    expect(await gateway.findOrder(symbol, 'old')).toMatchObject({ status: 'canceled' });
  });

  it('moves the trigger of a stop', async () => {
    const stop = { clientId: 'old', symbol, side: 'sell', type: 'stop', size: '1', stopPrice: '90.5' } as const;
    await gateway.send(stop);
    const outcome = await gateway.amend({ ...stop, clientId: 'new', replaces: 'old', total: '1', stopPrice: '92.25' });
    expect(outcome.kind).toBe('accepted');
    expect(venue.exchange.account('own').orders.at(-1)).toMatchObject({ type: 'STOP_LOSS', stopPrice: 9_225 });
  });

  it('after a restart, when only the client id is known', async () => {
    await gateway.send(working);
    const second = venue.gateway();
    await second.open(() => {});
    expect((await second.amend(amended)).kind).toBe('accepted');
    expect(orders()).toEqual([['old', 'CANCELED'], ['new', 'NEW']]); // prettier-ignore
  });

  it('that fails a filter changes nothing', async () => {
    await gateway.send(working);
    expect(await gateway.amend({ ...amended, size: '0.010' })).toMatchObject({ kind: 'refused' });
    expect(await gateway.amend({ ...amended, price: '96.205' })).toMatchObject({ kind: 'refused', code: 'invalid-order' });
    expect(orders()).toEqual([['old', 'NEW']]);
  }); // prettier-ignore

  it('whose new order the account cannot pay leaves the old one canceled, and says so', async () => {
    await gateway.send(working);
    const outcome = await gateway.amend({ ...amended, size: '10000.000' });
    expect(outcome).toMatchObject({
      kind: 'canceled',
      reason: 'Account has insufficient balance for requested action.',
    });
    expect(orders()).toEqual([['old', 'CANCELED']]);
  });

  it('of an order that has ended or never was places nothing', async () => {
    expect(await gateway.amend(amended)).toEqual({ kind: 'gone' });
    await gateway.send({ ...working, price: '101.00' });
    expect(await gateway.amend(amended)).toEqual({ kind: 'gone' });
    expect(orders()).toEqual([['old', 'FILLED']]);
  });

  it.each([
    ['hang', 'NEW', false],
    ['lost-answer', 'CANCELED', true],
    ['spoiled-answer', 'CANCELED', true],
    ['reset', 'NEW', false],
    ['server-error', 'NEW', false],
  ] as const)('whose answer is struck by %s is unknown, and looked up by client id', async (kind, status, isDone) => {
    await gateway.send(working);
    venue.strike({ kind, path: '/api/v3/order/cancelReplace' });
    expect(await gateway.amend(amended)).toMatchObject({ kind: 'unknown' });
    expect((await gateway.findOrder(symbol, 'new'))?.status).toBe(isDone ? 'open' : undefined);
    expect(orders()[0]).toEqual(['old', status]);
  });
});
