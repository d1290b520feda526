/** Where a data is traded: its account, margin, leverage and side, by what the run and its instruments say, and what is refused. */
import { describe, expect, it } from 'vitest';

import { CommissionScheme } from '../../../../../src/broker/accounting/commission.ts';
import { decimals } from '../../../../../src/broker/accounting/ledger/arithmetic.ts';
import type { InstrumentOptions, VenueAccountOptions } from '../../../../../src/broker/accounting/ledger/options.ts';
import { LedgerPortfolio } from '../../../../../src/broker/accounting/ledger/portfolio/ledger-portfolio.ts';
import { timeframe, type Instrument } from '../../../../../src/core/index.ts';
import { Timeline, type TimelineInfo } from '../../../../../src/lines/index.ts';

const info = (name: string, more: Partial<TimelineInfo> = {}): TimelineInfo => ({ name, symbol: 'BTC/USDT:USDT', timeframe: timeframe('1h'), ...more }); // prettier-ignore

function portfolioOf(
  accounts: Readonly<Record<string, VenueAccountOptions>>,
  datas: readonly TimelineInfo[],
  instruments: Readonly<Record<string, InstrumentOptions>> = {},
  commission = 0.01,
): LedgerPortfolio<unknown> {
  const portfolio = new LedgerPortfolio<unknown>(decimals, { accounts, rates: {}, cash: 100, commission, fundStart: 100 }); // prettier-ignore
  portfolio.setInstruments(new Map(Object.entries(instruments)));
  const timelines = datas.map((one, id) => new Timeline(id, one));
  portfolio.open(timelines, new CommissionScheme(), new Map([['own', { commission: 0.02 }]]));
  return portfolio;
}

