/** `nextbar data`: fetches, lists, checks, moves and clears stored bars. */
import { nearestName } from '../../core/index.ts';
import type { Command, CommandContext, GivenOptions } from '../shell/command.ts';
import { connectionOptions, seriesOptions } from './series.ts';
import { usage } from '../shell/options.ts';

type Act = (given: GivenOptions, context: CommandContext) => Promise<number>;

const acts: Readonly<Record<string, () => Promise<Act>>> = {
  download: async () => (await import('./download.ts')).downloadBars,
  list: async () => (await import('./list.ts')).listBars,
  info: async () => (await import('./list.ts')).infoOfBars,
  verify: async () => (await import('./list.ts')).verifyBars,
  clear: async () => (await import('./list.ts')).clearBars,
  export: async () => (await import('./files.ts')).exportBars,
  import: async () => (await import('./files.ts')).importBars,
  resample: async () => (await import('./resample.ts')).resample,
};

async function run(given: GivenOptions, context: CommandContext): Promise<number> {
  const [name] = given.operands;
  const known = Object.keys(acts);
  if (name === undefined) throw usage(`data needs one of ${known.join(', ')}`);
  const act = Object.hasOwn(acts, name) ? acts[name] : undefined;
  if (act === undefined) {
    const near = nearestName(name, known);
    throw usage(`unknown data command '${name}': ${near === undefined ? known.join(', ') : `did you mean '${near}'?`}`);
  }
  return (await act())(given, context);
}

export const dataCommand: Command = {
  name: 'data',
  about: 'Fetch, list, check, export and import stored bars',
  usage: 'data download | list | info | verify | export FILE | import FILE | resample | clear [options]',
  options: [
    ...seriesOptions,
    ...connectionOptions,
    { name: 'count', value: 'N', about: 'download: the newest N bars, in place of --start' },
    { name: 'refresh', about: 'download: fetch anew what is known' },
    {
      name: 'time-format',
      value: 'FORMAT',
      about: 'import, resample: how the file writes times: ms (default), s, us or iso',
    },
    { name: 'to', value: 'TF', about: 'resample: the timeframe to build from --timeframe' },
    { name: 'csv', value: 'FILE', about: 'resample: a CSV file in place of stored bars' },
    { name: 'out', value: 'FILE', about: 'resample: where the bars made of --csv go: .csv, .arrow or .parquet' },
    { name: 'yes', about: 'clear: do it; without it, clear says what it would delete' },
    { name: 'json', about: 'The answer as JSON on stdout' },
  ],
  examples: [
    'nextbar data download --exchange binance --symbol BTC/USDT --timeframe 1h --start 2024-01-01',
    'nextbar data list',
    'nextbar data resample --csv BTCUSDT-1h.csv --timeframe 1h --to 4h --out BTCUSDT-4h.csv',
    'nextbar data export btc.parquet --exchange binance --symbol BTC/USDT --timeframe 1h',
  ],
  run,
};
