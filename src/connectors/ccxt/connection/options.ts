/** Options of a connection to one exchange. */
import { checkNames, ConfigError } from '../../../core/index.ts';
import type { Credentials } from './credentials.ts';
import { serverUrl } from './local.ts';
import { checkExchange, type ExchangeConfig } from './modules.ts';
import { RealOrders } from '../real-orders.ts';
import type { RetryPolicy } from './retry.ts';

/** Options of a connection to one exchange and account through ccxt. */
export interface CcxtStoreOptions extends Credentials {
  /** Any of ccxt's exchange ids, such as `binance`. */
  readonly exchange: string;
  /** Whether to use the exchange's test network. An exchange without one is refused: nothing falls back to the live one. Default false. */
  readonly sandbox?: boolean;
  /** Public data only: no keys are read from the environment or the file. Default false. */
  readonly publicOnly?: boolean;
  /** JSON file with keys per exchange, in the blocks `live` and `sandbox`; `keyring` reads the keyring of the system instead. Default: the environment alone. */
  readonly configFile?: string;
  /** Another server with the exchange's API, such as the local exchange at `http://127.0.0.1:8787`. Default: the exchange itself. */
  readonly url?: string;
  /** Milliseconds between requests of cost 1. Default: what ccxt knows of the exchange; 0 switches the limiter off. */
  readonly rateLimitMs?: number;
  /** Milliseconds that one request may take. Default 10,000. */
  readonly timeoutMs?: number;
  /**
   * The permission to send orders for real money, which `mode: 'live'` obtains; an account without it is never reached.
   *
   * @internal
   */
  readonly realOrders?: RealOrders;
  /** Whether a key that may withdraw is accepted for orders, where the venue states it. Default false: it is refused. */
  readonly allowWithdrawalKeys?: boolean;
  /** How reads are repeated after a fault. Default: six tries in about half a minute. Orders are never repeated. */
  readonly retry?: Partial<RetryPolicy>;
  /** Loads ccxt's class with streams, where there is one. Default false. */
  readonly streams?: boolean;
  /**
   * Passed to ccxt, such as `{ options: { defaultType: 'swap' } }`. Keys in it count as the store's. It cannot change where requests go:
   * `sandbox`, `urls`, `hostname`, `headers` and functions are refused. Default: none.
   */
  readonly config?: ExchangeConfig;
}

/** Fields of ccxt's configuration that would send requests elsewhere, or past the checks of this package. */
const refusedConfig: Readonly<Record<string, string>> = {
  sandbox: 'set sandbox of the store',
  testnet: 'set sandbox of the store',
  demo: 'set sandbox of the store',
  isSandboxModeEnabled: 'set sandbox of the store',
  urls: 'set url of the store for a local exchange',
  hostname: 'set url of the store for a local exchange',
  headers: 'the store sets its own',
  undiciModule: 'the store sends requests itself',
  fetchDispatcher: 'the store sends requests itself',
  verify: 'certificates are always checked',
};
/** Functions of ccxt's configuration that send nothing. */
const harmlessFunctions = ['nonce', 'log', 'milliseconds'];

const optionNames = [
  'exchange', 'apiKey', 'secret', 'password', 'sandbox', 'publicOnly', 'configFile', 'url', 'rateLimitMs', 'timeoutMs',
  'retry', 'streams', 'config', 'realOrders', 'allowWithdrawalKeys',
] as const satisfies readonly (keyof CcxtStoreOptions)[]; // prettier-ignore

/** @throws {ConfigError} For an unknown option, exchange or value; the message names the nearest valid one. */
export function checkStoreOptions(options: CcxtStoreOptions): void {
  checkNames('option of CcxtStore', options, optionNames);
  if (typeof options.exchange !== 'string') {
    throw new ConfigError(`exchange must be an id such as binance, was ${String(options.exchange)}`, {
      context: { field: 'exchange' },
    });
  }
  checkExchange(options.exchange);
  for (const [field, least] of [
    ['rateLimitMs', 0],
    ['timeoutMs', 1],
  ] as const) {
    const value: unknown = options[field];
    if (value === undefined || (typeof value === 'number' && value >= least && Number.isFinite(value))) continue;
    throw new ConfigError(
      `${field} must be a number of milliseconds of at least ${least}, was ${JSON.stringify(value)}`,
      {
        context: { field },
      },
    );
  }
  if (options.realOrders !== undefined && !RealOrders.isGenuine(options.realOrders)) {
    throw new ConfigError('realOrders must be a permission of RealOrders: run in mode live, which obtains one', {
      code: 'real-money',
      context: { field: 'realOrders' },
    });
  }
  if (options.realOrders !== undefined && options.sandbox === true) {
    throw new ConfigError('realOrders and sandbox cannot both be given: a test network needs no permission', {
      context: { field: 'realOrders' },
    });
  }
  checkConfig(options.config ?? {});
  checkNames('field of retry', options.retry ?? {}, ['attempts', 'baseMs', 'capMs']);
  if (options.url !== undefined) serverUrl(options.url);
  if (options.url !== undefined && options.sandbox === true) {
    throw new ConfigError('url and sandbox cannot both be given: each chooses another server', {
      context: { field: 'url' },
    });
  }
}

function checkConfig(config: ExchangeConfig): void {
  for (const [name, value] of Object.entries(config)) {
    const isFunction = typeof value === 'function' && !harmlessFunctions.includes(name);
    const instead = Object.hasOwn(refusedConfig, name)
      ? refusedConfig[name]
      : isFunction
        ? 'the store sends requests itself'
        : undefined;
    if (instead === undefined) continue;
    throw new ConfigError(`config of a CcxtStore cannot set ${name}: ${instead}`, {
      context: { field: `config.${name}` },
    });
  }
}
