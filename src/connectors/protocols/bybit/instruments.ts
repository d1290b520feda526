/** The instruments that Bybit lists, one answer for each category. */
import { asObject, numberIn, numberMaybe, objectIn, objectsIn, parseObject, textIn } from '../../decoding/fields.ts';
import type { ListedInstrument } from '../../decoding/symbols.ts';

/** Spot names have no settling currency; dated contracts carry their delivery day. */
export function bybitInstruments(text: string): ListedInstrument[] {
  const result = objectIn(parseObject(text), 'result');
  const category = textIn(result, 'category');
  return objectsIn(result, 'list').map((row) => {
    const base = textIn(row, 'baseCoin');
    const quote = textIn(row, 'quoteCoin');
    const price = asObject(row['priceFilter'], 'priceFilter');
    const lots = asObject(row['lotSizeFilter'], 'lotSizeFilter');
    const venueSymbol = textIn(row, 'symbol');
    const minSize = numberMaybe(lots, 'minOrderQty');
    const spot = category === 'spot';
    const lot = numberMaybe(lots, spot ? 'basePrecision' : 'qtyStep');
    const settle = spot ? quote : textIn(row, 'settleCoin');
    const dated = !spot && !textIn(row, 'contractType').endsWith('Perpetual');
    const delivery = new Date(numberMaybe(row, 'deliveryTime') ?? 0).toISOString().slice(2, 10).replaceAll('-', '');
    return {
      symbol: `${base}/${quote}${spot ? '' : `:${settle}`}${dated ? `-${delivery}` : ''}`,
      exchange: 'bybit',
      type: spot ? 'spot' : dated ? 'future' : 'swap',
      base,
      quote,
      settle,
      venueSymbol,
      active: row['status'] === 'Trading',
      tick: numberIn(price, 'tickSize'),
      contractSize: 1,
      ...(lot !== undefined && { lot }),
      ...(minSize !== undefined && { minSize }),
    };
  });
}
