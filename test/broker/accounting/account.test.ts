/** What a fill does to cash and position, in floats and in decimals, against figures by hand. */
import { describe, expect, it } from 'vitest';

import {
  emptySettlement,
  FloatAccount,
  workOut,
  type AccountRules,
  type Settlement,
} from '../../../src/broker/accounting/account.ts';
import { CommissionScheme, type CommissionOptions } from '../../../src/broker/accounting/commission.ts';
import { DecimalAccount } from '../../../src/broker/accounting/decimal-account.ts';
import { Position } from '../../../src/broker/accounting/position.ts';

/** A settlement at a price. */
function at(price: number, out: Settlement): Settlement {
  out.price = price;
  return out;
}

const plain: AccountRules = { shortCash: true, isLimited: false, reserved: 0 };

describe.each([
  ['floats', FloatAccount],
  ['decimals', DecimalAccount],
] as const)('an account in %s', (_, Ledger) => {
  /** Settles fills one after the other on an account of 1,000, and returns what the last of them did. */
  function settled(fills: readonly (readonly [size: number, price: number])[], options: CommissionOptions = {}, rules: Partial<AccountRules> = {}) {
    const account = new Ledger(1_000, { ...plain, ...rules });
    const [position, scheme, out] = [new Position(), new CommissionScheme(options), emptySettlement()];
    for (const [size, price] of fills) account.settle(position, scheme, size, at(price, out));
    const { size, price, settledPrice } = position;
    return { ...out, account, position, scheme, cash: account.cash, held: [size, price], settledPrice };
  } // prettier-ignore

  it('pays for what it buys, and gets what it sells, less commission', () => {
    const fee = { commission: 0.01 };
    expect(settled([[2, 100]], fee)).toMatchObject({ cash: 798, held: [2, 100], opened: 2, closed: 0, openedValue: 200, openedCommission: 2, closedCommission: 0, pnl: 0, isShortOfCash: false }); // prettier-ignore
    expect(settled([[2, 100], [2, 150]], fee)).toMatchObject({ cash: 495, held: [4, 125] }); // prettier-ignore
    expect(settled([[2, 100], [-1, 150]], fee)).toMatchObject({ cash: 946.5, held: [1, 100], closed: -1, opened: 0, pnl: 50, closedValue: 100, closedCommission: 1.5 }); // prettier-ignore
    expect(settled([[2, 100], [-2, 90]], fee)).toMatchObject({ cash: 976.2, held: [0, 0], pnl: -20 }); // prettier-ignore
  });

  it('turns a position around in one fill', () => {
    const turned = settled([[2, 100], [-5, 110]], { commission: 0.01 }); // prettier-ignore
    // 798 + 220 - 2.2 + 330 - 3.3
    expect(turned).toMatchObject({ held: [-3, 110], closed: -2, opened: -3, pnl: 20, closedValue: 200, openedValue: -330, isShortOfCash: false }); // prettier-ignore
    expect(turned.cash).toBeCloseTo(1342.5, 9);
    expect(turned.closedCommission).toBeCloseTo(2.2, 9);
    expect(turned.openedCommission).toBeCloseTo(3.3, 9);
    // As much is opened as was closed.
    expect(settled([[-2, 100], [4, 90]])).toMatchObject({ cash: 840, held: [2, 90], closed: 2, opened: 2, pnl: 20 }); // prettier-ignore
  });

  it('closes what it holds and opens nothing where the cash does not suffice', () => {
    expect(settled([[11, 100]])).toMatchObject({ cash: 1_000, held: [0, 0], opened: 0, isShortOfCash: true });
    expect(settled([[10, 100]])).toMatchObject({ cash: 0, held: [10, 100], isShortOfCash: false });
    expect(settled([[10, 100]], { commission: 0.001 })).toMatchObject({ cash: 1_000, isShortOfCash: true });
    // Bought back at 100 with 1,200, 1,000 are left, not enough for 11.
    expect(settled([[-2, 100], [13, 100]])).toMatchObject({ cash: 1_000, held: [0, 0], closed: 2, opened: 0, isShortOfCash: true }); // prettier-ignore
    expect(settled([[-2, 100], [12, 100]])).toMatchObject({ cash: 0, held: [10, 100] }); // prettier-ignore
  });

  it('gets the proceeds of a short sale, or binds its value', () => {
    expect(settled([[-2, 100]])).toMatchObject({ cash: 1_200, held: [-2, 100], openedValue: -200 });
    expect(settled([[-2, 100], [2, 90]])).toMatchObject({ cash: 1_020, pnl: 20, closedValue: -200 }); // prettier-ignore
    expect(settled([[-2, 100]], {}, { shortCash: false })).toMatchObject({ cash: 800, openedValue: 200 });
    expect(settled([[-2, 100], [2, 90]], {}, { shortCash: false })).toMatchObject({ cash: 1_020, pnl: 20, closedValue: 200 }); // prettier-ignore
    expect(settled([[-11, 100]], {}, { shortCash: false })).toMatchObject({ cash: 1_000, isShortOfCash: true });
  });

  it('sells short whatever its cash, where nothing limits it', () => {
    expect(settled([[-30, 100]])).toMatchObject({ cash: 4_000, held: [-30, 100], isShortOfCash: false });
  });

  it('forgives what rounding takes from its cash, and no more', () => {
    for (const [missing, isShortOfCash] of [[5e-10, false], [1e-6, true]] as const) {
      const [account, position, out] = [new Ledger(1_000, plain), new Position(), emptySettlement()];
      account.add(-missing);
      account.settle(position, new CommissionScheme(), 10, at(100, out));
      expect([out.isShortOfCash, position.size]).toEqual([isShortOfCash, isShortOfCash ? 0 : 10]);
    } // prettier-ignore
  });

  it('closes whatever others bind', () => {
    const rules = { ...plain, isLimited: true };
    const [account, position, out] = [new Ledger(1_000, rules), new Position(), emptySettlement()];
    account.settle(position, new CommissionScheme(), 2, at(100, out));
    rules.reserved = 5_000;
    account.settle(position, new CommissionScheme(), -2, at(110, out));
    expect(out).toMatchObject({ closed: -2, opened: 0, isShortOfCash: false });
    expect([account.cash, position.size]).toEqual([1_020, 0]);
  });

  it('needs margin of its own for a short sale where it is limited, beside what others bind', () => {
    const limited = { isLimited: true };
    expect(settled([[-10, 100]], {}, limited)).toMatchObject({ cash: 2_000, held: [-10, 100] });
    expect(settled([[-10.1, 100]], {}, limited)).toMatchObject({ cash: 1_000, held: [0, 0], isShortOfCash: true });
    expect(settled([[-10, 100]], {}, { ...limited, reserved: 1 })).toMatchObject({ isShortOfCash: true });
    // With leverage of 5 a fifth of the value must be free.
    expect(settled([[-50, 100]], { leverage: 5 }, limited)).toMatchObject({ isShortOfCash: false });
    expect(settled([[-51, 100]], { leverage: 5 }, limited)).toMatchObject({ isShortOfCash: true });
    expect(settled([[9, 100]], {}, { ...limited, reserved: 100 })).toMatchObject({ isShortOfCash: false, cash: 100 });
    expect(settled([[9, 100]], {}, { ...limited, reserved: 101 })).toMatchObject({ isShortOfCash: true });
  });

  it('binds the value over the leverage, and gives it back with the profit', () => {
    const options = { leverage: 4 };
    expect(settled([[8, 100]], options)).toMatchObject({ cash: 800, openedValue: 800 });
    expect(settled([[8, 100], [-2, 120]], options)).toMatchObject({ cash: 890, pnl: 40, closedValue: 200 }); // prettier-ignore
    // What a short sale brought in is whole, with leverage or without.
    expect(settled([[-8, 100], [2, 90]], options)).toMatchObject({ cash: 1_620, pnl: 20, closedValue: -200 }); // prettier-ignore
    expect(settled([[40, 100]], options)).toMatchObject({ cash: 0, isShortOfCash: false });
    expect(settled([[41, 100]], options)).toMatchObject({ isShortOfCash: true });
  });

  it('binds the margin of a contract and settles its gains in cash', () => {
    const options: CommissionOptions = { margin: 10, multiplier: 5, leverage: 2, type: 'fixed', commission: 1 };
    expect(settled([[4, 100]], options)).toMatchObject({ cash: 976, held: [4, 100], settledPrice: 100, openedValue: 40, openedCommission: 4 }); // prettier-ignore
    // Added to at 103 it is settled up to that first: 4 times 3 times 5.
    expect(settled([[4, 100], [4, 103]], options)).toMatchObject({ cash: 1_012, held: [8, 101.5], settledPrice: 103 }); // prettier-ignore
    expect(settled([[4, 100], [-4, 103]], options)).toMatchObject({ cash: 1_052, held: [0, 0], pnl: 60, closedValue: 40, closedCommission: 4 }); // prettier-ignore
    expect(settled([[4, 100], [-6, 103]], options)).toMatchObject({ cash: 1_040, held: [-2, 103], settledPrice: 103, pnl: 60, openedValue: 20 }); // prettier-ignore
    expect(settled([[-4, 100], [1, 97]], options)).toMatchObject({ cash: 995, held: [-3, 100], settledPrice: 100, pnl: 15 }); // prettier-ignore
    expect(settled([[200, 100]], options)).toMatchObject({ isShortOfCash: true });
  });

  it('settles a contract at a close, from the price it was settled at before', () => {
    const { account, position, scheme } = settled([[4, 100]], { margin: 10, multiplier: 5 });
    expect(account.cash).toBe(960);
    account.markToMarket(position, scheme, 102);
    expect([account.cash, position.settledPrice, position.price]).toEqual([1_000, 102, 100]);
    account.markToMarket(position, scheme, 101);
    expect(account.cash).toBe(980);
    const out = emptySettlement();
    account.settle(position, scheme, -4, at(103, out));
    // 2 more points are settled; the trade gained 3.
    expect([account.cash, out.pnl]).toEqual([1_060, 60]);
  });

  it('takes back fills that were only tried', () => {
    const { account, position, scheme } = settled([[2, 100]], { margin: 10 });
    const saved = account.save(position);
    for (let k = 0; k < 2; k++) {
      account.settle(position, scheme, -1, at(120, emptySettlement()));
      account.markToMarket(position, scheme, 130);
      account.add(5);
      saved.restore();
      expect([account.cash, position.size, position.price, position.settledPrice]).toEqual([980, 2, 100, 100]);
    }
    account.settle(position, scheme, -2, at(101, emptySettlement()));
    expect([account.cash, position.size]).toEqual([1_002, 0]);
  });
});

