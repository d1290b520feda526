/** Leverage, margin mode and position mode of contracts through ccxt. */
import { ConfigError, messageOf, type ContractSettings } from '../../../core/index.ts';
import type { CcxtExchange } from '../connection/exchange.ts';
import type { CcxtStore } from '../connection/store.ts';
import { leverageParamsOf } from '../connection/venues.ts';

/** The methods of ccxt for settings of contracts. */
interface SettingMethods {
  fetchPositionMode(symbol: string): Promise<{ readonly hedged?: boolean }>;
  setPositionMode(hedged: boolean, symbol?: string): Promise<unknown>;
  setMarginMode(mode: string, symbol: string, params?: object): Promise<unknown>;
  setLeverage(leverage: number, symbol: string, params?: object): Promise<unknown>;
}

/** Sets leverage, margin mode and position mode. A setting that is in force already is no error. */
export async function prepareContracts(
  store: CcxtStore,
  settings: readonly ContractSettings[],
  isHedged: boolean,
): Promise<void> {
  if (settings.length === 0) return;
  const set = async (what: string, act: (exchange: SettingMethods) => Promise<unknown>): Promise<void> => {
    try {
      await store.callOnce(what, (exchange) => act(exchange as unknown as SettingMethods));
    } catch (error) {
      const text = messageOf(error);
      if (/no need to change|not modified|not been modified|already/i.test(text)) return;
      if (/-404[78]|-406[78]|exists open|exists position|existing (?:open orders|position)|cancel any open orders|close positions/i.test(text)) {
        throw new ConfigError(`${what} failed, because positions or orders are open: close them, or take over the account's settings: ${text}`); // prettier-ignore
      }
      throw error;
    }
  };
  const exchange = (await store.open()) as unknown as SettingMethods & CcxtExchange;
  const [first] = settings;
  if (exchange.has['setPositionMode'] === true) {
    // Some exchanges refuse to set the mode that is set already, while something is open: they are asked first.
    const isSet =
      exchange.has['fetchPositionMode'] === true &&
      (await store.readOnce('ask for its position mode', () => exchange.fetchPositionMode(first!.symbol))).hedged === isHedged;
    if (!isSet) {
      await set(isHedged ? 'set hedge mode' : 'set one-way mode', (ccxt) => ccxt.setPositionMode(isHedged, first!.symbol));
    }
  } else if (isHedged) throw new ConfigError(`${exchange.id} has no hedge mode: ccxt has no setPositionMode for it`);
  for (const { symbol, leverage, margin } of settings) {
    const { forMode, forLeverage } = leverageParamsOf(exchange.id, { leverage, margin, isHedged });
    if (exchange.has['setMarginMode'] === true) {
      for (const more of forMode) {
        await set(`set ${margin} margin of ${symbol}`, (ccxt) => ccxt.setMarginMode(margin, symbol, more));
      }
    }
    for (const more of forLeverage) {
      await set(`set leverage ${leverage} of ${symbol}`, (ccxt) => ccxt.setLeverage(leverage, symbol, more));
    }
  }
} // prettier-ignore
