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
    const portfolio = portfolioOf({ one: {} }, [info('a'), info('own'), info('c')], { c: { takerFee: 0.03 } });
    expect([0, 1, 2].map((id) => portfolio.schemeOf(id).commission(1, 100))).toEqual([1, 2, 3]);
  });

  it('has margin and leverage of its own, else those of its account, else cross and 1; spot has no leverage', () => {
    const portfolio = portfolioOf(
      { one: { margin: 'isolated', leverage: 5 }, two: {} },
      [info('a'), info('b'), info('c'), info('spot', { symbol: 'BTC/USDT' })],
      { b: { margin: 'cross', leverage: 7 }, c: { account: 'two' } },
    );
    expect([0, 1, 2].map((id) => portfolio.settingsOf(id))).toEqual([
      { symbol: 'BTC/USDT:USDT', leverage: 5, margin: 'isolated' },
      { symbol: 'BTC/USDT:USDT', leverage: 7, margin: 'cross' },
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
    const twice = refuse(hedge, ['up', 'too'], { up: { positionSide: 'long' }, too: { positionSide: 'long' } });
    expect(twice).toThrow("setInstrument('too'): BTC/USDT:USDT has a data for its long side already");
    expect(twice).toThrow(expect.objectContaining({ context: { field: 'positionSide' } }));
    const twoAccounts = portfolioOf({ one: { positionMode: 'hedge' }, two: { positionMode: 'hedge' } }, [info('up'), info('too')], { up: { positionSide: 'long' }, too: { positionSide: 'long', account: 'two' } }); // prettier-ignore
    expect(twoAccounts.legOf(1).side).toBe(1);
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
