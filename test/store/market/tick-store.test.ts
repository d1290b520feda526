/** Trades, quotes and liquidations on disk: each once, in the order in which they came, whatever else fails. */
import { describe, expect, it, onTestFinished } from 'vitest';

import type { Liquidation, Quote, TradeTick } from '../../../src/core/index.ts';
import { openSqlite, TickStore, ticksFile, type TickSeries } from '../../../src/store/index.ts';
import { asNobody, temporaryFolder } from '../sample.ts';

const series: TickSeries = { exchange: 'binance', symbol: 'BTC/USDT' };
const all = { start: 0, end: 1e6 };

async function opened(folder = temporaryFolder()): Promise<TickStore> {
  const store = await TickStore.open({ folder });
  onTestFinished(() => {
    store.close();
  });
  return store;
}

function trade(time: number, price: number, more: Partial<TradeTick> = {}): TradeTick {
  return { type: 'trade', ...series, time, receiveTime: time + 7, price, size: 2, side: 'buy', ...more } as TradeTick;
}

function quote(time: number | undefined, bid: number | undefined, more: Partial<Quote> = {}): Quote {
  return { type: 'quote', ...series, time, receiveTime: 99, bid, bidSize: 1, ask: 50, askSize: 3, ...more } as Quote;
}

function liquidation(time: number, price: number, more: Partial<Liquidation> = {}): Liquidation {
  return {
    type: 'liquidation',
    ...series,
    time,
    receiveTime: time,
    price,
    size: 4,
    side: 'sell',
    ...more,
  } as Liquidation;
}

const pricesOf = (store: TickStore): number[] => [...store.trades(series, all).price];
const bidsOf = (store: TickStore): number[] => [...store.quotes(series, all).bid];

describe('trades', () => {
  it('come back in columns and one by one, within the range', async () => {
    const store = await opened();
    store.write(series, [trade(5, 10, { id: 'a' }), trade(6, 11, { id: 'b', side: 'sell', size: 0.5 }), trade(7, 12)]);
    expect(store.trades(series, { start: 5, end: 7 })).toEqual({
      time: new Float64Array([5, 6]),
      price: new Float64Array([10, 11]),
      size: new Float64Array([2, 0.5]),
      side: new Float64Array([1, -1]),
    });
    expect(store.tradeRows(series, { start: 6, end: 8 })).toEqual([
      { id: 'b', time: 6, price: 11, size: 0.5, side: 'sell' },
      { id: '12 2 buy', time: 7, price: 12, size: 2, side: 'buy' },
    ]);
    expect(store.trades({ ...series, symbol: 'ETH/USDT' }, all).time).toHaveLength(0);
  });

  it('are kept once by the exchange’s id, or by what they say at one moment', async () => {
    const store = await opened();
    store.write(series, [
      trade(5, 10, { id: 'a' }),
      trade(5, 11, { id: 'a' }),
      trade(5, 12),
      trade(5, 12),
      trade(6, 12),
    ]);
    store.write(series, [trade(5, 13, { id: 'a' }), trade(5, 12, { size: 3 }), trade(5, 12, { side: 'sell' })]);
    expect(pricesOf(store)).toEqual([10, 12, 12, 12, 12]);
    expect([...store.trades(series, all).size]).toEqual([2, 2, 3, 2, 2]);
  });

  it('of one moment keep their order over several writes, also when later ones are there already', async () => {
    const store = await opened();
    const ids = ['z', 'y', 'x', 'w', 'v', 'u'];
    store.write(series, [trade(900, 1, { id: 'later' })]);
    store.write(series, ids.slice(0, 3).map((id, i) => trade(5, 10 + i, { id }))); // prettier-ignore
    store.write(series, [trade(6, 20), trade(5, 13, { id: ids[3]! }), trade(6, 19)]);
    store.write(series, ids.slice(4).map((id, i) => trade(5, 14 + i, { id }))); // prettier-ignore
    expect(pricesOf(store)).toEqual([10, 11, 12, 13, 14, 15, 20, 19, 1]);
  });
});

