/** `nextbar venue`: serves a local exchange, to try strategies and bots without a network. */
import { formatTime, toTime, type Bars, type Runtime, type Timeframe } from '../../core/index.ts';
import type { BarMarket, MarketInstrument, PlannedFault, RequestFault, SeededMarket } from '../../venue/index.ts';
import type { Command, CommandContext, GivenOptions } from '../shell/command.ts';
import { flag } from '../shell/flags.ts';
import { numberOption, timeframeOption, wholeNumber } from '../shell/options.ts';
import { usage } from '../shell/usage.ts';
import { accountsOf, ccxtConfig, type ThrowAway } from './accounts.ts';
import { venueBars, type VenueBars } from './bars.ts';

const defaultPort = 8787;

/** Days that seeded bars reach ahead, on a real and on a fast clock. */
const daysAhead = 7;
const fastDaysAhead = 60;

async function run(given: GivenOptions, context: CommandContext): Promise<number> {
  const frame = timeframeOption('timeframe', given.get('timeframe') ?? '1m');
  await (given.has('now') ? serveStill(given, frame, context) : serveLive(given, frame, context));
  await new Promise<never>(() => {});
  return 0;
}

/** A stopped clock: market data over REST, the same at every run. */
async function serveStill(given: GivenOptions, frame: Timeframe, context: CommandContext): Promise<void> {
  for (const name of ['speed', 'from', 'balance', 'key', 'spread', 'market', 'fee']) {
    if (given.has(name)) throw usage(`--${name} needs a running clock, which --now stops`);
  }
  const { BarHistory, BinanceApi, binancePaths, gridOf, KrakenApi, serviceApi, StillRuntime, VenueServer } =
    await import('../../venue/index.ts');
  const now = toTime(given.get('now')!, '--now');
  const { rows } = await venueBars(given, frame, now, daysAhead, context);
  const runtime = new StillRuntime(context.runtime, now);
  const series = rows.map(([symbol, bars]) => {
    const { priceDecimals, sizeDecimals } = gridOf(bars);
    return { instrument: instrumentOf(symbol, priceDecimals, sizeDecimals), bars, timeframe: frame.name };
  });
  const market = new BarHistory(runtime, series);
  const limits = !given.has('no-limits');
  const skew = numberOption(given, 'clock-skew');
  const faults = { plan: plannedFaults(given), ...(skew !== undefined && { clockSkewMs: skew }) };
  const server = new VenueServer({ faults, runtime });
  const binance = new BinanceApi(runtime, market, { limits, clockSkewMs: () => server.faults.clockSkewMs });
  server.mount(serviceApi('binance', binance, binancePaths)).mount(new KrakenApi(market, { limits }));
  const url = await server.listen(wholeNumber(given, 'port', 0, 65_535) ?? defaultPort);
  context.leaveInterrupts();
  const symbols = rows.map(([symbol]) => symbol);
  context.stdout.write(`local exchange at ${url}: binance and kraken, ${symbols.join(', ')}\n`);
  context.stdout.write(`try: nextbar data download --exchange binance --symbol ${symbols[0]!} --timeframe 1h --count 100 --url ${url}\n`); // prettier-ignore
}

