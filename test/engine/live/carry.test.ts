/** One answer in every mode for spot and contracts together: a funding carry in a backtest, on paper and in a sandbox of two venues. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';

import { createBars, sliceBars, type Bars } from '../../../src/core/index.ts';
import { Cerebro, Strategy, type LiveRunOptions, type RunResult } from '../../../src/engine/index.ts';
import { BarsDataFeed, StreamingFeed, type DataFeed } from '../../../src/feeds/index.ts';
import { bothVenues, DirectVenue, perpInstrument, perpSymbol, spotInstrument, spotSymbol } from './contracts.ts';
import { drive, start, tapeBars } from './tape.ts';

/** Bars of the carry; more by the variable. */
const count = Number(process.env['NEXTBAR_CARRY_BARS'] ?? 60);
const hour = 3_600_000;

/** Bars of an hour on a coarse grid. */
function hours(bars: Bars, shift: number): Bars {
  const made = createBars(bars.time.length);
  for (let i = 0; i < bars.time.length; i++) {
    made.time[i] = start + i * hour;
    for (const name of ['open', 'high', 'low', 'close'] as const) made[name][i] = bars[name][i]! + shift;
    made.volume[i] = bars.volume[i]!;
  }
  return made;
}

const walk = tapeBars(3, count, { tick: 1, price: 400 });
const spotBars = hours(walk, 0);
/** The contract trades a little above spot. */
const perpBars = hours(walk, 2);
const funding = Array.from({ length: Math.ceil(count / 8) + 1 }, (_, k) => ({
  time: start + k * 8 * hour,
  rate: Math.round((0.0001 + 0.0002 * Math.sin(k / 3)) * 1e8) / 1e8,
}));

/** A session builds its first whole bar from the second on. */
function later(bars: Bars): Bars {
  return sliceBars(bars, 1, count);
}

/** Holds spot against the contract, and trades both legs anew every 50 bars. */
class Carry extends Strategy {
  readonly spot = this.getData('spot');
  readonly perp = this.getData('perp');

  override next(): void {
    const { length } = this.spot;
    if (this.perp.length !== length) return;
    if (length % 50 === 1) {
      this.buy({ data: this.spot, size: 20 });
      this.sell({ data: this.perp, size: 20 });
    }
    if (length % 50 === 40) {
      this.close({ data: this.spot });
      this.close({ data: this.perp });
    }
  }
}

function cerebroOf(spot: DataFeed, perp: DataFeed, more: object = {}): Cerebro {
  const cerebro = new Cerebro({
    accounts: { binance: { cash: { USDT: 50_000 } }, binanceusdm: { cash: { USDT: 50_000 }, leverage: 3 } },
    ledger: 'decimal',
    ...more,
  });
  cerebro.addData(spot, 'spot').addData(perp, 'perp');
  cerebro.setInstrument('spot', spotInstrument).setInstrument('perp', { ...perpInstrument, funding });
  return cerebro.addStrategy(Carry);
}

function feed(exchange: string, symbol: string): StreamingFeed {
  return new StreamingFeed({
    exchange, symbol, timeframe: '1h', history: 0, closedBars: false,
    instrument: exchange === 'binance' ? spotInstrument : perpInstrument,
    staleMs: { trade: 10 * hour, quote: 10 * hour },
  }); // prettier-ignore
}

async function run(live: Pick<LiveRunOptions, 'mode' | 'journal' | 'session' | 'intents'>): Promise<RunResult> {
  const venues = bothVenues(spotBars, perpBars, '1h', start - 600_000, { funding: { [perpSymbol]: funding } });
  const gateways = [new DirectVenue('binance', venues.spot), new DirectVenue('binanceusdm', venues.perp)];
  const cerebro = cerebroOf(feed('binance', spotSymbol), feed('binanceusdm', perpSymbol), { runtime: venues.runtime });
  const { network } = venues;
  const running = cerebro.run({
    until: start + (count - 1) * hour + 30 * 60_000, clockMs: 60_000, network, ...(live.mode === 'sandbox' && { gateway: gateways }), ...live,
  }); // prettier-ignore
  venues.start();
  // What a run loads before it begins takes real time; its sockets open in simulated milliseconds.
  const isOpen = (): boolean => {
    if (!network.isUsed) venues.runtime.advance(0.1);
    return network.isUsed;
  };
  const result = await drive(venues.runtime, running, 60_000, isOpen);
  if (live.mode === 'sandbox')
    expect(gateways[1]!.prepared).toEqual([{ symbol: perpSymbol, leverage: 3, margin: 'cross' }]);
  return result;
}

function ordersOf(result: RunResult, before: number): unknown[] {
  return result.strategies[0]!.orders.filter(({ createdTime }) => createdTime < before).map(
    ({ ref, side, size, createdTime, status, fills, data }) => [
      ref, data.name, side, size, createdTime, status, fills.map((fill) => `${fill.size} at ${fill.price} for ${fill.commission.toFixed(6)}`),
    ], // prettier-ignore
  );
}

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'carry-'));
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

it('gives the funding carry the same orders, fills, funding and equity in every mode', async () => {
  const back = await cerebroOf(
    new BarsDataFeed({ symbol: spotSymbol, timeframe: '1h', bars: later(spotBars), instrument: spotInstrument }),
    new BarsDataFeed({ symbol: perpSymbol, timeframe: '1h', bars: later(perpBars), instrument: perpInstrument }),
  ).run();
  expect(back.account!.funding.length).toBeGreaterThan(count / 8 / 2);
  for (const mode of ['paper', 'sandbox'] as const) {
    const live = await run({
      mode, journal: join(folder, `${mode}.journal`), ...(mode === 'sandbox' && { session: 'carry', intents: join(folder, 'intents.db') }),
    }); // prettier-ignore
    const last = Math.min(live.end, back.end);
    expect(ordersOf(live, last)).toEqual(ordersOf(back, last));
    const paid = ({ account }: RunResult): unknown[] =>
      account!.funding.filter(({ time }) => time < last - hour).map(({ time, amount }) => [time, amount.toFixed(6)]);
    expect(paid(live)).toEqual(paid(back));
    const { length } = live.equity.time;
    expect(length).toBeGreaterThan(count - 3);
    expect([...live.equity.time]).toEqual([...back.equity.time.slice(0, length)]);
    const off = [...live.equity.value].findIndex((value, i) => Math.abs(value - back.equity.value[i]!) > 1e-5);
    expect([off, live.equity.value[off], back.equity.value[off]]).toEqual([-1, undefined, undefined]);
    const again = await cerebroOf(feed('binance', spotSymbol), feed('binanceusdm', perpSymbol)).replayJournal(join(folder, `${mode}.journal`)); // prettier-ignore
    expect(again.difference).toBeUndefined();
  }
});
