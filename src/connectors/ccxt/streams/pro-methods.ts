/** Which of ccxt's watch methods serve which channel, which of their failures are temporary, and how streams are closed. */
import {
  AuthError,
  ConfigError,
  ConnectorError,
  ProtocolError,
  RegionBlockedError,
  type Channel,
  type Runtime,
} from '../../../core/index.ts';
import type { CcxtExchange } from '../connection/exchange.ts';

/** A ccxt method that returns the next rows of a stream. */
export type WatchMethod = 'watchTrades' | 'watchBidsAsks' | 'watchTicker' | 'watchOrderBook' | 'watchOHLCV';

/** The methods of each channel, the best first. */
const methods: Readonly<Partial<Record<Channel, readonly WatchMethod[]>>> = {
  trade: ['watchTrades'],
  quote: ['watchBidsAsks', 'watchTicker', 'watchOrderBook'],
  book: ['watchOrderBook'],
  bar: ['watchOHLCV'],
  ticker24h: ['watchTicker'],
};

/** The method that watches a channel; undefined where the exchange has none. */
export function watchMethod(exchange: CcxtExchange, channel: Channel): WatchMethod | undefined {
  return methods[channel]?.find((method) => exchange.has[method] === true);
}

/**
 * Whether watching again may work: not after a refusal of the key, the region, the symbol or the channel, and not when an answer could not
 * be read. Everything else is a lost connection or a book out of step.
 */
export function isWorthRepeating(error: unknown): error is ConnectorError {
  if (!(error instanceof ConnectorError) || error instanceof AuthError || error instanceof RegionBlockedError)
    return false;
  return !(error instanceof ProtocolError) || error.retryable;
}

/** Closes the sockets of an exchange, waiting only briefly for its closing handshake. */
export async function closeStreams(exchange: CcxtExchange, runtime: Runtime): Promise<void> {
  await new Promise<void>((resolve) => {
    const timer = runtime.after(2_000, resolve);
    exchange.close().then(
      () => {
        timer.cancel();
        resolve();
      },
      () => {
        timer.cancel();
        resolve();
      },
    );
  });
}

/** The error for a channel that an exchange does not stream. */
export function unwatchable(exchange: string, channel: Channel): ConfigError {
  return new ConfigError(`${exchange} has no stream of channel '${channel}' in ccxt`, {
    code: 'unknown-channel',
    context: { exchange, channel },
  });
}
