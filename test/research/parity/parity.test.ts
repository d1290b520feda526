/** Parity of a session with its backtest, and models fitted from what it was filled at. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { brokerOptionsOf, compareParity, driftCauses, fitModels, readSession, type ParityReport, type SlippageSample } from '../../../src/research/index.ts'; // prettier-ignore
import { percentSlippage } from '../../../src/broker/index.ts';
import {
  Cerebro,
  Strategy,
  type SessionControl,
  type SessionLimits,
  type SessionView,
} from '../../../src/engine/index.ts';
import { BarsDataFeed, generateBars, StreamingFeed, type DataFeed } from '../../../src/feeds/index.ts';
import { instrument, localVenue, symbol } from '../../engine/live/local.ts';
import { drive, minute, start, tapeBars } from '../../engine/live/tape.ts';

let folder = '';

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'nextbar-parity-'));
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

/** Buys on every sixth bar and sells three bars later. */
class Swing extends Strategy {
  #bars = 0;

  override next(): void {
    this.#bars++;
    if (this.#bars % 6 === 1) this.buy({ size: 1 });
    else if (this.#bars % 6 === 4) this.close();
  }
}

const count = 120;
const bars = tapeBars(3, count, { tick: 1, price: 400 });

/** Rests an order a little below the price on every tenth bar, and sells what it bought on the next such bar. */
class Rests extends Strategy {
  #bars = 0;

  override next(): void {
    if (++this.#bars % 10 !== 1) return;
    if (this.position.size > 0) this.close();
    else if (this.openOrders.length === 0) this.buy({ type: 'limit', size: 1, price: this.data.close.now - 4 });
  }
}

interface Session {
  readonly strategy?: typeof Swing | typeof Rests;
  /** A person flattens the session while its first order rests, and lets it go on with the next bar. */
  readonly flattens?: boolean;
  readonly faults?: Parameters<typeof localVenue>[2];
  readonly commission?: number;
  readonly limits?: SessionLimits;
}

/** A paper session of Swing on the local exchange, compared with the backtest of its own recording. */
async function compared(
  name: string,
  { faults = {}, commission = 0.001, limits, strategy = Swing, flattens = false }: Session = {},
): Promise<ParityReport> {
  const { runtime, network, market, history } = localVenue(bars, start - 5_000, faults);
  const cerebroOf = (feed: DataFeed, fee: number): Cerebro =>
    new Cerebro({ cash: 1_000_000, commission: fee, runtime }).addData(feed).addStrategy(strategy);
  const feed = (): StreamingFeed =>
    new StreamingFeed({
      exchange: 'binance', symbol, timeframe: '1m', history: 0, instrument, closedBars: history, staleMs: { trade: 600_000, quote: 600_000 },
    }); // prettier-ignore
  const journal = join(folder, `${name}.db`);
  let [control, flatAt]: [SessionControl | undefined, number] = [undefined, NaN];
  const onUpdate = ({ orders, steps }: SessionView): void => {
    if (flattens && Number.isNaN(flatAt) && orders.some(({ status }) => status === 'accepted')) {
      flatAt = steps;
      control!.flatten('a test');
    } else if (steps === flatAt + 1) {
      flatAt = Infinity;
      control!.resume('the test is over');
    }
  };
  const running = cerebroOf(feed(), commission).run({
    mode: 'paper', maxSteps: count, clockMs: 5_000, network, journal, ...(limits && { limits }), onUpdate, onControl: (given) => { control = given; },
  }); // prettier-ignore
  market.start();
  const result = await drive(runtime, running, 5_000, () => network.isUsed);
  const tape = await readSession(cerebroOf(feed(), commission), journal);
  expect(tape.difference).toBeUndefined();
  expect([...tape.datas[0]!.bars.close]).toEqual([...bars.close.slice(0, tape.datas[0]!.bars.close.length)]);
  const back = cerebroOf(new BarsDataFeed({ symbol, timeframe: '1m', bars: tape.datas[0]!.bars, instrument }), 0.001);
  const report = await compareParity(tape, await back.run({ watch: { from: tape.from } }));
  expect(report.sessionValue).toBe(result.finalValue);
  expect(driftCauses.reduce((sum, cause) => sum + report.causes[cause], 0)).toBeCloseTo(report.drift, 6);
  return report;
}

describe('parity', () => {
  it('is without drift where the session was filled as a backtest is', async () => {
    const { drift, causes, orders, rows } = await compared('same');
    expect(drift).toBeCloseTo(0, 6);
    expect(Object.values(causes).every((amount) => Math.abs(amount) < 1e-6)).toBe(true);
    expect(orders).toMatchObject({ onlySession: 0, onlyBacktest: 0 });
    expect(orders.matched).toBeGreaterThan(30);
    expect(rows).toEqual([]);
  });

  it('puts a spread down to the price, and nothing else', async () => {
    const { drift, causes } = await compared('spread', { faults: { spread: 4 } });
    expect(drift).toBeLessThan(-20);
    expect(causes.price).toBeLessThan(-20);
    for (const cause of ['latency', 'partial fill', 'missed bar', 'refused order', 'look-ahead'] as const) expect(causes[cause]).toBe(0); // prettier-ignore
    expect(Math.abs(causes.other)).toBeLessThan(1e-6);
  });

  it('puts another commission down to fees', async () => {
    const { drift, causes } = await compared('fees', { commission: 0.002 });
    expect(causes.fee).toBeCloseTo(drift, 6);
    expect(causes.fee).toBeLessThan(-10);
  });

  it('puts what the kill switch closed and refused, and what follows of it, down to an intervention', async () => {
    const { causes, orders, rows } = await compared('paused', { limits: { maxOrdersPerMinute: 0.5 } });
    expect(causes['look-ahead']).toBe(0);
    expect(causes['refused order']).toBe(0);
    expect(causes.intervention).not.toBe(0);
    expect(orders.matched).toBeGreaterThan(10);
    expect(rows.some(({ reason }) => reason?.includes('kill switch'))).toBe(true);
  });

  it('puts what a person who flattens the session cancels, and what follows of it, down to an intervention', async () => {
    const { causes, rows } = await compared('flattened', { strategy: Rests, flattens: true });
    const [first] = rows;
    expect(first).toMatchObject({ session: { filled: 0, status: 'canceled' }, backtest: { filled: 1 } });
    expect(first!.reason).toBe('the session is flat and paused: a test');
    expect(Object.keys(first!.causes)).toEqual(['intervention']);
    for (const cause of ['partial fill', 'missed bar', 'refused order', 'look-ahead'] as const)
      expect(causes[cause]).toBe(0);
  });
});

const sample = (k: number, slip: number): SlippageSample => {
  const open = 100 + k;
  const sign = k % 2 === 0 ? 1 : -1;
  return { time: start + k * minute, sign, size: 1, open, high: open + 2, low: open - 2, volume: 100, price: open * (1 + sign * slip), latencyMs: 40 + k }; // prettier-ignore
};

describe('models of slippage', () => {
  it('find the fraction that orders were filled at, and its error on later orders', () => {
    const models = fitModels(['one'], Array.from({ length: 40 }, (_, k) => sample(k, 0.0004)), []); // prettier-ignore
    expect(models.slippage.kind).toBe('percent');
    expect(models.slippage.value).toBeCloseTo(0.0004, 9);
    expect(models.slippage.errorOutOfSample).toBeLessThan(1e-9);
    expect(models.slippage.orders).toEqual({ fitted: 28, held: 12 });
    expect(models.latency).toMatchObject({ median: 54, errorOutOfSample: 20 });
    expect(models.queue).toBeUndefined();
  });

  it('make a backtest pay what the orders paid', async () => {
    const models = fitModels(['one'], Array.from({ length: 40 }, (_, k) => sample(k, 0.0004)), []); // prettier-ignore
    const bars = generateBars({ seed: 3, timeframe: '1m', start, count: 60 });
    const value = async (options: object): Promise<number> => {
      const cerebro = new Cerebro({ cash: 1_000_000, ...options }).addStrategy(Swing);
      cerebro.addData(new BarsDataFeed({ symbol: 'BTC/USDT', timeframe: '1m', bars }));
      return (await cerebro.run()).finalValue;
    };
    const [free, paid] = [await value({}), await value(brokerOptionsOf(models))];
    expect(paid).toBeLessThan(free);
    expect(await value({ slippage: percentSlippage(0.0004, { beyondBar: true }) })).toBeCloseTo(paid, 6);
  });

  it('are refused with too few orders', () => {
    expect(() => fitModels(['one'], [sample(0, 0.001)], [])).toThrow('at least 10 filled market orders, the sessions have 1'); // prettier-ignore
  });
});
