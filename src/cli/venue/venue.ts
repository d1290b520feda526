/** `nextbar venue`: serves a local exchange, to try strategies and bots without a network. */
import { formatTime, toTime, unknownName, type Bars, type Runtime, type Timeframe } from '../../core/index.ts';
import type {
  BarMarket,
  ContractOptions,
  HyperliquidWallet,
  MarketInstrument,
  PlannedFault,
  RequestFault,
  SeededMarket,
} from '../../venue/index.ts';
import type { Command, CommandContext, GivenOptions } from '../shell/command.ts';
import { flag } from '../shell/flags.ts';
import { numberOption, spanOption, timeframeOption, timeOption, wholeNumber } from '../shell/options.ts';
import { usage } from '../shell/usage.ts';
import { accountsOf, ccxtConfig, contractConfig, keyVariables, type ThrowAway } from './accounts.ts';
import { venueBars, type VenueBars } from './bars.ts';

const defaultPort = 8787;
/** The default book: levels per side, and base units on each, so few that a large market order trades through several levels. */
const defaultLevels = 20;
const defaultLevelSize = 10;

/** The fastest clock: at 5,000 times the market is never done with what is due, and no request is answered. */
const fastest = 1_000;

/** Days that seeded bars reach ahead, on a real and on a fast clock. */
const daysAhead = 7;
const fastDaysAhead = 60;

/** Options that have no effect without another, and what they need. */
const needs: readonly (readonly [isMissing: (given: GivenOptions) => boolean, what: string, names: readonly string[]])[] = [
  [
    (given) => given.has('now'),
    'needs a running clock, which --now stops',
    ['speed', 'from', 'balance', 'key', 'spread', 'market', 'fee', 'levels', 'level-size', 'fills', 'lifetime', 'revoke-after', 'funding-rate', 'funding-every'],
  ],
  [
    (given) => given.get('market') === 'seeded',
    'is for --market bars',
    ['spread', 'levels', 'level-size', 'fills', 'bars', 'store', 'timeframe', 'days'],
  ],
  [(given) => given.has('bars'), 'and --bars cannot both be given', ['store', 'seed', 'days']],
  [(given) => given.has('store'), 'and --store cannot both be given', ['seed', 'days']],
  [(given) => !given.has('store'), 'is for --store EXCHANGE', ['folder']],
]; // prettier-ignore

async function run(given: GivenOptions, context: CommandContext): Promise<number> {
  for (const [isMissing, what, names] of needs) {
    const unused = isMissing(given) ? names.find((name) => given.has(name)) : undefined;
    if (unused !== undefined) throw usage(`--${unused} ${what}`);
  }
  const frame = timeframeOption('timeframe', given.get('timeframe') ?? '1m');
  await (given.has('now') ? serveStill(given, frame, context) : serveLive(given, frame, context));
  await new Promise<never>(() => {});
  return 0;
}

