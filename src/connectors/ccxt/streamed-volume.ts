/** Volumes of streamed bars that ccxt counts in other units than those of requested bars. */
import type { CcxtExchange } from './connection/exchange.ts';

type Fields = Readonly<Record<string, unknown>>;

/**
 * Returns a message with the volume where ccxt looks for it. `isInverse` tells by the venue's name whether a contract is settled in its
 * base.
 */
type Correct = (message: Fields, isInverse: (venueSymbol: string) => boolean) => Fields;

/** For contracts settled in the base, `v` counts contracts and `q` the base. */
const binance: Correct = (message, isInverse) => {
  const bar = message['k'] as Fields | undefined;
  if (bar?.['q'] === undefined || !isInverse(String(bar['s']))) return message;
  return { ...message, k: { ...bar, v: bar['q'] } };
};

/** For spot, `v` counts the quote and `a` the base. */
const gate: Correct = (message) => {
  if (message['channel'] !== 'spot.candlesticks') return message;
  const { result } = message;
  const counted = (bar: Fields): Fields => ('a' in bar ? { ...bar, v: bar['a'] } : bar);
  return { ...message, result: Array.isArray(result) ? result.map(counted) : counted(result as Fields) };
};

/** By venue, as each documents its streams of bars. */
const venues: Readonly<Record<string, Correct>> = {
  binance,
  binancecoinm: binance,
  gate,
  gateeu: gate,
  gateio: gate,
};

/** The ccxt methods that read streamed bars. */
interface Reading {
  handleOHLCV?(client: unknown, message: Fields): void;
  safeMarket(id: string, market: undefined, delimiter: undefined, type: string): { readonly inverse?: boolean };
}

/** Makes an exchange count the volume of streamed bars as that of requested ones: in base units. */
export function countBase(exchange: CcxtExchange, id: string): void {
  const correct = venues[id];
  const reading = exchange as unknown as Reading;
  const read = reading.handleOHLCV?.bind(exchange);
  if (correct === undefined || read === undefined) return;
  const isInverse = (name: string): boolean =>
    reading.safeMarket(name, undefined, undefined, 'contract').inverse === true;
  reading.handleOHLCV = (client, message) => {
    read(client, correct(message, isInverse));
  };
}
