/** Answers about an account of contracts: wallet, positions, settings, income and executions. */
import {
  changeLeverage,
  changeMarginMode,
  changePositionMode,
  moveMargin,
  balanceFrom,
  isOver,
  isStop,
  Refusal,
  type ContractPosition,
  type PositionSide,
} from '../../exchange/index.ts';
import type { MarketInstrument } from '../../market-data.ts';
import { nameOf } from '../binance/fields.ts';
import { instrumentOf, limitOf, needed, rangeOf, wholeOf, wordOf, type ApiRequest } from '../binance/request.ts';
import type { OwnContracts } from './facts.ts';
import { algoFields, fillFields, isConditional, moneyText, orderFields, positionFields } from './fields.ts';

/** The assets that contracts are margined in, and what else the account holds. */
function assetsOf({ account, instruments }: OwnContracts): string[] {
  return [...new Set([...[...instruments.values()].map(({ quote }) => quote), ...account.assets])];
}

/** Figures of one asset. */
function assetFields(own: OwnContracts, asset: string): Record<string, string | number | boolean> {
  const { account, contracts } = own;
  const open = contracts.margins.open(account, asset);
  let [unrealised, initial, maintenance, crossProfit] = [0n, 0n, 0n, 0n];
  for (const position of open) {
    const profit = contracts.margins.unrealised(position);
    unrealised += profit;
    initial += contracts.margins.initialOf(account, position);
    maintenance += contracts.margins.maintenanceOf(
      contracts.margins.valueAt(position, contracts.margins.markOf(position.symbol)),
    );
    if (!contracts.margins.isIsolated(account, position)) crossProfit += profit;
  }
  const wallet = contracts.margins.wallet(account, asset);
  const { locked } = account.holding(asset);
  const available = contracts.margins.available(account, asset);
  return {
    asset,
    walletBalance: moneyText(wallet),
    unrealizedProfit: moneyText(unrealised),
    marginBalance: moneyText(wallet + unrealised),
    maintMargin: moneyText(maintenance),
    initialMargin: moneyText(initial + locked),
    positionInitialMargin: moneyText(initial),
    openOrderInitialMargin: moneyText(locked),
    crossWalletBalance: moneyText(contracts.margins.crossWallet(account, asset)),
    crossUnPnl: moneyText(crossProfit),
    availableBalance: moneyText(available),
    maxWithdrawAmount: moneyText(available),
    marginAvailable: true,
    updateTime: Math.max(1, account.updated),
  };
}

/** The balance of every asset. */
export function balances(_request: ApiRequest, own: OwnContracts): object[] {
  return assetsOf(own).map((asset) => {
    const { walletBalance, ...fields } = assetFields(own, asset);
    return { accountAlias: own.account.name.replace(/\W/g, ''), balance: walletBalance, ...fields };
  });
}

/** Positions to list: one for each symbol in one-way mode, one for each side in hedge mode; `v3` lists only open ones. */
function positionsOf(own: OwnContracts, isAll: boolean): [ContractPosition, MarketInstrument][] {
  const { account, contracts, instruments } = own;
  const state = contracts.of(account);
  const sides: readonly PositionSide[] = state.isHedged ? ['LONG', 'SHORT'] : ['BOTH'];
  return [...instruments.values()].flatMap((one) =>
    sides
      .map((side): [ContractPosition, MarketInstrument] => [state.position(one.symbol, side), one])
      .filter(([position]) => isAll || position.lots !== 0),
  );
}

