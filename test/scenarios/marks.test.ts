/** Mark prices in bars shorter than those that are traded: the mark at a close is that of the bar that closes then. */
import { describe, expect, it } from 'vitest';

import { BarsDataFeed, Cerebro, Strategy } from 'nextbar';

const minute = 60_000;

/** Bars of some minutes, each with one price. */
const feedOf = (name: string, symbol: string, minutes: number, prices: readonly number[]): BarsDataFeed =>
  new BarsDataFeed({
    name,
    symbol,
    timeframe: `${minutes}m`,
    bars: prices.map((price, k) => ({ time: k * minutes * minute, open: price, high: price, low: price, close: price, volume: 1 })), // prettier-ignore
  });

const contract = 'BTC/USDT:USDT';

/** The marks that a strategy with a position sees at the closes of the five minutes. */
async function marksOf(hasShorter: boolean): Promise<(number | undefined)[]> {
  const cerebro = new Cerebro({ cash: 1_000, account: { leverage: 5 } });
  cerebro.addData(feedOf('five', contract, 5, [1_000, 1_000, 1_100, 1_100]));
  if (hasShorter) cerebro.addData(feedOf('one', contract, 1, Array.from({ length: 20 }, (_, k) => (k < 10 ? 1_000 : 1_100)))); // prettier-ignore
  cerebro.addData(
    feedOf(
      'mark',
      contract,
      1,
      Array.from({ length: 20 }, (_, k) => 1_000 + k),
    ),
  );
  cerebro.setInstrument('five', { mark: 'mark' });
  const marks: (number | undefined)[] = [];
  class BuyOnce extends Strategy {
    override next(): void {
      if (!this.data.isNew) return;
      if (this.data.length === 1) this.buy({ size: 1 });
      marks.push(this.getPosition(this.data).mark);
    }
  }
  await cerebro.addStrategy(BuyOnce).run();
  return marks;
}

describe('the mark of a position', () => {
  it.each([false, true])('is that of the mark bar that closes with its own, another data of it or not: %s', async (hasShorter) => {
    expect((await marksOf(hasShorter)).slice(1)).toEqual([1_009, 1_014, 1_019]);
  }); // prettier-ignore
});
