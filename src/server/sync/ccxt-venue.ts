/** Every other exchange, through ccxt: its markets and timeframes, as ccxt lists them. */
import { CcxtStore, type CcxtMarket, type CcxtStoreOptions } from '../../connectors/ccxt/index.ts';
import type { Runtime } from '../../core/index.ts';
import { given, readEach, type ListedSymbol, type VenueListing } from './venue.ts';

/** The listing of an exchange through ccxt. */
export async function listThroughCcxt(options: CcxtStoreOptions, runtime: Runtime): Promise<VenueListing> {
  const store = new CcxtStore({ ...options, publicOnly: true }, runtime);
  const markets = Object.values(await store.markets(true)).flatMap((market) => market ?? []);
  const instruments = new Map<string, Awaited<ReturnType<CcxtStore['instrument']>>>();
  for (const { symbol } of markets) instruments.set(symbol, await store.instrument(symbol));
  return {
    ...readEach(markets, ({ symbol }) => symbol, (market) => read(market, instruments.get(market.symbol)!)),
    intervals: await store.timeframes(),
  };
} // prettier-ignore

type Rules = Awaited<ReturnType<CcxtStore['instrument']>>;

function read(market: CcxtMarket, rules: Rules): ListedSymbol {
  const { active, created, expiry } = market as CcxtMarket & { readonly created?: number };
  const venueSymbol = market.id ?? market.symbol;
  const { symbol, type, base, quote, settle, tick, lot, minSize, maxSize, minNotional, contractSize } = rules;
  return {
    // One name may stand for a pair on spot and for a contract.
    venueId: `${type}:${venueSymbol}`,
    venueSymbol,
    symbol,
    type,
    base,
    quote,
    // An exchange that does not say whether a market is open lists only those that are.
    isActive: active !== false,
    ...given({ settle, tick, lot, minSize, maxSize, minNotional, contractSize, listed: created, delisted: expiry }),
  };
}
