/** Throw-away accounts of the local exchange, and the config that points a ccxt client at it. */
import type { Runtime } from '../../core/index.ts';
import type { GivenOptions } from '../shell/command.ts';
import { keyAndValue } from '../shell/options.ts';
import { usage } from '../shell/usage.ts';

/** An account that lives as long as the local exchange does. */
export interface ThrowAway {
  readonly name: string;
  readonly apiKey: string;
  readonly secret: string;
  readonly balances: Readonly<Record<string, string>>;
}

/** The variables from which the first account takes its key: those that a session on the local exchange reads. */
export const keyVariables = ['BINANCE_SANDBOX_API_KEY', 'BINANCE_SANDBOX_SECRET'] as const;

/** The accounts, and the same accounts as they are printed, where a key from the environment shows its variables' names. */
export interface ThrowAways {
  readonly accounts: readonly ThrowAway[];
  readonly printed: readonly ThrowAway[];
}

/** One account for each `--balance USDT=10000,BTC=1`. Keys: those given, for the first the environment's, else random ones. */
export function accountsOf(
  given: GivenOptions,
  runtime: Runtime,
  env: Readonly<Record<string, string | undefined>>,
): ThrowAways {
  const wanted = given.has('balance') ? given.all('balance') : ['USDT=10000,BTC=1'];
  const keys = given.all('key').map((text) => keyAndValue('key', text));
  const [envKey, envSecret] = keyVariables.map((name) => (env[name] === '' ? undefined : env[name]));
  if (keys.length === 0 && (envKey === undefined) !== (envSecret === undefined)) {
    const [set, missing] = envKey === undefined ? [keyVariables[1], keyVariables[0]] : keyVariables;
    throw usage(`${set} is set and ${missing} is not: set both for the key of the first account, or neither`);
  }
  if (keys.length > wanted.length) {
    throw usage(`--key was given ${keys.length} times for ${wanted.length} accounts: one for each --balance at most`);
  }
  const isFromEnv = keys.length === 0 && envKey !== undefined;
  if (isFromEnv) keys.push([envKey, envSecret!]);
  const accounts = wanted.map((text, i) => {
    const [apiKey, secret] = keys[i] ?? [drawn(runtime, 32), drawn(runtime, 32)];
    const balances = Object.fromEntries(text.split(',').map((part) => keyAndValue('balance', part.trim())));
    return { name: `account ${i + 1}`, apiKey, secret, balances };
  });
  const [apiKey, secret] = keyVariables.map((name) => `$${name}`) as [string, string];
  return { accounts, printed: isFromEnv ? [{ ...accounts[0]!, apiKey, secret }, ...accounts.slice(1)] : accounts };
}

function drawn(runtime: Runtime, length: number): string {
  const letters = 'abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789';
  return Array.from({ length }, () => letters[Math.floor(runtime.random() * letters.length)]).join('');
}

/** The config of ccxt's binanceusdm class that sends everything to `url`. */
export function contractConfig(url: string, { apiKey, secret }: ThrowAway): Record<string, unknown> {
  const sockets = url.replace('http', 'ws');
  return {
    apiKey,
    secret,
    options: { fetchMarkets: { types: ['linear'] } },
    urls: {
      api: {
        fapiPublic: `${url}/fapi/v1`,
        fapiPublicV2: `${url}/fapi/v2`,
        fapiPublicV3: `${url}/fapi/v3`,
        fapiPrivate: `${url}/fapi/v1`,
        fapiPrivateV2: `${url}/fapi/v2`,
        fapiPrivateV3: `${url}/fapi/v3`,
        sapi: `${url}/sapi/v1`,
        ws: { future: `${sockets}/ws` },
      },
    },
  };
}

/** The config of ccxt's binance class, in any of ccxt's languages, that sends everything to `url`. */
export function ccxtConfig(url: string, { apiKey, secret }: ThrowAway): Record<string, unknown> {
  const sockets = url.replace('http', 'ws');
  return {
    apiKey,
    secret,
    options: { fetchMarkets: { types: ['spot'] } },
    urls: {
      api: {
        public: `${url}/api/v3`,
        private: `${url}/api/v3`,
        sapi: `${url}/sapi/v1`,
        ws: { spot: `${sockets}/stream/ws`, 'ws-api': { spot: `${sockets}/ws-api/v3` } },
      },
    },
  };
}
