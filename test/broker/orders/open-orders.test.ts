/** Open orders: what of them is certain, what rests, and the cash and position that they will leave. */
import { describe, expect, it } from 'vitest';
import { CommissionScheme, type CommissionOptions } from '../../../src/broker/accounting/commission.ts';
import { Position } from '../../../src/broker/accounting/position.ts';
import { OpenOrders } from '../../../src/broker/orders/open-orders.ts';
import { linkTo } from '../../../src/broker/orders/order.ts';
import { showStatus } from '../../../src/broker/orders/order-state.ts';
import type { WorkingOrder } from '../../../src/broker/orders/working-order.ts';
import { order } from '../matching/working.ts';
import { ask } from './asking.ts';

/** A working order of some units, as `buy limit 99 x 5`, changed as `change` says and known to its strategy. */
function placed(text: string, change: Partial<WorkingOrder> = {}): WorkingOrder {
  const [what, units = '1'] = text.split(' x ');
  const working = order(what!, { remaining: Number(units), ...change });
  linkTo(working.order, working);
  return working;
}

function listOf(...orders: readonly WorkingOrder[]): OpenOrders {
  const open = new OpenOrders();
  for (const one of orders) open.add(one.order);
  return open;
}

const group = { members: [], isDone: false };
const other = { members: [], isDone: false };

describe('orders that are certain', () => {
  it.each<[string, readonly WorkingOrder[], number]>([
    ['none', [], 0],
    ['a market order', [placed('buy market x 2')], 2],
    ['a sale at the close of a session', [placed('sell close x 3')], -3],
    ['both', [placed('buy market x 2'), placed('sell close x 3')], -1],
    ['those that have not reached the market yet, and those executed in part', [placed('buy market x 1', { status: 'created' }), placed('buy market x 2', { status: 'submitted' }), placed('buy market x 4', { status: 'partial' })], 7],
    ['none that has ended', [placed('buy market x 1', { status: 'completed' }), placed('buy market x 2', { status: 'canceled' }), placed('buy market x 4', { status: 'margin' }), placed('buy market x 8', { status: 'rejected' }), placed('buy market x 16', { status: 'expired' })], 0],
    ['those of the position, whichever data they are placed on', [placed('buy market x 2', { pool: 1 }), placed('buy market x 4', { dataId: 1 })], 4],
    ['none that waits for a price', [placed('buy limit 99 x 2'), placed('buy stop 101 x 2'), placed('sell stopTrail 99 x 2')], 0],
    ['no exit of a bracket', [placed('sell market x 2', { parent: placed('buy market') })], 0],
  ])('%s', (_, orders, units) => {
    expect(listOf(...orders).certain(0)).toBe(units);
  }); // prettier-ignore
});

