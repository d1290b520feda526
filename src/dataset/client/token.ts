/** One asset such as BTC, and several of them, with the queries that research makes to a published dataset. */
import {
  barsPerYear,
  checkFeedNames,
  ConfigError,
  DataError,
  formatTime,
  shown,
  timeframe as frameOf,
  toTime,
  unifiedSymbol,
  type Bars,
  type TimeInput,
} from '../../core/index.ts';
import { BarsDataFeed } from '../../feeds/index.ts';
import { unknownIn } from '../duck.ts';
import { clientNames, DatasetClient, type DatasetClientOptions, type SqlTable } from './tables.ts';

/** Options of a token. */
export interface TokenOptions extends DatasetClientOptions {
  /** An open dataset to share; without one the token opens its own, which `close` closes. */
  readonly client?: DatasetClient;
  /** Quote currency, where the token is only a base such as `BTC`. Default `USDT`. */
  readonly quote?: string;
  /** The exchange. Default: the first of the dataset that has the symbol. */
  readonly exchange?: string;
}

/** A period, and the timeframe of bars. */
export interface TokenQuery {
  /** The first moment, included. Default: the first row of the dataset. */
  readonly start?: TimeInput;
  /** The end, excluded. Default: everything through the last row. */
  readonly end?: TimeInput;
  /** `1m`, `1h` or `1d`. Default `1h`. */
  readonly timeframe?: string;
}

/** Values at times. */
export interface TokenSeries {
  /** Milliseconds UTC. For bars the open of the bar. */
  readonly time: Float64Array;
  /** The values; NaN where there is none. */
  readonly value: Float64Array;
}

/** The tables of a dataset that hold a token. */
export interface TokenInfo {
  /** The unified symbol. */
  readonly symbol: string;
  /** The exchange that it is read from. */
  readonly exchange: string;
  /** The tables that have rows of it. */
  readonly tables: readonly {
    /** The table, such as `bars_1h`. */
    readonly name: string;
    /** The exchanges that have rows of the token in it. */
    readonly exchanges: readonly string[];
    /** Time of the first row of the files that hold the token, milliseconds UTC. Such a file may hold other tokens too. Undefined for a table without times. */
    readonly first: number | undefined;
    /** Time of the last row of these files, milliseconds UTC; undefined for a table without times. */
    readonly last: number | undefined;
  }[];
}

/**
 * The figures of a run that buys at the first close and holds, as in its report: fractions, from daily returns, with a year of 365 days.
 * Yearly figures are undefined for less than 30 days.
 */
export interface Tearsheet {
  /** The unified symbol. */
  readonly symbol: string;
  /** The exchange that it is read from. */
  readonly exchange: string;
  /** Open of the first bar, milliseconds UTC. */
  readonly start: number;
  /** Close of the last bar, milliseconds UTC. */
  readonly end: number;
  /** Bars. */
  readonly bars: number;
  /** Return from the first close to the last. */
  readonly totalReturn: number;
  /** Compound annual growth rate. */
  readonly cagr: number | undefined;
  /** Annualised sample standard deviation of daily returns. */
  readonly volatility: number | undefined;
  /** Mean daily return divided by its standard deviation, annualised; risk-free rate 0. */
  readonly sharpe: number | undefined;
  /** As `sharpe`, divided by the deviation of negative returns only. */
  readonly sortino: number | undefined;
  /** `cagr` divided by `maxDrawdown`. */
  readonly calmar: number | undefined;
  /** The deepest fall of closes below an earlier one. */
  readonly maxDrawdown: number;
  /** The longest time below an earlier close, milliseconds. */
  readonly longestUnderwaterMs: number;
  /** The best return of a UTC day. */
  readonly bestDay: number | undefined;
  /** The worst return of a UTC day. */
  readonly worstDay: number | undefined;
}

/** The period of a tearsheet, and the file of its report. */
export interface TearsheetQuery extends TokenQuery {
  /** A file for the whole report in HTML. Default: none is written. */
  readonly report?: string;
}

const queryNames = ['start', 'end', 'timeframe'];
const tokenNames = ['client', 'quote', 'exchange', ...clientNames];

