/** A recording in a streaming feed: the same strategy file over it in a backtest and in a replay. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

import { floatReader, protocols, readRecording, Playback, type Recording } from '../../../src/connectors/index.ts';
import type { TradeTick } from '../../../src/core/index.ts';
import { Cerebro, Strategy, type RunResult } from '../../../src/engine/index.ts';
import { barsFromTicks, StreamingFeed } from '../../../src/feeds/index.ts';

const shared = join(import.meta.dirname, '../../../../shared/recordings/binance_spot_btcusdt.jsonl.gz');
const own = join(import.meta.dirname, '../../golden/recordings/own/own_binance.jsonl.gz');

/** Reads everything of the market that there is, at each bar. */
class Flow extends Strategy {
  readonly rows: unknown[] = [];

  override next(): void {
    const { data } = this;
    const stream = data.stream!;
    const trades = stream.recentTrades(20);
    const book = stream.book();
    const bought = trades.reduce((sum, { side, size }) => sum + (side === 'buy' ? size : -size), 0);
    this.rows.push([
      data.time,
      data.close.now,
      data.volume.now,
      trades.at(-1)?.price,
      bought,
      book?.bids[0],
      book?.asks[0],
    ]);
    if (bought > 0 && this.position.size === 0) this.buy({ size: 0.01 });
    else if (bought < 0) this.close();
  }
}

function feedOf(recording: Recording | string, symbol: string, timeframe: string): StreamingFeed {
  return new StreamingFeed({ exchange: 'binance', symbol, timeframe, recording }).subscribeBook(symbol, { depth: 5 });
}

async function bothModes(recording: Recording | string, symbol: string, timeframe: string): Promise<RunResult[]> {
  const run = (mode: 'backtest' | 'recording'): Promise<RunResult> =>
    new Cerebro({ cash: 100_000 })
      .addData(feedOf(recording, symbol, timeframe))
      .addStrategy(Flow)
      .run({ mode });
  return [await run('backtest'), await run('recording')];
}

/** The bars of a recording, made without a feed. */
function barsOf(recording: Recording, symbol: string, timeframe: string) {
  const ticks: TradeTick[] = [];
  const protocol = protocols.find(({ id }) => id === 'binance')!;
  const playback = new Playback<number>(
    recording,
    { protocol, numbers: floatReader },
    {
      event: (event) => {
        if (event.type === 'trade' && event.symbol === symbol && !event.backfill) ticks.push(event);
      },
    },
  );
  for (const line of recording.lines) playback.line(line);
  return barsFromTicks(ticks, timeframe);
}

const rowsOf = (result: RunResult): unknown[][] =>
  (result.strategies[0]!.strategy as unknown as { rows: unknown[][] }).rows;

describe("a recording of the package's own", () => {
  const recording = readRecording('own', readFileSync(own));
  const symbol = 'BTC/USDT';

  it('gives the bars of its trades, but for the first, which it has a part of, and the market as it was at each close', async () => {
    const [back, replay] = await bothModes(recording, symbol, '1s');
    const { time, close } = barsOf(recording, symbol, '1s');
    expect(time.length).toBeGreaterThan(3);
    expect(rowsOf(back!).map((row) => row[0])).toEqual([...time.slice(1)]);
    expect(rowsOf(back!).map((row) => row[1])).toEqual([...close.slice(1)]);
    // The last trade that is known at a close is the close.
    for (const row of rowsOf(back!)) expect(row[3]).toBe(row[1]);
    expect(replay!.mode).toBe('recording');
    expect(replay!.session!.ended).toBe('the recording was over');
    expect(rowsOf(replay!).map((row) => row.slice(0, 5))).toEqual(rowsOf(back!).map((row) => row.slice(0, 5)));
  });

  it('gives the same replay every time', async () => {
    const one = await bothModes(recording, symbol, '1s');
    const other = await bothModes(recording, symbol, '1s');
    expect(rowsOf(one[1]!)).toEqual(rowsOf(other[1]!));
    expect(one[1]!.finalValue).toBe(other[1]!.finalValue);
  });

  it('names a symbol that it does not have', async () => {
    const cerebro = new Cerebro().addData(feedOf(recording, 'DOGE/EUR', '1s')).addStrategy(Flow);
    await expect(cerebro.run()).rejects.toThrow('DOGE/EUR');
  });
});

describe.skipIf(!existsSync(shared))('six minutes of Binance spot', () => {
  it('run in a backtest and in a replay with the same strategy: the same bars, trades and books within a moment', async () => {
    const recording = readRecording('binance', readFileSync(shared));
    const [back, replay] = await bothModes(recording, 'BTC/USDT', '10s');
    const { time, close, volume } = barsOf(recording, 'BTC/USDT', '10s');
    const rows = rowsOf(back!);
    expect(rows.length).toBe(time.length - 1);
    expect(rows.map((row) => row[1])).toEqual([...close.slice(1)]);
    expect(rows.map((row) => row[2])).toEqual([...volume.slice(1)]);
    for (const row of rows) expect(row[5]).toBeDefined();
    expect(rowsOf(replay!).map((row) => row.slice(0, 5))).toEqual(rows.map((row) => row.slice(0, 5)));
    expect(back!.strategies[0]!.orders.length).toBeGreaterThan(5);
    expect(replay!.strategies[0]!.orders.map(({ side }) => side)).toEqual(
      back!.strategies[0]!.orders.map(({ side }) => side),
    );
  });
});
