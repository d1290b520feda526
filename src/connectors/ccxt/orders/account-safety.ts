/** Whether a venue says that an account's key may withdraw. */
import type { CcxtExchange } from '../connection/exchange.ts';

type Ask = (params: object) => Promise<unknown>;

/** An endpoint of ccxt by its implicit name; undefined where the exchange has none. */
export function endpoint(exchange: CcxtExchange, name: string): Ask | undefined {
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
 * @returns Undefined when the request fails, too: that says nothing about the key.
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

/** Stops ccxt from approving a fee for itself and setting a referral on a Hyperliquid account before its orders. */
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
