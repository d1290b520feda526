/** `nextbar data download`: fills the bar store, all series at once under one rate limiter per exchange. */
import { formatTime, messageOf } from '../../core/index.ts';
import { printable } from '../output/printable.ts';
import { count, counted, span } from '../output/words.ts';
import type { Command, CommandContext, GivenOptions } from '../shell/command.ts';
import { loadBar } from '../output/progress.ts';
import { flag, flagsNamed } from '../shell/flags.ts';
import { rangeOption, wholeNumber } from '../shell/options.ts';
import { usage } from '../shell/usage.ts';
import { withSymbols } from './download-symbols.ts';
import { connectionOf, folderOf, pointsOf, seriesOptions, storageOf, wantedContracts, wantedSeries } from './series.ts';

async function run(given: GivenOptions, context: CommandContext): Promise<number> {
  const { CcxtDataFeed, formatDataReport } = await import('../../feeds/index.ts');
  const range = rangeOption(given);
  const newest = wholeNumber(given, 'count', 1);
  if (range.start === undefined && newest === undefined) throw usage('data download needs --start or --count');
  if (range.start !== undefined && newest !== undefined) throw usage('--start and --count cannot both be given');
  const chosen = await withSymbols(given, context);
  if (!given.has('timeframe') && (given.has('funding') || given.has('open-interest'))) {
    return pointsOnly(chosen, context);
  }
  const wanted = wantedSeries(chosen);
  const feeds = wanted.map(
    ({ exchange, symbol, timeframe }) =>
      new CcxtDataFeed({
        exchange,
        symbol,
        timeframe,
        ...range,
        ...(newest !== undefined && { count: newest }),
        ...folderOf(given),
        ...storageOf(given),
        ...pointsOf(given),
        connection: connectionOf(given),
        refresh: given.has('refresh'),
        refreshHoles: given.has('refresh-holes'),
        shortHistory: 'report',
      }),
  );
  const bar = await loadBar(context.stderr, context.runtime);
  const started = context.runtime.elapsed();
  const results = await inTurns(feeds, mostAtOnce, (feed) =>
    feed.load({
      runtime: context.runtime,
      onProgress: (progress) => {
        bar.show(`${feed.exchange} ${feed.symbol} ${feed.timeframe.name}`, progress);
      },
    }),
  );
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
  const failed = results.flatMap((result, i) => (result.status === 'rejected' ? [[feeds[i]!, result.reason as unknown] as const] : [])); // prettier-ignore
  if (feeds.length > 1 && !given.has('json')) {
    const bars = feeds.reduce((sum, feed, i) => sum + (results[i]!.status === 'fulfilled' ? (feed.report?.bars ?? 0) : 0), 0); // prettier-ignore
    const requests = feeds.reduce((sum, feed) => sum + (feed.counts?.requests ?? 0), 0);
    const took = span(context.runtime.elapsed() - started);
    context.stdout.write(
      `${count(feeds.length - failed.length)} of ${counted(feeds.length, 'series').replace(/ss$/, 's')} with ${counted(bars, 'bar')}, ${counted(requests, 'request')}, ${took}\n`,
    );
    for (const [feed, reason] of failed) {
      context.stdout.write(
        `  failed: ${feed.exchange} ${feed.symbol} ${feed.timeframe.name}: ${printable(messageOf(reason))}\n`,
      );
    }
  }
  if (failed.length > 0 && failed.length === feeds.length) throw failed[0]![1];
  return failed.length === 0 ? 0 : 1;
}

