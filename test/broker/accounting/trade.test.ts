/** A trade as it is read: open or closed, as plain data, with its memo, and what a long run forgets of it. */
import { describe, expect, it } from 'vitest';
import { CommissionScheme } from '../../../src/broker/accounting/commission.ts';
import { noHistory, TradeRows, type TradeFacts } from '../../../src/broker/accounting/trade.ts';
import { timeframe } from '../../../src/core/index.ts';
import { Data, Graph, Timeline } from '../../../src/lines/index.ts';

const hour = 3_600_000;

/** Rows of the trades of a data of 20 hours, whose bar k is 2 either side of 100 + k; so many are seen. */
function made(seen: number) {
  const timeline = new Timeline(0, { name: 'a', symbol: 'A/USDT', timeframe: timeframe('1h') });
  for (let k = 0; k < 20; k++)
    timeline.push({ time: k * hour, open: 100 + k, high: 102 + k, low: 98 + k, close: 100 + k, volume: 1 });
  timeline.index = seen - 1;
  const data = new Data(timeline, new Graph());
  const rows = new TradeRows();
  rows.datas.push(data);
  rows.schemes.push(new CommissionScheme());
  const facts = (more: Partial<TradeFacts> = {}): TradeFacts => ({
    ref: 7, data, dataIndex: 0, tradeId: 3, isLong: true, size: 0, peakSize: 2, price: 110, value: 220, commission: 1.5, pnl: 6,
    openIndex: 10, openTime: 11 * hour, history: noHistory, exit: 'target', best: 0, worst: 0, unseen: -1, exitPrice: 113,
    tag: 'dip', exitTag: 'top', ...more,
  }); // prettier-ignore
  return { timeline, rows, facts };
}

describe('a trade', () => {
  it('is read as plain data', () => {
    const { rows, facts } = made(14);
    const trade = rows.read(rows.note(facts()));
    expect(trade.value).toBe(220);
    expect(trade.toJSON()).toEqual({
      ref: 7, data: 'a', tradeId: 3, status: 'closed', isLong: true, size: 0, peakSize: 2, price: 110, value: 220, commission: 1.5,
      pnl: 6, pnlNet: 4.5, openIndex: 10, closeIndex: 13, bars: 3, openTime: 11 * hour, closeTime: 14 * hour, exitPrice: 113,
      exit: 'target', best: 0, worst: 0, tag: 'dip', exitTag: 'top', history: [],
    }); // prettier-ignore
  });

  it('that is open has not ended by anything, also when a part of it was closed', () => {
    const { rows, facts } = made(14);
    const { status, exit, exitTag, closeIndex, closeTime, exitPrice } = rows.show(facts({ size: 1 }));
    expect([status, exit, exitTag, closeIndex, closeTime, exitPrice]).toEqual(['open', undefined, undefined, undefined, undefined, 113]); // prettier-ignore
  });

  it('has the tags of its orders, one of them, or none', () => {
    const { rows, facts } = made(14);
    const tagsOf = (ref: number, tag?: string, exitTag?: string) => {
      const trade = rows.read(rows.note(facts({ ref, tag, exitTag })));
      return [trade.tag, trade.exitTag];
    };
    expect(tagsOf(1)).toEqual([undefined, undefined]);
    expect(tagsOf(2, 'in')).toEqual(['in', undefined]);
    expect(tagsOf(3, undefined, 'out')).toEqual([undefined, 'out']);
  });

  it('may end by nothing that is known', () => {
    const { rows, facts } = made(14);
    expect(rows.read(rows.note(facts({ exit: undefined }))).exit).toBeUndefined();
  });
});

describe('a memo', () => {
  it('is kept for a trade that is open, and for no other', () => {
    const { rows } = made(14);
    rows.running = [{ ref: 1, tradeId: 0, isClosed: false }, { ref: 2, tradeId: 1, isClosed: true }]; // prettier-ignore
    rows.memoOf(1)['stop'] = 95;
    expect(rows.memoOf(1)).toEqual({ stop: 95 });
    for (const ref of [2, 3]) expect([rows.memoOf(ref), Object.isFrozen(rows.memoOf(ref))]).toEqual([{}, true]);
    rows.running = [{ ref: 1, tradeId: 0, isClosed: true }];
    rows.close(1);
    expect(rows.memoOf(1)).toEqual({});
  });
});

describe('what a long run forgets', () => {
  it('is the changes of trades before a row, and of no other', () => {
    const { rows, facts } = made(14);
    const history = [{ time: 1 }] as never;
    for (let row = 0; row < 4; row++) rows.note(facts({ history }));
    rows.forget(2);
    expect([...rows.histories.keys()]).toEqual([2, 3]);
    expect([rows.read(2).history, rows.read(3).history]).toEqual([history, history]);
  });

  it('is not in the excursions of a trade: bars that are gone are left out, and none after its end is taken in', () => {
    // Opened in bar 10 at 110 and closed in bar 13: bars 11 and 12 reach from 109 to 114.
    for (const trimmed of [0, 5, 10]) {
      const { rows, facts, timeline } = made(14);
      const [first, second] = [facts({ unseen: 11 }), facts({ unseen: 11, peakSize: -1 })].map((one) => rows.note(one));
      timeline.index = 19;
      timeline.trim(trimmed);
      const [long, short] = [rows.read(first!), rows.read(second!)];
      expect([short.best, short.worst, short.best]).toEqual([1, -4, 1]);
      expect([long.best, long.worst, long.tradeId, long.isLong]).toEqual([8, -2, 3, true]);
    }
    const { rows, facts, timeline } = made(14);
    const row = rows.note(facts({ unseen: 11 }));
    timeline.index = 19;
    timeline.trim(12);
    expect([rows.read(row).best, rows.read(row).worst]).toEqual([8, 0]);
  });
});