describe('a data', () => {
  it('is traded in the account that is named, else in that of its exchange, else in the first', () => {
    const okx: Instrument = { symbol: 'BTC/USDT:USDT', type: 'swap', base: 'BTC', quote: 'USDT', exchange: 'okx' };
    const portfolio = portfolioOf(
      { first: {}, okx: {}, kraken: {} },
      [info('a'), info('b', { exchange: 'kraken' }), info('c', { exchange: 'kraken' }), info('d', { exchange: 'unknown' }), info('e', { instrument: okx, exchange: 'kraken' })],
      { c: { account: 'okx' } },
    ); // prettier-ignore
    expect([0, 1, 2, 3, 4].map((id) => portfolio.accountNameOf(id))).toEqual([
      'first',
      'kraken',
      'okx',
      'first',
      'okx',
    ]);
  });

  it('has the fees of its instrument, else those of its own commission, else those of the run', () => {
    const portfolio = portfolioOf({ one: {} }, [info('a'), info('own', { symbol: 'ETH/USDT:USDT' }), info('c', { symbol: 'SOL/USDT:USDT' })], { c: { takerFee: 0.03 } }); // prettier-ignore
    expect([0, 1, 2].map((id) => portfolio.schemeOf(id).commission(1, 100))).toEqual([1, 2, 3]);
  });

  it('has margin and leverage of its own, else those of its account, else cross and 1; spot has no leverage', () => {
    const portfolio = portfolioOf(
      { one: { margin: 'isolated', leverage: 5 }, two: {} },
      [info('a'), info('b', { symbol: 'ETH/USDT:USDT' }), info('c'), info('spot', { symbol: 'BTC/USDT' })],
      { b: { margin: 'cross', leverage: 7 }, c: { account: 'two' } },
    );
    expect([0, 1, 2].map((id) => portfolio.settingsOf(id))).toEqual([
      { symbol: 'BTC/USDT:USDT', leverage: 5, margin: 'isolated' },
      { symbol: 'ETH/USDT:USDT', leverage: 7, margin: 'cross' },
      { symbol: 'BTC/USDT:USDT', leverage: 1, margin: 'cross' },
    ]);
    expect([portfolio.legOf(3).leverageNumber, portfolio.costOf(3, 2, 100)]).toEqual([1, 202]);
  });

  it('holds a side of its own in hedge mode, and none elsewhere', () => {
    const hedge = { one: { positionMode: 'hedge' } } as const;
    const both = portfolioOf(hedge, [info('up'), info('down'), info('spot', { symbol: 'BTC/USDT' }), info('other', { symbol: 'ETH/USDT:USDT' })], { up: { positionSide: 'long' }, down: { positionSide: 'short' }, other: { positionSide: 'long' } }); // prettier-ignore
    expect([0, 1, 2, 3].map((id) => both.legOf(id).side)).toEqual([1, -1, 0, 1]);
    const refuse = (accounts: Readonly<Record<string, VenueAccountOptions>>, names: readonly string[], instruments: Readonly<Record<string, InstrumentOptions>>) => () => portfolioOf(accounts, names.map((name) => info(name)), instruments); // prettier-ignore
    expect(refuse(hedge, ['up'], {})).toThrow("setInstrument('up'): positionSide must be 'long' or 'short' in hedge mode, was undefined"); // prettier-ignore
    expect(refuse({ one: {} }, ['up'], { up: { positionSide: 'short' } })).toThrow("setInstrument('up'): positionSide needs an account with positionMode: 'hedge', was 'short'"); // prettier-ignore
    const twoAccounts = portfolioOf({ one: { positionMode: 'hedge' }, two: { positionMode: 'hedge' } }, [info('up'), info('too')], { up: { positionSide: 'long' }, too: { positionSide: 'long', account: 'two' } }); // prettier-ignore
    expect(twoAccounts.legOf(1).side).toBe(1);
  });

  it('shares its position with bars of another length of its instrument', () => {
    const longer = timeframe('1d');
    const legs = (portfolio: LedgerPortfolio<unknown>) => [0, 1, 2].map((id) => [portfolio.poolOf(id), portfolio.settingsOf(id)!.leverage, portfolio.schemeOf(id).commission(1, 100)]); // prettier-ignore
    const datas = [info('a'), info('b', { timeframe: longer }), info('c', { exchange: 'okx' })];
    // What one of them is given holds for both. Another exchange has a contract of its own.
    const one = portfolioOf({ one: { leverage: 2 } }, datas, { a: { takerFee: 0.03 }, b: { leverage: 7 } });
    expect(legs(one)).toEqual([[0, 7, 3], [0, 7, 3], [2, 2, 1]]); // prettier-ignore
    expect(one.accounts[0]!.legs).toHaveLength(2);
    // Each side of a contract in hedge mode, and bars of a mark price apart.
    const hedge = portfolioOf({ one: { positionMode: 'hedge' } }, [info('a'), info('b', { timeframe: longer }), info('c')], { a: { positionSide: 'long' }, b: { positionSide: 'long' }, c: { positionSide: 'short' } }); // prettier-ignore
    expect([0, 1, 2].map((id) => hedge.poolOf(id))).toEqual([0, 0, 2]);
    const marked = portfolioOf({ one: {} }, [info('a'), info('b')], { a: { mark: 'b' } });
    expect([0, 1].map((id) => marked.poolOf(id))).toEqual([0, 1]);
    const spot = portfolioOf({ one: {} }, [info('a', { symbol: 'BTC/USDT' }), info('b', { symbol: 'BTC/USDT' }), info('c', { symbol: 'ETH/USDT' })]); // prettier-ignore
    expect([0, 1, 2].map((id) => spot.poolOf(id))).toEqual([0, 0, 2]);
    expect(() => portfolioOf({ one: {} }, datas, { a: { leverage: 5 }, b: { leverage: 7 } })).toThrow(
      "'a' and 'b' trade one position in BTC/USDT:USDT: leverage must be the same for both, was 5 and 7",
    );
  });

  it.each<[Readonly<Record<string, InstrumentOptions>>, string]>([
    [{ x: {} }, "setInstrument: no data is named 'x'"],
    [{ bct: {} }, "setInstrument: no data is named 'bct': did you mean 'btc'?"],
    [{ btc: { mark: 'makr' } }, "setInstrument: no data is named 'makr': did you mean 'mark'?"],
    [{ btc: { account: 'tow' } }, "setInstrument('btc'): account must be one of one, two, was 'tow': did you mean 'two'?"],
    [{ btc: { account: 'elsewhere' } }, "setInstrument('btc'): account must be one of one, two, was 'elsewhere'"],
  ])('%j is refused', (instruments, message) => {
    const ask = () => portfolioOf({ one: {}, two: {} }, [info('btc'), info('mark')], instruments);
    expect(ask).toThrow(message);
    expect(ask).not.toThrow('undefined');
  }); // prettier-ignore
});
