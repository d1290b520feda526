/** What trades add to the volume of bars that sinks build: base units, as in the exchange's own bars. */
import { barsCountBase, barVolumeOf } from '../connectors/ccxt/index.ts';
import type { Instrument, TradeTick } from '../core/index.ts';

/** An instrument by its exchange and symbol; undefined while it is not known. */
export type InstrumentOf = (exchange: string, symbol: string) => Instrument | undefined;

/** What a trade adds to the volume of its bar; undefined where its trades count contracts whose size is not known. */
export type VolumeOf = (trade: TradeTick) => number | undefined;

/** Volumes by the instruments of a stream. For a market whose contract size is unknown, a warning says that no bars are made. */
export function volumesBy(instrumentOf: InstrumentOf | undefined): VolumeOf {
  const told = new Set<string>();
  return (trade) => {
    const { exchange, symbol, size } = trade;
    if (!barsCountBase(exchange, symbol)) return size;
    const instrument = instrumentOf?.(exchange, symbol);
    if (instrument !== undefined) return barVolumeOf(exchange, instrument, trade);
    const market = `${exchange} ${symbol}`;
    if (!told.has(market)) {
      process.emitWarning(
        `no bars are built from the trades of ${market}: they count contracts, and the contract size is unknown; give openSink instrumentOf`,
        'DataWarning',
      );
    }
    told.add(market);
    return undefined;
  };
}
