/** An exchange as a source of pages: its page size, its parameters, and the longer bars that show where there were trades. */
import { type CcxtStore } from '../../connectors/ccxt/index.ts';
import { timeframe, type Timeframe } from '../../core/index.ts';
import type { PageSource } from './pages.ts';

const day = timeframe('1d');

export async function sourceOf(
  connection: CcxtStore,
  symbol: string,
  frame: Timeframe,
  signal: AbortSignal | undefined,
): Promise<PageSource> {
  const fetchAs =
    (name: string): PageSource['fetch'] =>
    (since, limit, until) =>
      connection.fetchBars(
        { symbol, timeframe: name, since: Math.max(0, since), limit, ...(until === undefined ? {} : { until }) },
        signal,
      );
  const hasDays = frame.ms !== undefined && frame.ms < day.ms! && (await connection.timeframes()).includes('1d');
  const { limit, knowsUntil } = await connection.paging(symbol);
  return {
    fetch: fetchAs(frame.name),
    limit,
    knowsUntil,
    ...(hasDays ? { coarse: { frame: day, fetch: fetchAs('1d') } } : {}),
  };
}
