/** Makes the recording that the example of the order flow plays: ten minutes of a seeded market, as Binance would stream it. */
import { fileURLToPath } from 'node:url';

import { FeedHandler, Recorder } from '../../src/connectors/index.ts';
import { SimulatedNetwork, SimulatedRuntime } from '../../src/core/index.ts';
import { SeededMarket } from '../../src/venue/index.ts';
import { BinanceApi } from '../../src/venue/index.ts';

const path = fileURLToPath(new URL('../../examples/recordings/order-flow.jsonl.gz', import.meta.url));
const instrument = { symbol: 'BTC/USDT', base: 'BTC', quote: 'USDT', priceDecimals: 2, sizeDecimals: 4 };
const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

const runtime = new SimulatedRuntime(12, Date.UTC(2026, 0, 5));
const network = new SimulatedNetwork(runtime, { minMs: 5, maxMs: 20 });
const market = new SeededMarket(runtime, { seed: 12, instruments: [instrument], firstPrice: 4_200_000, stepsPerSecond: 4, levels: 15 }); // prettier-ignore
const face = new BinanceApi(runtime, market);
for (const host of ['wss://stream.binance.com', 'https://api.binance.com']) network.serve(host, face);
const recorder = new Recorder(path, { exchange: 'binance', subscription: { trades: ['BTC/USDT'], l2_book: ['BTC/USDT'], ticker: ['BTC/USDT'] } }); // prettier-ignore
const handler = new FeedHandler({ runtime, network, recorder });
market.start();
const adding = handler.addFeed({ exchange: 'binance', symbols: ['BTC/USDT'], channels: ['trade', 'book', 'quote'] });
await runtime.advanceAsync(100, settle);
await adding;
handler.start();
await runtime.advanceAsync(600_000, settle);
market.stop();
const stopping = handler.stop();
await runtime.advanceAsync(100, settle);
await stopping;
await recorder.close();