/** A stopped clock: market data over REST, the same at every run. */
async function serveStill(given: GivenOptions, frame: Timeframe, context: CommandContext): Promise<void> {
  const {
    BarHistory,
    BinanceApi,
    binancePaths,
    CoinbaseApi,
    coinbasePaths,
    gridOf,
    KrakenApi,
    serviceApi,
    StillRuntime,
    VenueServer,
  } = await import('../../venue/index.ts');
  const now = toTime(given.get('now')!, '--now');
  const { rows } = await venueBars(given, frame, now, daysAhead, context);
  const contract = rows.find(([symbol]) => symbol.includes(':'))?.[0];
  if (contract !== undefined) throw usage(`the contract ${contract} needs a running clock, which --now stops`);
  const runtime = new StillRuntime(context.runtime, now);
  const series = rows.map(([symbol, bars]) => {
    const { priceDecimals, sizeDecimals } = gridOf(bars);
    return { instrument: instrumentOf(symbol, priceDecimals, sizeDecimals), bars, timeframe: frame.name };
  });
  const market = new BarHistory(runtime, series);
  const limits = !given.has('no-limits');
  const skew = numberOption(given, 'clock-skew');
  const faults = { plan: await plannedFaults(given), ...(skew !== undefined && { clockSkewMs: skew }) };
  const server = new VenueServer({ faults, runtime });
  const binance = new BinanceApi(runtime, market, { limits, clockSkewMs: () => server.faults.clockSkewMs });
  server
    .mount(serviceApi('coinbase', new CoinbaseApi(runtime, market), coinbasePaths))
    .mount(serviceApi('binance', binance, binancePaths))
    .mount(new KrakenApi(market, { limits }));
  const url = await server.listen(wholeNumber(given, 'port', 0, 65_535) ?? defaultPort);
  await context.leaveInterrupts();
  const symbols = rows.map(([symbol]) => symbol);
  if (given.has('json')) {
    context.stdout.write(`${JSON.stringify({ url, symbols, start: now, speed: 0, accounts: [] })}\n`);
    return;
  }
  context.stdout.write(`local exchange at ${url}: binance, kraken and coinbase, ${symbols.join(', ')}\n`);
  context.stdout.write(`try: nextbar data download --exchange binance --symbol ${symbols[0]!} --timeframe 1h --count 100 --url ${url}\n`); // prettier-ignore
}