/** The whole account. */
export function accountAnswer(isAll: boolean): (request: ApiRequest, own: OwnContracts) => object {
  return (_request, own) => {
    const assets = assetsOf(own).map((asset) => assetFields(own, asset));
    const total = (field: string): string => {
      const sum = assets.reduce((all, row) => all + toUnits(String(row[field])), 0n);
      return moneyText(sum);
    };
    const positions = positionsOf(own, isAll).map(([position, one]) => {
      const fields = positionFields(own.contracts, own.account, position, one);
      return { ...fields, unrealizedProfit: fields['unRealizedProfit'], isolated: fields['marginType'] === 'isolated' };
    });
    return {
      feeTier: 0, canTrade: true, canDeposit: true, canWithdraw: true, updateTime: 0, multiAssetsMargin: false, tradeGroupId: -1,
      totalInitialMargin: total('initialMargin'), totalMaintMargin: total('maintMargin'), totalWalletBalance: total('walletBalance'),
      totalUnrealizedProfit: total('unrealizedProfit'), totalMarginBalance: total('marginBalance'),
      totalPositionInitialMargin: total('positionInitialMargin'), totalOpenOrderInitialMargin: total('openOrderInitialMargin'),
      totalCrossWalletBalance: total('crossWalletBalance'), totalCrossUnPnl: total('crossUnPnl'), availableBalance: total('availableBalance'),
      maxWithdrawAmount: total('maxWithdrawAmount'), assets, positions,
    }; // prettier-ignore
  };
}

function toUnits(text: string): bigint {
  return text.startsWith('-') ? -balanceFrom(text.slice(1), 'amount') : balanceFrom(text, 'amount');
}

/** Positions with mark, liquidation price and margins. */
export function positionRisk(isAll: boolean): (request: ApiRequest, own: OwnContracts) => object[] {
  return (request, own) => {
    const symbol = request.params.has('symbol') ? instrumentOf(request, own.instruments).symbol : undefined;
    return positionsOf(own, isAll)
      .filter(([position]) => symbol === undefined || position.symbol === symbol)
      .map(([position, one]) => positionFields(own.contracts, own.account, position, one));
  };
}

export function positionMode(_request: ApiRequest, { account, contracts }: OwnContracts): object {
  return { dualSidePosition: contracts.of(account).isHedged };
}

export function setPositionMode(request: ApiRequest, { account, contracts }: OwnContracts): object {
  needed(request, 'dualSidePosition');
  changePositionMode(contracts, account, wordOf(request, 'dualSidePosition', ['true', 'false']) === 'true');
  return { code: 200, msg: 'success' };
}

export function setLeverage(request: ApiRequest, { account, contracts, instruments }: OwnContracts): object {
  const one = instrumentOf(request, instruments);
  needed(request, 'leverage');
  const leverage = wholeOf(request, 'leverage')!;
  changeLeverage(contracts, account, one.symbol, leverage);
  const most = contracts.margins.brackets.filter(({ maxLeverage = 125 }) => maxLeverage >= leverage).at(-1)?.upTo ?? 0;
  return { leverage, maxNotionalValue: String(most), symbol: nameOf(one) };
}

export function setMarginType(request: ApiRequest, { account, contracts, instruments }: OwnContracts): object {
  const one = instrumentOf(request, instruments);
  needed(request, 'marginType');
  const word = wordOf(request, 'marginType', ['ISOLATED', 'CROSSED'], new Refusal(-4063, 'Invalid margin type.'));
  changeMarginMode(contracts, account, one.symbol, word === 'ISOLATED');
  return { code: 200, msg: 'success' };
}

/** Adds margin to an isolated position (type 1), or takes some of it (type 2). */
export function addMargin(request: ApiRequest, { account, contracts, instruments }: OwnContracts): object {
  const one = instrumentOf(request, instruments);
  const amount = balanceFrom(needed(request, 'amount'), 'amount');
  const type = wordOf(request, 'type', ['1', '2']) ?? needed(request, 'type');
  const side = wordOf(request, 'positionSide', ['BOTH', 'LONG', 'SHORT']) ?? 'BOTH';
  moveMargin(contracts, account, one.symbol, side, type === '1' ? amount : -amount);
  return { amount: Number(amount) / 1e8, code: 200, msg: 'Successfully modify position margin.', type: Number(type) };
}

