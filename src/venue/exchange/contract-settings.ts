/** What an account sets for its contracts: leverage, margin mode, hedge mode, and the margin of an isolated position. */
import type { Account } from './account.ts';
import type { ContractLedger } from './contract-ledger.ts';
import { Refusal, type PositionSide } from './order.ts';

/** @throws {Refusal} When the leverage is not allowed. */
export function changeLeverage(ledger: ContractLedger, account: Account, symbol: string, leverage: number): void {
  const { margins } = ledger;
  const most = margins.mostLeverage;
  if (!Number.isInteger(leverage) || leverage < 1 || leverage > Math.min(125, most)) {
    throw new Refusal(-4028, `Leverage ${leverage} is not valid`);
  }
  const settings = margins.of(account).settings(symbol);
  const held = margins.open(account).filter((one) => one.symbol === symbol);
  if (settings.isIsolated && held.length > 0 && leverage < settings.leverage) {
    throw new Refusal(-4161, 'Leverage reduction is not supported in Isolated Margin Mode with open positions.');
  }
  for (const position of held) {
    if (leverage > margins.maxLeverage(margins.valueAt(position, margins.markOf(symbol)))) {
      throw new Refusal(-2027, 'Exceeded the maximum allowable position at current leverage.');
    }
  }
  settings.leverage = leverage;
}

/** @throws {Refusal} When it has that mode already, or positions or orders are open. */
export function changeMarginMode(ledger: ContractLedger, account: Account, symbol: string, isIsolated: boolean): void {
  const { margins } = ledger;
  const settings = margins.of(account).settings(symbol);
  if (settings.isIsolated === isIsolated) throw new Refusal(-4046, 'No need to change margin type.');
  if ([...account.open].some((one) => one.symbol === symbol)) {
    throw new Refusal(-4047, 'Margin type cannot be changed if there exists open orders.');
  }
  if (margins.open(account).some((one) => one.symbol === symbol)) {
    throw new Refusal(-4048, 'Margin type cannot be changed if there exists position.');
  }
  settings.isIsolated = isIsolated;
}

/** @throws {Refusal} When it has that mode already, or positions or orders are open. */
export function changePositionMode(ledger: ContractLedger, account: Account, isHedged: boolean): void {
  const { margins } = ledger;
  const own = margins.of(account);
  if (own.isHedged === isHedged) throw new Refusal(-4059, 'No need to change position side.');
  if ([...account.open].length > 0) {
    throw new Refusal(-4067, 'Position side cannot be changed if there exists open orders.');
  }
  if (margins.open(account).length > 0) {
    throw new Refusal(-4068, 'Position side cannot be changed if there exists position.');
  }
  own.isHedged = isHedged;
}

/** Moves money between the wallet and an isolated position. @throws {Refusal} When there is too little. */
export function moveMargin(
  ledger: ContractLedger,
  account: Account,
  symbol: string,
  side: PositionSide,
  amount: bigint,
): void {
  const { margins } = ledger;
  const position = margins.of(account).position(symbol, side);
  const { quote } = margins.market(symbol).instrument;
  if (position.lots === 0 || !margins.isIsolated(account, position)) {
    throw new Refusal(-4046, 'Cannot add position margin: position is 0.');
  }
  const spare = position.margin + margins.unrealised(position) - margins.initialOf(account, position);
  if (amount > 0n && amount > margins.available(account, quote)) throw new Refusal(-2019, 'Margin is insufficient.');
  if (amount < 0n && -amount > spare) throw new Refusal(-2019, 'Margin is insufficient.');
  position.margin += amount;
  margins.of(account).marginChanges.push({ symbol, side, amount, time: ledger.now() });
  ledger.noteChange({ account, reason: 'MARGIN_TRANSFER', asset: quote, amount: 0n, positions: [{ ...position }] });
}
