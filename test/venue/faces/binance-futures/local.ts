/** Contracts of Binance for tests: bars that the test chooses, a clock that it moves, and real ccxt on loopback. */
import ccxt, { type Exchange } from 'ccxt';
import { onTestFinished } from 'vitest';

import { createBars, systemRuntime, type Bars, type Runtime } from '../../../../src/core/index.ts';
import { BarMarket, openLocalExchange, type ContractOptions, type LocalExchange } from '../../../../src/venue/index.ts';

export const symbol = 'BTC/USDT:USDT';
export const minute = 60_000;

/** Bars that go from price to price, one a minute. */
export function barsAlong(start: number, prices: readonly number[], ms = minute): Bars {
  const bars = createBars(prices.length);
  prices.forEach((close, i) => {
    const open = prices[Math.max(0, i - 1)]!;
    bars.time[i] = start + i * ms;
    bars.open[i] = open;
    bars.close[i] = close;
    bars.high[i] = Math.max(open, close);
    bars.low[i] = Math.min(open, close);
    bars.volume[i] = 1_000;
  });
  return bars;
}

/** A clock that stands still between `to` calls; timers are the computer's. */
export interface SetClock extends Runtime {
  time: number;
}

function setClock(time: number): SetClock {
  const clock: SetClock = Object.create(systemRuntime) as SetClock;
  clock.time = time;
  clock.now = () => clock.time;
  return clock;
}

export interface ContractVenue {
  readonly exchange: LocalExchange;
  readonly market: BarMarket;
  readonly clock: SetClock;
  /** ccxt's binanceusdm of an account. */
  client(key?: string, more?: object): Promise<Exchange>;
  /** Lets the clock go on to a moment. */
  to(time: number): void;
}

export const start = Date.UTC(2024, 0, 1);

/** Opens contracts that trade along prices; the account holds 10,000 USDT. */
export async function contractVenue(
  prices: readonly number[],
  contracts: ContractOptions = {},
): Promise<ContractVenue> {
  const clock = setClock(start + 30_000);
  const instrument = { symbol, base: 'BTC', quote: 'USDT', settle: 'USDT', priceDecimals: 1, sizeDecimals: 3 };
  const market = new BarMarket(clock, {
    series: [{ instrument, bars: barsAlong(start, prices), timeframe: '1m' }],
    accounts: [
      { apiKey: 'key', secret: 'secret', balances: { USDT: 10_000 } },
      { apiKey: 'other', secret: 'secret', balances: { USDT: 10_000 } },
    ],
    makerFee: 0.0002,
    takerFee: 0.0005,
    contracts,
  });
  const exchange = await openLocalExchange({ runtime: clock, market, checksTime: false });
  onTestFinished(() => exchange.close());
  const client = async (key = 'key', options: object = {}): Promise<Exchange> => {
    const made = new ccxt.pro.binanceusdm({ apiKey: key, secret: 'secret', enableRateLimit: false, ...options });
    made.urls.api = JSON.parse(
      JSON.stringify(made.urls.api).replaceAll(/(https|wss):\/\/[^/"]+/g, (_all, scheme: string) => {
        return scheme === 'wss' ? exchange.url.replace('http', 'ws') : exchange.url;
      }),
    ) as never;
    await made.loadHttpProxyAgent();
    await made.loadMarkets();
    onTestFinished(() => made.close());
    return made;
  };
  return {
    exchange,
    market,
    clock,
    client,
    to: (time) => {
      clock.time = time;
      market.settle();
      market.exchange.payFunding();
    },
  };
}