describe('a trial', () => {
  /** What a fill would do to a cash of 1,000 and a position. */
  function tried(held: number, size: number, options: CommissionOptions = {}, rules: Partial<AccountRules> = {}) {
    const [position, out] = [new Position(), emptySettlement()];
    if (held !== 0) position.update(held, 100);
    position.settledPrice = 100;
    out.cash = 1_000;
    workOut(position, new CommissionScheme(options), size, { ...plain, ...rules }, at(110, out), true);
    return out;
  } // prettier-ignore

  it('values what it closes at its price', () => {
    expect(tried(2, -2)).toMatchObject({ cash: 1_220, pnl: 0, closedValue: 220, closed: -2, opened: 0 });
    expect(tried(4, -4, { margin: 10, multiplier: 5, leverage: 2 })).toMatchObject({ cash: 1_020, pnl: 0 });
    expect(tried(4, 4, { margin: 10, multiplier: 5 })).toMatchObject({ cash: 960, opened: 4 });
  });

  it('leaves what is missing where the cash does not suffice', () => {
    expect(tried(0, 10)).toMatchObject({ cash: -100, opened: 0, isShortOfCash: true });
    expect(tried(0, -10, {}, { isLimited: true, reserved: 50 })).toMatchObject({ cash: -150, isShortOfCash: true });
    expect(tried(0, 9)).toMatchObject({ cash: 10, opened: 9, isShortOfCash: false });
  });
});

describe('an account in decimals', () => {
  it('counts to the last digit', () => {
    const account = new DecimalAccount('0.3', plain);
    account.add(-0.1);
    account.add(-0.2);
    expect([account.cash, account.cashText]).toEqual([0, '0']);
    const [position, scheme, out] = [new Position(), new CommissionScheme({ commission: 0.001 }), emptySettlement()];
    account.add(1_000);
    for (const size of [0.1, 0.2, -0.3]) account.settle(position, scheme, size, at(100.1, out));
    // Nothing is left but the fees, of 60.06 traded.
    expect([account.cashText, position.size, position.price]).toEqual(['999.93994', 0, 0]);
    expect(out.opened).toBe(0);
  });

  it('writes its cash in plain digits', () => {
    expect(new DecimalAccount('0.00000001', plain).cashText).toBe('0.00000001');
    expect(new DecimalAccount('123456789012345678901234', plain).cashText).toBe('123456789012345678901234');
  });
});
