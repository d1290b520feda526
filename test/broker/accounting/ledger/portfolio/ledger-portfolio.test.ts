/** Accounts of a run by hand: what they are worth, what is free, what a fill leaves, and what brokers ask of them. */
import { describe, expect, it } from 'vitest';

import type { WorkingOrder } from '../../../../../src/broker/orders/working-order.ts';
import { hour, Run, type Prices } from './run.ts';

const perp = 'BTC/USDT:USDT';
const flat: Prices = [100, 100, 100, 100];
const sums = ({ portfolio }: Run): number[] => [portfolio.account.cash, portfolio.value, portfolio.grossValue];

describe('what the accounts are worth', () => {
  it('is their balances and what contracts have won; free is what these do not bind', () => {
    const run = new Run({ cash: { USDT: 1_000 }, leverage: 10 }, { [perp]: { contractSize: 0.1, prices: [100, 100, 110, 90] } }); // prettier-ignore
    expect(sums(run)).toEqual([1_000, 1_000, 0]);
    // 50 x 0.1 x 100 = 500 bind 50 at 100; at 110 they have won 50 and bind 55.
    run.step().step([0, 50, 100]);
    expect(sums(run)).toEqual([950, 1_000, 500]);
    expect(sums(run.step())).toEqual([995, 1_050, 550]);
    // What is won may open positions, and is not free to be sent; what is lost is bound.
    expect(run.portfolio.free('USDT')).toBe(945);
    expect(sums(run.step())).toEqual([905, 950, 450]);
    expect([run.portfolio.free('USDT'), run.portfolio.free('BNB'), run.portfolio.startValue]).toEqual([905, 0, 1_000]);
    const { mark, unrealised, margin } = run.portfolio.positionOf(0);
    expect([mark, unrealised, margin]).toEqual([90, -50, undefined]);
  });

  it('of an isolated position binds its margin alone', () => {
    const run = new Run({ cash: { USDT: 1_000 }, leverage: 10, margin: 'isolated' }, { [perp]: { prices: [100, 100, 108] } }); // prettier-ignore
    run.step().step([0, -5, 100]).step();
    expect([...sums(run), run.portfolio.free('USDT'), run.portfolio.positionOf(0).margin]).toEqual([950, 960, 540, 950, 50]); // prettier-ignore
    expect(run.portfolio.positionOf(0).liquidationPrice).toBe(110);
  });

  it('of spot is its coins at the price, and of an inverse contract its coins and its profit', () => {
    const spot = new Run({ cash: { USDT: 1_000 } }, { 'BTC/USDT': { prices: [100, 100, 120] } });
    spot.step().step([0, 5, 100]).step();
    expect([...sums(spot), spot.portfolio.positionOf(0).unrealised, spot.portfolio.positionOf(0).margin]).toEqual([500, 1_100, 600, 100, undefined]); // prettier-ignore
    const coin = new Run({ cash: { BTC: 1 } }, { 'BTC/USD:BTC': { contractSize: 10, prices: [100, 100, 125] } });
    coin.step().step([0, 20, 100]).step();
    // 200 USD are 2 BTC at 100 and 1.6 at 125.
    expect([coin.portfolio.currency, ...sums(coin)]).toEqual(['BTC', 1 + 0.4 - 1.6, 1.4, 1.6]);
  });

  it('counts coins that several datas show as their positions once', () => {
    const prices: Prices = [100, 100, 120];
    const run = new Run(
      { one: { cash: { USDT: 1_000 } }, two: { cash: { USDT: 1_000 } } },
      {
        'BTC/USDT': { account: 'one', prices },
        'BTC/USDC': { account: 'one', prices },
        'ETH/USDT': { account: 'one', prices },
        b: { symbol: 'BTC/USDT', account: 'two', prices },
        [perp]: { account: 'one', prices },
      },
      { 'USDC/USDT': 1 },
    );
    run.step().step([0, 5, 100], [2, 1, 100], [3, 2, 100], [4, -1, 100]).step();
    expect([0, 1, 2, 3, 4].map((id) => run.position(id)[0])).toEqual([5, 5, 1, 2, -1]);
    // 5 and 2 BTC, 1 ETH and the contract, at 120.
    expect(run.portfolio.grossValue).toBe(1_080);
    // The one that has no price yet is not asked.
    const early = new Run({ cash: { USDC: 1_000 } }, { 'BTC/USDT': { prices: [undefined, undefined, 120] }, 'BTC/USDC': { prices } }, { 'USDC/USDT': 1 }); // prettier-ignore
    early.step().step([1, 5, 100]);
    expect(early.portfolio.grossValue).toBe(500);
    expect(early.step().portfolio.grossValue).toBe(600);
    const between = new Run({ cash: { USDC: 1_000 } }, { 'BTC/USDT': { prices: [undefined, undefined, 120] }, 'ETH/USDC': { prices }, 'BTC/USDC': { prices } }, { 'USDC/USDT': 1 }); // prettier-ignore
    between.step().step([1, 1, 100], [2, 5, 100]);
    expect([between.portfolio.grossValue, [0, 1, 2].map((id) => between.portfolio.poolOf(id))]).toEqual([600, [0, 1, 0]]); // prettier-ignore
  });

  it('of several currencies is converted, and free in each account', () => {
    const run = new Run(
      { one: { cash: { USDT: 1_000 } }, two: { cash: { BTC: 2, USDT: 5 }, leverage: 2 } },
      { a: { symbol: 'BTC/USDT', account: 'one', prices: [100, 100, 110] }, b: { symbol: 'BTC/USD:BTC', account: 'two', contractSize: 10, prices: [100, 100, 110] } }, // prettier-ignore
    );
    run.step().step([0, 1, 100], [1, -11, 100]).step();
    // 900 and 1 BTC; 5 and 2 BTC, of which 110 USD short from 100 lose 0.1 at 110: 2.9 x 110 more.
    expect(run.portfolio.value).toBeCloseTo(905 + 2.9 * 110, 9);
    expect(run.portfolio.grossValue).toBeCloseTo(110 + 110, 9);
    // 0.5 are bound, 0.1 is lost.
    expect([run.portfolio.account.cash, run.portfolio.free('BTC', 'two')]).toEqual([905, expect.closeTo(1.4, 12)]);
    expect([run.portfolio.free('BTC', 'one'), run.portfolio.free('USDT')]).toEqual([1, 900]);
    expect(() => run.portfolio.free('USDT', 'tow')).toThrow("account must be one of one, two, was 'tow': did you mean 'two'?"); // prettier-ignore
    expect(run.portfolio.tradedValue(1, -11, 110)).toBe(110);
    expect([run.portfolio.worthAt(0, 120), run.portfolio.worthAt(1, 200)]).toEqual([1_020, 2 - 0.55]);
  });

  it('grows by deposits, each at the value of a share then', () => {
    const run = new Run({ cash: { USDT: 1_000 } }, { [perp]: { prices: [100, 100, 110, 110] } });
    expect([run.portfolio.fundShares, run.portfolio.fundValue]).toEqual([10, 100]);
    run.step().step([0, 10, 100]).step();
    expect(run.portfolio.fundValue).toBe(110);
    run.portfolio.account.add(220);
    run.step();
    expect([run.portfolio.fundShares, run.portfolio.fundValue, run.portfolio.value]).toEqual([12, 110, 1_320]);
    expect(run.portfolio.result().accounts[0]!.booked['USDT']!.deposit).toBe('1220');
  });

  it('is that of the cash of the run where an account names none', () => {
    expect(new Run({}, { [perp]: { prices: flat } }).portfolio.value).toBe(10_000);
    const run = new Run({ one: {}, two: {}, three: { cash: { USD: 3 } } }, { 'BTC/USD': { prices: flat } });
    expect([run.portfolio.currency, run.wallet('USD', 0), run.wallet('USD', 1), run.wallet('USD', 2)]).toEqual(['USD', 10_000, 0, 3]); // prettier-ignore
    expect(new Run({ currency: 'USD' }, { [perp]: { prices: flat } }, { 'USD/USDT': 1 }).wallet('USD')).toBe(10_000);
  });
});

