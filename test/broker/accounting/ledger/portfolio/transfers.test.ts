/** Money between accounts by hand: what leaves, when it arrives, what it costs, and what is refused. */
import { describe, expect, it } from 'vitest';

import { hour, Run } from './run.ts';

const make = (): Run =>
  new Run(
    { here: { cash: { USDT: 1_000 }, margin: 'isolated', leverage: 10 }, there: { cash: { USDT: 10 } } },
    { a: { symbol: 'BTC/USDT:USDT', account: 'here', prices: [100, 100, 100, 100, 100] }, b: { symbol: 'ETH/USDT', account: 'there', prices: [50, 50, 50, 50, 50] } }, // prettier-ignore
  );
const wallets = (run: Run): number[] => [run.wallet('USDT', 0), run.wallet('USDT', 1)];

describe('a transfer', () => {
  it('leaves at once with its fee, and arrives with the first bar that opens after the delay', () => {
    const run = make().step();
    expect(run.portfolio.transfer({ from: 'here', to: 'there', currency: 'USDT', amount: 500, fee: 1, delayMs: hour })).toBe(true); // prettier-ignore
    expect(wallets(run)).toEqual([500, 10]);
    run.portfolio.revalue();
    expect([run.portfolio.value, run.portfolio.free('USDT'), run.portfolio.free('USDT', 'there')]).toEqual([1_009, 500, 10]); // prettier-ignore
    run.step();
    expect([...wallets(run), run.portfolio.value]).toEqual([500, 10, 1_009]);
    run.step();
    expect([...wallets(run), run.portfolio.value, run.portfolio.free('USDT', 'there')]).toEqual([500, 509, 1_009, 509]);
    const { transfers, accounts } = run.portfolio.result();
    expect(transfers).toEqual([{ kind: 'transfer', time: hour, account: 'here', to: 'there', currency: 'USDT', amount: -500 }]); // prettier-ignore
    expect([accounts[0]!.booked['USDT']!.transfer, accounts[0]!.booked['USDT']!.fee, accounts[1]!.booked['USDT']!.transfer]).toEqual(['-499', '-1', '499']); // prettier-ignore
  });

  it('arrives by the open of the data that has a new bar, also while another has none', () => {
    const run = new Run({ here: { cash: { USDT: 10 } }, there: {} }, { a: { symbol: 'BTC/USDT', account: 'here', prices: [100, 100, 100] }, b: { symbol: 'ETH/USDT', account: 'there', prices: [50] } }).step(); // prettier-ignore
    run.portfolio.transfer({ from: 'here', to: 'there', currency: 'USDT', amount: 4, delayMs: hour });
    run.step().step();
    expect(wallets(run)).toEqual([6, 4]);
  });

  it('without a delay arrives with the next bar, and several arrive each in its time', () => {
    const run = make().step();
    run.portfolio.transfer({ from: 'here', to: 'there', currency: 'USDT', amount: 100 });
    run.portfolio.transfer({ from: 'here', to: 'there', currency: 'USDT', amount: 50, delayMs: 1 });
    run.portfolio.transfer({ from: 'there', to: 'here', currency: 'USDT', amount: 5, delayMs: hour });
    expect(wallets(run.step())).toEqual([850, 105]);
    expect(wallets(run.step())).toEqual([855, 155]);
    expect(run.portfolio.value).toBe(1_010);
  });

  it('of more than is free is refused, and counted', () => {
    const run = make().step([0, 60, 100]);
    const send = (amount: number, from = 'here', to = 'there') => run.portfolio.transfer({ from, to, currency: 'USDT', amount }); // prettier-ignore
    // 60 x 100 / 10 are the margin.
    expect(send(400.01)).toBe(false);
    expect(run.portfolio.warnings()).toEqual(["1 transfer was refused, the first: 'here' has 400 USDT free, and 400.01 were to be sent to 'there'"]); // prettier-ignore
    expect([send(11, 'there', 'here'), send(400)]).toEqual([false, true]);
    expect(run.portfolio.warnings()).toEqual(["2 transfers were refused, the first: 'here' has 400 USDT free, and 400.01 were to be sent to 'there'"]); // prettier-ignore
    expect(run.portfolio.result().transfers).toHaveLength(1);
  });

  it('in a session at an exchange is made by hand', () => {
    const run = make().step();
    run.portfolio.isKeptByVenues = true;
    expect(run.portfolio.transfer({ from: 'here', to: 'there', currency: 'USDT', amount: 5 })).toBe(false);
    expect(run.portfolio.warnings()[0]).toContain("a session at an exchange moves no money: send 5 USDT from 'here' to 'there' by hand"); // prettier-ignore
  });

  it('of a coin changes the spot position on both sides, and a coin of its own is worth its price', () => {
    const run = new Run(
      { here: { cash: { USDT: 100, ETH: 2 } }, there: { cash: { USDT: 0 } } },
      { a: { symbol: 'ETH/USDT', account: 'here', prices: [50, 60, 70, 80] }, b: { symbol: 'ETH/USDT', account: 'there', prices: [50, 60, 70, 80] } }, // prettier-ignore
    ).step();
    expect([run.position(0), run.position(1)]).toEqual([[2, 50, 50, 0], [0, 0, 50, 0]]); // prettier-ignore
    run.portfolio.transfer({ from: 'here', to: 'there', currency: 'ETH', amount: 1.5, fee: 0.5 });
    expect([run.position(0)[0], run.position(1)[0]]).toEqual([0.5, 0]);
    run.portfolio.revalue();
    expect(run.portfolio.value).toBe(100 + 0.5 * 50 + 50);
    run.step();
    // What arrives counts as bought at the latest price known then, the close of 50.
    expect([run.position(0), run.position(1)]).toEqual([[0.5, 50, 60, 0], [1, 50, 60, 0]]); // prettier-ignore
    expect([run.portfolio.value, run.portfolio.grossValue]).toEqual([100 + 1.5 * 60, 1.5 * 60]);
  });

  it.each([
    [{ from: 'heer' }, "from must be one of here, there, was 'heer': did you mean 'here'?", 'from'],
    [{ to: 'xyzzy' }, "to must be one of here, there, was 'xyzzy'", 'to'],
    [{ to: 'here' }, "to must be another account than from, was 'here'", 'to'],
    [{ currency: '' }, "currency must be a text such as USDT, was ''", 'currency'],
    [{ currency: 5 }, 'currency must be a text such as USDT, was 5', 'currency'],
    [{ amount: 0 }, 'amount must be a number above 0, was 0', 'amount'],
    [{ amount: Infinity }, 'amount must be a number above 0, was Infinity', 'amount'],
    [{ fee: -1 }, 'fee must be a number from 0 to below the amount, was -1', 'fee'],
    [{ fee: 5 }, 'fee must be a number from 0 to below the amount, was 5', 'fee'],
    [{ delayMs: -1 }, 'delayMs must be a number not below 0, was -1', 'delayMs'],
    [{ delay: 1 }, "unknown field of a transfer 'delay'", undefined],
  ])('with %j is an error', (given, message, field) => {
    const run = make().step();
    const ask = () => run.portfolio.transfer({ from: 'here', to: 'there', currency: 'USDT', amount: 5, ...given } as never); // prettier-ignore
    expect(ask).toThrow(message);
    if (field !== undefined) expect(ask).toThrow(expect.objectContaining({ context: { field } }));
    expect(ask).not.toThrow('undefined');
  });
});