/** A running clock: markets, streams, accounts and orders. */
async function serveLive(given: GivenOptions, frame: Timeframe, context: CommandContext): Promise<void> {
  const { FastRuntime, KrakenApi, openLocalExchange } = await import('../../venue/index.ts');
  const speed = numberOption(given, 'speed') ?? 1;
  const wallClock = context.runtime.now();
  const source = await venueBars(given, frame, wallClock, speed > 10 ? fastDaysAhead : daysAhead, context);
  const start = startOf(given, source, wallClock) + (numberOption(given, 'clock-skew') ?? 0);
  const runtime = new FastRuntime(context.runtime, speed, start);
  const accounts = accountsOf(given, context.runtime);
  const { market, rounded } = await marketOf(given, frame, source, accounts, runtime);
  const limits = !given.has('no-limits');
  const { url } = await openLocalExchange({
    runtime,
    market,
    limits,
    port: wholeNumber(given, 'port', 0, 65_535) ?? defaultPort,
    checksTime: speed === 1 && source.isGenerated && !given.has('from'),
    faults: { plan: plannedFaults(given) },
    apis: [new KrakenApi(market, { limits })],
  });
  context.leaveInterrupts();
  const symbols = market.instruments.map(({ symbol }) => symbol);
  const end = 'end' in market ? market.end : undefined;
  if (given.has('json')) {
    context.stdout.write(`${JSON.stringify({ url, symbols, start, end, speed, accounts })}\n`);
    return;
  }
  const lines = [
    `local exchange at ${url}: binance (market data, streams, orders) and kraken (market data), ${symbols.join(', ')}`,
    `its clock: ${formatTime(Math.floor(start))}${speed === 1 ? '' : `, ${speed} times faster than real time`}${end === undefined ? '' : `; the bars end at ${formatTime(end)}`}`,
    ...(rounded > 0 ? [`${rounded} bars were rounded to ticks and lots`] : []),
    ...accounts.flatMap((account) => ['', ...accountLines(url, account)]),
    'In JavaScript, ccxt.pro wants `await exchange.loadHttpProxyAgent()` once before it opens sockets that are not encrypted.',
    '',
    `try: nextbar data download --exchange binance --symbol ${symbols[0]!} --timeframe 1h --count 100 --url ${url}`,
  ];
  context.stdout.write(`${lines.join('\n')}\n`);
}

/** An account, and ccxt's config for it: the same object in JavaScript, Python and PHP. */
function accountLines(url: string, account: ThrowAway): string[] {
  const holds = Object.entries(account.balances).map(([asset, amount]) => `${amount} ${asset}`);
  return [
    `${account.name} with ${holds.join(' and ')}, for as long as this runs`,
    `  key     ${account.apiKey}`,
    `  secret  ${account.secret}`,
    `  ccxt    binance(${JSON.stringify(ccxtConfig(url, account))})`,
  ];
}

/** The start of the exchange's clock: now, or the middle of bars that were given. */
function startOf(given: GivenOptions, { rows, isGenerated }: VenueBars, now: number): number {
  const from = given.get('from');
  if (from !== undefined) return toTime(from, '--from');
  if (isGenerated) return now;
  const { time } = rows[0]![1];
  const middle = time[Math.floor(time.length / 2)];
  if (middle === undefined) throw usage(`--bars must hold at least one bar, and ${rows[0]![0]} has none`);
  return middle;
}

async function marketOf(
  given: GivenOptions,
  frame: Timeframe,
  { rows }: VenueBars,
  accounts: readonly ThrowAway[],
  runtime: Runtime,
): Promise<{ market: BarMarket | SeededMarket; rounded: number }> {
  const { gridOf, onGrid, SeededMarket, BarMarket } = await import('../../venue/index.ts');
  const fee = numberOption(given, 'fee');
  const more = { accounts, ...(fee !== undefined && { makerFee: fee, takerFee: fee }) };
  const kind = given.get('market') ?? 'bars';
  if (kind === 'seeded') {
    const instruments = rows.map(([symbol]) => instrumentOf(symbol, 2, 5));
    const seed = wholeNumber(given, 'seed', -Infinity) ?? 1;
    const market = new SeededMarket(runtime, { seed, instruments, firstPrice: 3_000_000, historyMinutes: 1_440, ...more }); // prettier-ignore
    return { market, rounded: 0 };
  }
  if (kind !== 'bars') throw usage(`--market must be bars or seeded, was '${kind}'`);
  let rounded = 0;
  const series = rows.map(([symbol, bars]) => {
    const grid = gridOf(bars);
    const snapped: { bars: Bars; changed: number } = onGrid(bars, grid);
    rounded += snapped.changed;
    const instrument = instrumentOf(symbol, grid.priceDecimals, grid.sizeDecimals);
    return { instrument, bars: snapped.bars, timeframe: frame.name };
  });
  const market = new BarMarket(runtime, { series, spread: numberOption(given, 'spread') ?? 1, ...more });
  return { market, rounded };
}

