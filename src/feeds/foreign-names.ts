/** Option names of other frameworks, answered with the one that means the same here. */
import { checkNames, ConfigError } from '../core/index.ts';

/** By foreign name in lower case without signs: the names it may stand for here, the likeliest first. */
const foreign: Readonly<Record<string, readonly string[]>> = {
  dataname: ['path', 'symbol', 'bars'],
  csvfile: ['path'],
  file: ['path'],
  filename: ['path'],
  filepath: ['path'],
  fromdate: ['start'],
  startdate: ['start'],
  starttime: ['start'],
  from: ['start'],
  since: ['start'],
  todate: ['end'],
  enddate: ['end'],
  endtime: ['end'],
  to: ['end'],
  until: ['end'],
  ccxttimeframe: ['timeframe'],
  interval: ['timeframe'],
  granularity: ['timeframe'],
  freq: ['timeframe'],
  barsize: ['timeframe'],
  historicallimit: ['count'],
  ohlcvlimit: ['count'],
  limit: ['count'],
  nbars: ['count'],
  pair: ['symbol'],
  market: ['symbol'],
  ticker: ['symbol'],
  instrumentname: ['symbol'],
  exchangeid: ['exchange'],
  venue: ['exchange'],
  storagepath: ['folder'],
  cachedir: ['folder'],
  localstorage: ['folder'],
  dtformat: ['timeFormat'],
  datetimeformat: ['timeFormat'],
  separator: ['delimiter'],
  sep: ['delimiter'],
  symbolcol: ['symbolColumn'],
  datetimecol: ['columns'],
  headers: ['header'],
  tzinput: ['zone'],
  timezone: ['zone', 'tz'],
  reverse: ['order'],
  sessionendtime: ['sessionEnd'],
  sessionstarttime: ['sessionStart'],
  url: ['connection'],
  baseurl: ['connection'],
  apikey: ['connection'],
  secret: ['connection'],
  sandbox: ['connection'],
  testnet: ['connection'],
  ratelimit: ['connection'],
  enableratelimit: ['connection'],
  config: ['connection'],
  usecache: ['cache'],
  nocache: ['cache'],
};

/** Names that have no counterpart, and why. */
const without: Readonly<Record<string, string>> = {
  batchsize: 'pages are as large as the exchange serves them',
  backfill: 'what the bar store lacks is always downloaded',
  droplastcandle: 'the forming bar is never included',
  droponincomplete: 'the forming bar is never included',
};

/** @throws {ConfigError} For an option that does not exist; the message names the right one. */
export function checkFeedNames(what: string, options: object, known: readonly string[]): void {
  for (const key of Object.keys(options)) {
    if (known.includes(key)) continue;
    const plain = key.toLowerCase().replace(/[^a-z]/g, '');
    const here = foreign[plain]?.find((name) => known.includes(name));
    const why = without[plain];
    if (here === undefined && why === undefined) continue;
    throw new ConfigError(
      here === undefined
        ? `unknown option of ${what} '${key}': leave it out, ${why!}`
        : `unknown option of ${what} '${key}': the name here is '${here}'`,
      { code: 'unknown-name', context: { name: key, near: here } },
    );
  }
  checkNames(`option of ${what}`, options, known);
}
