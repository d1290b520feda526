/** What OKX's private endpoints share: requests and answers, refusals in OKX's codes, and numbers on an instrument's steps. */
import { Refusal, type Account, type Exchange } from '../../exchange/index.ts';
import type { MarketInstrument } from '../../market-data.ts';
import type { Place, UnifiedAccount } from '../unified-account.ts';
import { nameOf } from './fields.ts';

/** An answer of OKX's: 200 with a code, but for requests that were not admitted. */
export interface OkxAnswer {
  readonly status: number;
  readonly body: { readonly code: string; readonly msg: string; readonly data: readonly unknown[] };
}

/** The account that trades. */
export type OkxOwn = UnifiedAccount;

/** An instrument, and the exchange and account that trade it. */
export interface OkxPlace extends Place {
  readonly exchange: Exchange;
  readonly account: Account;
  readonly instrument: MarketInstrument;
}

/** A refusal in OKX's words. */
export class OkxRefusal extends Error {
  readonly code: string;
  readonly status: number;

  constructor(code: string, message: string, status = 200) {
    super(message);
    this.code = code;
    this.status = status;
  }
}

/** The answer to a request that succeeded. */
export function okxOk(data: readonly unknown[]): OkxAnswer {
  return { status: 200, body: { code: '0', msg: '', data } };
}

/** The fields of a request. */
export type Row = Readonly<Record<string, string | undefined>>;

/** @throws {OkxRefusal} When no instrument has this name. */
export function instrumentOf({ exchanges }: OkxOwn, name: string | null | undefined): MarketInstrument {
  const found = exchanges.instruments.find((one) => nameOf(one) === name);
  if (found !== undefined) return found;
  throw new OkxRefusal('51001', "Instrument ID, Instrument ID code, or Spread ID doesn't exist.");
}

/** Where the account trades an instrument. @throws {OkxRefusal} When there is none of this name, or the key opens no account of contracts. */
export function placeOf(own: OkxOwn, name: string | null | undefined): OkxPlace {
  const instrument = instrumentOf(own, name);
  const place = own.placeOf(instrument.symbol);
  if (place === undefined) throw new OkxRefusal('51010', "You can't complete this request under your current account mode.");
  return { ...place, instrument };
} // prettier-ignore

/** Where the account trades the kind of instruments that a request names; without one, all kinds. */
export function placesOf(own: OkxOwn, query: URLSearchParams): readonly Place[] {
  const kind = query.get('instType');
  return own.places.filter(({ exchange }) => kind === null || kind === (exchange.contracts === undefined ? 'SPOT' : 'SWAP'));
} // prettier-ignore

/** A price or size as a whole number of the instrument's steps. */
export function stepsOf(row: Row, name: string, decimals: number): number {
  const text = row[name] ?? '';
  const [, whole, rest = ''] = /^(\d{1,20})(?:\.(\d{1,20}))?$/.exec(text) ?? [];
  const digits = rest.replace(/0+$/, '');
  if (whole === undefined) throw new OkxRefusal('51000', `Parameter ${name} error`);
  if (digits.length > decimals) {
    if (name.toLowerCase().includes('sz')) throw new OkxRefusal('51121', 'Order quantity must be a multiple of the lot size.');
    throw new OkxRefusal('51000', `Parameter ${name} error: it is not a multiple of the tick size`);
  } // prettier-ignore
  return Number(whole + digits.padEnd(decimals, '0'));
}

/** The form of OKX's client ids: letters and digits, 32 at most. */
export const clientIds = /^[A-Za-z0-9]{1,32}$/;

/** The exchange's refusals in OKX's codes. */
export function inOkxWords<T>(act: () => T): T {
  try {
    return act();
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    const { code, message } = error;
    if (code === -2011) throw new OkxRefusal('51400', 'Order cancellation failed as the order has been filled, canceled or does not exist.'); // prettier-ignore
    if (code === -2013) throw new OkxRefusal('51603', 'Order does not exist');
    if (code === -2022) throw new OkxRefusal('51169', "Order failed because you don't have any positions in this direction for this contract to reduce or close."); // prettier-ignore
    if (code === -2027) throw new OkxRefusal('51004', 'Order failed. The position would exceed what this leverage allows.'); // prettier-ignore
    if (code === -4028) throw new OkxRefusal('51000', 'Parameter lever error');
    if (code === -4161)
      throw new OkxRefusal('59108', 'Failed to lower the leverage: the account has too little margin.');
    if (/^-40(?:47|48|67|68)$/.test(String(code))) throw new OkxRefusal('59000', 'Setting failed. Cancel any open orders, close positions, and stop trading bots first.'); // prettier-ignore
    if (/insufficient balance|margin is insufficient/i.test(message))
      throw new OkxRefusal('51008', 'Order failed. Insufficient balance in account');
    if (/duplicate/i.test(message)) throw new OkxRefusal('51016', 'Client order ID already exists.');
    if (message.includes('trigger'))
      throw new OkxRefusal('51000', 'Parameter triggerPx error: the last price has reached it');
    if (/closed/i.test(message)) throw new OkxRefusal('51024', 'Trading is suspended for this instrument');
    if (message.includes('NOTIONAL'))
      throw new OkxRefusal('51020', 'Your order should meet or exceed the minimum order amount.');
    if (message.includes('LOT_SIZE'))
      throw new OkxRefusal('51121', 'Order quantity must be a multiple of the lot size.');
    throw new OkxRefusal('51000', message);
  }
}