export function marginHistory(request: ApiRequest, { account, contracts, instruments }: OwnContracts): object[] {
  const one = instrumentOf(request, instruments);
  const rows = contracts.of(account).marginChanges.filter(({ symbol }) => symbol === one.symbol);
  return rows.slice(-limitOf(request, 500, 1000)).map(({ amount, side, time }) => ({
    symbol: nameOf(one), type: amount > 0n ? 1 : 2, amount: moneyText(amount > 0n ? amount : -amount), asset: one.quote, time, positionSide: side,
    deltaType: 'USER_ADJUST',
  })); // prettier-ignore
}

/** Brackets of notional value, and the leverage and maintenance margin of each. */
export function leverageBracket(request: ApiRequest, { contracts, instruments }: OwnContracts): object {
  let [floor, rate, cum] = [0, 0, 0];
  const rows = contracts.margins.brackets.map(({ upTo, maintenanceRate, maintenanceAmount, maxLeverage = 125 }, i) => {
    cum = maintenanceAmount ?? (i === 0 ? 0 : +(cum + floor * (maintenanceRate - rate)).toPrecision(12));
    const row = {
      bracket: i + 1, initialLeverage: maxLeverage, notionalCap: upTo, notionalFloor: floor, maintMarginRatio: maintenanceRate, cum,
    }; // prettier-ignore
    [floor, rate] = [upTo, maintenanceRate];
    return row;
  });
  const all = [...instruments.values()].map((one) => ({ symbol: nameOf(one), notionalCoef: 1, brackets: rows }));
  if (!request.params.has('symbol')) return all;
  const name = nameOf(instrumentOf(request, instruments));
  return all.filter(({ symbol }) => symbol === name);
}

/** What was booked to the wallet, oldest first. */
export function income(request: ApiRequest, own: OwnContracts): object[] {
  const { account, contracts, instruments } = own;
  const symbol = request.params.has('symbol') ? instrumentOf(request, instruments).symbol : undefined;
  const type = request.params.get('incomeType');
  const { start, end } = rangeOf(request);
  const limit = limitOf(request, 100, 1000);
  const rows = contracts
    .of(account)
    .incomes.filter(
      (one) =>
        (symbol === undefined || one.symbol === symbol) &&
        (type === undefined || one.type === type) &&
        one.time >= (start ?? request.now - 7 * 86_400_000) &&
        one.time <= (end ?? Infinity),
    );
  const page = start === undefined ? rows.slice(-limit) : rows.slice(0, limit);
  return page.map((one) => ({
    symbol: one.symbol === undefined ? '' : nameOf(own.market.instruments.find((each) => each.symbol === one.symbol)!),
    incomeType: one.type, income: moneyText(one.amount), asset: one.asset, info: one.type, time: one.time, tranId: one.id,
    tradeId: one.tradeId === undefined ? '' : String(one.tradeId),
  })); // prettier-ignore
}

export function commissionRate(request: ApiRequest, { contracts, instruments }: OwnContracts): object {
  const { maker, taker } = contracts.rateTexts();
  return { symbol: nameOf(instrumentOf(request, instruments)), makerCommissionRate: maker, takerCommissionRate: taker };
}

/** Leverage and margin mode of each symbol. */
export function symbolConfig(request: ApiRequest, { account, contracts, instruments }: OwnContracts): object[] {
  const rows = request.params.has('symbol') ? [instrumentOf(request, instruments)] : [...instruments.values()];
  return rows.map((one) => {
    const { leverage, isIsolated } = contracts.of(account).settings(one.symbol);
    return {
      symbol: nameOf(one), marginType: isIsolated ? 'ISOLATED' : 'CROSSED', isAutoAddMargin: false, leverage,
      maxNotionalValue: String(contracts.margins.brackets.at(-1)?.upTo ?? 0),
    }; // prettier-ignore
  });
}