describe('quotes', () => {
  it('come back with NaN for a side that was empty, and by the time of receipt where the exchange states none', async () => {
    const store = await opened();
    store.write(series, [quote(undefined, 10), quote(5, undefined, { bidSize: undefined })]);
    expect(store.quotes(series, all)).toEqual({
      time: new Float64Array([5, 99]),
      bid: new Float64Array([NaN, 10]),
      bidSize: new Float64Array([NaN, 1]),
      ask: new Float64Array([50, 50]),
      askSize: new Float64Array([3, 3]),
    });
    expect(store.quotes(series, { start: 5, end: 99 }).time).toHaveLength(1);
  });

  it('that say the same again are not kept, those of another series are', async () => {
    const store = await opened();
    store.write(series, [quote(5, 10), quote(6, 10), quote(7, 11)]);
    store.write(series, [quote(8, 11), quote(9, 10)]);
    store.write({ ...series, symbol: 'ETH/USDT' }, [quote(9, 10)]);
    expect([...store.quotes(series, all).time]).toEqual([5, 7, 9]);
    expect(store.quotes({ ...series, symbol: 'ETH/USDT' }, all).time).toHaveLength(1);
  });

  it('that come back within a moment are the last of it', async () => {
    const store = await opened();
    store.write(series, [quote(5, 10), quote(5, 11), quote(5, 10), quote(6, 10)]);
    expect([...store.quotes(series, all).time]).toEqual([5, 5]);
    expect(bidsOf(store)).toEqual([11, 10]);
  });

  it('with a number of the exchange’s own are kept once by it', async () => {
    const store = await opened();
    store.write(series, [quote(5, 10, { sequence: 1 }), quote(5, 11, { sequence: 2 }), quote(5, 10, { sequence: 3 })]);
    store.write(series, [quote(5, 77, { sequence: 1 })]);
    expect(bidsOf(store)).toEqual([10, 11, 10]);
  });

  it('of a write that failed are kept when they come again', async () => {
    const folder = temporaryFolder();
    const store = await opened(folder);
    store.write(series, [quote(5, 10)]);
    const other = await openSqlite(`${folder}/${ticksFile}`);
    other.exec("CREATE TRIGGER full BEFORE INSERT ON trades BEGIN SELECT RAISE(ABORT, 'the disk is full'); END");
    const batch = [quote(6, 11), trade(6, 1)];
    expect(() => {
      store.write(series, batch);
    }).toThrow('the disk is full');
    expect(bidsOf(store)).toEqual([10]);
    other.exec('DROP TRIGGER full');
    other.close();
    store.write(series, batch);
    expect(bidsOf(store)).toEqual([10, 11]);
  });
});

describe('liquidations', () => {
  it('come back with the side of the forced order, each once', async () => {
    const store = await opened();
    store.write(series, [liquidation(5, 10), liquidation(5, 10), liquidation(6, 11, { id: 'x', side: 'buy' })]);
    store.write(series, [liquidation(6, 12, { id: 'x' }), liquidation(5, 10, { size: 5 })]);
    expect(store.liquidations(series, { start: 0, end: 6 })).toEqual([
      { id: '10 4 sell', time: 5, price: 10, size: 4, side: 'sell' },
      { id: '10 5 sell', time: 5, price: 10, size: 5, side: 'sell' },
    ]);
    expect(store.liquidations(series, { start: 6, end: 7 })).toEqual([
      { id: 'x', time: 6, price: 11, size: 4, side: 'buy' },
    ]);
  });
});

describe('the file', () => {
  it('is made when it is opened, and lists its series with how far they reach', async () => {
    const folder = temporaryFolder();
    expect(TickStore.exists(folder)).toBe(false);
    const store = await opened(folder);
    expect([TickStore.exists(folder), store.list()]).toEqual([true, []]);
    store.write(series, [trade(5, 10), quote(3, 1), liquidation(9, 4)]);
    store.write({ ...series, origin: 'sandbox' }, [trade(1, 2)]);
    store.write({ exchange: 'a', symbol: 'X' }, []);
    const counts = { trades: 1, quotes: 1, liquidations: 1, first: 3, last: 9 };
    expect(store.list()).toEqual([
      { exchange: 'a', symbol: 'X', trades: 0, quotes: 0, liquidations: 0, first: undefined, last: undefined },
      { ...series, ...counts },
      { ...series, origin: 'sandbox', ...counts, quotes: 0, liquidations: 0, first: 1, last: 1 },
    ]);
    expect(store.list({ exchange: 'a' })).toHaveLength(1);
    expect(store.list({ exchange: 'binance', origin: 'sandbox' })).toHaveLength(1);
  });

  it('forgets one series and leaves the others', async () => {
    const store = await opened();
    const other = { ...series, origin: 'sandbox' };
    for (const one of [series, other]) store.write(one, [trade(5, 10), quote(5, 1), liquidation(5, 4)]);
    store.clear(series);
    store.clear({ ...series, symbol: 'none' });
    expect(store.list()).toHaveLength(1);
    expect([store.trades(series, all).time.length, store.trades(other, all).time.length]).toEqual([0, 1]);
    store.write(series, [trade(6, 1)]);
    expect([pricesOf(store), bidsOf(store), store.liquidations(series, all)]).toEqual([[1], [], []]);
  });

  it('is written by two at once, each event once', async () => {
    const folder = temporaryFolder();
    const [one, two] = [await opened(folder), await opened(folder)];
    for (const store of [one, two]) store.write(series, [trade(5, 10, { id: 'a' }), quote(5, 1), quote(5, 2)]);
    expect([pricesOf(one), bidsOf(two)]).toEqual([[10], [1, 2]]);
  });

  it('that cannot be written is refused at once, unless it is only to be read', async () => {
    const folder = temporaryFolder();
    const writer = await TickStore.open({ folder });
    writer.write(series, [trade(5, 10)]);
    writer.close();
    await asNobody(folder, async () => {
      await expect(TickStore.open({ folder })).rejects.toThrow(`bar store ${folder}: permission is denied`);
      const store = await TickStore.open({ folder, readOnly: true });
      expect(pricesOf(store)).toEqual([10]);
      expect(() => store.write(series, [trade(6, 11)])).toThrow(/^bar store .*: .*read-only/);
      store.close();
    });
  });
});
