/** The options of `paper` and `trade`, and the plan that they describe. */
import { unifiedSymbol } from '../../core/index.ts';
import { cashShareOption, chosenStrategies } from '../run/chosen-strategies.ts';
import type { GivenOptions, OptionSpec } from '../shell/command.ts';
import { flag, flagsNamed } from '../shell/flags.ts';
import { notBoth, numberOption, numberOptions, timeframeOption, wholeNumber } from '../shell/options.ts';
import { usage } from '../shell/usage.ts';
import { readAccountPlan } from '../config/account-plan.ts';
import type { LivePlan } from './plan.ts';
import { reportOptions } from '../run/session-report.ts';

/** The options that `paper` and `trade` share. */
export const liveOptions: readonly OptionSpec[] = [
  flag('config'),
  flag('exchange', { isRepeated: false }),
  flag('symbol'),
  flag('timeframe', { isRepeated: false, about: 'The length of a bar: 5s, 1m, 15m, 1h ...' }),
  ...flagsNamed('strategy', 'param'),
  cashShareOption,
  { name: 'history', value: 'N', about: 'Bars before the first live one (default 500)' },
  { name: 'bars', value: 'KIND', about: "trades: bars built from trades (default); venue: the exchange's own bars" },
  {
    name: 'keep',
    value: 'LIST',
    about: 'Market data to keep in the bar store: bars (default), trades, quotes, separated by commas, or none',
  },
  flag('folder', {
    about: 'Folder of the bar store (default data-cache; with --url and on a test network, a folder in the session)',
  }),
  {
    name: 'book',
    value: 'LEVELS',
    isOptional: true,
    about: 'Follow the order book too, with LEVELS per side (default 20)',
  },
  flag('cash', { about: 'Cash that the session trades with (default 10000)' }),
  ...flagsNamed('commission', 'size', 'plan'),
  flag('for', { about: 'End after this time on the exchange clock, such as 30s, 10m or 8h (default: at Ctrl-C)' }),
  { name: 'steps', value: 'N', about: 'End after N bars (default: at Ctrl-C)' },
  ...flagsNamed('session', 'sessions'),
  {
    name: 'limits',
    value: 'FILE',
    about: 'YAML or JSON file of limits that flatten and pause the session when they are broken (default: none)',
  },
  { name: 'alerts', value: 'FILE', about: 'YAML or JSON file of the channels that receive alerts (default: none)' },
  {
    name: 'approval',
    value: 'SPAN',
    api: ['approvalMs'],
    about:
      'Hold each order this long for a person to decide, with nextbar approve, nextbar decline, or in a listed chat (default: send at once)',
  },
  { name: 'wait', about: 'Wait until the exchange can be reached and is not under maintenance, then start' },
  { name: 'no-journal', about: 'Keep no journal; the session cannot be replayed' },
  {
    name: 'hang-limit',
    value: 'SPAN',
    about: 'Kill the process when the strategy does not return for this long (default 60s)',
  },
  flag('url'),
  flag('speed', { about: 'With --url: the speed of its clock, 60 for one minute per second (default 1)' }),
  ...reportOptions,
  flag('json', { about: 'Print what happens as lines of JSON on stdout, and nothing else there' }),
  flag('quiet'),
];

/** How long after a bar's end the clock closes it, in milliseconds of the exchange's clock. */
const graceMs = 2_000;

/** The plan that a command line describes; the strategy's file is loaded and its parameters are checked. */
export async function planOf(mode: LivePlan['mode'], given: GivenOptions): Promise<LivePlan> {
  const command = { paper: 'paper', sandbox: 'trade --sandbox', live: 'trade --allow-real-orders' }[mode];
  const wanted = `which strategy? nextbar ${command} FILE --exchange ID --symbol NAME --timeframe TF`;
  if (given.operands.length === 0) throw usage(wanted);
  notBoth(given, 'json', 'quiet');
  const [exchange, frame] = [given.get('exchange'), given.get('timeframe')];
  const symbols = given.all('symbol');
  if (exchange === undefined) throw usage('--exchange is missing, such as --exchange binance');
  if (symbols.length === 0) throw usage('--symbol is missing, such as --symbol BTC/USDT');
  if (frame === undefined) throw usage('--timeframe is missing, such as --timeframe 1m');
  const bars = given.get('bars') ?? 'trades';
  if (bars !== 'trades' && bars !== 'venue') throw usage(`--bars must be trades or venue, was '${bars}'`);
  const length = timeframeOption('timeframe', frame).ms ?? Infinity;
  const chosen = await chosenStrategies(given, wanted);
  if (mode !== 'paper' && chosen.length > 1) {
    throw usage(`nextbar trade takes one strategy, was given ${chosen.map(({ name }) => name).join(' and ')}: at an exchange they would share one account, where each could close what another holds; run a session for each, with its symbols and its --share`); // prettier-ignore
  }
  const planned = given.get('plan');
  return {
    mode,
    strategies: chosen.map(({ file, strategy, params, cash }) => {
      return { file, strategy, params, ...(cash !== undefined && { cash }) };
    }),
    exchange,
    symbols: symbols.map(unifiedSymbol),
    timeframe: frame,
    bars,
    history: wholeNumber(given, 'history', 0) ?? 500,
    ...(given.has('book') && { book: wholeNumber(given, 'book', 1) ?? 20 }),
    // On a fast clock two seconds of the exchange pass before anything can arrive.
    graceMs: Math.round(Math.min(graceMs * speedOf(given), Math.max(graceMs, length))),
    ...numberOptions(given, ['cash', 'commission', 'size']),
    ...(planned !== undefined && { accounts: await readAccountPlan(planned, {}) }),
  };
}

/** How many times faster than real time the exchange's clock runs. */
export function speedOf(given: GivenOptions): number {
  const speed = numberOption(given, 'speed') ?? 1;
  if (!(speed > 0)) throw usage(`--speed must be above 0, was ${speed}`);
  if (speed !== 1 && !given.has('url')) throw usage('--speed needs --url: only a local exchange has a fast clock'); // prettier-ignore
  return speed;
}
