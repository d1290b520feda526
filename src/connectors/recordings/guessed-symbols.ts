/** Which of the subscribed symbols a venue's own name means, in recordings without a list of instruments. */
import { unifiedSymbol } from '../../core/index.ts';
import { type ListedInstrument } from '../decoding/symbols.ts';

/** Old names of currencies on some venues. */
const currencies: Readonly<Record<string, string>> = { XBT: 'BTC', XDG: 'DOGE', UST: 'USDT' };
/** What venues add to the name of a perpetual. */
const perpetual = /(PERPETUAL|PERP|SWAP)$/;

/** The venue's names are compared with the names of the subscription by their letters: `BTC_USDT`, `btcusdt` and `KRW-BTC` all name a pair. */
export class GuessedSymbols {
  readonly #wanted: readonly ListedInstrument[];

  /** @param names - As the recording's first line writes them, such as `BTC-USDT-PERP`. */
  constructor(names: readonly string[]) {
    this.#wanted = [...new Set(names)].map(unifiedSymbol).flatMap((symbol) => {
      const [, base, quote, settle] = /^([^/:]+)\/([^/:]+)(?::([^-]+))?$/.exec(symbol) ?? [];
      if (base === undefined || quote === undefined) return [];
      return [
        { symbol, type: settle === undefined ? 'spot' : 'swap', base, quote, venueSymbol: '', active: true } as const,
      ];
    });
  }

  /** The instrument that a venue's name means; undefined when none of the subscribed ones fits. `fits` decides between two of one name. */
  find(venueSymbol: string, fits: (symbol: string) => boolean): ListedInstrument | undefined {
    const letters = venueSymbol
      .replace(/^t(?=[A-Z])/, '')
      .replaceAll('F0', '')
      .toUpperCase()
      .replaceAll(/[^A-Z0-9]/g, '');
    const isPerpetual = perpetual.test(letters) || venueSymbol.includes('F0');
    const pair = letters.replace(perpetual, '');
    const matching = this.#wanted.filter((one) => namesOf(one).includes(pair));
    const likely = matching.filter((one) => fits(one.symbol) && (!isPerpetual || one.type === 'swap'));
    const found = likely[0] ?? matching[0];
    return found && { ...found, venueSymbol };
  }
}

/** The letters by which venues name a pair: base and quote, quote and base, and for perpetuals the base alone. */
function namesOf({ base, quote, type }: ListedInstrument): string[] {
  const bases = [base, ...Object.keys(currencies).filter((old) => currencies[old] === base)];
  const quotes = [quote, ...Object.keys(currencies).filter((old) => currencies[old] === quote)];
  const pairs = bases.flatMap((one) => quotes.flatMap((other) => [`${one}${other}`, `${other}${one}`]));
  return (type === 'swap' ? [...pairs, ...bases] : pairs).map((name) => name.toUpperCase());
}
