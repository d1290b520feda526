/** The dead-man switch of a venue, which cancels an account's orders when its session falls silent. */
import { ConfigError } from '../../../core/index.ts';
import type { CcxtExchange } from '../connection/exchange.ts';
import { endpoint } from './account-safety.ts';

/** Postpones a venue's dead-man switch: all orders are canceled unless it is called again within `ms`; 0 switches it off. */
export type DeadManSwitch = (ms: number) => Promise<void>;

/** The seconds that a venue's switch may be set to. */
const limits: Readonly<Record<string, readonly [least: number, most: number]>> = {
  okx: [10, 120],
  bybit: [3, 300],
  hyperliquid: [5, Infinity],
  kraken: [1, 86_400],
};

/**
 * The dead-man switch of a venue; undefined where it has none.
 *
 * @param pause - Waits a number of milliseconds.
 */
export function deadManSwitchOf(
  exchange: CcxtExchange,
  symbols: readonly string[],
  pause: (ms: number) => Promise<void>,
): DeadManSwitch | undefined {
  const set = switchOf(exchange, symbols, pause);
  if (set === undefined) return undefined;
  return async (ms) => {
    if (ms > 0) checkSpan(exchange.id, ms);
    await set(ms);
  };
}

function switchOf(
  exchange: CcxtExchange,
  symbols: readonly string[],
  pause: (ms: number) => Promise<void>,
): DeadManSwitch | undefined {
  if (exchange.id === 'bybit') return (ms) => protect(exchange as unknown as Bybit, symbols, ms, pause);
  const unified = (exchange as { cancelAllOrdersAfter?: (timeout: number) => Promise<unknown> }).cancelAllOrdersAfter;
  if (exchange.has['cancelAllOrdersAfter'] === true && unified !== undefined) {
    return async (ms) => {
      if (ms === 0 && exchange.id === 'hyperliquid') {
        await unschedule(exchange);
        return;
      }
      await unified.call(exchange, ms);
    };
  }
  const countdown = endpoint(exchange, 'fapiPrivatePostCountdownCancelAll');
  const areSwaps = symbols.every((symbol) => symbol.includes(':'));
  if (!exchange.id.startsWith('binance') || countdown === undefined || !areSwaps) return undefined;
  return async (ms) => {
    for (const symbol of symbols) {
      const id = exchange.markets?.[symbol]?.id;
      await countdown({ symbol: id, countdownTime: Math.round(ms) });
    }
  };
}

/** @throws {ConfigError} If a venue's switch does not accept this span. */
function checkSpan(exchange: string, ms: number): void {
  const [least, most] = limits[exchange] ?? [0, Infinity];
  const seconds = ms / 1_000;
  if (seconds >= least && seconds <= most) return;
  const range = most === Infinity ? `${least} s or more` : `from ${least} to ${most} s`;
  throw new ConfigError(`deadManMs (--dead-man) must be ${range} on ${exchange}, was ${seconds} s`, {
    context: { field: 'deadManMs', exchange },
  });
}

/** Methods of ccxt's Hyperliquid class that sign actions. */
interface Hyperliquid {
  incrementingNonce(): number;
  signL1Action(action: object, nonce: number): unknown;
  privatePostExchange(request: object): Promise<unknown>;
}

/** Clears Hyperliquid's scheduled cancel by an action without a time; ccxt can only set one. */
async function unschedule(exchange: CcxtExchange): Promise<void> {
  const ccxt = exchange as unknown as Hyperliquid;
  const action = { type: 'scheduleCancel' };
  const nonce = ccxt.incrementingNonce();
  await ccxt.privatePostExchange({ action, nonce, signature: ccxt.signL1Action(action, nonce) });
}

/** Methods of ccxt's Bybit class that protect an account. */
interface Bybit {
  cancelAllOrdersAfter(ms: number, params: { readonly type: 'spot' | 'swap' }): Promise<unknown>;
  privateGetV5AccountQueryDcpInfo(params: object): Promise<unknown>;
  getUrlByMarketType(symbol: undefined, isPrivate: true): Promise<string>;
  authenticate(url: string): Promise<unknown>;
  watchTopics(url: string, hashes: readonly string[], topics: readonly string[]): Promise<unknown>;
  client(url: string): { readonly subscriptions: Record<string, unknown>; send(message: object): Promise<unknown> };
}

/** How long Bybit may take to refuse a subscription, milliseconds; ccxt does not show that it confirms one. */
const refusalMs = 1_000;

/** Windows that were set, by product, for each connection. */
const windowsSet = new WeakMap<Bybit, Map<string, number>>();

/**
 * Bybit counts down from the moment when a private stream that asked for it breaks off. So each call subscribes the present stream, which
 * may be a new one, and sets the window only where it has changed.
 */
async function protect(
  bybit: Bybit,
  symbols: readonly string[],
  ms: number,
  pause: (ms: number) => Promise<void>,
): Promise<void> {
  const areSwaps = new Set(symbols.map((symbol) => symbol.includes(':')));
  const url = await bybit.getUrlByMarketType(undefined, true);
  for (const isSwap of areSwaps) {
    const [topic, product, type] = isSwap
      ? (['dcp.future', 'DERIVATIVES', 'swap'] as const)
      : (['dcp.spot', 'SPOT', 'spot'] as const);
    if (ms === 0) {
      // A stream that closes after this does not count as broken off.
      if (topic in bybit.client(url).subscriptions) await bybit.client(url).send({ op: 'unsubscribe', args: [topic] });
      continue;
    }
    const set = windowsSet.get(bybit) ?? new Map<string, number>();
    if (set.get(product) !== ms) {
      await bybit.cancelAllOrdersAfter(ms, { type });
      if (!isProtected(await bybit.privateGetV5AccountQueryDcpInfo({}), product)) throw notProtected(product);
      windowsSet.set(bybit, set.set(product, ms));
    }
    await bybit.authenticate(url);
    if (topic in bybit.client(url).subscriptions) continue;
    const refused = bybit.watchTopics(url, [topic], [topic]);
    // No message comes on this topic: the promise rejects when it is refused, and later when the stream breaks off.
    refused.catch(() => undefined);
    await Promise.race([refused, pause(refusalMs)]);
  }
}

/** Whether Bybit lists a product as protected. */
function isProtected(answer: unknown, product: string): boolean {
  const { result } = answer as { readonly result?: { readonly dcpInfos?: readonly { readonly product?: string; readonly dcpStatus?: string }[] } };
  return result?.dcpInfos?.some((info) => info.product === product && info.dcpStatus === 'ON') === true;
} // prettier-ignore

function notProtected(product: string): ConfigError {
  return new ConfigError(
    `bybit has not switched its disconnection protection (DCP) on for ${product} of this account: ask its support for it, or leave out deadManMs (--dead-man)`,
    { context: { field: 'deadManMs', exchange: 'bybit' } },
  );
}