describe('orders that rest', () => {
  const bracket = { parent: placed('buy market') };

  it.each<[string, readonly WorkingOrder[], number, number, number]>([
    ['an entry, from flat', [placed('buy limit 99 x 2')], 1, 0, 2],
    ['entries of each kind', ['limit 99', 'stop 101', 'stopLimit 101', 'stopTrail 101', 'stopTrailLimit 101'].map((kind) => placed(`buy ${kind} x 2`)), 1, 0, 10],
    ['not those of the other side', [placed('sell limit 101 x 2')], 1, 0, 0],
    ['not those that are certain', [placed('buy market x 2'), placed('buy close x 2')], 1, 0, 0],
    ['those of the position, whichever data they are placed on', [placed('buy limit 99 x 2', { pool: 1 }), placed('buy limit 99 x 4', { dataId: 1 })], 1, 0, 4],
    ['not those that have ended', [placed('buy limit 99 x 2', { status: 'completed' })], 1, 0, 0],
    ['not the exits of a bracket', [placed('sell limit 101 x 2', bracket), placed('sell stop 95 x 2', bracket)], -1, 0, 0],
    ['an entry beside a position of its side', [placed('buy limit 99 x 2')], 1, 5, 2],
    ['not what stands against a position, which protects it', [placed('sell stop 95 x 2')], -1, 5, 0],
    ['what a target or close placed against a position', [placed('sell limit 105 x 2', { isAim: true })], -1, 5, 2],
    ['the same of a short', [placed('buy limit 95 x 2', { isAim: true }), placed('buy stop 105 x 4')], 1, -5, 2],
    ['of a group the largest', [placed('buy limit 99 x 2', { group }), placed('buy stop 101 x 3', { group }), placed('buy stop 102 x 1', { group })], 1, 0, 3],
    ['of two groups and one order beside them', [placed('buy limit 99 x 2', { group }), placed('buy stop 101 x 3', { group }), placed('buy stop 102 x 4', { group: other }), placed('buy limit 90 x 10')], 1, 0, 17],
  ])('%s', (_, orders, sign, position, units) => {
    expect(listOf(...orders).resting(0, sign, position)).toBe(units);
  }); // prettier-ignore

  it('leave out the rivals that are named', () => {
    const [a, b] = [placed('buy limit 99 x 2'), placed('buy limit 98 x 3')];
    expect(listOf(a, b).resting(0, 1, 0, [a])).toBe(3);
    expect(listOf(a, b).resting(0, 1, 0, [])).toBe(5);
  });
});

describe('the cash that open orders leave', () => {
  /** Of 1,000, with a position at 100. */
  const cashOf = (orders: readonly WorkingOrder[], held = 0, options: CommissionOptions = {}): number => {
    const position = new Position();
    if (held !== 0) position.update(held, 100);
    const scheme = new CommissionScheme(options);
    return listOf(...orders).expectedCash({ cash: 1_000, positionOf: () => position, schemeOf: () => scheme });
  };

  it.each<[string, readonly WorkingOrder[], number, CommissionOptions, number]>([
    ['nothing open', [], 0, {}, 1_000],
    ['a purchase: 2 at 110', [placed('buy market 110 x 2')], 0, {}, 780],
    ['one that rests binds as much', [placed('buy limit 90 x 2')], 0, {}, 820],
    ['its commission of 1 %', [placed('buy limit 90 x 2')], 0, { commission: 0.01 }, 818.2],
    ['at leverage 2 half of it', [placed('buy market 110 x 2')], 0, { leverage: 2 }, 890],
    ['a sale of what is held: 2 at 110', [placed('sell market 110 x 2')], 5, {}, 1_220],
    ['its commission of 1 %', [placed('sell market 110 x 2')], 5, { commission: 0.01 }, 1_217.8],
    // At leverage 2 the 2 bind 100, and gain 20.
    ['a sale at leverage 2', [placed('sell market 110 x 2')], 5, { leverage: 2 }, 1_120],
    ['a sale that rests may never free anything', [placed('sell limit 110 x 2')], 5, {}, 1_000],
    ['two purchases bind both', [placed('buy market 110 x 2'), placed('buy limit 90 x 2')], 0, {}, 600],
    ['a purchase beside what is held', [placed('buy market 110 x 2')], 5, {}, 780],
    ['and a short sale beside what is short, on margin', [placed('sell market 110 x 2')], -5, { margin: 25 }, 950],
    ['a short sale on spot binds nothing here', [placed('sell market 110 x 2')], 0, {}, 1_000],
    ['a sale of more than is held: 5 at 110', [placed('sell market 110 x 8')], 5, {}, 1_550],
    ['a purchase against a short: 2 at 90', [placed('buy market 90 x 2')], -5, {}, 820],
    ['its commission of 1 %', [placed('buy market 90 x 2')], -5, { commission: 0.01 }, 818.2],
    ['two sales of the 5 that are held free them once', [placed('sell market 110 x 5'), placed('sell market 110 x 5')], 5, {}, 1_550],
    ['and what is sold and bought back is even', [placed('sell market 110 x 8'), placed('buy market 110 x 3')], 5, {}, 1_220],
    ['contracts: 2 bind 50', [placed('sell market 110 x 2')], 0, { margin: 25 }, 950],
    ['contracts at leverage 5 bind 10', [placed('sell market 110 x 2')], 0, { margin: 25, leverage: 5 }, 990],
    ['contracts that are closed free 50', [placed('sell market 110 x 2')], 5, { margin: 25 }, 1_050],
    ['contracts of a margin by the price free that of their entry', [placed('sell market 110 x 2')], 5, { autoMargin: 0.5 }, 1_100],
    ['contracts that turn: 5 freed, 3 bound', [placed('sell market 110 x 8')], 5, { margin: 25 }, 1_050],
    ['and are bought back, which frees what they bound at the price they were sold at', [placed('sell market 110 x 8'), placed('buy market 110 x 3')], 5, { autoMargin: 0.5 }, 1_250],
    ['of a group only what binds most', [placed('buy limit 90 x 2', { group }), placed('buy stop 110 x 2', { group })], 0, {}, 780],
    ['of two groups both', [placed('buy limit 90 x 2', { group }), placed('buy stop 110 x 2', { group: other })], 0, {}, 600],
    ['no exit of a bracket', [placed('buy stop 110 x 2', { parent: placed('sell market') })], 0, {}, 1_000],
    ['nothing that has ended', [placed('buy market 110 x 2', { status: 'canceled' })], 0, {}, 1_000],
  ])('%s', (_, orders, held, options, cash) => {
    expect(cashOf(orders, held, options)).toBeCloseTo(cash, 9);
  }); // prettier-ignore

  it('is what a sizer invests', async () => {
    // Both entries of the group bind 4,200 at most: 95 units are 55 more than they, which 5,800 pay for.
    const { orders } = await ask((one, bar) => {
      if (bar !== 1) return;
      const limit = one.buy({ size: 40, type: 'limit', price: 90 })!;
      one.buy({ size: 40, type: 'stop', price: 105, oco: limit });
      one.buy();
    });
    expect(orders[2]).toBe('buy 55 market completed');
  });
});