/** A running clock: markets, streams, accounts and orders. */
async function serveLive(given: GivenOptions, frame: Timeframe, context: CommandContext): Promise<void> {
  const {
    CoinbaseApi,
    coinbasePaths,
    FastRuntime,
    hyperliquidWallet,
    KrakenApi,
    okxPassphrase,
    openLocalExchange,
    serviceApi,
  } = await import('../../venue/index.ts');
  const speed = numberOption(given, 'speed') ?? 1;
  if (speed > fastest)
    throw usage(`--speed must be at most ${fastest}, was ${speed}: its market falls behind such a clock`);
  const wallClock = context.runtime.now();
  const from = timeOption(given, 'from');
  const plan = await plannedFaults(given);
  const source = await venueBars(given, frame, from ?? wallClock, speed > 10 ? fastDaysAhead : daysAhead, context);
  // The clock is read again, because loading the bars takes time: a clock that lags would refuse every signed request.
  const start = startOf(from, source, context.runtime.now()) + (numberOption(given, 'clock-skew') ?? 0);
  const runtime = new FastRuntime(context.runtime, speed, start);
  const { accounts, printed } = accountsOf(given, context.runtime, context.env);
  const spotRows = source.rows.filter(([symbol]) => !symbol.includes(':'));
  const contractRows = source.rows.filter(([symbol]) => symbol.includes(':'));
  const spot = spotRows.length === 0 ? undefined : await marketOf(given, frame, spotRows, accounts, runtime);
  for (const name of contractRows.length === 0 ? ['funding-rate', 'funding-every'] : [])
    if (given.has(name)) throw usage(`--${name} is for contracts, such as --symbol BTC/USDT:USDT`);
  const futures =
    contractRows.length === 0 ? undefined : await marketOf(given, frame, contractRows, accounts, runtime, true);
  const { market } = (spot ?? futures)!;
  const rounded = (spot?.rounded ?? 0) + (futures?.rounded ?? 0);
  const limits = !given.has('no-limits');
  const lifetimeMs = spanOption(given, 'lifetime');
  const revokeAfterMs = spanOption(given, 'revoke-after');
  const venue = await openLocalExchange({
    runtime,
    market,
    ...(spot !== undefined && futures !== undefined && { futures: futures.market }),
    limits,
    port: wholeNumber(given, 'port', 0, 65_535) ?? defaultPort,
    checksTime: speed === 1 && source.isGenerated && !given.has('from'),
    faults: { plan },
    ...(lifetimeMs !== undefined && { lifetimeMs }),
    apis: [serviceApi('coinbase', new CoinbaseApi(runtime, market), coinbasePaths), new KrakenApi(market, { limits })],
  });
  const { url } = venue;
  if (revokeAfterMs !== undefined) {
    runtime.after(revokeAfterMs, () => {
      for (const { apiKey } of accounts) venue.revokeKey(apiKey);
    });
  }
  await context.leaveInterrupts();
  const symbols = source.rows.map(([symbol]) => symbol);
  const end = 'end' in market ? market.end : undefined;
  // Hyperliquid lists contracts in USDC. A wallet whose key is the environment's own secret is not printed.
  const hasHyperliquid = contractRows.some(([symbol]) => symbol.endsWith(':USDC'));
  const wallets = printed.map(({ apiKey, secret }, i) =>
    hasHyperliquid && accounts[i]!.secret === secret ? hyperliquidWallet(apiKey, secret) : undefined,
  );
  if (given.has('json')) {
    const shown = printed.map((account, i) => ({ ...account, ...(wallets[i] && { hyperliquid: wallets[i] }) }));
    context.stdout.write(`${JSON.stringify({ url, symbols, start, end, speed, accounts: shown })}\n`);
    return;
  }
  const lines = [
    `local exchange at ${url}: ${[
      ...(spot === undefined
        ? []
        : ['binance, okx and bybit (market data, streams, orders), kraken and coinbase (market data)']),
      ...(futures === undefined ? [] : ['binanceusdm, okx and bybit (contracts: market data, streams, orders)']),
      ...(hasHyperliquid ? ['hyperliquid (contracts in USDC: market data, streams, orders)'] : []),
    ].join(', ')}, ${symbols.join(', ')}`,
    `its clock: ${formatTime(Math.floor(start))}${speed === 1 ? '' : `, ${speed} times faster than real time`}${end === undefined ? '' : `; the bars end at ${formatTime(end)}`}`,
    ...(rounded > 0 ? [`${rounded} bars were rounded to ticks and lots`] : []),
    ...printed.flatMap((account, i) => [
      '',
      ...accountLines(url, account, okxPassphrase, spot !== undefined),
      ...(futures === undefined ? [] : [`  ccxt    binanceusdm(${JSON.stringify(contractConfig(url, account))})`]),
      ...(hasHyperliquid ? walletLines(wallets[i]) : []),
    ]),
    'In JavaScript, ccxt.pro wants `await exchange.loadHttpProxyAgent()` once before it opens sockets that are not encrypted.',
    '',
    `try: nextbar data download --exchange ${spot === undefined ? 'binanceusdm' : 'binance'} --symbol ${symbols[0]!} --timeframe 1h --count 100 --url ${url}`,
  ];
  context.stdout.write(`${lines.join('\n')}\n`);
}

/** An account, and ccxt's config for it: the same object in JavaScript, Python and PHP. */
function accountLines(url: string, account: ThrowAway, passphrase: string, hasSpot: boolean): string[] {
  const holds = Object.entries(account.balances).map(([asset, amount]) => `${amount} ${asset}`);
  return [
    `${account.name} with ${holds.join(' and ')}, for as long as this runs`,
    `  key     ${account.apiKey}`,
    `  secret  ${account.secret}`,
    `  okx     key and secret with the passphrase '${passphrase}'; bybit: key and secret`,
    ...(hasSpot ? [`  ccxt    binance(${JSON.stringify(ccxtConfig(url, account))})`] : []),
  ];
}

/** The wallet of a Hyperliquid client: its address stands for the account's key, its private key for the secret. */
function walletLines(wallet: HyperliquidWallet | undefined): string[] {
  if (wallet === undefined) return ["  hyperliquid  the wallet of the secret of the environment, or of key and secret: 'hyperliquidWallet' of nextbar/venue computes it"]; // prettier-ignore
  return [
    `  hyperliquid  wallet       ${wallet.walletAddress}   (HYPERLIQUID_SANDBOX_API_KEY)`,
    `               private key  ${wallet.privateKey}   (HYPERLIQUID_SANDBOX_SECRET)`,
  ];
}

