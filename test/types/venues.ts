/** ccxt's own exchange has what this package's types say of it: a change in ccxt that matters fails here. */
import type { Exchange } from 'ccxt';

import type { CcxtExchange } from '../../src/connectors/ccxt/index.ts';

/** Compiles while every method and row of ccxt fits. */
export function fits(exchange: Exchange): CcxtExchange {
  return exchange;
}
