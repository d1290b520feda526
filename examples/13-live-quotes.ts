/** Live streams of an exchange: trades, best prices and the book, here of the local exchange on a simulated clock. */
import { formatTime } from 'nextbar';
import { FeedHandler, type Quote, type TradeTick } from 'nextbar/streams';
import { SimulatedNetwork, SimulatedRuntime } from 'nextbar/testing';
import { BinanceApi, SeededMarket } from 'nextbar/venue'; // prettier-ignore

// Without these lines, and without `runtime` and `network` below, the same handler follows the real exchange.
const runtime = new SimulatedRuntime(1, Date.UTC(2024, 0, 1));
const network = new SimulatedNetwork(runtime);
const instrument = { symbol: 'BTC/USDT', base: 'BTC', quote: 'USDT', priceDecimals: 2, sizeDecimals: 4 };
const market = new SeededMarket(runtime, { seed: 8, instruments: [instrument], firstPrice: 4_200_000 });
for (const host of ['wss://stream.binance.com', 'https://api.binance.com']) {
  network.serve(host, new BinanceApi(runtime, market));
}
market.start();
const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

const handler = new FeedHandler({ runtime, network });
let [trades, bought, sold] = [0, 0, 0];
let quote: Quote | undefined;
const adding = handler.addFeed({
  exchange: 'binance',
  symbols: ['BTC/USDT'],
  channels: ['trade', 'quote', 'book'],
  callbacks: {
    trade: ({ side, size }: TradeTick) => {
      trades++;
      if (side === 'buy') bought += size;
      else sold += size;
    },
    quote: (latest) => (quote = latest),
    status: ({ channel, state }) => {
      if (state === 'live') console.log(`${channel} is live`);
    },
  },
});
await runtime.advanceAsync(1_000, settle);
const feed = await adding;
handler.start();

for (let minute = 1; minute <= 3; minute++) {
  await runtime.advanceAsync(60_000 - (runtime.now() % 60_000), settle);
  const levels = feed.book('BTC/USDT')?.bids.length ?? 0;
  const time = formatTime(runtime.now());
  console.log(`${time} ${trades} trades, ${bought.toFixed(2)} bought, ${sold.toFixed(2)} sold`);
  console.log(`  bid ${quote?.bid?.toFixed(2) ?? '-'}, ask ${quote?.ask?.toFixed(2) ?? '-'}, ${levels} levels bid`);
}
const stopping = handler.stop();
await runtime.advanceAsync(1_000, settle);
await stopping;
market.stop();
