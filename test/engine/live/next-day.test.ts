/** A paper session's market can be backtested afterwards: from its own bars while the exchange is away, then from the exchange's own. */
import { expect, it } from 'vitest';

import { systemRuntime } from '../../../src/core/index.ts';
import { Cerebro, Strategy, type RunResult } from '../../../src/engine/index.ts';
import { CcxtDataFeed, generateBars, StreamingFeed } from '../../../src/feeds/index.ts';
import { BarStore, type Series } from '../../../src/store/index.ts';
import { BarMarket, FastRuntime, gridOf, onGrid, openLocalExchange, StillRuntime } from '../../../src/venue/index.ts';
import { temporaryFolder } from '../../venue/local.ts';

const minute = 60_000;
const day = 1_440 * minute;

/** Trades at every other bar, and notes what it saw. */
class InAndOut extends Strategy {
  readonly seen: [closeTime: number, close: number][] = [];

  override next(): void {
    this.seen.push([this.data.closeTime, this.data.close.now]);
    if (this.position.size === 0) this.buy({ size: 0.01 });
    else this.close();
  }
}

const strategyOf = <S>(result: RunResult): S => result.strategies[0]!.strategy as S;
const seenBy = (result: RunResult): [number, number][] => strategyOf<InAndOut>(result).seen;

it('a session on paper, its backtest a day later from what it kept, and again from the closed bars of the exchange', async () => {
  const start = Date.UTC(2024, 2, 5, 12);
  const raw = generateBars({ seed: 4, timeframe: '1m', start: start - 100 * minute, count: 100 + 1_500 });
  const grid = gridOf(raw);
  const { bars } = onGrid(raw, grid);
  const runtime = new FastRuntime(systemRuntime, 240, start);
  const instrument = { symbol: 'BTC/USDT', base: 'BTC', quote: 'USDT', ...grid };
  const market = new BarMarket(runtime, { series: [{ instrument, bars, timeframe: '1m' }], tradesPerBar: 20 });
  const exchange = await openLocalExchange({ runtime, market, checksTime: false });
  const folder = temporaryFolder();
  const { host, port } = new URL(exchange.url);
  const connection = { url: exchange.url, rateLimitMs: 0, timeoutMs: 6_000_000, retry: { attempts: 1, baseMs: 1 } };
  const common = { exchange: 'binance', symbol: 'BTC/USDT', timeframe: '1m', folder, connection } as const;

  const session = await new Cerebro({ cash: 10_000, runtime })
    .addData(new StreamingFeed({ ...common, history: 5 }))
    .addStrategy(InAndOut)
    .run({ mode: 'paper', session: 'day-one', maxSteps: 8 });
  await exchange.close();
  // The first steps may be over bars that history ended with.
  const lived = seenBy(session).slice(-5);
  const range = { start: lived[0]![0] - minute, end: lived.at(-1)![0] };
  const series: Series = { exchange: 'binance', type: 'spot', symbol: 'BTC/USDT', timeframe: '1m', origin: host };
  const sources = async (): Promise<string[]> => {
    const store = await BarStore.open({ folder });
    const known = store.known(series, range).filter(({ start, end }) => start < range.end && end > range.start);
    store.close();
    return [...new Set(known.map(({ source }) => source))];
  };
  expect(await sources()).toEqual(['built from the stream by session day-one']);

  const nextDay = (): Promise<RunResult> =>
    new Cerebro({ cash: 10_000, runtime: new StillRuntime(systemRuntime, start + day) })
      .addData(new CcxtDataFeed({ ...common, ...range, progress: false }))
      .addStrategy(InAndOut)
      .run();

  // The exchange is away: the session's own bars, with a warning.
  const fromKept = await nextDay();
  expect(seenBy(fromKept)).toEqual(lived);
  expect(fromKept.warnings).toContainEqual(expect.stringContaining('some bars were built from a stream'));

  // It is back: its own closed bars take their place, and are believed from then on.
  const still = new StillRuntime(systemRuntime, start + day);
  const closed = new BarMarket(still, { series: [{ instrument, bars, timeframe: '1m' }], tradesPerBar: 20 });
  const back = await openLocalExchange({ runtime: still, market: closed, checksTime: false, port: Number(port) });
  const fromVenue = await nextDay();
  const own = [...bars.time].flatMap((time, i) =>
    time >= range.start && time < range.end ? [[time + minute, bars.close[i]!]] : [],
  );
  expect(seenBy(fromVenue)).toEqual(own);
  expect(fromVenue.warnings.filter((one) => one.includes('built'))).toEqual([]);
  expect(await sources()).toEqual(['binance']);
  await back.close();
  expect(seenBy(await nextDay())).toEqual(own);
});
