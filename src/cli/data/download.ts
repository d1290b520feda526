/** `nextbar data download`: fills the bar store, all series at once under one limiter per exchange. */
import type { CommandContext, GivenOptions } from '../shell/command.ts';
import { connectionOf, folderOf, rangeOf, wantedSeries } from './series.ts';
import { numberOption, usage } from '../shell/options.ts';
import { ProgressBar } from '../output/progress.ts';

export async function downloadBars(given: GivenOptions, context: CommandContext): Promise<number> {
  const { CcxtDataFeed, formatDataReport } = await import('../../feeds/index.ts');
  const range = rangeOf(given);
  const count = numberOption(given, 'count');
  if ((range.start === undefined) === (count === undefined)) throw usage('download needs --start or --count');
  const feeds = (await wantedSeries(given)).map(
    ({ exchange, symbol, timeframe }) =>
      new CcxtDataFeed({
        exchange,
        symbol,
        timeframe,
        ...range,
        ...(count !== undefined && { count }),
        ...folderOf(given),
        connection: connectionOf(given),
        refresh: given.has('refresh'),
        shortHistory: 'report',
      }),
  );
  const bar = new ProgressBar(context.stderr, context.runtime);
  const loads = feeds.map((feed) =>
    feed.load({
      runtime: context.runtime,
      onProgress: (progress) => {
        bar.show(`${feed.exchange} ${feed.symbol} ${feed.timeframe.name}`, progress);
      },
    }),
  );
  const results = await Promise.allSettled(loads);
  bar.clear();
  if (given.has('json')) {
    context.stdout.write(`${JSON.stringify(feeds.map((feed) => ({ ...feed.report, fetched: feed.counts })))}\n`);
  }
  for (const [i, feed] of feeds.entries()) {
    if (feed.report === undefined || given.has('json')) continue;
    const { requests, rows } = feed.counts!;
    const fetched = requests === 0 ? 'all from the store' : `${rows} rows in ${requests} requests`;
    if (results[i]!.status === 'fulfilled') context.stdout.write(`${formatDataReport(feed.report)}\n  ${fetched}\n`);
  }
  for (const result of results) if (result.status === 'rejected') throw result.reason;
  return 0;
}
