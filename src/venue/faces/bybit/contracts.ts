/** Bybit's linear perpetuals of an account: positions, leverage, modes and funding, and the fields that only orders on contracts have. */
import { balanceText, changeLeverage, changeMarginMode, changePositionMode, Refusal, type ContractOrder, type ContractPosition, type ExchangeRequest, type PositionSide } from '../../exchange/index.ts'; // prettier-ignore
import { decimalText } from '../../market-data.ts';
import { categoryOf, nameOf, positionIndexOf, sideText } from './fields.ts';
import { BybitRefusal, inBybitWords, placeOf, stepsOf, type BybitPlace, type Own, type Row } from './words.ts';

/** Positions by Bybit's numbers. */
const sides: readonly PositionSide[] = ['BOTH', 'LONG', 'SHORT'];

/** The positions and the margin of an account. @throws {BybitRefusal} When the account has no contracts. */
function contractsOf(own: Own): NonNullable<Own['contracts']> {
  if (own.contracts !== undefined) return own.contracts;
  throw new BybitRefusal(10001, 'the local exchange has no contracts');
}

/** Fields that only orders on contracts have; undefined on spot. */
export function contractOf({ exchange, account }: BybitPlace, row: Row): ContractOrder | undefined {
  const { side, positionIdx = '0', reduceOnly = 'false' } = row;
  const ledger = exchange.contracts;
  if (ledger === undefined) return undefined;
  const positionSide = sides[Number(positionIdx)];
  const { isHedged } = ledger.of(account);
  if (positionSide === undefined || isHedged !== (positionSide !== 'BOTH')) {
    throw new BybitRefusal(10001, 'position idx not match position mode');
  }
  const closes = positionSide === 'LONG' ? 'Sell' : 'Buy';
  return {
    positionSide,
    // In hedge mode the position that an order names says whether it reduces.
    reduceOnly: positionSide === 'BOTH' ? reduceOnly === 'true' : side === closes,
    closesPosition: false,
    isLiquidation: false,
  };
}

/** The trigger of a conditional order: it says from which side the price reaches it. */
export function directedTriggerOf({ exchange, instrument }: BybitPlace, row: Row, isMarket: boolean): Partial<ExchangeRequest> {
  const { side, triggerDirection, triggerBy = 'LastPrice' } = row;
  if (triggerBy !== 'LastPrice') throw new BybitRefusal(10001, 'params error: the local exchange triggers only by LastPrice');
  if (triggerDirection !== '1' && triggerDirection !== '2') throw new BybitRefusal(10001, 'params error: triggerDirection invalid');
  const isRising = triggerDirection === '1';
  const stopPrice = stepsOf(row, 'triggerPrice', instrument.priceDecimals);
  const last = exchange.lastPrice(instrument.symbol, side === 'Buy' ? 'buy' : 'sell');
  if (last !== undefined && (isRising ? stopPrice <= last : stopPrice >= last)) {
    const [wanted, sign] = isRising ? ['Rising', '<='] : ['Falling', '>='];
    throw new BybitRefusal(isRising ? 110092 : 110093, `expect ${wanted}, but trigger_price[${stopPrice}] ${sign} current[${last}]??LastPrice`);
  }
  const type = isRising === (side === 'Buy') ? 'STOP_LOSS' : 'TAKE_PROFIT';
  return { type: isMarket ? type : `${type}_LIMIT`, stopPrice, conditional: { sentAs: 'StopOrder', locksAtTrigger: true, last } };
} // prettier-ignore

/** Checks a reduce-only order and cuts it to the size of the position. */
export function reduced({ exchange, account }: BybitPlace, wanted: ExchangeRequest): ExchangeRequest {
  const { contract, symbol, side, size, stopPrice } = wanted;
  if (contract?.reduceOnly !== true || stopPrice !== undefined) return wanted;
  const { lots } = exchange.contracts!.of(account).position(symbol, contract.positionSide);
  if (lots === 0 || lots > 0 !== (side === 'sell')) throw new Refusal(-2022, 'ReduceOnly Order is rejected.');
  return { ...wanted, size: Math.min(size, Math.abs(lots)) };
}

/** `position/set-leverage`: the same for both sides. */
export function setLeverage(own: Own, row: Row): object {
  const { exchange, account, instrument } = placeOf(own, row);
  const ledger = exchange.contracts;
  const { buyLeverage = '', sellLeverage = '' } = row;
  if (ledger === undefined) throw new BybitRefusal(10001, 'params error: category invalid');
  if (!/^[1-9]\d{0,2}$/.test(buyLeverage) || buyLeverage !== sellLeverage) throw new BybitRefusal(10001, 'buy leverage invalid'); // prettier-ignore
  if (ledger.of(account).settings(instrument.symbol).leverage === Number(buyLeverage)) {
    throw new BybitRefusal(110043, 'leverage not modified');
  }
  inBybitWords(row, () => {
    changeLeverage(ledger, account, instrument.symbol, Number(buyLeverage));
  });
  return {};
}

