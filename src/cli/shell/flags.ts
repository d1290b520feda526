/** Every option that more than one command takes, written once. */
import type { OptionSpec } from './command.ts';

const flags = {
  csv: { value: '[NAME=]FILE', isRepeated: true, api: ['path'], about: 'Bars from a CSV file, plain, .gz or .zip, a folder or a pattern; several files make one data, several names several datas' },
  synthetic: { value: 'SEED', isOptional: true, api: ['seed'], about: 'Synthetic bars instead of a file; the same seed makes the same bars (default seed 1)' },
  bars: { value: 'N', api: ['count'], about: 'The newest N bars of an exchange, or N synthetic bars (default 17520)' },
  exchange: { value: 'ID', isRepeated: true, about: "An exchange that ccxt knows, such as binance (see 'nextbar exchanges')" },
  symbol: { value: 'NAME', isRepeated: true, about: 'The instrument, such as BTC/USDT; repeat it for several' },
  timeframe: { value: 'TF', isRepeated: true, about: 'The length of a bar: 5s, 1m, 15m, 1h, 4h, 1d, 1w, 1M ...' },
  start: { value: 'TIME', about: 'Bars from this time on, such as 2024-01-31 or 2024-01-31T12:00:00Z' },
  end: { value: 'TIME', about: 'Bars before this time (default: up to the last closed bar)' },
  type: { value: 'KIND', about: 'What is traded: spot, swap or future; BTC/USDT with swap is BTC/USDT:USDT' },
  storage: { value: 'FORM', about: 'The format in which the bar store keeps bars: arrow (default), or parquet, which DuckDB and pandas read in place' },
  funding: { about: 'Funding rates of a perpetual too, as the line data.funding' },
  'open-interest': { api: ['openInterest'], about: 'Open interest of a contract too, as the line data.openInterest' },
  folder: { value: 'DIR', about: 'Folder of the bar store (default data-cache)' },
  url: { value: 'URL', about: "Another server that speaks the exchange's API, such as nextbar venue" },
  origin: { value: 'HOST', about: 'Where the bars came from, if not the exchange itself: sandbox, or a host such as 127.0.0.1:8787' },
  'rate-limit': { value: 'MS', api: ['rateLimitMs'], about: "Milliseconds between requests of cost 1 (default: ccxt's value for the exchange)" },
  'time-format': { value: 'FORMAT', about: 'How the file writes times: auto (default), s, ms, us, ns, iso, d/m/y or m/d/y' },
  zone: { value: 'ZONE', about: 'Time zone of times written as dates, such as America/New_York (default UTC)' },
  stamped: { value: 'SIDE', about: 'Which moment of a bar its time is: open (default) or close' },
  order: { value: 'ORDER', about: 'Order of the rows: ascending (default), or descending for a file with the newest bar first' },
  'skip-lines': { value: 'N', about: 'Lines to skip above the header (default 0)' },
  'skip-end': { value: 'N', about: 'Lines to skip at the end of the file (default 0)' },
  decimal: { value: 'CHAR', about: "The decimal point, ',' or '.' (default)" },
  thousands: { value: 'CHAR', about: "The sign between groups of digits, such as the comma of '1,234.5' (default: none)" },
  'symbol-column': { value: 'NAME', about: 'The column with the symbol of each row, for a file with several symbols (default: none)' },
  'filter-symbol': { value: 'TEXT', about: 'The symbol to read, as the file writes it (default: --symbol)' },
  policy: { value: 'KIND=POLICY', isRepeated: true, api: ['validation'], about: 'What to do about a fault, such as nonFinite=drop, duplicates=keepLast, gaps=fill (defaults: docs/data.md)' },
  column: { value: 'NAME=HEADER', isRepeated: true, api: ['columns'], about: 'Header of a column in the file, such as time=when; volume=none if there is no volume (default: found by name)' },
  delimiter: { value: 'CHAR', about: "Character between cells (default: guessed; 'tab' for a tab)" },
  'no-header': { api: ['header'], about: 'The file has no header: columns are time, open, high, low, close, volume' },
  strategy: { value: 'NAME', about: 'The strategy to run, if the file has several' },
  param: { value: 'NAME=VALUE', isRepeated: true, about: "A parameter of the strategy (see 'nextbar run FILE --help'); with several strategies, STRATEGY.NAME=VALUE" },
  cash: { value: 'AMOUNT', about: 'Starting cash in quote currency (default 10000)' },
  commission: { value: 'FRACTION', about: 'Commission as a fraction of the traded value; 0.001 is 0.1 % (default 0)' },
  slippage: { value: 'FRACTION', about: 'Slippage against you as a fraction of the price (default 0)' },
  size: { value: 'UNITS', api: ['units'], about: 'Units of an order without a size (default: invest 95 % of the value)' },
  session: { value: 'NAME', about: 'Name of the session (default: the mode and the time)' },
  sessions: { value: 'DIR', about: 'Folder of the sessions (default sessions)' },
  keys: { value: 'FILE', api: ['configFile'], about: 'JSON file with API keys, in blocks live and sandbox per exchange; keyring: the keyring of the system' },
  config: { value: 'FILE', about: 'A run file in YAML or JSON: strategy, params, datas and options; flags override it' },
  rules: { value: 'NAME', about: "Whose rules fill orders: exchange (default) or backtrader" },
  plan: { value: 'FILE', api: ['account', 'accounts', 'rates', 'risk'], about: 'A plan in YAML or JSON: account, accounts, rates, instruments and limits of risk (docs/account.md)' },
  resample: { value: '[NAME=]TF', isRepeated: true, api: ['data', 'timeframe'], about: 'Add a data of longer bars, such as btc=4h (default: made from the first data)' },
  speed: { value: 'N', about: 'Speed of its clock: 60 makes a minute last a second (default 1)' },
  for: { value: 'SPAN', about: 'End after this time, such as 30s, 10m or 8h (default: at Ctrl-C)' },
  seed: { value: 'N', about: 'Seed of the generated prices (default 1)' },
  json: { about: 'Print the result as JSON on stdout, and nothing else there' },
  quiet: { about: 'Print neither progress nor summary' },
} as const satisfies Readonly<Record<string, Omit<OptionSpec, 'name'>>>; // prettier-ignore

/** The name of a shared option. */
export type FlagName = keyof typeof flags;

/** A shared option; `more` replaces what is different about it in one command. */
export function flag(name: FlagName, more: Partial<OptionSpec> = {}): OptionSpec {
  return { name, ...flags[name], ...more };
}

/** Several shared options, in this order. */
export function flagsNamed(...names: readonly FlagName[]): OptionSpec[] {
  return names.map((name) => flag(name));
}
