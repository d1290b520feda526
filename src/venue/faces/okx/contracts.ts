/** OKX's perpetuals of an account: positions, leverage, modes and funding, and the fields that only orders on contracts have. */
import { balanceText, changeLeverage, changeMarginMode, changePositionMode, Refusal, type ContractOrder, type ContractPosition, type ExchangeRequest, type Income, type PositionSide } from '../../exchange/index.ts'; // prettier-ignore
import { decimalText } from '../../market-data.ts';
import { kindOf, nameOf, sizeDecimalsOf } from './fields.ts';
import { inOkxWords, okxOk, OkxRefusal, placeOf, type OkxAnswer, type OkxOwn, type OkxPlace, type Row } from './words.ts'; // prettier-ignore

/** The most bills that one request lists. */
const mostBills = 100;
/** Positions of an account, by OKX's word for their side. */
const sides: Readonly<Record<string, PositionSide>> = { net: 'BOTH', long: 'LONG', short: 'SHORT' };

function bad(name: string, why = ''): OkxRefusal {
  return new OkxRefusal('51000', `Parameter ${name} error${why}`);
}

/** The positions and the margin of an account. @throws {OkxRefusal} When the account has no contracts. */
function contractsOf(own: OkxOwn): NonNullable<OkxOwn['contracts']> {
  if (own.contracts !== undefined) return own.contracts;
  throw new OkxRefusal('51010', "You can't complete this request under your current account mode.");
}

/** Fields that only orders on contracts have; undefined on spot. Its `tdMode` becomes that of the contract while nothing is open. */
export function contractOf({ exchange, account, instrument }: OkxPlace, row: Row): ContractOrder | undefined {
  const { tdMode, side, posSide = '', reduceOnly = 'false' } = row;
  const ledger = exchange.contracts;
  if (ledger === undefined) return undefined;
  if (tdMode !== 'cross' && tdMode !== 'isolated') throw bad('tdMode');
  const { isHedged } = ledger.of(account);
  const positionSide = sides[posSide === '' && !isHedged ? 'net' : posSide];
  if (positionSide === undefined || isHedged !== (positionSide !== 'BOTH')) throw bad('posSide');
  if (reduceOnly !== 'true' && reduceOnly !== 'false') throw bad('reduceOnly');
  useMode({ exchange, account, instrument }, tdMode);
  const closes = positionSide === 'LONG' ? 'sell' : 'buy';
  return {
    positionSide,
    // In long/short mode the side of the position says whether an order reduces.
    reduceOnly: positionSide === 'BOTH' ? reduceOnly === 'true' : side === closes,
    closesPosition: false,
    isLiquidation: false,
  };
}

/** Sets the margin mode of a contract. OKX keeps one position in each mode; here one must be closed before the other is opened. */
function useMode({ exchange, account, instrument }: OkxPlace, mode: 'cross' | 'isolated'): void {
  const ledger = exchange.contracts!;
  const isIsolated = mode === 'isolated';
  if (ledger.of(account).settings(instrument.symbol).isIsolated === isIsolated) return;
  try {
    changeMarginMode(ledger, account, instrument.symbol, isIsolated);
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    throw bad('tdMode', ': the local exchange carries a contract in one margin mode at a time');
  }
}

/** Checks a reduce-only order and cuts it to the size of the position. */
export function reduced({ exchange, account }: OkxPlace, wanted: ExchangeRequest): ExchangeRequest {
  const { contract, symbol, side, size, stopPrice } = wanted;
  if (contract?.reduceOnly !== true || stopPrice !== undefined) return wanted;
  const { lots } = exchange.contracts!.of(account).position(symbol, contract.positionSide);
  if (lots === 0 || lots > 0 !== (side === 'sell')) inOkxWords(() => refuseReducing());
  if (contract.positionSide !== 'BOTH' && size > Math.abs(lots)) inOkxWords(() => refuseReducing());
  return { ...wanted, size: Math.min(size, Math.abs(lots)) };
}

function refuseReducing(): never {
  throw new Refusal(-2022, 'ReduceOnly Order is rejected.');
}

/** `account/set-position-mode`: one position of each contract, or one for each side. */
export function setPositionMode(own: OkxOwn, { posMode }: Row): OkxAnswer {
  if (posMode !== 'net_mode' && posMode !== 'long_short_mode') throw bad('posMode');
  const { ledger, account } = contractsOf(own);
  const isHedged = posMode === 'long_short_mode';
  if (ledger.of(account).isHedged !== isHedged) inOkxWords(() => { changePositionMode(ledger, account, isHedged); }); // prettier-ignore
  return okxOk([{ posMode }]);
}

/** OKX's word for how positions are kept. */
export function positionModeOf(own: OkxOwn): string {
  const { contracts } = own;
  return contracts?.ledger.of(contracts.account).isHedged === true ? 'long_short_mode' : 'net_mode';
}

/** `account/set-leverage`: the leverage of a contract, and the margin mode that it is meant for. */
export function setLeverage(own: OkxOwn, row: Row): OkxAnswer {
  const { instId, lever = '', mgnMode, posSide = '' } = row;
  const place = placeOf(own, instId);
  const ledger = place.exchange.contracts;
  if (ledger === undefined) throw bad('instId', ': spot has no leverage here');
  if (mgnMode !== 'cross' && mgnMode !== 'isolated') throw bad('mgnMode');
  if (posSide !== '' && sides[posSide] === undefined) throw bad('posSide');
  if (!/^[1-9]\d{0,2}$/.test(lever)) throw bad('lever');
  const { symbol } = place.instrument;
  useMode(place, mgnMode);
  inOkxWords(() => { changeLeverage(ledger, place.account, symbol, Number(lever)); }); // prettier-ignore
  return okxOk([{ instId, lever, mgnMode, posSide: posSide === '' ? 'net' : posSide }]);
}

