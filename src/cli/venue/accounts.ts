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

/** One account for each `--balance USDT=10000,BTC=1`; keys are random unless they were given. */
export function accountsOf(given: GivenOptions, runtime: Runtime): ThrowAway[] {
  const wanted = given.has('balance') ? given.all('balance') : ['USDT=10000,BTC=1'];
  const keys = given.all('key').map((text) => keyAndValue('key', text));
  if (keys.length > wanted.length) {
    throw usage(`--key was given ${keys.length} times for ${wanted.length} accounts: one for each --balance at most`);
  }
  return wanted.map((text, i) => {
    const [apiKey, secret] = keys[i] ?? [drawn(runtime, 32), drawn(runtime, 32)];
    const balances = Object.fromEntries(text.split(',').map((part) => keyAndValue('balance', part.trim())));
    return { name: `account ${i + 1}`, apiKey, secret, balances };
  });
}

function drawn(runtime: Runtime, length: number): string {
  const letters = 'abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789';
  return Array.from({ length }, () => letters[Math.floor(runtime.random() * letters.length)]).join('');
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
