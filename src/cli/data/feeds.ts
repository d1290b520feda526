/** Feeds from exchanges for `nextbar run`: the options, and the feeds that they describe. */
import type { CcxtDataFeed } from '../../feeds/index.ts';
import type { GivenOptions, OptionSpec } from '../shell/command.ts';
import { connectionOf, connectionOptions, folderOf, rangeOf, wantedSeries } from './series.ts';
import { usage } from '../shell/options.ts';

/** Options beside those that `run` has already: `symbol`, `timeframe`, `start`, `end`. */
export const exchangeFeedOptions: readonly OptionSpec[] = [
  {
    name: 'exchange',
    value: 'ID',
    isRepeated: true,
    about: 'Bars from an exchange, such as binance; kept in data-cache',
  },
  { name: 'folder', value: 'DIR', about: 'Where the bar store lies (default data-cache)' },
  ...connectionOptions,
];

/** One feed for each exchange, symbol and timeframe given; where there are several, each name says which it is. */
export async function exchangeFeeds(given: GivenOptions): Promise<CcxtDataFeed[]> {
  const { CcxtDataFeed } = await import('../../feeds/index.ts');
  const range = rangeOf(given);
  if (range.start === undefined) throw usage('--exchange needs --start, such as --start 2024-01-01');
  const wanted = await wantedSeries(given);
  return wanted.map(({ exchange, symbol, timeframe }) => {
    const name = [
      wanted.some((other) => other.exchange !== exchange) ? exchange : '',
      symbol,
      wanted.some((other) => other.timeframe !== timeframe) ? timeframe : '',
    ];
    return new CcxtDataFeed({
      exchange,
      symbol,
      timeframe,
      name: name.filter((part) => part !== '').join(' '),
      ...range,
      ...folderOf(given),
      connection: connectionOf(given),
    });
  });
}