/**
 * An asset in a published dataset.
 *
 * ```ts
 * const btc = new Token('BTC', { from: 'dataset/published' });
 * const { close } = await btc.ohlcv({ timeframe: '1h', start: '2024-01-01', end: '2024-02-01' });
 * await btc.close();
 * ```
 */
export class Token {
  /** The unified symbol, such as `BTC/USDT`. */
  readonly symbol: string;
  readonly #options: TokenOptions;
  readonly #open: (() => Promise<DatasetClient>) | undefined;
  #client: Promise<DatasetClient> | undefined;

  /**
   * @param name - A base such as `BTC`, or a unified symbol such as `BTC/USDT:USDT`.
   * @param open - Opens the dataset that several tokens share; passed by `Tokens`.
   */
  constructor(name: string, options: TokenOptions = {}, open?: () => Promise<DatasetClient>) {
    const given: unknown = name;
    const symbol = typeof given === 'string' ? unifiedSymbol(given) : '';
    if (!/^[A-Za-z0-9]+(?:\/[A-Za-z0-9]+(?::[A-Za-z0-9-]+)?)?$/.test(symbol)) {
      throw new ConfigError(`a token is a base such as BTC or a symbol such as BTC/USDT, was ${shown(given)}`, {
        context: { field: 'name' },
      });
    }
    checkFeedNames('Token', options, tokenNames);
    this.symbol = symbol.includes('/') ? symbol : `${name.toUpperCase()}/${options.quote ?? 'USDT'}`;
    this.#options = options;
    this.#open = open;
  }

  /** The symbol of its perpetual swap: the symbol itself where it is one. */
  get swap(): string {
    return this.symbol.includes(':') ? this.symbol : `${this.symbol}:${this.symbol.split('/')[1]!}`;
  }

  /** The last close. */
  async price(): Promise<number> {
    const { close } = await this.ohlcv({ timeframe: '1h' });
    return close[close.length - 1]!;
  }

