/** The route of a sandbox session's orders: the gateway to the exchange's test network, and the file in which intents are written first. */
import { mkdirSync } from 'node:fs';
import { dirname, resolve } from 'node:path';

import { CcxtGateway } from '../../connectors/ccxt/index.ts';
import { ConfigError, systemRuntime, type OrderGateway, type Runtime } from '../../core/index.ts';
import type { StreamingFeed } from '../../feeds/index.ts';
import { IntentStore } from '../../store/index.ts';
import type { OrderRoute } from '../../broker/index.ts';
import type { LiveRunOptions } from './options.ts';
import { own } from './ownership.ts';

/** A route that is open. */
export interface OpenRoute extends OrderRoute {
  readonly session: string;
  close(): void;
}

/** @throws {ConfigError} If the datas are of several exchanges, or the account is one with real money. */
export async function openRoute(
  options: LiveRunOptions,
  feeds: readonly StreamingFeed[],
  session: string,
  runtime: Runtime,
): Promise<OpenRoute> {
  const exchanges = [...new Set(feeds.map(({ exchange }) => exchange))];
  if (exchanges.length !== 1) {
    throw new ConfigError(`mode 'sandbox' trades on one exchange, the datas are of ${exchanges.join(' and ')}`);
  }
  const gateway = options.gateway ?? gatewayOf(exchanges[0]!, options, runtime);
  const path = resolve(options.intents ?? 'data-cache/intents.db');
  mkdirSync(dirname(path), { recursive: true });
  const symbols = [...new Set(feeds.map(({ symbol }) => symbol))];
  const share = options.accountShare ?? 1;
  const claim = { session, intents: path, exchange: exchanges[0]!, account: gateway.accountId, symbols, share };
  const place = await own(claim, systemRuntime);
  try {
    const store = await IntentStore.open(path, session);
    return {
      gateway,
      intents: store,
      session,
      ...(share < 1 && place.isFirst && { share }),
      close: () => {
        store.close();
        place.release();
      },
    };
  } catch (error) {
    place.release();
    throw error;
  }
}

/** Orders through ccxt: to the exchange's test network, or to the local exchange that `account.url` names. */
function gatewayOf(exchange: string, { account }: LiveRunOptions, runtime: Runtime): OrderGateway {
  const network = account?.url === undefined ? { sandbox: true } : {};
  // Requests take this machine's time, whatever clock the session goes by.
  const clock = runtime === systemRuntime ? undefined : (): number => runtime.now();
  return new CcxtGateway({ ...network, ...account, exchange }, systemRuntime, clock);
}
