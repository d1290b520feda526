/** What Bybit's private endpoints share: requests, refusals in Bybit's codes, and numbers on an instrument's steps. */
import { Refusal, type OrderKey } from '../../exchange/index.ts';
import type { MarketInstrument } from '../../market-data.ts';
import { exchangeNumberOf, type Place, type UnifiedAccount } from '../unified-account.ts';
import { categoryOf, nameOf } from './fields.ts';

/** A refusal in Bybit's words; the status is 200 all the same. */
export class BybitRefusal extends Error {
  readonly code: number;

  constructor(code: number, message: string) {
    super(message);
    this.code = code;
  }
}

/** The account that trades. */
export type Own = UnifiedAccount;

/** The fields of a request. */
export type Row = Readonly<Record<string, string | undefined>>;

/** What a private endpoint does. */
export type Act = (own: Own, row: Row) => object;

/** An instrument, and the exchange and account that trade it. */
export interface BybitPlace extends Place {
  readonly instrument: MarketInstrument;
}

/** The category that a request is about: without one, spot. */
export function categoryIn({ category = 'spot' }: Row): string {
  return category;
}

/** Where the account trades the instrument that a request names. @throws {BybitRefusal} When there is none of this name. */
export function placeOf(own: Own, row: Row): BybitPlace {
  const category = categoryIn(row);
  const instrument = own.exchanges.instruments.find((one) => nameOf(one) === row['symbol'] && categoryOf(one) === category);
  const place = instrument === undefined ? undefined : own.placeOf(instrument.symbol);
  if (place !== undefined) return { ...place, instrument: instrument! };
  if (category === 'spot') throw new BybitRefusal(170121, 'Invalid symbol.');
  throw new BybitRefusal(10001, 'params error: symbol invalid');
} // prettier-ignore

/** The account's place of the category that a request asks about; undefined where it has none. */
export function placeIn(own: Own, row: Row): Place | undefined {
  const isSpot = categoryIn(row) === 'spot';
  return own.places.find(({ exchange }) => (exchange.contracts === undefined) === isSpot);
}

/** The order that a request names: by both ids where it sends both. */
export function keyOf({ orderId = '', orderLinkId = '' }: Row): OrderKey {
  if (orderId !== '') return { id: exchangeNumberOf(Number(orderId)) };
  if (orderLinkId !== '') return { clientId: orderLinkId };
  throw new BybitRefusal(10001, 'params error: orderId or orderLinkId is required');
}

/** A price or size as a whole number of the instrument's steps. */
export function stepsOf(row: Row, name: string, decimals: number): number {
  const [, whole, rest = ''] = /^(\d{1,20})(?:\.(\d{1,20}))?$/.exec(row[name] ?? '') ?? [];
  const digits = rest.replace(/0+$/, '');
  if (whole === undefined) throw new BybitRefusal(10001, `params error: ${name} invalid`);
  if (digits.length <= decimals) return Number(whole + digits.padEnd(decimals, '0'));
  if (categoryIn(row) === 'linear') throw new BybitRefusal(10001, `params error: ${name} invalid`);
  throw name === 'price'
    ? new BybitRefusal(170134, 'Order price has too many decimals.')
    : new BybitRefusal(170137, 'Order volume decimal too long');
}

/** The refusal of an unknown order, in the words of its category. */
export function noOrder(row: Row): BybitRefusal {
  return categoryIn(row) === 'spot'
    ? new BybitRefusal(170213, 'Order does not exist.')
    : new BybitRefusal(110001, 'order not exists or too late to cancel');
}

/** The exchange's refusals in Bybit's codes: those of spot and of perpetuals differ. */
export function inBybitWords<T>(row: Row, act: () => T): T {
  try {
    return act();
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    const { code, message } = error;
    if (code === -2011 || code === -2013) throw noOrder(row);
    throw (categoryIn(row) === 'spot' ? spotWords(message) : linearWords(code, message)) ?? new BybitRefusal(10001, `params error: ${message}`); // prettier-ignore
  }
}

function spotWords(message: string): BybitRefusal | undefined {
  if (/insufficient balance/i.test(message)) return new BybitRefusal(170131, 'Insufficient balance.');
  if (/duplicate/i.test(message)) return new BybitRefusal(170141, 'Duplicate clientOrderId');
  if (message.includes('closed')) return new BybitRefusal(170105, 'Trading is suspended for this symbol.');
  if (message.includes('NOTIONAL')) return new BybitRefusal(170140, 'Order value exceeded lower limit.');
  if (message.includes('trigger')) return new BybitRefusal(170130, "Data sent for parameter 'triggerPrice' is not valid.");
  if (message.includes('immediately')) return new BybitRefusal(170218, 'The LIMIT-MAKER order is rejected due to invalid price.');
  return undefined;
} // prettier-ignore

function linearWords(code: number, message: string): BybitRefusal | undefined {
  if (code === -2019) return new BybitRefusal(110007, 'ab not enough for new order');
  if (code === -2022) return new BybitRefusal(110017, 'current position is zero, cannot fix reduce-only order qty');
  if (code === -2027 || code === -4028 || code === -4161) return new BybitRefusal(110013, 'cannot set leverage gt maxLeverage by risk limit');
  if (code === -4067) return new BybitRefusal(110028, 'You have existing open orders, so the position mode cannot be switched.');
  if (code === -4068) return new BybitRefusal(110024, 'You have an existing position, so the position mode cannot be switched.');
  if (code === -4047 || code === -4048) return new BybitRefusal(3400045, 'Set margin mode failed: you have existing positions or open orders.');
  if (/duplicate/i.test(message)) return new BybitRefusal(110072, 'OrderLinkedID is duplicate');
  if (message.includes('closed')) return new BybitRefusal(110074, 'This contract is not live');
  if (message.includes('NOTIONAL')) return new BybitRefusal(110094, 'Order does not meet minimum order value 5USDT');
  if (message.includes('immediately')) return new BybitRefusal(110003, 'Order price exceeds the allowable range.');
  return undefined;
} // prettier-ignore
