/** Buy and hold from the first close, as a run whose figures are those of a tearsheet. */
import { Cerebro, Strategy, type RunResult } from '../../engine/index.ts';
import type { BarsDataFeed } from '../../feeds/index.ts';
import { writeReport } from '../../report/index.ts';

/** Enough cash to buy at any price. */
const cash = 1_000_000;

/** Buys for all its cash at the first close. */
class BuyAndKeep extends Strategy {
  override next(): void {
    if (this.data.length === 1) this.buy({ size: cash / this.data.close.now });
  }
}

/** Runs it; with a path the report is written there. */
export async function hold(
  feed: BarsDataFeed,
  report: string | undefined,
): Promise<Pick<RunResult, 'stats'> & { readonly bars: number; readonly start: number; readonly end: number }> {
  const result = await new Cerebro({ cash, cheatOnClose: true }).addData(feed).addStrategy(BuyAndKeep).run();
  if (report !== undefined) await writeReport(report, result, { title: `Holding ${feed.symbol}` });
  const { bars, start, end } = result.datas[0]!;
  return { stats: result.stats, bars, start, end };
}
