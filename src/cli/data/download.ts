/** `nextbar data download`: fills the bar store, all series at once under one rate limiter per exchange. */
import type { Command, CommandContext, GivenOptions } from '../shell/command.ts';
import { loadBar } from '../output/progress.ts';
import { flag, flagsNamed } from '../shell/flags.ts';
import { rangeOption, wholeNumber } from '../shell/options.ts';
import { usage } from '../shell/usage.ts';
import { connectionOf, folderOf, seriesOptions, wantedSeries } from './series.ts';

async function run(given: GivenOptions, context: CommandContext): Promise<number> {
  const { CcxtDataFeed, formatDataReport } = await import('../../feeds/index.ts');
  const range = rangeOption(given);
  const count = wholeNumber(given, 'count', 1);
  if (range.start === undefined && count === undefined) throw usage('data download needs --start or --count');
  if (range.start !== undefined && count !== undefined) throw usage('--start and --count cannot both be given');
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
        refreshHoles: given.has('refresh-holes'),
        shortHistory: 'report',
      }),
  );
  const bar = await loadBar(context.stderr, context.runtime);
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

export const downloadCommand: Command = {
  name: 'data download',
  about: 'Download bars of exchanges into the bar store. Bars that are stored already are not requested again.',
  usage: 'data download --exchange ID --symbol NAME --timeframe TF (--start TIME | --count N) [options]',
  options: [
    ...seriesOptions,
    { name: 'count', value: 'N', about: 'The newest N bars, instead of --start' },
    { name: 'refresh', about: 'Request bars again that are stored already' },
    { name: 'refresh-holes', about: 'Request stretches again that are remembered as having no bars' },
    ...flagsNamed('url', 'rate-limit'),
    flag('json'),
  ],
  examples: ['nextbar data download --exchange binance --symbol BTC/USDT --timeframe 1h --start 2024-01-01'],
  run,
};
