/** The instruments that Deribit lists: spot, perpetuals, dated futures, options and combinations of them. */
import { numberIn, objectsIn, parseObject, textIn, type Json } from '../../decoding/fields.ts';
import type { ListedInstrument } from '../../decoding/symbols.ts';

/** Inverse contracts are priced in dollars and settle in their coin; linear ones settle in their quote. */
export function deribitInstruments(text: string): ListedInstrument[] {
  return objectsIn(parseObject(text), 'result').map(listed);
}

function listed(row: Json): ListedInstrument {
  const venueSymbol = textIn(row, 'instrument_name');
  const kind = textIn(row, 'kind');
  const base = textIn(row, 'base_currency');
  const named = textIn(row, 'quote_currency');
  const quote = named === base ? 'USD' : named;
  const settle = 'settlement_currency' in row ? textIn(row, 'settlement_currency') : quote === 'USD' ? base : quote;
  const pair = `${base}/${quote}`;
  const isPerpetual = row['settlement_period'] === 'perpetual' || venueSymbol.endsWith('-PERPETUAL');
  const isCombination = kind.endsWith('combo');
  return {
    symbol: symbolOf(row, kind, pair, settle, isPerpetual) ?? venueSymbol,
    exchange: 'deribit',
    type: kind === 'spot' ? 'spot' : kind.startsWith('option') ? 'option' : isPerpetual ? 'swap' : 'future',
    base,
    quote,
    settle: kind === 'spot' ? quote : settle,
    venueSymbol,
    active: row['is_active'] !== false,
    tick: numberIn(row, 'tick_size'),
    lot: numberIn(row, 'min_trade_amount'),
    minSize: numberIn(row, 'min_trade_amount'),
    contractSize: numberIn(row, 'contract_size'),
    ...(isCombination && { signedPrices: true }),
  };
}

function symbolOf(row: Json, kind: string, pair: string, settle: string, isPerpetual: boolean): string | undefined {
  if (kind === 'spot') return pair;
  if (kind !== 'future' && kind !== 'option') return undefined;
  if (isPerpetual) return `${pair}:${settle}`;
  const expiry = new Date(numberIn(row, 'expiration_timestamp')).toISOString().slice(2, 10).replaceAll('-', '');
  if (kind === 'future') return `${pair}:${settle}-${expiry}`;
  return `${pair}:${settle}-${expiry}-${String(Number(row['strike']))}-${row['option_type'] === 'put' ? 'P' : 'C'}`;
}
