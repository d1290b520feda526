/** The route of a session's orders: the gateway to the exchange's account, and the file in which intents are written first. */
import { mkdirSync } from 'node:fs';
import { dirname, resolve } from 'node:path';

import { CcxtGateway, CcxtStore, RealOrders } from '../../connectors/ccxt/index.ts';
import { ConfigError, systemRuntime, type OrderGateway, type Runtime } from '../../core/index.ts';
import type { StreamingFeed } from '../../feeds/index.ts';
import { IntentStore } from '../../store/index.ts';
import type { OrderRoute } from '../../broker/index.ts';
import type { RunPlan } from '../plan/plan.ts';
import { checkLivePlan, strategyHash } from './operation/arming.ts';
import type { LiveRunOptions } from './options.ts';
import { own } from './ownership.ts';

/** A route that is open. */
export interface OpenRoute extends OrderRoute {
  readonly session: string;
  close(): void;
}

/** @throws {ConfigError} If the datas are of several exchanges, or the account has real money and the session is not armed for it. */
export async function openRoute(
  plan: RunPlan,
  options: LiveRunOptions,
  feeds: readonly StreamingFeed[],
  session: string,
  runtime: Runtime,
): Promise<OpenRoute> {
  const exchanges = [...new Set(feeds.map(({ exchange }) => exchange))];
  if (exchanges.length !== 1) {
    throw new ConfigError(`mode '${options.mode}' trades on one exchange, the datas are of ${exchanges.join(' and ')}`);
  }
  const symbols = [...new Set(feeds.map(({ symbol }) => symbol))];
  const real = options.mode === 'live' ? armed(plan, options, exchanges[0]!, symbols) : undefined;
  const gateway =
    (real === undefined ? options.gateway : undefined) ?? gatewayOf(exchanges[0]!, options, runtime, real);
  const path = resolve(options.intents ?? 'data-cache/intents.db');
  mkdirSync(dirname(path), { recursive: true });
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

/** Orders through ccxt: to the exchange's test network, to the local exchange that `account.url` names, or with a permission to the account itself. */
function gatewayOf(
  exchange: string,
  { account }: LiveRunOptions,
  runtime: Runtime,
  realOrders: RealOrders | undefined,
): OrderGateway {
  const network = account?.url === undefined && realOrders === undefined ? { sandbox: true } : {};
  // Requests take this machine's time, whatever clock the session goes by.
  const clock = runtime === systemRuntime ? undefined : (): number => runtime.now();
  return new CcxtGateway({ ...network, ...account, exchange, ...(realOrders && { realOrders }) }, systemRuntime, clock);
}

/** The permission of a session in mode `live`. @throws {ConfigError} If something that it needs is missing, or has changed. */
function armed(plan: RunPlan, options: LiveRunOptions, exchange: string, symbols: readonly string[]): RealOrders {
  checkLivePlan(options.limits, symbols);
  const { account: keys = {}, allowRealOrders, arming, limits, program } = options;
  const account = new CcxtStore({ ...keys, exchange }).accountId;
  if (account === undefined) {
    const name = exchange.toUpperCase();
    const where = keys.url === undefined ? name : `${name}_SANDBOX`;
    throw new ConfigError(`no key for ${exchange}: set ${where}_API_KEY and ${where}_SECRET, or give a file of keys`, {
      context: { field: 'apiKey', exchange },
    });
  }
  const facts = { exchange, account, strategy: strategyHash(plan, program), limits: { ...limits } };
  return RealOrders.of({ allowRealOrders, environment: process.env, path: resolve(arming!), facts });
}
