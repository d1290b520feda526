/** The exchange feeds that the options of `nextbar run` describe. */
import type { CcxtDataFeed } from '../../feeds/index.ts';
import type { GivenOptions } from '../shell/command.ts';
import { rangeOption, wholeNumber } from '../shell/options.ts';
import { usage } from '../shell/usage.ts';
import { policiesOf } from './csv-options.ts';
import { connectionOf, folderOf, pointsOf, storageOf, wantedSeries } from './series.ts';

/** One feed for each given exchange, symbol and timeframe, named by whatever differs between them. */
export async function exchangeFeeds(given: GivenOptions): Promise<CcxtDataFeed[]> {
  const { CcxtDataFeed } = await import('../../feeds/index.ts');
  const range = rangeOption(given);
  const count = wholeNumber(given, 'bars', 1);
  if (range.start === undefined && count === undefined) {
    throw usage('--exchange needs --start, such as --start 2024-01-01, or --bars N for the newest N');
  }
  if (range.start !== undefined && count !== undefined) throw usage('--start and --bars cannot both be given');
  const validation = policiesOf(given);
  const wanted = wantedSeries(given);
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
      name: given.get('name') ?? name.filter((part) => part !== '').join(' '),
      ...range,
      ...(count !== undefined && { count }),
      ...folderOf(given),
      ...storageOf(given),
      ...pointsOf(given),
      connection: connectionOf(given),
      ...(validation && { validation }),
    });
  });
}