/** The start of the exchange's clock: now, or the middle of bars that were given. */
function startOf(from: number | undefined, { rows, isGenerated }: VenueBars, now: number): number {
  if (isGenerated) return from ?? now;
  const { time } = rows[0]![1];
  if (from !== undefined) {
    const [first = NaN, last = NaN] = [time[0], time.at(-1)];
    if (from >= first && from <= last) return from;
    throw usage(
      `--from must lie within the bars, which go from ${formatTime(first)} to ${formatTime(last)}, was ${formatTime(from)}`,
    );
  }
  const middle = time[Math.floor(time.length / 2)];
  if (middle === undefined) throw usage(`--bars must hold at least one bar, and ${rows[0]![0]} has none`);
  return middle;
}

async function marketOf(
  given: GivenOptions,
  frame: Timeframe,
  rows: VenueBars['rows'],
  accounts: readonly ThrowAway[],
  runtime: Runtime,
  isContracts = false,
): Promise<{ market: BarMarket | SeededMarket; rounded: number }> {
  const { gridOf, onGrid, SeededMarket, BarMarket } = await import('../../venue/index.ts');
  const fee = numberOption(given, 'fee');
  const contracts = isContracts ? contractsOf(given) : undefined;
  const more = {
    accounts,
    ...(contracts !== undefined && { contracts }),
    ...(fee !== undefined && { makerFee: fee, takerFee: fee }),
  };
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
  const fills = given.get('fills') ?? 'price';
  if (fills !== 'price' && fills !== 'volume') throw usage(`--fills must be price or volume, was '${fills}'`);
  const market = new BarMarket(runtime, {
    series,
    spread: wholeNumber(given, 'spread', 0) ?? 1,
    levels: wholeNumber(given, 'levels', 1, 5_000) ?? defaultLevels,
    levelSize: numberOption(given, 'level-size') ?? defaultLevelSize,
    fillsBy: fills,
    ...more,
  });
  return { market, rounded };
}

/** The options of contracts: funding rate and interval. */
function contractsOf(given: GivenOptions): ContractOptions {
  const fundingRate = numberOption(given, 'funding-rate');
  const fundingEveryMs = spanOption(given, 'funding-every');
  return { ...(fundingRate !== undefined && { fundingRate }), ...(fundingEveryMs !== undefined && { fundingEveryMs }) };
}

function instrumentOf(symbol: string, priceDecimals: number, sizeDecimals: number): MarketInstrument {
  const [base, quote, settle, more] = symbol.split(/[/:]/);
  if (base === undefined || quote === undefined || more !== undefined || (settle !== undefined && settle !== quote)) {
    throw usage(`--symbol must be spot such as BTC/USDT, or a contract settled in its quote such as BTC/USDT:USDT, was '${symbol}'`); // prettier-ignore
  }
  return { symbol, base, quote, ...(settle !== undefined && { settle }), priceDecimals, sizeDecimals };
}

/** `--fault web-page=3` strikes three requests, `--fault hang` one. */
async function plannedFaults(given: GivenOptions): Promise<PlannedFault[]> {
  if (!given.has('fault')) return [];
  const { requestFaults } = await import('../../venue/index.ts');
  const known: readonly string[] = [...new Set<string>(requestFaults)];
  return given.all('fault').map((text) => {
    const [kind = '', times = '1', ...rest] = text.split('=');
    if (!/^[1-9]\d*$/.test(times) || rest.length > 0) {
      throw usage(`--fault must be written --fault KIND=TIMES, TIMES a whole number from 1, was '${text}'`);
    }
    if (!known.includes(kind)) throw usage(unknownName('--fault', kind, known).message);
    return { kind: kind as RequestFault, times: Number(times) };
  });
}