/** Downloads funding rates and open interest without bars. */
async function pointsOnly(given: GivenOptions, context: CommandContext): Promise<number> {
  const { loadFunding, loadOpenInterest } = await import('../../feeds/index.ts');
  const range = rangeOption(given);
  if (range.start === undefined) throw usage('--funding and --open-interest without --timeframe need --start');
  const contracts = wantedContracts(given);
  const jobs = contracts.flatMap(({ exchange, symbol }) => {
    const options = {
      exchange,
      symbol,
      start: range.start!,
      ...(range.end !== undefined && { end: range.end }),
      ...folderOf(given),
      connection: connectionOf(given),
      refresh: given.has('refresh'),
    };
    return [
      ...(given.has('funding') ? [{ what: `${exchange} ${symbol} funding`, load: () => loadFunding(options) }] : []),
      ...(given.has('open-interest') ? [{ what: `${exchange} ${symbol} open interest 1h`, load: () => loadOpenInterest(options) }] : []),
    ]; // prettier-ignore
  });
  const results = await inTurns(jobs, mostAtOnce, async ({ load }): Promise<readonly { readonly time: number }[]> =>
    load(),
  );
  if (given.has('json')) {
    const rows = results.map((result, i) => ({ series: jobs[i]!.what, values: result.status === 'fulfilled' ? result.value : undefined })); // prettier-ignore
    context.stdout.write(`${JSON.stringify(rows)}\n`);
  }
  const failed = results.flatMap((result, i) => (result.status === 'rejected' ? [[jobs[i]!.what, result.reason as unknown] as const] : [])); // prettier-ignore
  if (failed.length > 0 && failed.length === jobs.length) throw failed[0]![1];
  for (const [i, result] of results.entries()) {
    if (given.has('json') || result.status === 'rejected') continue;
    const [first, last] = [result.value[0], result.value.at(-1)];
    const span = first === undefined ? '' : `, ${formatTime(first.time)} to ${formatTime(last!.time)}`;
    context.stdout.write(`${jobs[i]!.what}: ${counted(result.value.length, 'value')}${span}\n`);
  }
  for (const [what, reason] of failed) {
    context.stderr.write(`  failed: ${what}: ${printable(messageOf(reason))}\n`);
  }
  return failed.length === 0 ? 0 : 1;
}

/** Series that are downloaded at once: the limiter of the exchange paces their requests together. */
const mostAtOnce = 8;

/** Does something for each of a list, a few at a time, and returns the results in order. */
async function inTurns<T, R>(
  list: readonly T[],
  most: number,
  act: (one: T) => Promise<R>,
): Promise<PromiseSettledResult<R>[]> {
  const results = new Array<PromiseSettledResult<R>>(list.length);
  let next = 0;
  const worker = async (): Promise<void> => {
    while (next < list.length) {
      const at = next++;
      [results[at]] = await Promise.allSettled([act(list[at]!)]);
    }
  };
  await Promise.all(Array.from({ length: Math.min(most, list.length) }, worker));
  return results;
}

export const downloadCommand: Command = {
  name: 'data download',
  about: 'Download bars of exchanges into the bar store. Bars that are stored already are not requested again.',
  usage: '--exchange ID --symbol NAME --timeframe TF (--start TIME | --count N) [options]',
  options: [
    ...seriesOptions,
    { name: 'symbols-file', value: 'FILE', about: 'A file with a symbol in each line, beside or instead of --symbol' },
    { name: 'quote', value: 'CODE', about: 'Every symbol quoted in this currency, or with --top the most traded ones' },
    { name: 'top', value: 'N', about: 'With --quote: the N symbols that were traded most in the last 24 hours' },
    { name: 'count', value: 'N', about: 'The newest N bars, instead of --start' },
    { name: 'refresh', about: 'Request bars again that are stored already' },
    { name: 'refresh-holes', about: 'Request stretches again that are remembered as having no bars' },
    ...flagsNamed('funding', 'open-interest', 'storage', 'url', 'rate-limit'),
    flag('json'),
  ],
  examples: [
    'nextbar data download --exchange binance --symbol BTC/USDT --timeframe 1h --start 2024-01-01',
    'nextbar data download --exchange bybit --symbol BTC/USDT:USDT --start 2024-01-01 --funding --open-interest',
    'nextbar data download --exchange binance --quote USDT --top 50 --timeframe 1m --start 2024-01-01 --storage parquet',
  ],
  run,
};
