/** Hyperliquid's signed actions over an exchange: orders, cancels, modifications, leverage and the dead-man switch. */
import { changeLeverage, changeMarginMode, isOver, Refusal, type Account, type Exchange, type ExchangeOrder, type ExchangeRequest, type OrderKey } from '../../exchange/index.ts'; // prettier-ignore
import { decimalText, type MarketInstrument } from '../../market-data.ts';
import { addressOf, moneyText, sizeText } from './fields.ts';
import { signersOf, type WalletSignature } from './wallet.ts';

/** A refusal in Hyperliquid's words; the status of the answer is 200 all the same. */
export class HyperliquidRefusal extends Error {}

/** A body that Hyperliquid cannot read at all, which it answers with status 422. */
export class UnreadableBody extends Error {
  constructor() {
    super('Failed to deserialize the JSON body into the target type');
  }
}

type Row = Readonly<Record<string, unknown>>;

interface Own {
  readonly exchange: Exchange;
  readonly account: Account;
  readonly instruments: readonly MarketInstrument[];
}

/** The least value of an order, in USDC. */
const leastValue = 10;
/** How many nonces of a wallet are remembered. */
const keptNonces = 100;
const dayMs = 86_400_000;
/** How far ahead a scheduled cancel must lie. */
const leastScheduleMs = 5_000;

/** The nonces that every wallet has sent: each is accepted once. */
export class Nonces {
  readonly #taken = new Map<Account, number[]>();

  /** @throws {HyperliquidRefusal} For a nonce that was used before, is lower than all that are remembered, or is far from the clock. */
  take(account: Account, nonce: number, now: number, checksTime: boolean): void {
    if (checksTime && !(nonce > now - 2 * dayMs && nonce < now + dayMs)) {
      throw new HyperliquidRefusal(`Invalid nonce: ${nonce} is not within 2 days before and 1 day after ${now}`);
    }
    let taken = this.#taken.get(account);
    if (taken === undefined) this.#taken.set(account, (taken = []));
    if (taken.includes(nonce)) throw new HyperliquidRefusal(`Invalid nonce: duplicate nonce ${nonce}`);
    if (taken.length >= keptNonces && nonce < taken[0]!) {
      throw new HyperliquidRefusal(`Invalid nonce: nonce too low ${nonce}`);
    }
    taken.push(nonce);
    taken.sort((a, b) => a - b);
    if (taken.length > keptNonces) taken.shift();
  }
}

/** A signed request, read. */
export interface SignedAction {
  readonly account: Account;
  readonly nonce: number;
  readonly action: Row;
}

/** Reads a signed request and recovers who signed it. @throws {HyperliquidRefusal} When no account of the exchange did. */
export function signedAction(exchange: Exchange, body: Row): SignedAction | undefined {
  const { action, nonce, signature, vaultAddress, expiresAfter } = body;
  if (!isRow(action) || typeof nonce !== 'number' || !Number.isSafeInteger(nonce) || nonce < 0) throw new UnreadableBody();
  if (typeof action['type'] !== 'string' || !isSignature(signature)) throw new UnreadableBody();
  // Actions that a user signs by hand have types of their own; none is served here.
  if (action['signatureChainId'] !== undefined) return undefined;
  const vault = typeof vaultAddress === 'string' ? vaultAddress.toLowerCase() : undefined;
  const signers = signersOf(action, nonce, signature, vault, typeof expiresAfter === 'number' ? expiresAfter : undefined);
  let [account, first]: [Account | undefined, string | undefined] = [undefined, undefined];
  for (const signer of signers) {
    first ??= signer;
    account = accountBy(exchange, signer);
    if (account === undefined) continue;
    first = signer;
    break;
  }
  // A revoked key is a wallet that may no longer sign; its balances and orders stay public, as all are on Hyperliquid.
  if (account === undefined || exchange.revokedKeys.has(account.apiKey)) throw new HyperliquidRefusal(`User or API Wallet ${first ?? '0x'} does not exist.`);
  if (vault !== undefined) throw new HyperliquidRefusal(`Vault not registered: ${vault}`);
  return { account, nonce, action };
} // prettier-ignore

/** The account of an address. */
export function accountBy(exchange: Exchange, address: string): Account | undefined {
  for (const account of exchange.accounts) if (addressOf(account) === address.toLowerCase()) return account;
  return undefined;
}