function instrumentOf(symbol: string, priceDecimals: number, sizeDecimals: number): MarketInstrument {
  const [base, quote] = symbol.split('/');
  if (base === undefined || quote === undefined || symbol.includes(':')) {
    throw usage(`--symbol must be a spot symbol such as BTC/USDT, was '${symbol}'`);
  }
  return { symbol, base, quote, priceDecimals, sizeDecimals };
}

/** `--fault web-page=3` strikes three requests, `--fault hang` one. */
function plannedFaults(given: GivenOptions): PlannedFault[] {
  return given.all('fault').map((text) => {
    const [kind = '', times = '1'] = text.split('=');
    if (!(Number(times) > 0)) throw usage(`--fault must be written --fault KIND=TIMES, TIMES above 0, was '${text}'`); // prettier-ignore
    return { kind: kind as RequestFault, times: Number(times) };
  });
}

export const venueCommand: Command = {
  name: 'venue',
  about: 'Serve a local exchange with the API of Binance, and the market data of Kraken, until Ctrl-C.',
  usage: 'venue [options]',
  options: [
    { name: 'port', value: 'N', about: `Port on 127.0.0.1 (default ${defaultPort}; 0 for a free one)` },
    flag('symbol', { about: 'A symbol to trade (default BTC/USDT, ETH/USDT and BTC/USD)' }),
    flag('timeframe', { isRepeated: false, about: 'The shortest bars that are served (default 1m)' }),
    { name: 'balance', value: 'A=N,B=N', isRepeated: true, about: 'An account with these balances (default USDT=10000,BTC=1)' },
    { name: 'key', value: 'KEY=SECRET', isRepeated: true, about: 'API key and secret of the account (default: random ones)' },
    { name: 'fee', value: 'FRACTION', api: ['makerFee', 'takerFee'], about: 'Fee of makers and takers (default 0.001)' },
    flag('speed'),
    { name: 'spread', value: 'TICKS', about: 'Ticks between bid and ask, with --market bars (default 1; 0 for none)' },
    { name: 'market', value: 'KIND', about: 'bars: trades along bars (default); seeded: a random crowd with a deep book' },
    flag('seed'),
    { name: 'days', value: 'N', about: 'Days of history (default 30)' },
    { name: 'bars', value: '[SYMBOL=]FILE', isRepeated: true, api: ['path'], about: 'Trade along the bars of a CSV file' },
    { name: 'store', value: 'EXCHANGE', about: 'Trade along the stored bars of an exchange' },
    { name: 'from', value: 'TIME', about: 'Start of its clock (default now; the middle of given bars)' },
    flag('folder'),
    { name: 'now', value: 'TIME', about: 'Stop its clock here and serve market data only: every run is the same' },
    { name: 'no-limits', about: "Do not enforce the exchange's rate limits" },
    { name: 'fault', value: 'KIND[=TIMES]', isRepeated: true, about: 'Break requests: too-many-requests, web-page, hang, lost-answer ...' },
    { name: 'clock-skew', value: 'MS', api: ['clockSkewMs'], about: 'Milliseconds that the clock of the exchange runs ahead' },
    flag('json', { about: 'Print its address and the keys as one line of JSON' }),
  ],
  examples: [
    'nextbar venue --balance USDT=10000,BTC=1',
    'nextbar venue --speed 60 --symbol BTC/USDT',
    'nextbar venue --bars BTC/USDT=btc.csv --timeframe 1h --fault too-many-requests=3',
  ],
  run,
}; // prettier-ignore