  /** Bars as columns. */
  async ohlcv(query: TokenQuery = {}): Promise<Bars> {
    const found = await this.#rows(
      barsTable(query),
      ['time', 'open', 'high', 'low', 'close', 'volume'],
      this.symbol,
      query,
    );
    const column = (name: string): Float64Array => found.numbers(name);
    return {
      time: column('time'), open: column('open'), high: column('high'), low: column('low'), close: column('close'), volume: column('volume'),
    }; // prettier-ignore
  }

  /** Settled funding rates of its perpetual swap: fractions of each row's interval. */
  async fundingRate(query: TokenQuery = {}): Promise<TokenSeries> {
    return series(await this.#rows('funding_rates', ['time', 'rate'], this.symbol, query), 'rate');
  }

  /** Annualised funding rates, for a year of 365 days, each by the interval of its row. */
  async fundingRateAnnualized(query: TokenQuery = {}): Promise<TokenSeries> {
    const found = await this.#rows('funding_rates', ['time', 'rate', 'interval_hours'], this.symbol, query);
    const hours = found.numbers('interval_hours');
    return { time: found.numbers('time'), value: found.numbers('rate').map((rate, i) => (rate * 8760) / hours[i]!) };
  }

  /** Open interest: amounts in base units or contracts, or values in quote units where the exchange sends only these. */
  async openInterest(query: TokenQuery = {}): Promise<TokenSeries> {
    const found = await this.#rows('open_interest', ['time', 'amount', 'value'], this.symbol, query);
    const values = found.numbers('value');
    return {
      time: found.numbers('time'),
      value: found.numbers('amount').map((one, i) => (Number.isNaN(one) ? values[i]! : one)),
    };
  }

  /** Liquidations: side, price and size. They begin with the first recorded stream. */
  async liquidations(query: TokenQuery = {}): Promise<SqlTable> {
    return this.#rows('liquidations', ['time', 'side', 'price', 'size'], this.symbol, query);
  }

  /** The perpetual swap's close over the spot close, minus 1, at the hours that both have. */
  async basis(query: TokenQuery = {}): Promise<TokenSeries> {
    const spot = this.symbol.replace(/:.*/, '');
    const table = barsTable(query);
    const [one, other] = [await this.#rows(table, ['time', 'close'], spot, query), await this.#rows(table, ['time', 'close'], this.swap, query)]; // prettier-ignore
    const prices = new Map(Array.from(one.numbers('time'), (time, i) => [time, one.numbers('close')[i]!] as const));
    const times = other.numbers('time');
    const closes = other.numbers('close');
    const rows = [...times.keys()].filter((i) => prices.has(times[i]!));
    return {
      time: Float64Array.from(rows, (i) => times[i]!),
      value: Float64Array.from(rows, (i) => closes[i]! / prices.get(times[i]!)! - 1),
    };
  }

  /** Returns from close to close: fractions. */
  async returns(query: TokenQuery = {}): Promise<TokenSeries> {
    const { time, close } = await this.ohlcv(query);
    return { time: time.slice(1), value: returnsOf(close) };
  }

  /** Annualised standard deviation of returns, for a year of 365 days. */
  async volatility(query: TokenQuery = {}): Promise<number> {
    const { value } = await this.returns(query);
    return deviation(value) * Math.sqrt(barsPerYear(frameOf(query.timeframe ?? '1h')));
  }

  /**
   * Pearson's correlation of the returns of two tokens, from close to close at the times that both have.
   *
   * @param other - A token, or the name of one in the same dataset.
   */
  async correlation(other: Token | string, query: TokenQuery = {}): Promise<number> {
    const token = other instanceof Token ? other : new Token(other, this.#options, () => this.#opened());
    const [a, b] = shared([await this.ohlcv(query), await token.ohlcv(query)]).closes;
    return correlationOf(returnsOf(a!), returnsOf(b!));
  }

  /** The tables that hold it, with their periods. */
  async info(): Promise<TokenInfo> {
    const client = await this.#opened();
    const tables = client.spec.tables.flatMap(({ name, files }) => {
      const own = files.filter((file) => file.symbols?.includes(this.symbol) === true);
      if (own.length === 0) return [];
      const times = own.flatMap(({ first = NaN, last = NaN }) => [first, last]).filter((time) => !Number.isNaN(time));
      const exchanges = [...new Set(own.flatMap((file) => file.exchange ?? []))];
      const edges = times.length === 0 ? [undefined, undefined] : [Math.min(...times), Math.max(...times)];
      return [{ name, exchanges, first: edges[0], last: edges[1] }];
    });
    return { symbol: this.symbol, exchange: await this.#exchange('bars_1h', this.symbol), tables };
  }

  /** Figures of holding it: those of the report of a run that buys at the first close. */
  async tearsheet({ report, ...query }: TearsheetQuery = {}): Promise<Tearsheet> {
    const feed = await this.feed(query);
    const { hold } = await import('./hold.ts');
    const { stats, bars, start, end } = await hold(feed, report);
    const { cagr, volatility, sharpe, sortino, calmar, maxDrawdown, longestUnderwaterMs, bestDay, worstDay } = stats;
    const exchange = await this.#exchange(barsTable(query), this.symbol);
    const totalReturn = stats.totalReturn ?? 0;
    return { symbol: this.symbol, exchange, start, end, bars, totalReturn, cagr, volatility, sharpe, sortino, calmar, maxDrawdown, longestUnderwaterMs, bestDay, worstDay };
  } // prettier-ignore

  /** A feed of its bars, for `cerebro.addData`. */
  async feed(query: TokenQuery = {}): Promise<BarsDataFeed> {
    return new BarsDataFeed({ bars: await this.ohlcv(query), symbol: this.symbol, timeframe: query.timeframe ?? '1h' });
  }

  /** Closes the dataset that it opened. */
  async close(): Promise<void> {
    if (this.#options.client === undefined && this.#open === undefined) (await this.#client)?.close();
    this.#client = undefined;
  }

  #opened(): Promise<DatasetClient> {
    const { client, quote: _, exchange: __, ...options } = this.#options;
    if (this.#open !== undefined) return this.#open();
    return (this.#client ??= client === undefined ? DatasetClient.open(options) : Promise.resolve(client));
  }

  async #rows(table: string, columns: readonly string[], symbol: string, query: TokenQuery): Promise<SqlTable> {
    checkFeedNames('a token', query, queryNames);
    const client = await this.#opened();
    const exchange = await this.#exchange(table, symbol);
    const [start, end] = [query.start, query.end].map((time, i) => (time === undefined ? undefined : toTime(time, i === 0 ? 'start' : 'end'))); // prettier-ignore
    if (start !== undefined && end !== undefined && start >= end) {
      throw new ConfigError(`start must be before end, was ${formatTime(start)} with end ${formatTime(end)}`, { context: { field: 'start' } }); // prettier-ignore
    }
    const own = client.table(table).files.filter((file) => file.exchange === exchange && file.symbols?.includes(symbol) === true); // prettier-ignore
    const [first, last] = [Math.min(...own.map((file) => file.first ?? -Infinity)), Math.max(...own.map((file) => file.last ?? Infinity))]; // prettier-ignore
    if ((start ?? -Infinity) > last || (end ?? Infinity) <= first) {
      throw new DataError(
        `the dataset has no ${table} of ${symbol} in the period: ${exchange} has it from ${formatTime(first)} to ${formatTime(last)}`,
        { code: 'no-rows', context: { symbol, table, start, end } },
      );
    }
    return client.select(table, columns, { symbols: [symbol], exchanges: [exchange], start, end });
  }

  /** The exchange to read from. @throws {ConfigError} If none has the symbol; the message names those that have it. */
  async #exchange(table: string, symbol: string): Promise<string> {
    const client = await this.#opened();
    const { exchange } = this.#options;
    const files = client.table(table).files.filter((file) => file.symbols?.includes(symbol) === true);
    const found = files.find((file) => exchange === undefined || file.exchange === exchange)?.exchange;
    if (found !== undefined) return found;
    if (exchange !== undefined && !client.spec.exchanges.includes(exchange)) {
      throw unknownIn('exchange', exchange, client.spec.exchanges);
    }
    const others = [...new Set(files.flatMap((file) => file.exchange ?? []))];
    if (others.length > 0) {
      throw new ConfigError(`${exchange!} has no ${table} of ${symbol}; ${others.join(' and ')} ${others.length === 1 ? 'has' : 'have'}`, { code: 'unknown-name', context: { symbol, near: others[0] } }); // prettier-ignore
    }
    const swap = `${symbol}:${symbol.split('/')[1] ?? ''}`;
    if (!symbol.includes(':') && client.symbols(table).includes(swap)) {
      throw new ConfigError(`no ${table.replaceAll('_', ' ')} for a spot symbol; ${client.coverage(table, swap)}`, {
        code: 'unknown-name',
        context: { symbol, near: swap },
      });
    }
    const known = client.symbols(table, exchange);
    if (known.length === 0) {
      throw new ConfigError(`the dataset has no ${table.replaceAll('_', ' ')} of any symbol${exchange === undefined ? '' : ` on ${exchange}`}`, { code: 'unknown-name', context: { symbol } }); // prettier-ignore
    }
    throw unknownIn(`${table} of`, symbol, known);
  }
}

/**
 * Several assets of one dataset, opened once.
 *
 * ```ts
 * const tokens = new Tokens(['BTC', 'ETH'], { from: 'dataset/published' });
 * const { time, columns } = await tokens.closes({ timeframe: '1d' });
 * tokens.close();
 * ```
 */
export class Tokens {
  /** The tokens, in the order given. */
  readonly tokens: readonly Token[];
  readonly #open: () => Promise<DatasetClient>;
  #client: Promise<DatasetClient> | undefined;

  /** @param names - Bases such as `BTC`, or unified symbols. The dataset is opened by the first query. */
  constructor(names: readonly string[], options: TokenOptions = {}) {
    const listed: unknown = names;
    if (!Array.isArray(listed)) {
      throw new ConfigError(`names must be a list such as ['BTC', 'ETH'], was ${shown(names)}`, {
        context: { field: 'names' },
      });
    }
    const { client: given, ...rest } = options;
    const { quote: _, exchange: __, ...connection } = rest;
    this.#open = () => (this.#client ??= given === undefined ? DatasetClient.open(connection) : Promise.resolve(given));
    this.tokens = names.map((name) => new Token(name, rest, this.#open));
  }

  /** Opens a dataset for several tokens. @throws {ConfigError} If there is none. */
  static async open(names: readonly string[], options: TokenOptions = {}): Promise<Tokens> {
    const tokens = new Tokens(names, options);
    await tokens.#open();
    return tokens;
  }

  /** The last closes by unified symbol. */
  async prices(): Promise<Readonly<Record<string, number>>> {
    const all = this.tokens.map(async (token) => [token.symbol, await token.price()] as const);
    return Object.fromEntries(await Promise.all(all));
  }

  /** Closes by symbol at the times that all tokens have. */
  async closes(query: TokenQuery = {}): Promise<{
    /** Opens of the bars that every token has, milliseconds UTC, ascending. */
    readonly time: Float64Array;
    /** By unified symbol, the closes at those times, in quote units. */
    readonly columns: Readonly<Record<string, Float64Array>>;
  }> {
    const all = await Promise.all(this.tokens.map((token) => token.ohlcv(query)));
    const { time, closes } = shared(all);
    return { time, columns: Object.fromEntries(closes.map((close, i) => [this.tokens[i]!.symbol, close])) };
  }

  /** Correlations of returns between every two, by symbol. */
  async correlation(query: TokenQuery = {}): Promise<Readonly<Record<string, Readonly<Record<string, number>>>>> {
    const { columns } = await this.closes(query);
    const returns = Object.entries(columns).map(([symbol, close]) => [symbol, returnsOf(close)] as const);
    return Object.fromEntries(
      returns.map(([symbol, one]) => [
        symbol,
        Object.fromEntries(returns.map(([other, two]) => [other, other === symbol ? 1 : correlationOf(one, two)])),
      ]),
    );
  }

  /** SQL over every table of the dataset, with bound values. */
  async sql(...query: Parameters<DatasetClient['sql']>): Promise<SqlTable> {
    return (await this.#open()).sql(...query);
  }

  /** Closes it; it cannot be used afterwards. */
  close(): void {
    void this.#client?.then(
      (client) => {
        client.close();
      },
      () => undefined,
    );
  }
}

function barsTable({ timeframe = '1h' }: TokenQuery): string {
  if (['1m', '1h', '1d'].includes(timeframe)) return `bars_${timeframe}`;
  throw new ConfigError(
    `timeframe of the dataset must be 1m, 1h or 1d, was '${timeframe}': resample the shorter bars`,
    {
      context: { field: 'timeframe' },
    },
  );
}

function series(table: SqlTable, column: string): TokenSeries {
  return { time: table.numbers('time'), value: table.numbers(column) };
}

/** The closes of several series of bars at the times that all of them have. */
function shared(all: readonly Bars[]): { readonly time: Float64Array; readonly closes: readonly Float64Array[] } {
  const counts = new Map<number, number>();
  for (const { time } of all) for (const at of time) counts.set(at, (counts.get(at) ?? 0) + 1);
  const time = Float64Array.from([...counts].filter(([, count]) => count === all.length).map(([at]) => at)).sort();
  const closes = all.map((bars) => {
    const found = new Map(Array.from(bars.time, (at, row) => [at, bars.close[row]!] as const));
    return time.map((at) => found.get(at)!);
  });
  return { time, closes };
}

function returnsOf(close: Float64Array): Float64Array {
  return close.slice(1).map((price, i) => price / close[i]! - 1);
}

function mean(values: Float64Array): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** Standard deviation of a sample: divided by one less than its size. */
function deviation(values: Float64Array): number {
  const middle = mean(values);
  return Math.sqrt(values.reduce((sum, value) => sum + (value - middle) ** 2, 0) / (values.length - 1));
}

function correlationOf(a: Float64Array, b: Float64Array): number {
  const [ma, mb] = [mean(a), mean(b)];
  let [ab, aa, bb] = [0, 0, 0];
  for (let i = 0; i < a.length; i++) {
    ab += (a[i]! - ma) * (b[i]! - mb);
    aa += (a[i]! - ma) ** 2;
    bb += (b[i]! - mb) ** 2;
  }
  return ab / Math.sqrt(aa * bb);
}