function isRow(value: unknown): value is Row {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isSignature(value: unknown): value is WalletSignature {
  if (!isRow(value)) return false;
  const { r, s, v } = value;
  const isNumber = (one: unknown): boolean => typeof one === 'string' && /^0x[0-9a-f]{1,64}$/i.test(one);
  return isNumber(r) && isNumber(s) && (v === 27 || v === 28);
}

/** Sets the moment at which every open order is canceled; undefined calls that off. */
export type ScheduleCancel = (account: Account, time: number | undefined) => void;

/** The response to an action. @throws {HyperliquidRefusal} When it is refused as a whole. */
export function actOn(own: Own, action: Row, now: number, schedule: ScheduleCancel): object {
  switch (action['type']) {
    case 'order': {
      if (action['grouping'] !== 'na') throw new HyperliquidRefusal('the local exchange has no grouped orders: send each trigger by itself');
      return statuses('order', rowsOf(action, 'orders').map((row) => inWords(row, () => place(own, requestOf(own, row), row))));
    }
    case 'cancel':
      return statuses('cancel', rowsOf(action, 'cancels').map((row) => inWords(row, () => cancel(own, row['a'], { id: numberIn(row, 'o') }))));
    case 'cancelByCloid':
      return statuses('cancel', rowsOf(action, 'cancels').map((row) => inWords(row, () => cancel(own, row['asset'], { clientId: cloidIn(row, 'cloid') }))));
    case 'modify':
      return statuses('order', [modified(own, action)]);
    case 'batchModify':
      return statuses('order', rowsOf(action, 'modifies').map((row) => modified(own, row)));
    case 'updateLeverage':
      updateLeverage(own, action);
      return { type: 'default' };
    case 'scheduleCancel': {
      const time = action['time'] === undefined ? undefined : numberIn(action, 'time');
      if (time !== undefined && time < now + leastScheduleMs) {
        throw new HyperliquidRefusal('Scheduled cancel time too early, must be at least 5 seconds from now.');
      }
      schedule(own.account, time);
      return { type: 'default' };
    }
    case 'setReferrer':
    case 'noop':
      return { type: 'default' };
    default:
      throw new UnreadableBody();
  }
} // prettier-ignore

function statuses(type: string, rows: readonly unknown[]): object {
  return { type, data: { statuses: rows } };
}

function rowsOf(action: Row, name: string): readonly Row[] {
  const rows = action[name];
  if (!Array.isArray(rows) || !rows.every(isRow)) throw new UnreadableBody();
  return rows;
}

function numberIn(row: Row, name: string): number {
  const value = row[name];
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0) throw new UnreadableBody();
  return value;
}

/** A client id: 128 bits in hexadecimal. */
function cloidIn(row: Row, name: string): string {
  const value = row[name];
  if (typeof value !== 'string' || !/^0x[0-9a-f]{32}$/i.test(value)) throw new UnreadableBody();
  return value.toLowerCase();
}

function instrumentAt({ instruments }: Own, asset: unknown): MarketInstrument {
  if (typeof asset !== 'number') throw new UnreadableBody();
  const found = instruments[asset];
  if (found === undefined) throw new HyperliquidRefusal(`Asset ${asset} is out of range`);
  return found;
}

function decimalIn(row: Row, name: string): string {
  const value = row[name];
  if (typeof value !== 'string' || !/^\d{1,20}(?:\.\d{1,20})?$/.test(value)) throw new UnreadableBody();
  return value.includes('.') ? value.replace(/\.?0+$/, '') : value;
}

function stepsOf(text: string, decimals: number): number | undefined {
  const [whole = '', rest = ''] = text.split('.');
  return rest.length <= decimals ? Number(whole + rest.padEnd(decimals, '0')) : undefined;
}

/** A price in ticks: whole, or of at most five significant digits and 6 decimals less those of a size. */
function ticksOf(text: string, { priceDecimals, sizeDecimals }: MarketInstrument): number {
  const [whole = '', rest = ''] = text.split('.');
  const digits = (whole + rest).replace(/^0+/, '').length;
  const isOnGrid = rest === '' || (digits <= 5 && rest.length <= 6 - sizeDecimals);
  const ticks = isOnGrid ? stepsOf(text, priceDecimals) : undefined;
  if (ticks === undefined) throw new HyperliquidRefusal('Price must be divisible by tick size.');
  if (ticks === 0) throw new HyperliquidRefusal('Order has invalid price.');
  return ticks;
}