describe('a fill', () => {
  it('on spot opens and closes what the position changes by, net of its fee, and dust counts as nothing', () => {
    const run = new Run({ cash: { USDT: 1_000 } }, { 'BTC/USDT': { takerFee: 0.001, feeCurrency: 'received', lot: 0.01, prices: flat } }); // prettier-ignore
    run.step([0, 1, 100]);
    expect([run.out.opened, run.out.closed, run.position()]).toEqual([0.999, 0, [0.999, 100, 100, 0]]);
    expect(run.portfolio.lastFill).toEqual({ isMaker: false, fee: 0.001, currency: 'BTC' });
    run.step([0, -0.99, 110]);
    expect([run.out.opened, run.out.closed, run.out.pnl, run.position()]).toEqual([0, -0.999, expect.closeTo(9.9, 12), [0, 0, 100, 0]]); // prettier-ignore
    const { dust } = run.portfolio.result();
    expect(dust).toEqual([{ account: 'account', currency: 'BTC', size: 0.009, value: 0.9 }]);
    expect(run.portfolio.warnings()).toEqual(['dust: account holds 0.009 BTC below the lot, worth 0.9']);
    expect([run.portfolio.holdsOnly(0), run.portfolio.value]).toEqual([true, expect.closeTo(900 + 108.9 - 0.1089 + 0.9, 9)]); // prettier-ignore
    expect(run.portfolio.shortSale(0, 2)).toEqual({ rule: 'cash', reason: 'the account cannot sell 2 BTC of 0.009: spot cannot be sold short' }); // prettier-ignore
  });

  it('of one lot is a position, and a contract below its lot too', () => {
    const run = new Run({ cash: { USDT: 1_000 } }, { 'BTC/USDT': { lot: 0.01, prices: flat }, [perp]: { lot: 0.01, prices: flat } }); // prettier-ignore
    run.step([0, 0.01, 100], [1, -0.005, 100]);
    expect([run.position(0)[0], run.position(1)[0], run.portfolio.result().dust]).toEqual([0.01, -0.005, []]);
  });

  it('leaves dust once for each account, however many datas show its coins', () => {
    const lot = { lot: 0.01, prices: flat };
    const run = new Run({ one: { cash: { USDT: 1_000 } }, two: { cash: { USDT: 1_000 } } }, { a: { ...lot, symbol: 'BTC/USDT', account: 'one' }, b: { ...lot, symbol: 'BTC/USDT', account: 'one' }, c: { ...lot, symbol: 'BTC/USDT', account: 'two' }, d: { ...lot, symbol: 'ETH/USDT', account: 'two' }, e: { ...lot, symbol: 'SOL/USDT', account: 'two' } }); // prettier-ignore
    run.step([0, 0.004, 100], [2, 0.005, 100], [3, 0.006, 100], [4, 1, 100]);
    expect(run.portfolio.result().dust).toEqual([
      { account: 'one', currency: 'BTC', size: 0.004, value: 0.4 },
      { account: 'two', currency: 'BTC', size: 0.005, value: 0.5 },
      { account: 'two', currency: 'ETH', size: 0.006, value: 0.6 },
    ]);
  });

  it('is followed by payments that the result lists each with its kind', () => {
    const run = new Run({ one: { cash: { USDT: 1_000 }, leverage: 3, borrow: { USDT: 0.0876 } }, two: { cash: { USDT: 1_000 } } }, { a: { symbol: 'BTC/USDT', account: 'one', prices: flat }, b: { symbol: perp, account: 'two', funding: [{ time: 2 * hour, rate: 0.01 }], prices: flat } }); // prettier-ignore
    run.step([0, 20, 100], [1, 1, 100]);
    run.portfolio.transfer({ from: 'two', to: 'one', currency: 'USDT', amount: 5 });
    run.step().step();
    const { funding, interest, transfers } = run.portfolio.result();
    expect([funding, interest, transfers].map((list) => list.map(({ kind, account, amount }) => [kind, account, +amount.toFixed(3)]))).toEqual([
      [['funding', 'two', -1]],
      [['interest', 'one', -0.01], ['interest', 'one', -0.01]],
      [['transfer', 'two', -5]],
    ]); // prettier-ignore
  });

  it('of all that is held closes it to the last digit, though floats cannot say it', () => {
    const run = new Run({ cash: { USDT: 1_000 } }, { 'BTC/USDT': { takerFee: 0.0007, feeCurrency: 'received', prices: flat } }); // prettier-ignore
    run.step([0, 1 / 3, 100]).step([0, -run.position()[0]!, 100]);
    expect([run.wallet('BTC'), run.position()[0]]).toEqual([0, 0]);
  });

  it('that a venue reports is booked with its fee, whatever the account holds', () => {
    const run = new Run({ cash: { USDT: 10 } }, { [perp]: { takerFee: 0.5, prices: flat }, 'BTC/USDT': { prices: flat } }).step(); // prettier-ignore
    const { portfolio, out } = run;
    portfolio.bookReported(0, 5, 100, true, { amount: 0.25, currency: 'USDT' }, out);
    expect([run.wallet(), run.position(), portfolio.lastFill]).toEqual([9.75, [5, 100, 100, 0], { isMaker: true, fee: 0.25, currency: 'USDT' }]); // prettier-ignore
    portfolio.bookReported(0, -5, 100, false, undefined, out);
    expect([run.wallet(), portfolio.lastFill]).toEqual([-240.25, { isMaker: false, fee: 250, currency: 'USDT' }]);
    portfolio.bookReported(1, 1, 100, false, { amount: 0.01, currency: 'BTC' }, out);
    expect([out.opened, out.closed, run.position(1)[0]]).toEqual([0.99, 0, 0.99]);
    const early = new Run({ cash: { USDT: 10 } }, { [perp]: { prices: flat } });
    early.portfolio.bookReported(0, 1, 90, false, undefined, early.out);
    expect(early.portfolio.positionOf(0).mark).toBe(90);
  });

  it('is taken back whole', () => {
    const run = new Run({ cash: { USDT: 1_000 } }, { [perp]: { takerFee: 0.001, prices: flat }, b: { symbol: 'ETH/USDT:USDT', prices: flat } }); // prettier-ignore
    run.step([0, 2, 100]);
    const before = [run.wallet(), ...run.position(0), ...run.position(1), ...sums(run), run.portfolio.holdsOnly(0)];
    const saved = run.portfolio.save(0);
    for (let k = 0; k < 2; k++) {
      Object.assign(run.out, { price: 110, time: 0 });
      run.portfolio.settle(0, -2, run.out);
      run.portfolio.settle(1, 5, run.out);
      expect(run.portfolio.holdsOnly(1)).toBe(true);
      saved.restore();
      run.portfolio.revalue();
      expect([run.wallet(), ...run.position(0), ...run.position(1), ...sums(run), run.portfolio.holdsOnly(0)]).toEqual(before); // prettier-ignore
    }
    expect([run.portfolio.holdsOnly(1), run.portfolio.fault]).toEqual([false, undefined]);
  });

  it.each<[string, Partial<WorkingOrder>, boolean]>([
    ['a limit that the bar reached', { rule: 'limitReached' }, true],
    ['a limit that a trade went through', { rule: 'traded' }, true],
    ['a limit whose turn came in the queue', { rule: 'queued' }, true],
    ['a market order', { rule: 'open', type: 'market' }, false],
    ['a stop', { rule: 'stopReached', type: 'stop' }, false],
    ['a limit at the first open', { rule: 'limitAtOpen', type: 'limit', firstIndex: 2, createdClock: 2 * hour }, false],
    ['a limit at a later open', { rule: 'limitAtOpen', type: 'limit', firstIndex: 1, createdClock: hour }, true],
    ['a limit made inside of the bar before', { rule: 'limitAtOpen', type: 'limit', firstIndex: 1, createdClock: 1.5 * hour }, false],
    ['a limit that takes liquidity', { rule: 'limitAtOpen', type: 'limit', takesLiquidity: true, firstIndex: 0, createdClock: 0 }, false],
    ['the limit of a stop', { rule: 'limitAtOpen', type: 'stopLimit', firstIndex: 2, createdClock: 2 * hour }, true],
  ])('of %s is the maker’s or not', (_, order, wanted) => {
    const run = new Run({}, { [perp]: { prices: flat } }).step().step().step();
    expect(run.portfolio.isMaker({ dataId: 0, takesLiquidity: false, ...order } as unknown as WorkingOrder)).toBe(wanted);
  }); // prettier-ignore

  it('of a reduce-only order rests beyond its position unless something else ends it', () => {
    const { portfolio } = new Run({}, { [perp]: { prices: flat } });
    const rests = (order: Partial<WorkingOrder>): boolean => {
      const working = {
        reducesOnly: true,
        isAim: false,
        parent: undefined,
        group: undefined,
        ...order,
      } as unknown as WorkingOrder;
      portfolio.prepare(working);
      return working.outlivesPosition;
    };
    expect([rests({}), rests({ reducesOnly: false }), rests({ isAim: true }), rests({ parent: {} as never }), rests({ group: {} as never })]).toEqual([true, false, false, false, false]); // prettier-ignore
  });
});

