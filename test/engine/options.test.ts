/** Options of the engine: what is no value of its kind is refused in one sentence that names the field, for users of plain JavaScript too. */
import { describe, expect, it } from 'vitest';

import { barsFromRows, ConfigError } from '../../src/core/index.ts';
import { Cerebro, Strategy } from '../../src/engine/index.ts';
import { BarsDataFeed } from '../../src/feeds/index.ts';

const bars = barsFromRows(
  [0, 1, 2].map((i) => ({ time: i * 3_600_000, open: 100, high: 101, low: 99, close: 100, volume: 10 })),
);
const feed = (more: object = {}): BarsDataFeed => new BarsDataFeed({ bars, timeframe: '1h', symbol: 'X', ...more });

/** What a call answers with, which must be a ConfigError. */
function refusal(make: () => unknown): string {
  try {
    make();
  } catch (error) {
    if (error instanceof ConfigError) return error.message;
    throw error;
  }
  return 'accepted';
}

describe('options of Cerebro of another kind', () => {
  const values: readonly unknown[] = ['x', 5, [], () => 1, null, Number.NaN];
  const takesText = ['account'];
  const takesNumber = ['cash', 'commission', 'slippage', 'latencyBars', 'fundStart'];
  const names = [
    'rules', 'cash', 'commission', 'slippage', 'filler', 'latencyBars', 'intrabar', 'cheatOnClose', 'checkSubmit', 'shortCash',
    'interestInPnl', 'fundMode', 'fundStart', 'account', 'accounts', 'rates', 'risk', 'whenCashShort', 'instrumentRules', 'ledger',
    'cheatOnOpen', 'quickNotify', 'closeAtEnd', 'tradeHistory', 'periodBy', 'strict', 'runtime',
  ]; // prettier-ignore

  it.each(names)('are refused by the name %s', (name) => {
    for (const value of values) {
      if (typeof value === 'number' && value === 5 && takesNumber.includes(name)) continue;
      if (Array.isArray(value) && name === 'risk') continue;
      if (value === 'x' && takesText.includes(name)) continue;
      const said = refusal(() => new Cerebro({ [name]: value }));
      expect(said, `${name}: ${String(value)}`).toContain(name === 'risk' ? 'risk plan' : name);
    }
  });

  it.each([
    ['rates of no pair', { account: {}, rates: { BTCUSD: 1 } }, "rates must be named by pairs such as BTC/USDT, was 'BTCUSD'"],
    ['a rate below 0', { account: {}, rates: { 'BTC/USD': -1 } }, "rates['BTC/USD'] must be a number above 0 or the name of a data, was -1"],
    ['a filler without its method', { filler: { fill: 1 } }, 'filler must be a filler such as volumePercentFiller(0.1), was { fill }'],
    ['a switch in words', { closeAtEnd: 'yes' }, "closeAtEnd must be true or false, was 'yes'"],
  ])('as %s are explained', (_, options, said) => {
    expect(refusal(() => new Cerebro(options as object))).toBe(said);
  }); // prettier-ignore
});

describe('an instrument', () => {
  it.each([
    ['a field that it has not', { lott: 1 }, "unknown field of an instrument 'lott': did you mean 'lot'?"],
    ['a type that is none', { type: 'spott' }, "type of an instrument must be one of spot, swap, future, option, margin, was 'spott': did you mean 'spot'?"],
    ['a lot below 0', { lot: -1 }, 'lot of an instrument must be a number above 0, was -1'],
    ['a tick in words', { tick: 'x' }, "tick of an instrument must be a number above 0, was 'x'"],
    ['a fee that is no number', { takerFee: NaN }, 'takerFee of an instrument must be a fraction of the traded value, was NaN'],
  ])('with %s is refused by feed and setInstrument', (_, fields, said) => {
    const instrument = { symbol: 'A/B', base: 'A', quote: 'B', type: 'spot', ...fields };
    expect(refusal(() => feed({ instrument }))).toBe(said);
    const again = refusal(() => new Cerebro().addData(feed()).setInstrument('X', fields as object));
    expect(again.replace('instrument option', 'field of an instrument')).toBe(said);
  }); // prettier-ignore

  it('is refused where it is none', () => {
    expect(refusal(() => feed({ instrument: 'BTC' }))).toBe("fields of an instrument must be an object, was 'BTC'");
    expect(refusal(() => feed({ symbol: '' }))).toBe("symbol of a feed must be a text such as 'BTC/USDT', was ''");
  });
});

describe('what is added to a Cerebro', () => {
  it.each(['addData', 'addStrategy', 'optStrategy', 'addSizer', 'addAnalyzer', 'addObserver', 'addTimer', 'setBroker'])(
    'is refused by %s where it is something else',
    (method) => {
      for (const value of [5, 'x', null, {}]) {
        const cerebro = new Cerebro() as unknown as Record<string, (value: unknown) => unknown>;
        expect(
          refusal(() => cerebro[method]!(value)),
          `${method}(${JSON.stringify(value)})`,
        ).not.toBe('accepted');
      }
    },
  );

  it('may be a strategy class without a name, which messages call Strategy', async () => {
    const cerebro = new Cerebro().addData(feed());
    cerebro.addStrategy(
      class extends Strategy {
        override next(): void {
          throw new Error('no');
        }
      },
    );
    await expect(cerebro.run()).rejects.toThrow('Strategy threw at the bar of 1970-01-01');
  });
});
