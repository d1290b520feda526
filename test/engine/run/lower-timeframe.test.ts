/** Finer bars settle what coarse bars leave open: held to the minutes of a real market. */
import { existsSync, readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';

import {
  BarsDataFeed,
  Cerebro,
  Strategy,
  generateBars,
  type Bars,
  type CerebroOptions,
  type Data,
  type RunResult,
} from 'nextbar';
import { barsFromRows } from '../../../src/core/index.ts';

const path = '../shared/market-data/BTCPERP-1m.csv.gz';
const minutesOfHour = 60;

/** Decides on hourly bars: a bracket whenever it is flat and the hour closed lower. */
class HourlyBracket extends Strategy<{ hours: string; traded: string }> {
  static readonly params = { hours: 'hours', traded: 'hours' };
  private seen = 0;

  override next(): void {
    const hours: Data = this.getData(this.params.hours);
    if (hours.length === this.seen) return;
    this.seen = hours.length;
    if (this.getPosition(this.params.traded).size !== 0 || this.openOrders.length > 0) return;
    const close = hours.close.now;
    if (close >= hours.open.now) return;
    this.buyBracket({ data: this.params.traded, size: 1, stopLoss: close * 0.997, takeProfit: close * 1.004 });
  }
}

/** Fills in order, each as size and price. */
function fillsOf(result: RunResult): string[] {
  return result.strategies[0]!.orders.flatMap(({ fills }) =>
    fills.map(({ size, price }) => `${size} at ${price.toFixed(8)}`),
  );
}

async function overHours(minutes: Bars, intrabar: CerebroOptions['intrabar'] & string): Promise<RunResult> {
  const cerebro = new Cerebro({ cash: 10_000_000, intrabar });
  const feed = new BarsDataFeed({ name: 'minutes', symbol: 'BTC/USD', timeframe: '1m', bars: minutes });
  cerebro.addData(feed).resampleData('minutes', '1h', { name: 'hours' });
  cerebro.addStrategy(HourlyBracket, { traded: 'hours' });
  return cerebro.run();
}

async function overMinutes(minutes: Bars): Promise<RunResult> {
  const cerebro = new Cerebro({ cash: 10_000_000 });
  cerebro.addData(new BarsDataFeed({ name: 'minutes', symbol: 'BTC/USD', timeframe: '1m', bars: minutes }));
  cerebro.resampleData('minutes', '1h', { name: 'hours' });
  cerebro.addStrategy(HourlyBracket, { traded: 'minutes' });
  return cerebro.run();
}

function realMinutes(count: number): Bars {
  const [head = '', ...lines] = gunzipSync(readFileSync(path)).toString('utf8').split('\n');
  const names = head.trim().split(',');
  const at = (name: string): number => names.findIndex((one) => one.toLowerCase().startsWith(name));
  const columns = ['time', 'open', 'high', 'low', 'close', 'volume'].map(at);
  const rows = lines
    .slice(0, count)
    .filter((line) => line !== '')
    .map((line) => {
      const cells = line.split(',');
      const [time, open, high, low, close, volume] = columns.map((k) => cells[k]!);
      const stamp = /^\d+$/.test(time!) ? Number(time) : Date.parse(time!);
      return {
        time: stamp,
        open: Number(open),
        high: Number(high),
        low: Number(low),
        close: Number(close),
        volume: Number(volume),
      };
    });
  // Whole hours: of an hour that is not over the longer bars know nothing.
  const end = Math.floor((rows.at(-1)!.time + 60_000) / 3_600_000) * 3_600_000;
  return barsFromRows(rows.filter(({ time }) => time < end));
}

describe('the fills of a bracket that is decided by the hour', () => {
  it('are the same whether minutes settle the hours or are traded themselves', async () => {
    const minutes = generateBars({
      timeframe: '1m',
      count: 60 * minutesOfHour * 5,
      seed: 7,
      price: 30_000,
      volatility: 1,
    });
    const truth = fillsOf(await overMinutes(minutes));
    expect(truth.length).toBeGreaterThan(20);
    expect(fillsOf(await overHours(minutes, 'lowerTimeframe'))).toEqual(truth);
  });

  it.skipIf(!existsSync(path))(
    'are so over the minutes of a real market, which no other policy reproduces',
    async () => {
      const minutes = realMinutes(60_000);
      const truth = await overMinutes(minutes);
      expect(fillsOf(truth).length).toBeGreaterThan(100);
      expect(fillsOf(await overHours(minutes, 'lowerTimeframe'))).toEqual(fillsOf(truth));
      const value = async (policy: CerebroOptions['intrabar'] & string): Promise<number> =>
        (await overHours(minutes, policy)).finalValue;
      expect(await value('pessimistic')).toBeLessThanOrEqual(truth.finalValue);
      expect(await value('optimistic')).toBeGreaterThanOrEqual(truth.finalValue);
    },
  );
});