describe('an account', () => {
  it('says how it carries each data', () => {
    const run = new Run(
      { one: { leverage: 3, margin: 'isolated', positionMode: 'hedge' }, two: { cash: { USDT: 5 }, leverage: 2 } },
      {
        up: { symbol: perp, account: 'one', positionSide: 'long', prices: flat },
        down: { symbol: perp, account: 'one', positionSide: 'short', leverage: 4, margin: 'cross', prices: flat },
        eth: { symbol: 'ETH/USDT:USDT', account: 'two', prices: flat },
        spot: { symbol: 'BTC/USDT', account: 'two', prices: flat },
      },
    );
    const { portfolio } = run;
    const each = <T>(read: (id: number) => T): T[] => [0, 1, 2, 3].map((id) => read(id));
    expect(each((id) => portfolio.sideOf(id))).toEqual(['long', 'short', undefined, undefined]);
    expect(each((id) => portfolio.settingsOf(id))).toEqual([{ symbol: perp, leverage: 3, margin: 'isolated' }, { symbol: perp, leverage: 4, margin: 'cross' }, { symbol: 'ETH/USDT:USDT', leverage: 2, margin: 'cross' }, undefined]); // prettier-ignore
    expect(each((id) => portfolio.accountNameOf(id))).toEqual(['one', 'one', 'two', 'two']);
    expect(each((id) => portfolio.isHedged(id))).toEqual([true, true, false, false]);
    expect(each((id) => portfolio.kindOf(id))).toEqual(['margin', 'margin', 'margin', 'spot']);
    expect(each((id) => portfolio.costOf(id, 6, 100))).toEqual([200, 150, 300, 600]);
    expect([...portfolio.expectedOf(2)]).toEqual([['USDT', 5]]);
    expect(portfolio.accountSummary).toBe('one: isolated margin, leverage 3 and cross margin, leverage 4, liquidated as binance does; two: cross margin, leverage 2 and spot, liquidated as binance does'); // prettier-ignore
    expect(new Run({ profile: 'okx' }, { [perp]: { prices: flat } }).portfolio.accountSummary).toBe('cross margin, leverage 1, liquidated as okx does'); // prettier-ignore
    expect(new Run({}, { 'BTC/USDT': { prices: flat } }).portfolio.accountSummary).toBe('spot');
    run.step([0, 6, 100]);
    expect([portfolio.freedBy(0, 3), portfolio.timeOf(0)]).toEqual([100, hour]);
  });

  it('refuses what its margin does not carry, and says how much more fits', () => {
    const run = new Run({ cash: { USDT: 100 }, leverage: 10 }, { [perp]: { takerFee: 0.01, prices: flat } }).step();
    expect(run.portfolio.refusalOf(0, 10, 100, false)?.rule).toBe('margin');
    expect(run.portfolio.refusalOf(0, 10, 100, true)).toBeUndefined();
    expect(run.portfolio.affordable(0, 1, 0, 100)).toBeCloseTo(100 / 11, 9);
    run.step([0, 5, 100]);
    // Half of 95 stays bound: 95 + 0 - 0 of what the 5 bound, less 5 for closing, pay 11 each.
    expect(run.portfolio.affordable(0, -1, 5, 100)).toBeCloseTo((95 - 5) / 11, 9);
  });

  it('tells its balances, its equity and where every amount came from', () => {
    const run = new Run({ cash: { USDT: 1_000, BTC: 0.5 } }, { [perp]: { takerFee: 0.001, prices: [100, 100, 110] }, 'BTC/USDT': { prices: [100, 100, 110] } }); // prettier-ignore
    run.step().step([0, 5, 100]).step([0, -2, 110]);
    const [state] = run.portfolio.result().accounts;
    expect(state).toMatchObject({ name: 'account', wallet: { USDT: '1019.28', BTC: '0.5' }, equity: { USDT: 1_049.28, BTC: 0.5 } }); // prettier-ignore
    expect(state!.booked['USDT']).toEqual({ deposit: '1000', trade: '0', fee: '-0.72', profit: '20', funding: '0', interest: '0', liquidationFee: '0', insurance: '0', transfer: '0' }); // prettier-ignore
    expect([run.portfolio.fault, run.portfolio.result().currency]).toEqual([undefined, 'USDT']);
  });

  it('whose books do not agree has a fault', () => {
    const run = new Run({ cash: { USDT: 1_000 }, margin: 'isolated' }, { [perp]: { prices: flat } }).step([0, 5, 100]);
    const leg = run.portfolio.legOf(0);
    const [size, margin] = [leg.size, leg.margin];
    leg.size = size.sub(size);
    expect(run.portfolio.fault).toBe("'account' keeps 0 of BTC/USDT:USDT with entry 100 and margin 500");
    leg.margin = margin.sub(margin);
    expect(run.portfolio.fault).toBeUndefined();
    leg.size = size;
    leg.entry = margin.sub(margin);
    expect(run.portfolio.fault).toBe("'account' keeps 5 of BTC/USDT:USDT with entry 0 and margin 0");
    const off = new Run({ cash: { USDT: 1_000 } }, { [perp]: { prices: flat } });
    Object.assign(off.portfolio.accounts[0]!.wallet.balances[0]!, { amount: size });
    expect(off.portfolio.fault).toBe("'account' holds 5 USDT, and its bookings come to 1000");
  });
});
