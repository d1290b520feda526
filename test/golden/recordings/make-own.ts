/**
 * Makes the small recordings that are tested everywhere: a seeded local venue, written down as its frames crossed the wire. What is expected of
 * them is the venue's own truth, never what the protocols made of it.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { SimulatedNetwork, SimulatedRuntime, type Service } from '../../../src/core/index.ts';
import { FeedHandler, Recorder } from '../../../src/connectors/index.ts';
import { decimalText, SeededMarket, type MarketInstrument } from '../../../src/venue/index.ts';
import { BinanceApi, OkxApi } from '../../../src/venue/index.ts';

const instruments: readonly MarketInstrument[] = ['BTC', 'ETH'].map((base) => ({
  symbol: `${base}/USDT`,
  base,
  quote: 'USDT',
  priceDecimals: 2,
  sizeDecimals: 4,
}));

function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** Records 20 simulated seconds of one venue into `folder`. */
export async function makeOwn(folder: string, id: 'binance' | 'okx'): Promise<void> {
  const runtime = new SimulatedRuntime(11);
  const network = new SimulatedNetwork(runtime);
  const market = new SeededMarket(runtime, { seed: 21, instruments, stepsPerSecond: 12, levels: 12 });
  const service: Service = id === 'binance' ? new BinanceApi(runtime, market) : new OkxApi(runtime, market);
  for (const prefix of ['wss://', 'https://']) network.serve(prefix, service);
  const name = `own_${id}`;
  mkdirSync(join(folder, 'expected'), { recursive: true });
  const recorder = new Recorder(join(folder, `${name}.jsonl.gz`), {
    exchange: id,
    subscription: { trades: ['BTC-USDT', 'ETH-USDT'], l2_book: ['BTC-USDT', 'ETH-USDT'] },
    notes: ['the seeded local venue'],
  });
  const handler = new FeedHandler({ runtime, network, recorder });
  const adding = handler.addFeed({ exchange: id, symbols: ['BTC/USDT', 'ETH/USDT'], channels: ['trade', 'book'] });
  await runtime.advanceAsync(500, settle);
  await adding;
  handler.start();
  await runtime.advanceAsync(500, settle);
  const firsts = new Map(instruments.map(({ symbol }) => [symbol, market.trades(symbol, 1).at(-1)?.id ?? 0]));
  market.start();
  await runtime.advanceAsync(20_000, settle);
  market.stop();
  await runtime.advanceAsync(500, settle);
  await handler.stop();
  await recorder.close();
  const text = (trade: { id: number; time: number; price: number; size: number; side: string }, symbol: string): object => ({
    symbol: symbol.replace('/', '-'), side: trade.side, price: decimalText(trade.price, 2), amount: decimalText(trade.size, 4), id: String(trade.id),
    timestamp: trade.time / 1000,
  }); // prettier-ignore
  const perSymbol = instruments.map(({ symbol }) => ({
    symbol,
    trades: market.trades(symbol, 1e6).filter((trade) => trade.id > firsts.get(symbol)!),
  }));
  const sum = (trades: readonly { side: string; size: number }[], side: string): string =>
    decimalText(trades.filter((trade) => trade.side === side).reduce((all, trade) => all + trade.size, 0), 4); // prettier-ignore
  const expected = {
    exchange: id,
    recording: `${name}.jsonl.gz`,
    produced_by: 'the seeded local venue itself: its trades and its books at the end',
    channel_totals: { trades: perSymbol.reduce((all, one) => all + one.trades.length, 0) },
    trades: {
      count: perSymbol.reduce((all, one) => all + one.trades.length, 0),
      per_symbol: Object.fromEntries(perSymbol.map(({ symbol, trades }) => [symbol.replace('/', '-'), {
        count: trades.length, first: text(trades[0]!, symbol), last: text(trades.at(-1)!, symbol),
        volume_buy: sum(trades, 'buy'), volume_sell: sum(trades, 'sell'),
      }])), // prettier-ignore
    },
    books: Object.fromEntries(instruments.map(({ symbol }) => {
      const book = market.book(symbol);
      const rows = (levels: readonly (readonly [number, number])[]): string[][] => levels.slice(0, 10).map(([price, size]) => [decimalText(price, 2), decimalText(size, 4)]);
      return [symbol.replace('/', '-'), { bids: rows(book.bids), asks: rows(book.asks), levels: [book.bids.length, book.asks.length], sequence: book.updateId }];
    })), // prettier-ignore
    sequence_gaps: 0,
  };
  writeFileSync(join(folder, 'expected', `${name}.json`), `${JSON.stringify(expected, undefined, 1)}\n`);
}

if (process.argv[1]?.endsWith('make-own.ts') === true) {
  for (const id of ['binance', 'okx'] as const) await makeOwn(join(import.meta.dirname, 'own'), id);
}
