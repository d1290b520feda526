/** `nextbar sync`: keeps exchanges, symbols, intervals and chosen bars fresh in the platform's database. */
import { formatTime } from '../../core/index.ts';
import type { SyncRun } from '../../server/index.ts';
import { printable } from '../output/printable.ts';
import type { Command, CommandContext, GivenOptions } from '../shell/command.ts';
import { flag, flagsNamed } from '../shell/flags.ts';
import { spanOption, wholeNumber } from '../shell/options.ts';
import { usage } from '../shell/usage.ts';
import { databaseAddress, databaseOptions } from './options.ts';

/** The shortest interval, in milliseconds: exchanges limit requests for their lists. */
const shortestPaceMs = 10_000;
const defaultLogRows = 20;

async function run(given: GivenOptions, context: CommandContext): Promise<number> {
  const everyMs = spanOption(given, 'every');
  if (everyMs !== undefined && everyMs < shortestPaceMs)
    throw usage(`--every must be 10s or more, was '${given.get('every')!}'`);
  const { openDatabase, openDatabaseToRead, syncLog, Syncer } = await import('../../server/index.ts');
  const { runtime } = context;
  const isRead = given.has('log') || given.has('check');
  const open = isRead ? openDatabaseToRead : openDatabase;
  const database = await open(databaseAddress(given, context), Math.floor(runtime.now()));
  try {
    if (isRead) {
      const runs = await syncLog(database, { limit: wholeNumber(given, 'log', 1) ?? defaultLogRows });
      if (given.has('json')) context.stdout.write(`${JSON.stringify(runs)}\n`);
      else if (!given.has('check')) for (const one of runs) context.stdout.write(`${lineOf(one)}\n`);
      return given.has('check') ? check(runs, spanOption(given, 'check')!, context) : 0;
    }
    const path = given.get('bars');
    const series = path === undefined ? [] : await (await import('./series-file.ts')).readSeriesFile(path);
    const exchanges = given.all('exchange');
    const folder = given.get('folder');
    const isJson = given.has('json');
    const syncer = new Syncer({
      database,
      runtime,
      series,
      urls: urlsOf(given),
      ...(exchanges.length > 0 && { exchanges }),
      ...(folder !== undefined && { folder }),
      onRun: (one) => {
        if (isJson && everyMs !== undefined) context.stdout.write(`${JSON.stringify(one)}\n`);
        else if (!isJson && !given.has('quiet')) context.stdout.write(`${lineOf(one)}\n`);
      },
    });
    if (everyMs === undefined) {
      const runs = await syncer.sync();
      if (isJson) context.stdout.write(`${JSON.stringify(runs)}\n`);
      return runs.every(({ isOk }) => isOk) ? 0 : 1;
    }
    const { untilEnd } = await import('./until-end.ts');
    await untilEnd(context, (signal) => syncer.every(everyMs, signal));
    return 0;
  } finally {
    await database.close();
  }
}

/** Whether every exchange was synced lately: for health checks. */
function check(runs: readonly SyncRun[], maxAgeMs: number, context: CommandContext): number {
  const now = context.runtime.now();
  const good = runs.filter(({ isOk, ended }) => isOk && now - ended <= maxAgeMs);
  if (good.length > 0) return 0;
  const [last] = runs;
  const what =
    last === undefined
      ? 'nothing was synced yet'
      : `the last run was of ${formatTime(last.ended)}${last.isOk ? '' : ' and failed'}`;
  context.stderr.write(`not healthy: ${what}\n`);
  return 1;
}

function lineOf(one: SyncRun): string {
  const counts = (['added', 'changed', 'renamed', 'delisted', 'relisted', 'refused', 'bars'] as const)
    .filter((name) => one[name] > 0)
    .map((name) => `, ${one[name]} ${name === 'bars' ? 'bars copied' : name}`);
  const what = one.isOk ? `${one.symbols} symbols${counts.join('')}` : 'failed';
  const error = one.error === undefined ? '' : `: ${printable(one.error)}`;
  return `${formatTime(one.ended)}  ${one.exchange.padEnd(14)} ${what}${error}`;
}

/** `--url ID=URL`; without an id it is that of the only exchange named. */
function urlsOf(given: GivenOptions): Record<string, string> {
  const exchanges = given.all('exchange');
  return Object.fromEntries(
    given.all('url').map((text) => {
      const [, id = '', url = text] = /^([a-z0-9]+)=(.+)$/.exec(text) ?? [];
      const exchange = id === '' ? exchanges[0] : id;
      if (exchange === undefined || (id === '' && exchanges.length > 1)) {
        throw usage(`--url must be written --url ID=URL where several exchanges are synced, was '${text}'`);
      }
      if (!/^https?:\/\//.test(url)) throw usage(`--url must be an http or https address, was '${url}'`);
      return [exchange, url];
    }),
  );
}

export const syncCommand: Command = {
  name: 'sync',
  about: 'Keep exchanges, symbols, intervals and chosen bars fresh in the database of the platform.',
  usage: '[--every SPAN] [options]',
  options: [
    flag('exchange', { about: 'An exchange to keep fresh (default binanceusdm, hyperliquid and coinbase); any that ccxt knows' }),
    { name: 'every', value: 'SPAN', about: 'Sync again every 10m, 1h ... until Ctrl-C (default: one round)' },
    { name: 'bars', value: 'FILE', about: 'YAML file of series whose bars are downloaded into the bar store and copied into the database' },
    { name: 'url', value: '[ID=]URL', isRepeated: true, about: "Another server that speaks an exchange's API, such as nextbar venue" },
    { name: 'log', value: 'N', isOptional: true, about: 'Print the latest N runs (default 20), and do nothing else' },
    { name: 'check', value: 'SPAN', about: 'Exit with 1 unless a run succeeded within this time: for health checks' },
    ...databaseOptions,
    ...flagsNamed('folder', 'json', 'quiet'),
  ],
  examples: [
    'nextbar sync',
    'nextbar sync --every 1h --bars feeds.yaml --database postgres://nextbar@localhost/nextbar',
    'nextbar sync --exchange coinbase --url coinbase=http://127.0.0.1:8787',
    'nextbar sync --log',
  ],
  run,
}; // prettier-ignore
