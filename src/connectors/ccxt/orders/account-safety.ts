/** What a venue says and does for the safety of an account: whether its key may withdraw, and the dead-man switch. */
import type { CcxtExchange } from '../connection/exchange.ts';

type Ask = (params: object) => Promise<unknown>;

/** An endpoint of ccxt by its implicit name; undefined where the exchange has none. */
function endpoint(exchange: CcxtExchange, name: string): Ask | undefined {
  const found = (exchange as unknown as Readonly<Record<string, unknown>>)[name];
  return typeof found === 'function' ? (found.bind(exchange) as Ask) : undefined;
}

/** By exchange: the endpoint that lists what a key may do, and whether its answer allows withdrawals. */
const permissions: Readonly<Record<string, readonly [name: string, allows: (answer: unknown) => boolean | undefined]>> =
  {
    binance: ['sapiGetAccountApiRestrictions', (answer) => flagIn(answer, 'enableWithdrawals')],
    okx: ['privateGetAccountConfig', (answer) => wordIn(answer, 'perm', /withdraw/)],
    bybit: ['privateGetV5UserQueryApi', (answer) => wordIn(answer, 'permissions', /"Withdraw"/)],
  };

/**
 * Whether the key may withdraw from the account; undefined where the venue does not say.
 *
 * @returns A failure to ask is undefined too: it says nothing about the key.
 */
export async function mayWithdraw(exchange: CcxtExchange): Promise<boolean | undefined> {
  const [name, allows] = permissions[exchange.id.replace(/^binance.*/, 'binance')] ?? [];
  const ask = name === undefined ? undefined : endpoint(exchange, name);
  if (ask === undefined || allows === undefined) return undefined;
  try {
    return allows(await ask({}));
  } catch {
    return undefined;
  }
}

/** What makes a venue's dead-man switch go off later: all orders are canceled unless it is called again within `ms`; 0 switches it off. */
export type DeadManSwitch = (ms: number) => Promise<void>;

/** The dead-man switch of a venue; undefined where it has none. */
export function deadManSwitchOf(exchange: CcxtExchange, symbols: readonly string[]): DeadManSwitch | undefined {
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

/** What ccxt's class of Hyperliquid signs actions with. */
interface Hyperliquid {
  incrementingNonce(): number;
  signL1Action(action: object, nonce: number): unknown;
  privatePostExchange(request: object): Promise<unknown>;
}

/** Takes Hyperliquid's scheduled cancel back, which ccxt can only set: an action without a time. */
async function unschedule(exchange: CcxtExchange): Promise<void> {
  const ccxt = exchange as unknown as Hyperliquid;
  const action = { type: 'scheduleCancel' };
  const nonce = ccxt.incrementingNonce();
  await ccxt.privatePostExchange({ action, nonce, signature: ccxt.signL1Action(action, nonce) });
}

/** Keeps ccxt from approving a fee for itself, and a referral, in the name of a Hyperliquid account before every order. */
export function withoutBuilder(exchange: CcxtExchange): void {
  if (exchange.id !== 'hyperliquid') return;
  (exchange as { initializeClient?: () => Promise<boolean> }).initializeClient = () => Promise.resolve(true);
}

/** A switch of `true` or `false`, as JSON or as text. */
function flagIn(answer: unknown, name: string): boolean | undefined {
  const value = (answer as Readonly<Record<string, unknown>>)[name];
  return value === true || value === 'true' ? true : value === false || value === 'false' ? false : undefined;
}

/** Whether a field anywhere in an answer has a word; undefined where the answer has no such field. */
function wordIn(answer: unknown, name: string, word: RegExp): boolean | undefined {
  const found: unknown[] = [];
  const look = (value: unknown): void => {
    if (typeof value !== 'object' || value === null) return;
    for (const [key, part] of Object.entries(value)) {
      if (key === name) found.push(part);
      else if (key !== 'info') look(part);
    }
  };
  look(answer);
  if (found.length === 0) return undefined;
  return found.some((value) => word.test(typeof value === 'string' ? value : JSON.stringify(value)));
}

/** The reason of a refused key. */
export function withdrawalReason(exchange: string): string {
  return `the key of ${exchange} may withdraw from the account: use a key that may only trade, or set allowWithdrawalKeys (--allow-withdrawal-keys)`;
}
