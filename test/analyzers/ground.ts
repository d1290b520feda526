/** A run without an engine: values by step, shown to an analyzer in blocks of any size. */
import { BacktestBroker } from '../../src/broker/index.ts';
import { barsFromRows, timeframe } from '../../src/core/index.ts';
import { RunRecord, type Analyzer } from '../../src/analyzers/index.ts';
import { Data, Graph, Timeline } from '../../src/lines/index.ts';

export const hourMs = 3_600_000;
export const dayMs = 24 * hourMs;
/** A Monday. */
export const monday = Date.UTC(2024, 0, 1);

/** What a run without an engine is made of. */
export interface MadeRun {
  /** Values of the portfolio, one for each step. */
  readonly values: readonly number[];
  /** Absolute values of the positions; 0 where absent. */
  readonly gross?: readonly number[];
  /** Closes of the only data; 100 where absent. */
  readonly closes?: readonly number[];
  readonly start?: number;
  readonly frame?: string;
  /** Opens of the bars; one after the other from a Monday where absent. */
  readonly opens?: readonly number[];
  readonly periodBy?: 'open' | 'close';
  /** Sizes of the blocks, repeated; all at once where absent. */
  readonly blocks?: readonly number[];
}

/** Shows a run to an analyzer, the record holding one block at a time, and gives the result. */
export function read<R>(analyzer: Analyzer<R>, made: MadeRun): R {
  const frame = timeframe(made.frame ?? '1d');
  const frameMs = frame.ms!;
  const count = made.values.length;
  const opens = made.opens ?? Array.from({ length: count }, (_, k) => monday + k * frameMs);
  const timeline = new Timeline(0, { name: 'A', symbol: 'A/USDT', timeframe: frame });
  timeline.append(
    barsFromRows(
      opens.map((time, k) => {
        const close = made.closes?.[k] ?? 100;
        const open = made.closes?.[k - 1] ?? 100;
        return { time, open, high: Math.max(open, close), low: Math.min(open, close), close, volume: 1 };
      }),
    ),
  );
  const record = new RunRecord(false);
  const start = made.start ?? 100;
  const broker = new BacktestBroker({ cash: start });
  analyzer.attach({
    datas: [new Data(timeline, new Graph())],
    broker,
    record,
    startCash: start,
    startValue: start,
    periodBy: made.periodBy ?? 'open',
  });
  analyzer.start();
  const blocks = made.blocks ?? [512];
  for (let from = 0, turn = 0; from < count; turn++) {
    const to = Math.min(count, from + blocks[turn % blocks.length]!, from + 512);
    for (let step = from; step < to; step++) {
      const at = record.pending++;
      record.time.values[at] = opens[step]! + frameMs;
      record.opened.values[at] = opens[step]!;
      record.value.values[at] = made.values[step]!;
      record.gross.values[at] = made.gross?.[step] ?? 0;
      record.cash.values[at] = made.values[step]! - (made.gross?.[step] ?? 0);
    }
    timeline.index = to - 1;
    record.settle();
    analyzer.observe(from, to);
    from = to;
  }
  analyzer.stop();
  return analyzer.result();
}
