/** What an account of a contract exchange has beyond balances: positions, leverage, margin modes, and what was booked to its wallet. */
import type { PositionSide } from './order.ts';

/** One position: signed lots and what they cost. */
export interface ContractPosition {
  /** The unified symbol. */
  readonly symbol: string;
  /** `BOTH` in one-way mode, `LONG` or `SHORT` in hedge mode. */
  readonly side: PositionSide;
  /** Lots, negative when short. */
  lots: number;
  /** Value of the lots at their entry prices, scaled and never negative. */
  cost: bigint;
  /** What an isolated position holds of the wallet, scaled. */
  margin: bigint;
  /** Profit realised since the position was opened, scaled. */
  realised: bigint;
  /** When it last changed, milliseconds UTC. */
  updated: number;
}

/** Why an amount was booked, in Binance's words. */
export type IncomeType =
  'REALIZED_PNL' | 'COMMISSION' | 'FUNDING_FEE' | 'INSURANCE_CLEAR' | 'TRANSFER' | 'POSITION_MARGIN';

/** One booking of the wallet. */
export interface Income {
  /** Its number, never used twice on the exchange. */
  readonly id: number;
  /** Why it was booked. */
  readonly type: IncomeType;
  /** Undefined for a transfer. */
  readonly symbol: string | undefined;
  /** The asset of the wallet, such as `USDT`. */
  readonly asset: string;
  /** What was received, scaled; negative when paid. */
  readonly amount: bigint;
  /** When it was booked, milliseconds UTC. */
  readonly time: number;
  /** The trade that caused it. */
  readonly tradeId: number | undefined;
}

/** A change of margin that the owner of an isolated position made. */
export interface MarginChange {
  /** The unified symbol. */
  readonly symbol: string;
  /** The position: `BOTH` in one-way mode. */
  readonly side: PositionSide;
  /** What was added, scaled; negative when taken out. */
  readonly amount: bigint;
  /** When, milliseconds UTC. */
  readonly time: number;
}

/** An account's settings of one symbol. */
export interface SymbolSettings {
  /** Leverage of its positions. Default: that of the exchange. */
  leverage: number;
  /** Whether its positions are isolated; cross positions share the wallet. Default false. */
  isIsolated: boolean;
}

/** Positions and settings of one account. */
export class ContractAccount {
  /** Whether each symbol has a position for each side. */
  isHedged = false;
  /** Every booking of the wallet, oldest first. */
  readonly incomes: Income[] = [];
  /** Every change of the margin of isolated positions, oldest first. */
  readonly marginChanges: MarginChange[] = [];
  readonly #positions = new Map<string, ContractPosition>();
  readonly #settings = new Map<string, SymbolSettings>();
  readonly #leverage: number;

  constructor(leverage: number) {
    this.#leverage = leverage;
  }

  /** Every position that was ever opened, flat ones included. */
  get positions(): Iterable<ContractPosition> {
    return this.#positions.values();
  }

  /** The position of a symbol and side; a flat one where none was opened. */
  position(symbol: string, side: PositionSide): ContractPosition {
    const key = `${symbol} ${side}`;
    let position = this.#positions.get(key);
    if (position === undefined) {
      position = { symbol, side, lots: 0, cost: 0n, margin: 0n, realised: 0n, updated: 0 };
      this.#positions.set(key, position);
    }
    return position;
  }

  /** The settings of a symbol. Default: cross margin at the leverage of the exchange. */
  settings(symbol: string): SymbolSettings {
    let settings = this.#settings.get(symbol);
    if (settings === undefined) {
      settings = { leverage: this.#leverage, isIsolated: false };
      this.#settings.set(symbol, settings);
    }
    return settings;
  }
}