describe('the list of open orders', () => {
  const end = (working: WorkingOrder): void => {
    showStatus(working.order, 'canceled', undefined);
    linkTo(working.order, undefined);
  };

  it('is in the order placed, of one data or of all, without what the strategy knows to have ended', () => {
    const orders = ['buy limit 99', 'sell limit 101', 'buy limit 98'].map((text) => placed(text));
    const open = listOf(...orders);
    expect(open.read(undefined)).toEqual(orders.map((one) => one.order));
    expect(open.read(orders[0]!.order.data)).toHaveLength(3);
    expect(open.read({} as never)).toEqual([]);
    end(orders[1]!);
    expect(open.read(undefined)).toEqual([orders[0]!.order, orders[2]!.order]);
  });

  it('holds an order whose end the strategy has not heard of yet, and not one that it has', () => {
    const working = placed('buy market x 2', { status: 'canceled' });
    const open = listOf(working);
    expect([open.isEmpty, open.certain(0), open.read(undefined).length]).toEqual([false, 0, 1]);
    showStatus(working.order, 'canceled', undefined);
    expect([open.isEmpty, open.read(undefined).length]).toEqual([false, 0]);
    linkTo(working.order, undefined);
    expect(open.isEmpty).toBe(true);
  });

  it('stays as long as what is open, however many orders have ended', () => {
    const open = new OpenOrders();
    const kept = placed('buy limit 90 x 3');
    open.add(kept.order);
    for (let n = 0; n < 1_000; n++) {
      const working = placed('buy limit 99');
      open.add(working.order);
      end(working);
    }
    const { list } = open as unknown as { readonly list: { readonly count: number } };
    expect(list.count).toBeLessThanOrEqual(65);
    expect(open.resting(0, 1, 0)).toBe(3);
  });
});