/** The order that a row asks for, checked against Hyperliquid's own rules. */
function requestOf(own: Own, row: Row): ExchangeRequest {
  const one = instrumentAt(own, row['a']);
  const { b, r, t } = row;
  if (typeof b !== 'boolean' || typeof r !== 'boolean' || !isRow(t)) throw new UnreadableBody();
  const { limit, trigger } = t;
  const cloid = row['c'] === undefined || row['c'] === null ? undefined : cloidIn(row, 'c');
  const [priceDecimal, sizeDecimal] = [decimalIn(row, 'p'), decimalIn(row, 's')];
  const price = ticksOf(priceDecimal, one);
  const size = stepsOf(sizeDecimal, one.sizeDecimals);
  if (size === undefined) throw new HyperliquidRefusal('Order has invalid size.');
  if (size === 0) throw new HyperliquidRefusal('Order has zero size.');
  // A reduce-only order has no least value.
  if (!r && Number(priceDecimal) * Number(sizeDecimal) < leastValue) {
    throw new HyperliquidRefusal(`Order must have minimum value of $${leastValue}.`);
  }
  const { symbol } = one;
  const mark = Number(own.exchange.contracts!.margins.markOf(symbol)) / 1e8;
  if (mark > 0 && Math.abs(Number(priceDecimal) / mark - 1) > 0.8) {
    throw new HyperliquidRefusal('Order price cannot be more than 80% away from the reference price');
  }
  const side = b ? 'buy' : 'sell';
  const common = {
    symbol, side, size, ...(cloid !== undefined && { clientId: cloid }),
    contract: { positionSide: 'BOTH', reduceOnly: r, closesPosition: false, isLiquidation: false },
  } as const; // prettier-ignore
  if (isRow(trigger)) return { ...common, ...triggerOf(trigger, price, one) };
  if (!isRow(limit)) throw new UnreadableBody();
  switch (limit['tif']) {
    case 'Gtc':
      return { ...common, type: 'LIMIT', price, timeInForce: 'GTC' };
    case 'Ioc':
    // The web page of Hyperliquid sends its market orders this way.
    case 'FrontendMarket':
      return { ...common, type: 'LIMIT', price, timeInForce: 'IOC' };
    case 'Alo':
      return { ...common, type: 'LIMIT_MAKER', price };
    default:
      throw new UnreadableBody();
  }
}

function triggerOf(trigger: Row, price: number, one: MarketInstrument): Pick<ExchangeRequest, 'type' | 'price' | 'stopPrice'> {
  const { isMarket, tpsl } = trigger;
  if (typeof isMarket !== 'boolean' || (tpsl !== 'tp' && tpsl !== 'sl')) throw new UnreadableBody();
  const stopPrice = ticksOf(decimalIn(trigger, 'triggerPx'), one);
  const type = tpsl === 'sl' ? 'STOP_LOSS' : 'TAKE_PROFIT';
  return isMarket ? { type, stopPrice } : { type: `${type}_LIMIT`, stopPrice, price };
} // prettier-ignore

/** Checks an order against the book and the position, and cuts a reduce-only order to the size of the position. */
function checkedOf({ exchange, account }: Own, wanted: ExchangeRequest, one: MarketInstrument): ExchangeRequest {
  const { contract, symbol, side, type, price, size } = wanted;
  const { bid, ask } = exchange.top(symbol);
  const other = side === 'buy' ? ask : bid;
  if (type === 'LIMIT_MAKER' && other !== undefined && (side === 'buy' ? other[0] <= price! : other[0] >= price!)) {
    const bbo = [bid, ask].map((level) => (level === undefined ? '' : decimalText(level[0], one.priceDecimals)));
    throw new HyperliquidRefusal(`Post only order would have immediately matched, bbo was ${bbo.join('@')}.`);
  }
  if (contract?.reduceOnly !== true || type.startsWith('STOP') || type.startsWith('TAKE')) return wanted;
  const { lots } = exchange.contracts!.of(account).position(symbol, 'BOTH');
  if (lots === 0 || lots > 0 !== (side === 'sell')) throw new HyperliquidRefusal('Reduce only order would increase position.');
  return { ...wanted, size: Math.min(size, Math.abs(lots)) };
} // prettier-ignore

function place(own: Own, wanted: ExchangeRequest, row: Row): object {
  const one = instrumentAt(own, row['a']);
  const { order } = own.exchange.place(own.account, checkedOf(own, wanted, one));
  return placedFields(order, one);
}

