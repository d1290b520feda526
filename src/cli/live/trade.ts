/** `nextbar trade`: runs a strategy with orders on an exchange's test network, or, once armed, on its real account. */
import { ConfigError, realOrdersVariable, type Runtime } from '../../core/index.ts';
import { withRunFile } from '../config/run-file.ts';
import type { Command, CommandContext, GivenOptions } from '../shell/command.ts';
import { connectionOf } from '../data/series.ts';
import { liveOptions } from './options.ts';
import type { LivePlan } from './plan.ts';
import { startLive, type LiveRoute } from './start.ts';
import { flag } from '../shell/flags.ts';
import { notBoth } from '../shell/options.ts';
import { usage } from '../shell/usage.ts';

export const tradeCommand: Command = {
  name: 'trade',
  about: "Run a strategy with orders on an exchange's test network, or on its real account once armed.",
  operands: 'FILE...',
  usage: '--sandbox --exchange ID --symbol NAME --timeframe TF [options]',
  options: [
    { name: 'sandbox', about: 'Send orders to the test network; this or --allow-real-orders is required' },
    {
      name: 'allow-real-orders',
      about: `Send orders for real money: needs ${realOrdersVariable}=1, --limits, --session and nextbar live arm`,
    },
    flag('keys'),
    {
      name: 'share',
      value: 'FRACTION',
      api: ['accountShare'],
      about: "Share of the account's cash, when several sessions trade on it with different symbols (default 1)",
    },
    { name: 'keep-orders', about: 'Keep open orders of an earlier run of the session (default: cancel them)' },
    {
      name: 'dead-man',
      value: 'SPAN',
      api: ['deadManMs'],
      about:
        'The venue cancels every order of the account when the session has been silent for this long (default: never)',
    },
    {
      name: 'allow-withdrawal-keys',
      about: 'Accept a key that may withdraw (default: refuse it where the venue reveals it)',
    },
    ...liveOptions,
  ],
  examples: [
    'BINANCE_SANDBOX_API_KEY=... BINANCE_SANDBOX_SECRET=... nextbar trade --sandbox my-strategy.ts --exchange binance --symbol BTC/USDT --timeframe 1m',
    'nextbar trade --sandbox my-strategy.ts --exchange binance --symbol BTC/USDT --timeframe 1m --url http://127.0.0.1:8787',
    `${realOrdersVariable}=1 nextbar trade --allow-real-orders my-strategy.ts --exchange binance --symbol BTC/USDT --timeframe 1m --limits limits.yaml --session trend`,
  ],
  run: async (typed, context) => {
    const { given, at } = await withRunFile(typed, tradeCommand.options, context.env, 'session');
    notBoth(given, 'sandbox', 'allow-real-orders');
    if (!given.has('sandbox') && !given.has('allow-real-orders')) {
      throw usage(
        'nextbar trade would send orders for real money, which is refused: add --sandbox for the test network, use nextbar paper, or arm a session with --allow-real-orders',
      );
    }
    const mode = given.has('sandbox') ? 'sandbox' : 'live';
    return at(() => startLive(mode, given, context, (plan, runtime) => gatewayRoute(plan, runtime, given, context)));
  },
};

/** The route of a session's orders to its account. */
export async function gatewayRoute(
  plan: LivePlan,
  runtime: Runtime,
  given: GivenOptions,
  { env }: CommandContext,
): Promise<LiveRoute> {
  const { CcxtGateway } = await import('../../connectors/ccxt/index.ts');
  const { exchange } = plan;
  const configFile = given.get('keys');
  const safety = { ...(given.has('allow-withdrawal-keys') && { allowWithdrawalKeys: true }) };
  if (plan.mode === 'live') {
    return {
      connection: { publicOnly: true, ...connectionOf(given) },
      isTestNetwork: false,
      account: { ...connectionOf(given), ...safety, ...(configFile !== undefined && { configFile }) },
    };
  }
  if (!given.has('url')) {
    const connection = {
      sandbox: true,
      ...connectionOf(given),
      ...safety,
      ...(configFile !== undefined && { configFile }),
    };
    return {
      connection: { sandbox: true, publicOnly: true, ...connectionOf(given) },
      isTestNetwork: true,
      gateway: new CcxtGateway({ exchange, ...connection }, runtime),
    };
  }
  // Another server receives keys of a test account only, never those of a real one.
  const prefix = `${exchange.toUpperCase()}_SANDBOX_`;
  const [apiKey, secret] = [env[`${prefix}API_KEY`], env[`${prefix}SECRET`]];
  if (apiKey === undefined || secret === undefined) {
    throw new ConfigError(`no keys for ${exchange} at ${given.get('url')!}: set ${prefix}API_KEY and ${prefix}SECRET`, {
      context: { field: 'apiKey', exchange },
    });
  }
  const password = env[`${prefix}PASSWORD`];
  return {
    connection: { publicOnly: true, ...connectionOf(given) },
    isTestNetwork: false,
    gateway: new CcxtGateway(
      { exchange, apiKey, secret, ...(password !== undefined && { password }), ...connectionOf(given), ...safety },
      runtime,
    ),
  };
}