/** `position/switch-mode`: one position of each contract (0), or one for each side (3). Here it is one mode for the account. */
export function switchMode(own: Own, row: Row): object {
  const { mode } = row;
  if (mode !== '0' && mode !== '3') throw new BybitRefusal(10001, 'params error: mode invalid');
  const { ledger, account } = contractsOf(own);
  if (ledger.of(account).isHedged === (mode === '3')) throw new BybitRefusal(110025, 'Position mode is not modified');
  inBybitWords(row, () => {
    changePositionMode(ledger, account, mode === '3');
  });
  return {};
}

/** Bybit's word for the margin mode of the account. */
export function marginModeOf(own: Own): string {
  const { contracts } = own;
  const isIsolated = contracts !== undefined && contractSymbols(own).some((one) => contracts.ledger.of(contracts.account).settings(one).isIsolated);
  return isIsolated ? 'ISOLATED_MARGIN' : 'REGULAR_MARGIN';
} // prettier-ignore

function contractSymbols(own: Own): string[] {
  return own.exchanges.instruments.filter(({ settle }) => settle !== undefined).map(({ symbol }) => symbol);
}

/** `account/set-margin-mode`: one mode for every contract of the account. */
export function setMarginMode(own: Own, row: Row): object {
  const mode = row['setMarginMode'];
  if (mode !== 'REGULAR_MARGIN' && mode !== 'ISOLATED_MARGIN') throw new BybitRefusal(10001, 'params error: setMarginMode invalid'); // prettier-ignore
  const { ledger, account } = contractsOf(own);
  const isIsolated = mode === 'ISOLATED_MARGIN';
  const others = contractSymbols(own).filter((one) => ledger.of(account).settings(one).isIsolated !== isIsolated);
  for (const symbol of others) {
    inBybitWords({ category: 'linear' }, () => {
      changeMarginMode(ledger, account, symbol, isIsolated);
    });
  }
  return { reasons: [] };
}

/** A position as `position/list` and the topic of positions show it. */
export function positionFields(own: Own, position: ContractPosition): object {
  const { ledger, account } = contractsOf(own);
  const { lots, cost, symbol, side, margin, realised, updated } = position;
  const instrument = own.exchanges.instrument(symbol);
  const { isIsolated, leverage, entry, mark, unrealised, initial, maintenance, liquidation } = ledger.margins.figuresOf(account, position);
  return {
    category: categoryOf(instrument), symbol: nameOf(instrument), positionIdx: positionIndexOf({ positionSide: side }), riskId: 1, riskLimitValue: '0',
    side: lots === 0 ? '' : sideText(lots > 0 ? 'buy' : 'sell'), size: decimalText(Math.abs(lots), instrument.sizeDecimals), avgPrice: balanceText(entry), entryPrice: balanceText(entry),
    positionValue: balanceText(cost), tradeMode: isIsolated ? 1 : 0, positionStatus: 'Normal', autoAddMargin: 0, adlRankIndicator: 0,
    leverage: String(leverage), markPrice: balanceText(mark), liqPrice: liquidation === 0n ? '' : balanceText(liquidation), bustPrice: '',
    positionIM: balanceText(isIsolated ? margin : initial), positionMM: balanceText(maintenance), positionBalance: balanceText(isIsolated ? margin : 0n),
    takeProfit: '', stopLoss: '', trailingStop: '', unrealisedPnl: balanceText(unrealised), curRealisedPnl: balanceText(realised), cumRealisedPnl: balanceText(realised),
    createdTime: String(updated), updatedTime: String(updated), seq: 1, isReduceOnly: false,
  };
} // prettier-ignore

/** `position/list`: those that are open, or of one symbol the flat ones too. */
export function positionList(own: Own, row: Row): object {
  const wanted = row['symbol'] === undefined ? undefined : placeOf(own, row).instrument.symbol;
  const { ledger, account } = contractsOf(own);
  const state = ledger.of(account);
  const named = state.isHedged ? (['LONG', 'SHORT'] as const) : (['BOTH'] as const);
  const found = wanted === undefined ? ledger.margins.open(account) : named.map((side) => state.position(wanted, side));
  return { category: 'linear', list: found.map((one) => positionFields(own, one)), nextPageCursor: '' };
}

/** Funding payments as executions: the fee is the amount paid, negative when it was received. */
export function fundingExecutions(own: Own): { readonly time: number; readonly symbol: string; readonly fields: object }[] {
  const { contracts } = own;
  if (contracts === undefined) return [];
  const { ledger, account } = contracts;
  return ledger.of(account).incomes.flatMap(({ type, symbol, amount, time, id, asset }) => {
    if (type !== 'FUNDING_FEE' || symbol === undefined) return [];
    const instrument = own.exchanges.instrument(symbol);
    const due = ledger.paid(symbol).find((one) => one.time === time);
    const fields = {
      category: 'linear', symbol: nameOf(instrument), execId: `funding-${id}`, orderId: `funding-${id}`, orderLinkId: '', side: sideText(amount < 0n ? 'buy' : 'sell'),
      orderType: 'UNKNOWN', execType: 'Funding', execFee: balanceText(-amount), feeRate: String(due?.rate ?? 0), feeCurrency: asset, execPrice: balanceText(due?.mark ?? 0n),
      execQty: '0', execValue: '0', isMaker: false, execTime: String(time), orderQty: '0', leavesQty: '0', seq: id,
    };
    return [{ time, symbol, fields }];
  });
} // prettier-ignore