export function accountConfig(_request: ApiRequest, { account, contracts }: OwnContracts): object {
  return {
    feeTier: 0, canTrade: true, canDeposit: true, canWithdraw: true, dualSidePosition: contracts.of(account).isHedged, updateTime: 0,
    multiAssetsMargin: false, tradeGroupId: -1,
  }; // prettier-ignore
}

/** Liquidations of the account. */
export function forceOrders(request: ApiRequest, own: OwnContracts): object[] {
  const symbol = request.params.has('symbol') ? instrumentOf(request, own.instruments).symbol : undefined;
  return own.account.orders
    .filter((one) => one.contract?.isLiquidation === true && (symbol === undefined || one.symbol === symbol))
    .slice(-limitOf(request, 50, 100))
    .map((one) => orderFields(one, instrumentBy(own, one.symbol)));
}

export function adlQuantile(_request: ApiRequest, own: OwnContracts): object[] {
  return positionsOf(own, false).map(([{ side }, one]) => ({
    symbol: nameOf(one), adlQuantile: { [side === 'BOTH' ? 'BOTH' : side]: 1 },
  })); // prettier-ignore
}

/** Open orders, oldest first; conditional ones that wait for their trigger are listed apart. */
export function openOrders(isAlgo: boolean): (request: ApiRequest, own: OwnContracts) => object[] {
  return (request, own) => {
    const symbol = request.params.has('symbol') ? instrumentOf(request, own.instruments).symbol : undefined;
    return [...own.account.open]
      .filter((one) => (symbol === undefined || one.symbol === symbol) && isConditional(one) === isAlgo)
      .map((one) => (isAlgo ? algoFields : orderFields)(one, instrumentBy(own, one.symbol)));
  };
}

/** All orders of a symbol, oldest first. */
export function allOrders(isAlgo: boolean): (request: ApiRequest, own: OwnContracts) => object[] {
  return (request, own) => {
    const one = instrumentOf(request, own.instruments);
    const from = isAlgo ? undefined : wholeOf(request, 'orderId');
    const { start, end } = rangeOf(request);
    const rows = own.account.orders.filter(
      (order) =>
        order.symbol === one.symbol &&
        (isAlgo ? isStop(order.type) : !isConditional(order) && !isEndedUntriggered(order)) &&
        (from === undefined || order.id >= from) &&
        order.time >= (start ?? -Infinity) &&
        order.time <= (end ?? Infinity),
    );
    const limit = limitOf(request, 500, 1000);
    const page = from === undefined && start === undefined ? rows.slice(-limit) : rows.slice(0, limit);
    return page.map((order) => (isAlgo ? algoFields : orderFields)(order, one));
  };
}

function isEndedUntriggered(order: Parameters<typeof isConditional>[0]): boolean {
  return isConditional(order) && isOver(order.status);
}

/** Own executions, oldest first. */
export function userTrades(request: ApiRequest, { account, instruments }: OwnContracts): object[] {
  const one = instrumentOf(request, instruments);
  const [orderId, fromId] = [wholeOf(request, 'orderId'), wholeOf(request, 'fromId')];
  const week = 7 * 86_400_000;
  const { start, end } = rangeOf(request, week);
  const until = end ?? (start === undefined ? Infinity : start + week);
  const rows = account.fills.filter(
    (fill) =>
      fill.symbol === one.symbol &&
      (orderId === undefined || fill.order.id === orderId) &&
      (fromId === undefined || fill.tradeId >= fromId) &&
      fill.time >= (start ?? -Infinity) &&
      fill.time <= until,
  );
  const limit = limitOf(request, 500, 1000);
  const page = fromId === undefined && start === undefined ? rows.slice(-limit) : rows.slice(0, limit);
  return page.map((fill) => fillFields(fill, one));
}

function instrumentBy(own: OwnContracts, symbol: string): MarketInstrument {
  return own.market.instruments.find((one) => one.symbol === symbol)!;
}
