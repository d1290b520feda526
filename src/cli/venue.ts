/** `nextbar venue`: the local exchange, to try strategies and bots on without a network. */
import { timeframe, toTime, type Bars, type Timeframe } from '../core/index.ts';
import type { FaultKind, FaultOptions } from '../venue/index.ts';
import type { Command, CommandContext, GivenOptions } from './command.ts';
import { folderOf } from './data-series.ts';
import { keyAndValue, numberOption, usage } from './options.ts';

const defaultPort = 8787;
const defaultDays = 30;
const defaultSymbols = ['BTC/USDT', 'ETH/USDT', 'BTC/USD'];
const day = 86_400_000;

async function run(given: GivenOptions, context: CommandContext): Promise<number> {
  const { binanceRest, krakenRest, Tape, VenueServer } = await import('../venue/index.ts');
  const frame = timeframe(given.get('timeframe') ?? '1m');
  const fixed = given.get('now');
  const now = fixed === undefined ? undefined : toTime(fixed, '--now');
  const bars = await barsOf(given, frame, now ?? context.runtime.now(), context);
  const tapes = bars.map(([symbol, columns]) => new Tape({ symbol, timeframe: frame.name, bars: columns }));
  const limits = !given.has('no-limits');
  const server = new VenueServer({
    faces: [binanceRest({ tapes, limits }), krakenRest({ tapes, limits })],
    faults: faultsOf(given),
    runtime: context.runtime,
    ...(now !== undefined && { now }),
  });
  const url = await server.listen(numberOption(given, 'port') ?? defaultPort);
  context.leaveInterrupts();
  context.stdout.write(
    `local exchange at ${url}: binance and kraken, ${tapes.map((tape) => tape.symbol).join(', ')}\n`,
  );
  context.stdout.write(`try: nextbar data download --exchange binance --symbol ${tapes[0]!.symbol} --timeframe 1h --count 100 --url ${url}\n`); // prettier-ignore
  await new Promise<never>(() => {});
  return 0;
}

/** What is traded: files, the bar store, or seeded bars that go on beyond the present. */
async function barsOf(
  given: GivenOptions,
  frame: Timeframe,
  now: number,
  context: CommandContext,
): Promise<[symbol: string, bars: Bars][]> {
  const symbols = given.has('symbol') ? given.all('symbol') : defaultSymbols;
  const files = given.all('csv');
  if (files.length > 0) {
    const { CsvDataFeed } = await import('../feeds/index.ts');
    return Promise.all(
      files.map(async (text): Promise<[string, Bars]> => {
        const [symbol, path] = keyAndValue('csv', text);
        const feed = new CsvDataFeed({ path, symbol, timeframe: frame.name });
        return [symbol, await feed.load({ runtime: context.runtime })];
      }),
    );
  }
  const stored = given.get('store');
  if (stored !== undefined) return storedBars(stored, symbols, frame, given, context);
  const { generateBars } = await import('../feeds/index.ts');
  const days = numberOption(given, 'days') ?? defaultDays;
  const start = Math.floor(now / day - days) * day;
  const count = Math.ceil((now + 7 * day - start) / (frame.ms ?? 30 * day));
  const seed = numberOption(given, 'seed') ?? 1;
  return symbols.map((symbol, i) => [symbol, generateBars({ seed: seed + i, timeframe: frame.name, start, count })]);
}

async function storedBars(
  exchange: string,
  symbols: readonly string[],
  frame: Timeframe,
  given: GivenOptions,
  context: CommandContext,
): Promise<[string, Bars][]> {
  const { BarStore } = await import('../store/index.ts');
  const store = await BarStore.open({ ...folderOf(given), runtime: context.runtime });
  try {
    return symbols.map((symbol): [string, Bars] => {
      const series = { exchange, type: 'spot', symbol, timeframe: frame.name } as const;
      const bars = store.read(series, { start: -Infinity, end: Infinity });
      if (bars.time.length > 0) return [symbol, bars];
      throw usage(`no stored bars of ${symbol} ${frame.name} from ${exchange}: fetch them with nextbar data download`);
    });
  } finally {
    store.close();
  }
}

/** `--fault web-page=3` strikes three requests, `--fault hang` one. */
function faultsOf(given: GivenOptions): FaultOptions {
  const skew = numberOption(given, 'clock-skew');
  const plan = given.all('fault').map((text) => {
    const [kind = '', times = '1'] = text.split('=');
    if (!(Number(times) > 0)) throw usage(`--fault must be written --fault KIND=TIMES, was '${text}'`);
    return { kind: kind as FaultKind, times: Number(times) };
  });
  return { plan, ...(skew !== undefined && { clockSkewMs: skew }) };
}

export const venueCommand: Command = {
  name: 'venue',
  about: 'Serve a local exchange that speaks as Binance and Kraken do',
  usage: 'venue [options]',
  options: [
    { name: 'port', value: 'N', about: `Port on 127.0.0.1 (default ${defaultPort}, 0 for a free one)` },
    { name: 'symbol', value: 'NAME', isRepeated: true, about: `What is traded (default ${defaultSymbols.join(', ')})` },
    { name: 'timeframe', value: 'TF', about: 'The shortest bars there are (default 1m)' },
    { name: 'seed', value: 'N', about: 'Seed of the generated prices (default 1)' },
    { name: 'days', value: 'N', about: `Days of history (default ${defaultDays})` },
    { name: 'csv', value: 'SYMBOL=FILE', isRepeated: true, about: 'Bars from a file instead' },
    { name: 'store', value: 'EXCHANGE', about: 'Stored bars of an exchange instead' },
    { name: 'folder', value: 'DIR', about: 'Where the bar store lies (default data-cache)' },
    { name: 'now', value: 'TIME', about: "The exchange's clock stands still here: runs repeat exactly" },
    { name: 'no-limits', about: "Do not refuse requests beyond the exchange's own limits" },
    { name: 'fault', value: 'KIND[=TIMES]', isRepeated: true, about: 'Strike requests: too-many-requests, web-page, hang, reset ...' }, // prettier-ignore
    { name: 'clock-skew', value: 'MS', about: "How far the exchange's clock runs ahead" },
  ],
  examples: ['nextbar venue', 'nextbar venue --csv BTC/USDT=btc.csv --timeframe 1h --fault too-many-requests=3'],
  run,
};