function placedFields(order: ExchangeOrder, one: MarketInstrument): object {
  const { id: oid, filled, value, status, size, clientId } = order;
  const cloid = clientId.startsWith('0x') ? { cloid: clientId } : {};
  if (filled > 0 && (filled === size || isOver(status))) {
    const avgPx = moneyText((value * 10n ** BigInt(one.sizeDecimals)) / BigInt(filled));
    return { filled: { totalSz: sizeText(filled, one), avgPx, oid, ...cloid } };
  }
  if (!isOver(status)) return { resting: { oid, ...cloid } };
  throw new HyperliquidRefusal('Order could not immediately match against any resting orders.');
}

function cancel({ exchange, account, ...own }: Own, asset: unknown, key: OrderKey): string {
  const { symbol } = instrumentAt({ exchange, account, ...own }, asset);
  exchange.cancel(account, symbol, key);
  return 'success';
}

function modified(own: Own, row: Row): object {
  const { order: wanted, oid } = row;
  if (!isRow(wanted)) throw new UnreadableBody();
  const key: OrderKey = typeof oid === 'number' ? { id: oid } : { clientId: cloidIn(row, 'oid') };
  return inWords(wanted, () => modify(own, key, wanted));
}

/** Replaces an open order by another one with an id of its own. When the new order would be refused, the first stays as it is. */
function modify(own: Own, key: OrderKey, row: Row): object {
  const { exchange, account } = own;
  const one = instrumentAt(own, row['a']);
  const { symbol } = one;
  const order = exchange.find(account, symbol, key);
  if (order === undefined || isOver(order.status)) throw new HyperliquidRefusal('Cannot modify canceled or filled order');
  const wanted = checkedOf(own, requestOf(own, row), one);
  const other = wanted.clientId === undefined ? undefined : account.byClientId(symbol, wanted.clientId);
  if (other !== undefined && other !== order && !isOver(other.status)) throw new Refusal(-2010, 'Duplicate order sent.');
  const market = exchange.market(symbol);
  const locks = exchange.ledger.lockFor(market, account, wanted);
  exchange.ledger.checkFunds(market, account, wanted, locks > order.locked ? locks - order.locked : 0n);
  exchange.cancel(account, symbol, { id: order.id });
  return placedFields(exchange.place(account, wanted).order, one);
} // prettier-ignore

function updateLeverage(own: Own, action: Row): void {
  const { symbol } = instrumentAt(own, action['asset']);
  const { isCross } = action;
  const leverage = numberIn(action, 'leverage');
  if (typeof isCross !== 'boolean') throw new UnreadableBody();
  const { exchange, account } = own;
  const ledger = exchange.contracts!;
  try {
    if (ledger.of(account).settings(symbol).isIsolated === isCross) changeMarginMode(ledger, account, symbol, !isCross);
    changeLeverage(ledger, account, symbol, leverage);
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    throw new HyperliquidRefusal(/leverage/i.test(error.message) ? 'Invalid leverage value' : `Cannot switch leverage type with open position. ${error.message}`); // prettier-ignore
  }
}

/** The answer to one order of a request: its own refusal, in Hyperliquid's words and with the asset. */
function inWords<T>(row: Row, act: () => T): T | { readonly error: string } {
  try {
    return act();
  } catch (error) {
    if (error instanceof HyperliquidRefusal) return { error: withAsset(error.message, row) };
    if (!(error instanceof Refusal)) throw error;
    return { error: withAsset(wordsOf(error), row) };
  }
}

function withAsset(message: string, row: Row): string {
  const asset = row['a'] ?? row['asset'];
  return typeof asset === 'number' ? `${message} asset=${asset}` : message;
}

function wordsOf({ code, message }: Refusal): string {
  if (code === -2011 || code === -2013) return 'Order was never placed, already canceled, or filled.';
  if (code === -2019) return 'Insufficient margin to place order.';
  if (code === -2027) return 'Insufficient margin to place order. The position would exceed what this leverage allows.';
  if (message.includes('trigger immediately')) return 'Invalid TP/SL price.';
  if (message.includes('NOTIONAL')) return `Order must have minimum value of $${leastValue}.`;
  if (message.includes('LOT_SIZE')) return 'Order has invalid size.';
  if (message.includes('Duplicate')) return 'User or API Wallet has an open order with this cloid already.';
  if (message.includes('closed')) return 'Trading is halted.';
  return message;
}
