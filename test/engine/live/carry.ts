/** A funding carry in a backtest, on paper, in a sandbox of two venues and replayed, and the first difference between them. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { createBars, sliceBars, type Bars } from '../../../src/core/index.ts';
import { Cerebro, Strategy, type LiveRunOptions, type RunResult } from '../../../src/engine/index.ts';
import { BarsDataFeed, StreamingFeed, type DataFeed } from '../../../src/feeds/index.ts';
import { bothVenues, DirectVenue, perpInstrument, perpSymbol, spotInstrument, spotSymbol } from './contracts.ts';
import { drive, start, tapeBars } from './tape.ts';

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

/** The markets of a carry over so many bars. */
interface CarryMarkets {
  readonly count: number;
  readonly spotBars: Bars;
  readonly perpBars: Bars;
  readonly funding: readonly { readonly time: number; readonly rate: number }[];
}

function marketsOf(count: number, seed: number): CarryMarkets {
  const walk = tapeBars(seed, count, { tick: 1, price: 400 });
  const funding = Array.from({ length: Math.ceil(count / 8) + 1 }, (_, k) => ({
    time: start + k * 8 * hour,
    rate: Math.round((0.0001 + 0.0002 * Math.sin(k / 3)) * 1e8) / 1e8,
  }));
  // The contract trades a little above spot.
  return { count, spotBars: hours(walk, 0), perpBars: hours(walk, 2), funding };
}

/** A session builds its first whole bar from the second on. */
function later(bars: Bars): Bars {
  return sliceBars(bars, 1, bars.time.length);
}

/** Holds spot against the contract, and trades both legs again every 50 bars. */
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

function cerebroOf({ funding }: CarryMarkets, spot: DataFeed, perp: DataFeed, more: object = {}): Cerebro {
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

async function run(
  markets: CarryMarkets,
  live: Pick<LiveRunOptions, 'mode' | 'journal' | 'session' | 'intents'>,
): Promise<RunResult> {
  const { count, spotBars, perpBars, funding } = markets;
  const venues = bothVenues(spotBars, perpBars, '1h', start - 600_000, { funding: { [perpSymbol]: funding } });
  const gateways = [new DirectVenue('binance', venues.spot), new DirectVenue('binanceusdm', venues.perp)];
  const cerebro = cerebroOf(markets, feed('binance', spotSymbol), feed('binanceusdm', perpSymbol), {
    runtime: venues.runtime,
  });
  const { network } = venues;
  const running = cerebro.run({
    until: start + (count - 1) * hour + 30 * 60_000, clockMs: 60_000, network, ...(live.mode === 'sandbox' && { gateway: gateways }), ...live,
  }); // prettier-ignore
  venues.start();
  // What a run loads before it begins takes real time; its sockets open in simulated milliseconds.
  return drive(venues.runtime, running, 60_000, () => {
    if (!network.isUsed) venues.runtime.advance(0.1);
    return network.isUsed;
  });
}

function ordersOf(result: RunResult, before: number): string[] {
  return result.strategies[0]!.orders.filter(({ createdTime }) => createdTime < before).map(
    ({ ref, side, size, createdTime, status, fills, data }) => {
      const filled = fills.map((fill) => `${fill.size} at ${fill.price} for ${fill.commission.toFixed(6)}`);
      return `order ${ref}: ${data.name} ${side} ${size} at ${new Date(createdTime).toISOString()}, ${status}, ${filled.join(' and ')}`;
    },
  );
}

function paymentsOf({ account }: RunResult, before: number): string[] {
  return account!.funding
    .filter(({ time }) => time < before)
    .map(({ time, amount }) => `funding of ${new Date(time).toISOString()}: ${amount.toFixed(6)}`);
}

function equityOf({ equity }: RunResult, length: number): string[] {
  return [...equity.time.slice(0, length)].map(
    (time, i) => `equity at ${new Date(time).toISOString()}: ${equity.value[i]!.toFixed(5)}`,
  );
}

/** Where two lists differ first. */
function firstDifference(mode: string, theirs: readonly string[], back: readonly string[]): string[] {
  const at = Array.from({ length: Math.max(theirs.length, back.length) }, (_, i) => i).find(
    (i) => theirs[i] !== back[i],
  );
  return at === undefined ? [] : [`${mode} has '${theirs[at]}', the backtest '${back[at]}'`];
}

/** What a comparison came to. */
export interface CarryComparison {
  readonly orders: number;
  readonly fills: number;
  readonly payments: number;
  /** The first difference of each kind in each mode; none where all is the same. */
  readonly differences: readonly string[];
}

/** Runs the carry over so many bars of an hour in every mode. */
export async function compareCarry(
  count: number,
  { seed = 3, say }: { readonly seed?: number; readonly say?: (line: string) => void } = {},
): Promise<CarryComparison> {
  const markets = marketsOf(count, seed);
  const { spotBars, perpBars } = markets;
  const back = await cerebroOf(
    markets,
    new BarsDataFeed({ symbol: spotSymbol, timeframe: '1h', bars: later(spotBars), instrument: spotInstrument }),
    new BarsDataFeed({ symbol: perpSymbol, timeframe: '1h', bars: later(perpBars), instrument: perpInstrument }),
  ).run();
  const folder = mkdtempSync(join(tmpdir(), 'carry-'));
  const differences: string[] = [];
  for (const mode of ['paper', 'sandbox'] as const) {
    const journal = join(folder, `${mode}.journal`);
    const live = await run(markets, {
      mode, journal, ...(mode === 'sandbox' && { session: 'carry', intents: join(folder, 'intents.db') }),
    }); // prettier-ignore
    const last = Math.min(live.end, back.end);
    const { length } = live.equity.time;
    if (length <= count - 3) differences.push(`${mode} made ${length} steps of ${count - 1}`);
    differences.push(
      ...firstDifference(mode, ordersOf(live, last), ordersOf(back, last)),
      ...firstDifference(mode, paymentsOf(live, last - hour), paymentsOf(back, last - hour)),
      ...firstDifference(mode, equityOf(live, length), equityOf(back, length)),
    );
    say?.(`${mode}: ${length} steps, ${differences.length} differences`);
    const again = await cerebroOf(markets, feed('binance', spotSymbol), feed('binanceusdm', perpSymbol)).replayJournal(
      journal,
    );
    if (again.difference !== undefined)
      differences.push(`the replay of ${mode} differs: ${JSON.stringify(again.difference)}`);
  }
  rmSync(folder, { recursive: true });
  const { orders } = back.strategies[0]!;
  const fills = orders.reduce((all, order) => all + order.fills.length, 0);
  return { orders: orders.length, fills, payments: back.account!.funding.length, differences };
}