export const venueCommand: Command = {
  name: 'venue',
  about: 'Serve a local exchange with the APIs of Binance, OKX, Bybit and Hyperliquid, and the market data of Kraken and Coinbase, until Ctrl-C.',
  options: [
    { name: 'port', value: 'N', about: `Port on 127.0.0.1 (default ${defaultPort}; 0 for a free one)` },
    flag('symbol', { about: 'A symbol to trade, such as BTC/USDT or the contract BTC/USDT:USDT (default BTC/USDT, ETH/USDT and BTC/USD)' }),
    flag('timeframe', { isRepeated: false, about: 'The length of the bars of --bars and --store, and the shortest that are served (default 1m)' }),
    { name: 'balance', value: 'A=N,B=N', isRepeated: true, about: 'An account with these balances (default USDT=10000,BTC=1)' },
    { name: 'key', value: 'KEY=SECRET', isRepeated: true, about: `API key and secret of the account (default for the first: ${keyVariables.join(' and ')} of the environment; else random ones)` },
    { name: 'fee', value: 'FRACTION', api: ['makerFee', 'takerFee'], about: 'Fee of makers and takers (default 0.001)' },
    { name: 'funding-rate', value: 'FRACTION', api: ['fundingRate'], about: 'What longs of contracts pay at each funding (default 0.0001)' },
    { name: 'funding-every', value: 'SPAN', api: ['fundingEveryMs'], about: 'Time between fundings of contracts (default 8h)' },
    flag('speed'),
    { name: 'spread', value: 'TICKS', about: 'Ticks between bid and ask, with --market bars (default 1; 0 for none)' },
    { name: 'levels', value: 'N', about: `Levels on each side of the book, with --market bars (default ${defaultLevels})` },
    { name: 'level-size', value: 'N', api: ['levelSize'], about: `Base units on each level, with --market bars (default ${defaultLevelSize})` },
    { name: 'fills', value: 'KIND', api: ['fillsBy'], about: 'price: a limit that the price reaches fills in full (default); volume: at most what the bar trades there' },
    { name: 'market', value: 'KIND', about: 'bars: trades along bars (default); seeded: a random crowd with a deep book' },
    flag('seed'),
    { name: 'days', value: 'N', about: 'Days of history of generated bars (default 30)' },
    { name: 'bars', value: '[SYMBOL=]FILE', isRepeated: true, api: ['path'], about: 'Trade along the bars of a CSV file' },
    { name: 'store', value: 'EXCHANGE', about: 'Trade along the bars of an exchange in the bar store' },
    { name: 'from', value: 'TIME', about: 'Start of its clock (default now; the middle of given bars)' },
    flag('folder'),
    { name: 'now', value: 'TIME', about: 'Stop its clock here and serve market data of spot only: every run is the same' },
    { name: 'lifetime', value: 'SPAN', api: ['lifetimeMs'], about: 'Close sockets after this time, such as 24h (default never)' },
    { name: 'revoke-after', value: 'SPAN', about: 'Refuse the API keys after this time of its clock, such as 10m (default never)' },
    { name: 'no-limits', about: "Do not enforce the exchange's rate limits" },
    { name: 'fault', value: 'KIND[=TIMES]', isRepeated: true, about: 'Break requests: too-many-requests, web-page, hang, lost-answer ...' },
    { name: 'clock-skew', value: 'MS', api: ['clockSkewMs'], about: 'Milliseconds that the clock of the exchange runs ahead' },
    flag('json', { about: 'Print its address and the keys as one line of JSON' }),
  ],
  examples: [
    'nextbar venue --balance USDT=10000,BTC=1',
    'nextbar venue --speed 60 --symbol BTC/USDT',
    'nextbar venue --symbol BTC/USDT --symbol BTC/USDT:USDT --balance USDT=10000',
    'nextbar venue --symbol BTC/USDC:USDC --balance USDC=10000',
    'nextbar venue --bars BTC/USDT=btc.csv --timeframe 1h --fault too-many-requests=3',
  ],
  run,
}; // prettier-ignore
