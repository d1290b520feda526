/** Binance's user-data events of contracts: orders, conditional orders, wallet and positions, settings. */
import { isStop, type ContractChange, type ContractLedger, type OrderReport } from '../../exchange/index.ts';
import type { MarketInstrument } from '../../market-data.ts';
import { nameOf, priceText, sizeText } from '../binance/fields.ts';
import {
  algoOffset, algoStatus, amountText, averageText, entryText, forceOf, moneyText, originalType, workingType,
} from './fields.ts'; // prettier-ignore

/** The events of an order's change: of one that waits for its trigger, of one in the book, or of both at the trigger. */
export function orderEvents(report: OrderReport, one: MarketInstrument): object[] {
  const { order } = report;
  if (!isStop(order.type)) return [orderEvent(report, one)];
  if (order.workingTime === undefined) return [algoEvent(report, one)];
  const isEdge = report.kind === 'NEW' || report.kind === 'CANCELED' || report.kind === 'EXPIRED' || order.status === 'FILLED';
  return isEdge ? [algoEvent(report, one), orderEvent(report, one)] : [orderEvent(report, one)];
} // prettier-ignore

function orderEvent(report: OrderReport, one: MarketInstrument): object {
  const { kind, order, fill, time } = report;
  const { contract } = order;
  const isLiquidation = contract?.isLiquidation === true;
  const execution = kind === 'REPLACED' ? 'AMENDMENT' : kind === 'TRADE' && isLiquidation ? 'CALCULATED' : kind;
  return {
    e: 'ORDER_TRADE_UPDATE', E: time, T: time,
    o: {
      s: nameOf(one), c: order.clientId, S: order.side.toUpperCase(), o: workingType(order), f: forceOf(order), q: sizeText(order.size, one),
      p: priceText(order.price, one), ap: averageText(order, one), sp: priceText(order.stopPrice, one), x: execution, X: order.status, i: order.id,
      l: sizeText(fill?.size ?? 0, one), z: sizeText(order.filled, one), L: priceText(fill?.price, one),
      ...(fill !== undefined && { N: fill.feeAsset, n: moneyText(fill.fee) }), T: fill?.time ?? order.updated, t: fill?.tradeId ?? 0, b: '0', a: '0',
      m: fill?.isMaker ?? false, R: contract?.reduceOnly ?? false, wt: 'CONTRACT_PRICE', ot: originalType(order),
      ps: contract?.positionSide ?? 'BOTH', cp: contract?.closesPosition ?? false, rp: moneyText(fill?.profit ?? 0n), pP: false, si: 0, ss: 0,
      V: 'EXPIRE_MAKER', pm: 'NONE', gtd: 0,
    },
  }; // prettier-ignore
}

function algoEvent({ order, time, kind }: OrderReport, one: MarketInstrument): object {
  const { contract, workingTime } = order;
  const status = workingTime !== undefined && kind === 'NEW' ? 'TRIGGERED' : algoStatus(order);
  return {
    e: 'ALGO_UPDATE', T: time, E: time,
    o: {
      caid: order.clientId, aid: order.id + algoOffset, at: 'CONDITIONAL', o: originalType(order), s: nameOf(one), S: order.side.toUpperCase(),
      ps: contract?.positionSide ?? 'BOTH', f: forceOf(order), q: sizeText(order.size, one), X: status,
      ai: workingTime === undefined ? '' : String(order.id), ap: averageText(order, one), aq: sizeText(order.filled, one), act: workingType(order),
      tp: priceText(order.stopPrice, one), p: priceText(order.price, one), V: 'EXPIRE_MAKER', wt: 'CONTRACT_PRICE', pm: 'NONE',
      cp: contract?.closesPosition ?? false, pP: false, R: contract?.reduceOnly ?? false, tt: workingTime ?? 0, gtd: 0,
    },
  }; // prettier-ignore
}

/** The event of a wallet and the positions that changed with it. */
export function accountUpdate(
  change: ContractChange,
  ledger: ContractLedger,
  instrumentOf: (symbol: string) => MarketInstrument,
): object {
  const { account, reason, asset, amount, positions, time } = change;
  const wallet = moneyText(ledger.margins.wallet(account, asset));
  return {
    e: 'ACCOUNT_UPDATE', E: time, T: time,
    a: {
      m: reason,
      B: [{ a: asset, wb: wallet, cw: moneyText(ledger.margins.crossWallet(account, asset)), bc: moneyText(amount) }],
      P: positions.map((position) => {
        const one = instrumentOf(position.symbol);
        const isIsolated = ledger.margins.isIsolated(account, position);
        return {
          s: nameOf(one), pa: amountText(position, one), ep: entryText(position, one), bep: entryText(position, one),
          cr: moneyText(position.realised), up: moneyText(ledger.margins.unrealised(position)), mt: isIsolated ? 'isolated' : 'cross',
          iw: moneyText(isIsolated ? position.margin : 0n), ps: position.side,
        };
      }),
    },
  }; // prettier-ignore
}

/** The event of a leverage that was set. */
export function configUpdate(one: MarketInstrument, leverage: number, time: number): object {
  return { e: 'ACCOUNT_CONFIG_UPDATE', E: time, T: time, ac: { s: nameOf(one), l: leverage } };
}

/** The public event of a liquidation. */
export function liquidationEvent({ order, fill, time }: OrderReport, one: MarketInstrument): object {
  return {
    e: 'forceOrder', E: time,
    o: {
      s: nameOf(one), S: order.side.toUpperCase(), o: 'LIMIT', f: 'IOC', q: sizeText(order.size, one), p: priceText(order.price, one),
      ap: priceText(fill?.price, one), X: 'FILLED', l: sizeText(fill?.size ?? 0, one), z: sizeText(order.filled, one), T: time,
    },
  }; // prettier-ignore
}
