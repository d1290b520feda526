/** Recorders' names of exchanges, where they differ from this package's. */
const venues: Readonly<Record<string, string>> = {
  binance_us: 'binanceus', 'binance-us': 'binanceus', binance_futures: 'binanceusdm', 'binance-futures': 'binanceusdm',
  binance_delivery: 'binancecoinm', 'binance-delivery': 'binancecoinm', huobi: 'htx', huobi_swap: 'htxinverse',
  'huobi-dm-linear-swap': 'htxlinear', 'huobi-dm-swap': 'htxinverse', okex: 'okx', okcoin: 'okx', 'bybit-spot': 'bybit', gateio: 'gate', 'gate-io': 'gate',
  coinbase_exchange: 'coinbaseexchange', 'coinbase-exchange': 'coinbaseexchange', 'coinbase-international': 'coinbaseinternational',
}; // prettier-ignore

/** This package's id of the exchange that a recording names. */
export function recordedVenue(name: string): string {
  const venue = name.toLowerCase();
  return venues[venue] ?? venue;
}
