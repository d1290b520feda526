/** The contract of feeds: closed bars in rising time, the same however they are read, within the requested range. */
import { isDeepStrictEqual } from 'node:util';

import { barColumnNames, barsBetween, ConfigError, messageOf, systemRuntime, type Bars } from '../core/index.ts';
import type { DataFeed, FeedOptions, LoadContext } from './feed.ts';

/** Makes a feed over the bars of the check, with these options besides its own. */
export type MakeFeed = (options: FeedOptions) => DataFeed;

/** One rule of the contract: `run` rejects if the feed breaks it. */
export interface FeedRule {
  /** What the rule says. */
  readonly name: string;
  /** Rejects when the feed breaks the rule. */
  run(): Promise<void>;
}

/** Options of `checkFeed`. */
export interface FeedCheckOptions {
  /** The timeframe of the bars. Default '1h'. */
  readonly timeframe?: string;
  /** The symbol given to the feed. Default 'BTC/USDT'. */
  readonly symbol?: string;
  /** Whether the feed must begin where its bars do, like a feed that generates bars. Default false. */
  readonly startsWithBars?: boolean;
}

/**
 * Checks a feed against every rule that nextbar's own keep.
 *
 * For a test of your own feed: put `bars` where it reads them (a file, a server on loopback, an array), and make it here.
 *
 * @param make - Makes the feed with the options given; each call a new one.
 * @param bars - The bars in it: at least 30 closed bars in rising time, without a gap.
 * @throws {ConfigError} At the first rule that is broken; the message names the rule and what was found.
 * @example it('keeps the contract', () => checkFeed((options) => new MyFeed({ ...options, file }), bars));
 */
export async function checkFeed(make: MakeFeed, bars: Bars, options: FeedCheckOptions = {}): Promise<void> {
  for (const rule of feedRules(make, bars, options)) await rule.run();
}

/** The rules one by one, for a test runner that lists them. */
export function feedRules(make: MakeFeed, bars: Bars, options: FeedCheckOptions = {}): readonly FeedRule[] {
  const { timeframe: frame = '1h', symbol = 'BTC/USDT', startsWithBars = false } = options;
  const plain: FeedOptions = { timeframe: frame, symbol };
  const context: LoadContext = { runtime: systemRuntime };
  if (bars.time.length < 30) {
    throw new ConfigError(`checkFeed needs at least 30 bars, there are ${bars.time.length}`, { code: 'bad-parameter' });
  }
  const from = bars.time[0]!;
  const ms = bars.time[1]! - from;
  const loaded = (more: Partial<FeedOptions> = {}): Promise<Bars> => make({ ...plain, ...more }).load(context);
  const streamed = async (more: Partial<FeedOptions> = {}): Promise<Bars[]> => {
    const pieces: Bars[] = [];
    for await (const piece of make({ ...plain, ...more }).stream(context)) pieces.push(piece);
    return pieces;
  };
  return [
    {
      name: 'loads closed bars in rising time, with columns of one length',
      run: async () => {
        const found = await loaded();
        for (const column of barColumnNames) {
          if (found[column].length !== bars.time.length) {
            throw broken(`column '${column}' has ${found[column].length} values for ${bars.time.length} bars`);
          }
        }
        for (let i = 1; i < found.time.length; i++) {
          const step = found.time[i]! - found.time[i - 1]!;
          if (!(step >= ms)) throw broken(`bar ${i} is ${step} ms behind the one before, less than ${frame}`);
        }
        same('what it loads', [found], [bars]);
      },
    },
    {
      name: 'streams in pieces exactly what it loads',
      run: async () => {
        const pieces = await streamed();
        if (pieces.some(({ time }) => time.length === 0)) throw broken('it streams a piece without bars');
        same('what it streams', pieces, [await loaded()]);
      },
    },
    {
      name: 'keeps the range: start is in it, end is not',
      run: async () => {
        const [start, end] = [startsWithBars ? from : from + 10 * ms, from + 20 * ms];
        const range = { ...(!startsWithBars && { start }), end };
        const wanted = [barsBetween(bars, start, end)];
        same('a range of it', [await loaded(range)], wanted);
        same('a range of it as it streams', await streamed(range), wanted);
      },
    },
    {
      name: 'returns the same bars when it is loaded again',
      run: async () => {
        const feed = make(plain);
        same('the second load', [await feed.load(context)], [await feed.load(context)]);
      },
    },
    {
      name: 'is called by its name, else by its symbol',
      run: () => {
        called(make(plain).name, symbol);
        called(make({ ...plain, name: 'own' }).name, 'own');
        called(make(plain).timeframe.name, frame);
        return Promise.resolve();
      },
    },
    {
      name: 'refuses a timeframe, a range and an option that cannot be right',
      run: () => {
        refuses(make, { ...plain, timeframe: '1x' }, /timeframe must be/);
        refuses(make, { ...plain, start: '2024-02-01', end: '2024-01-01' }, /start must be before end/);
        refuses(make, { ...plain, start: 'yesterday' }, /start must be a time/);
        refuses(make, { ...plain, symbl: 'X' } as FeedOptions, /did you mean 'symbol'\?/);
        return Promise.resolve();
      },
    },
  ];
}

/** All columns as plain arrays, joined over pieces. */
function flat(pieces: readonly Bars[]): Record<string, number[]> {
  return Object.fromEntries(barColumnNames.map((name) => [name, pieces.flatMap((piece) => Array.from(piece[name]))]));
}

function same(what: string, found: readonly Bars[], wanted: readonly Bars[]): void {
  const [own, right] = [flat(found), flat(wanted)];
  for (const name of barColumnNames) {
    if (isDeepStrictEqual(own[name], right[name])) continue;
    const at = right[name]!.findIndex((value, i) => !Object.is(value, own[name]![i]));
    const where = at < 0 ? `${own[name]!.length} bars instead of ${right[name]!.length}` : `${own[name]![at]} at bar ${at} instead of ${right[name]![at]!}`; // prettier-ignore
    throw broken(`${what} differs in '${name}': ${where}`);
  }
}

function called(found: string, wanted: string): void {
  if (found !== wanted) throw broken(`it is called '${found}' instead of '${wanted}'`);
}

function refuses(make: MakeFeed, options: FeedOptions, text: RegExp): void {
  try {
    make(options);
  } catch (error) {
    if (text.test(messageOf(error))) return;
    throw broken(`it refuses ${JSON.stringify(options)} with '${messageOf(error)}'`);
  }
  throw broken(`it takes ${JSON.stringify(options)}: pass the options to the constructor of DataFeed`);
}

function broken(what: string): ConfigError {
  return new ConfigError(`the feed breaks the contract: ${what}`, { code: 'feed-contract' });
}
