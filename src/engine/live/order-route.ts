/** The routes of a session's orders: the gateway to the account at each exchange, and the file in which intents are written first. */
import { resolve } from 'node:path';

import { CcxtGateway, CcxtStore, RealOrders } from '../../connectors/ccxt/index.ts';
import { ConfigError, nearestName, systemRuntime, type OrderGateway, type Runtime } from '../../core/index.ts';
import type { StreamingFeed } from '../../feeds/index.ts';
import { IntentStore } from '../../store/index.ts';
import type { OrderRoute } from '../../broker/index.ts';
import type { RunPlan } from '../plan/plan.ts';
import { checkLivePlan, strategyHash } from './operation/arming.ts';
import type { LiveRunOptions } from './options.ts';
import { own } from './ownership.ts';

/** The routes of a session that are open, one for each exchange. */
export interface OpenRoutes {
  readonly routes: readonly OrderRoute[];
  close(): void;
}

/** @throws {ConfigError} If an exchange has no connection, or an account has real money and the session is not armed for it. */
export async function openRoutes(
  plan: RunPlan,
  options: LiveRunOptions,
  feeds: readonly StreamingFeed[],
  session: string,
  runtime: Runtime,
): Promise<OpenRoutes> {
  const exchanges = [...new Set(feeds.map(({ exchange }) => exchange))];
  checkConnections(options, exchanges);
  const path = resolve(options.intents ?? 'data-cache/intents.db');
  const open: { readonly route: OrderRoute; close(): void }[] = [];
  const close = (): void => {
    for (const one of open.splice(0)) one.close();
  };
  try {
    for (const exchange of exchanges) {
      const symbols = [...new Set(feeds.filter((feed) => feed.exchange === exchange).map(({ symbol }) => symbol))];
      const real = options.mode === 'live' ? armed(plan, options, exchange, symbols) : undefined;
      const gateway = gatewayFor(exchange, options, exchanges.length, runtime, real);
      // Each venue numbers its orders by itself.
      const name = exchanges.length === 1 ? session : `${session}@${exchange}`;
      open.push(await openOne({ gateway, path, name, exchange, symbols, share: options.accountShare ?? 1 }));
    }
    return { routes: open.map(({ route }) => route), close };
  } catch (error) {
    close();
    throw error;
  }
}

async function openOne(of: {
  readonly gateway: OrderGateway;
  readonly path: string;
  readonly name: string;
  readonly exchange: string;
  readonly symbols: readonly string[];
  readonly share: number;
}): Promise<{ readonly route: OrderRoute; close(): void }> {
  const { gateway, path, name: session, exchange, symbols, share } = of;
  const claim = { session, intents: path, exchange, account: gateway.accountId, symbols, share };
  const place = await own(claim, systemRuntime);
  try {
    const store = await IntentStore.open(path, session);
    return {
      route: { gateway, intents: store, ...(share < 1 && place.isFirst && { share }) },
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

/** Every connection belongs to an exchange of the datas, and a session with several exchanges has one for each. */
function checkConnections({ mode, account, accounts, gateway }: LiveRunOptions, exchanges: readonly string[]): void {
  for (const name of Object.keys(accounts ?? {})) {
    if (exchanges.includes(name)) continue;
    const near = nearestName(name, exchanges);
    throw new ConfigError(
      `accounts.${name}: no data is of '${name}'${near === undefined ? '' : `: did you mean '${near}'?`}`,
      { context: { field: 'accounts' } },
    );
  }
  if (exchanges.length === 1) return;
  if (mode === 'live') {
    throw new ConfigError(`mode 'live' trades on one exchange, the datas are of ${exchanges.join(' and ')}`);
  }
  const isSingle = account !== undefined || (gateway !== undefined && !isList(gateway));
  if (!isSingle) return;
  throw new ConfigError(
    `the datas are of ${exchanges.join(' and ')}: give accounts: { ${exchanges.map((name) => `${name}: {}`).join(', ')} }, one connection for each`,
    { context: { field: 'accounts' } },
  );
}

function isList(gateway: OrderGateway | readonly OrderGateway[]): gateway is readonly OrderGateway[] {
  return Array.isArray(gateway);
}

function gatewayFor(
  exchange: string,
  options: LiveRunOptions,
  count: number,
  runtime: Runtime,
  real: RealOrders | undefined,
): OrderGateway {
  const { gateway, account, accounts } = options;
  if (gateway !== undefined && real === undefined) {
    const found = isList(gateway) ? gateway.find((one) => one.exchange === exchange) : gateway;
    if (found !== undefined) return found;
    throw new ConfigError(`gateway: there is none to ${exchange}`, { context: { field: 'gateway' } });
  }
  const own = accounts?.[exchange] ?? (count === 1 ? account : undefined);
  return gatewayOf(exchange, own, runtime, real);
}

/** Orders through ccxt: to the exchange's test network, to the local exchange that `account.url` names, or with a permission to the account itself. */
function gatewayOf(
  exchange: string,
  account: LiveRunOptions['account'],
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
  const { allowRealOrders, arming, limits, program } = options;
  const keys = options.accounts?.[exchange] ?? options.account ?? {};
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