/** `account/leverage-info`: the leverage of contracts. */
export function leverageOf(own: OkxOwn, query: URLSearchParams): OkxAnswer {
  const mgnMode = query.get('mgnMode');
  const names = (query.get('instId') ?? '').split(',');
  return okxOk(
    names.map((instId) => {
      const { exchange, account, instrument } = placeOf(own, instId);
      const leverage = exchange.contracts?.of(account).settings(instrument.symbol).leverage ?? 1;
      return { instId, mgnMode, posSide: 'net', lever: String(leverage) };
    }),
  );
}

/** A position as `account/positions` and the channel of positions show it; sizes are contracts. */
function positionFields(own: OkxOwn, position: ContractPosition): object {
  const { ledger, account } = contractsOf(own);
  const { lots, side, symbol, margin, realised, updated } = position;
  const instrument = own.exchanges.instrument(symbol);
  const figures = ledger.margins.figuresOf(account, position);
  const { isIsolated, mark, initial, unrealised, liquidation } = figures;
  const size = decimalText(Math.abs(lots), sizeDecimalsOf(instrument));
  const posSide = side === 'BOTH' ? 'net' : side.toLowerCase();
  return {
    instType: 'SWAP', instId: nameOf(instrument), mgnMode: isIsolated ? 'isolated' : 'cross', posId: `${nameOf(instrument)}-${posSide}`, posSide,
    // In net mode a short position is negative; in long/short mode its side says so.
    pos: lots < 0 && side === 'BOTH' ? `-${size}` : size, availPos: size, ccy: instrument.quote, avgPx: lots === 0 ? '' : balanceText(figures.entry), markPx: balanceText(mark), last: balanceText(mark),
    upl: balanceText(unrealised), uplRatio: initial === 0n ? '0' : String(Number(unrealised) / Number(initial)), realizedPnl: balanceText(realised),
    lever: String(figures.leverage), notionalUsd: balanceText(figures.value), imr: isIsolated ? '' : balanceText(initial),
    margin: isIsolated ? balanceText(margin + unrealised) : '', mmr: balanceText(figures.maintenance), mgnRatio: '',
    liqPx: liquidation === 0n ? '' : balanceText(liquidation), cTime: String(updated), uTime: String(updated),
  }; // prettier-ignore
}

/** Every position that was ever opened; also flat ones, for the channel of positions, which reports that one was closed. */
export function positionRows(own: OkxOwn, isWanted: (position: ContractPosition) => boolean): object[] {
  const { contracts } = own;
  if (contracts === undefined) return [];
  return [...contracts.ledger.of(contracts.account).positions].filter(isWanted).map((one) => positionFields(own, one));
}

/** `account/positions`: those that are open. */
export function positions(own: OkxOwn, query: URLSearchParams): OkxAnswer {
  const [names, kind] = [query.get('instId')?.split(','), query.get('instType')];
  return okxOk(
    positionRows(own, ({ lots, symbol }) => {
      const instrument = own.exchanges.instrument(symbol);
      if (lots === 0 || (kind !== null && kind !== kindOf(instrument))) return false;
      return names?.includes(nameOf(instrument)) ?? true;
    }),
  );
}

/** OKX's numbers of bills: trades, liquidations, funding paid and received, transfers. */
function billType({ type, amount }: Income): readonly [type: string, subType: string] {
  if (type === 'FUNDING_FEE') return ['8', amount < 0n ? '173' : '174'];
  if (type === 'TRANSFER') return ['1', '11'];
  return type === 'INSURANCE_CLEAR' ? ['5', '108'] : ['2', '6'];
}

/** `account/bills` and `account/bills-archive`: what was booked to the wallet of contracts, the newest first. */
export function bills(own: OkxOwn, query: URLSearchParams): OkxAnswer {
  const { contracts } = own;
  const [type, instType, ccy, instId, after, before] = ['type', 'instType', 'ccy', 'instId', 'after', 'before'].map((name) => query.get(name));
  const [begin, end] = [Number(query.get('begin') ?? -Infinity), Number(query.get('end') ?? Infinity)];
  const limit = Number(query.get('limit') ?? mostBills);
  if (!(limit >= 1 && limit <= mostBills)) throw bad('limit');
  const incomes = contracts?.ledger.of(contracts.account).incomes ?? [];
  const rows = incomes.filter((one) => {
    const instrument = one.symbol === undefined ? undefined : own.exchanges.instrument(one.symbol);
    const [kind] = billType(one);
    if ((type ?? kind) !== kind || (ccy ?? one.asset) !== one.asset || (instType ?? 'SWAP') !== 'SWAP') return false;
    if (typeof instId === 'string' && (instrument === undefined || nameOf(instrument) !== instId)) return false;
    if (one.time < begin || one.time > end) return false;
    return !(typeof after === 'string' && one.id >= Number(after)) && !(typeof before === 'string' && one.id <= Number(before));
  });
  return okxOk(
    rows.slice(-limit).reverse().map((one) => {
      const instrument = one.symbol === undefined ? undefined : own.exchanges.instrument(one.symbol);
      const [kind, subType] = billType(one);
      const amount = balanceText(one.amount);
      const isFunding = one.type === 'FUNDING_FEE';
      return {
        instType: instrument === undefined ? '' : 'SWAP', instId: instrument === undefined ? '' : nameOf(instrument), billId: String(one.id), type: kind, subType,
        ccy: one.asset, balChg: amount, posBalChg: '0', pnl: isFunding ? amount : '0', fee: one.type === 'COMMISSION' ? amount : '0', ts: String(one.time), tag: '',
      };
    }),
  );
} // prettier-ignore
