/** Spot and contracts of the local exchange on a simulated clock, each with a gateway that needs no network. */
import {
  SimulatedNetwork,
  SimulatedRuntime,
  type AccountEvent,
  type BalanceEvent,
  type Bars,
  type CancelOutcome,
  type ContractSettings,
  type FillEvent,
  type Instrument,
  type OrderGateway,
  type OrderRequest,
  type SendOutcome,
  type StreamStatus,
  type VenueOrder,
  type VenueOrderStatus,
  type VenuePayment,
} from '../../../src/core/index.ts';
import {
  balanceText,
  BarMarket,
  BinanceApi,
  BinanceFuturesApi,
  Refusal,
  type AccountFill,
  type ContractOptions,
  type ExchangeOrder,
} from '../../../src/venue/index.ts';
import { changeLeverage } from '../../../src/venue/exchange/index.ts';

export const spotSymbol = 'BTC/USDT';
export const perpSymbol = 'BTC/USDT:USDT';
const lots = 1_000;

export const spotInstrument: Instrument = {
  symbol: spotSymbol, exchange: 'binance', type: 'spot', base: 'BTC', quote: 'USDT', tick: 1, lot: 1 / lots, minSize: 1 / lots, minNotional: 5,
  makerFee: 0.001, takerFee: 0.001, venueSymbol: 'BTCUSDT',
}; // prettier-ignore

export const perpInstrument: Instrument = {
  symbol: perpSymbol, exchange: 'binanceusdm', type: 'swap', base: 'BTC', quote: 'USDT', settle: 'USDT', contractSize: 1, tick: 1, lot: 1 / lots,
  minSize: 1 / lots, minNotional: 5, makerFee: 0.0002, takerFee: 0.0005, liquidationFee: 0.0125, venueSymbol: 'BTCUSDT',
  marginTiers: [{ upTo: 1e9, maintenanceRate: 0.004, maxLeverage: 125 }],
}; // prettier-ignore

/** A network that says whether it has been used. */
class WatchedNetwork extends SimulatedNetwork {
  isUsed = false;

  override connect(...parts: Parameters<SimulatedNetwork['connect']>): ReturnType<SimulatedNetwork['connect']> {
    this.isUsed = true;
    return super.connect(...parts);
  }
}

/** A simulated exchange with both markets. */
export interface BothVenues {
  readonly runtime: SimulatedRuntime;
  readonly network: WatchedNetwork;
  readonly spot: BarMarket;
  readonly perp: BarMarket;
  start(): void;
}

/** Makes it, with its clock a little before the first bar. */
export function bothVenues(spotBars: Bars, perpBars: Bars, timeframe: string, begin: number, contracts: ContractOptions, feeIn: 'quote' | 'received' = 'quote'): BothVenues {
  const runtime = new SimulatedRuntime(1, begin);
  const network = new WatchedNetwork(runtime, { minMs: 1, maxMs: 5 });
  const accounts = [{ name: 'own', apiKey: 'key', secret: 'secret', balances: { USDT: 1e8, BTC: 1e5 } }];
  const common = { accounts, tradesPerBar: 8 };
  const spot = new BarMarket(runtime, {
    ...common, makerFee: 0.001, takerFee: 0.001, feeIn,
    series: [{ instrument: { symbol: spotSymbol, base: 'BTC', quote: 'USDT', priceDecimals: 0, sizeDecimals: 3 }, bars: spotBars, timeframe }],
  });
  const perp = new BarMarket(runtime, {
    ...common, makerFee: 0.0002, takerFee: 0.0005, contracts,
    series: [{ instrument: { symbol: perpSymbol, base: 'BTC', quote: 'USDT', settle: 'USDT', priceDecimals: 0, sizeDecimals: 3 }, bars: perpBars, timeframe }],
  });
  const api = new BinanceApi(runtime, spot, { exchange: spot.exchange });
  const futures = new BinanceFuturesApi(runtime, perp, { exchange: perp.exchange });
  for (const host of ['wss://stream.binance.com', 'https://api.binance.com']) network.serve(host, api);
  for (const host of ['wss://fstream.binance.com', 'https://fapi.binance.com']) network.serve(host, futures);
  return {
    runtime,
    network,
    spot,
    perp,
    start: () => {
      spot.start();
      perp.start();
    },
  };
} // prettier-ignore

const types = { market: 'MARKET', limit: 'LIMIT', stop: 'STOP_LOSS', stopLimit: 'STOP_LOSS_LIMIT' } as const;
const statuses: Readonly<Record<ExchangeOrder['status'], VenueOrderStatus>> = {
  NEW: 'open', PARTIALLY_FILLED: 'partial', FILLED: 'filled', PENDING_NEW: 'open', CANCELED: 'canceled', EXPIRED: 'expired', EXPIRED_IN_MATCH: 'expired',
}; // prettier-ignore

/** The account's orders, at the exchange in no time. */
export class DirectVenue implements OrderGateway {
  readonly exchange: string;
  /** What it was told of leverage and margin. */
  prepared: readonly ContractSettings[] = [];
  /** Whether its list of payments says which side of a hedged contract each is for. */
  saysSides = true;
  readonly #market: BarMarket;
  readonly #symbol: string;

  constructor(exchange: string, market: BarMarket) {
    this.exchange = exchange;
    this.#market = market;
    this.#symbol = market.instruments[0]!.symbol;
  }

  open(emit: (event: AccountEvent | StreamStatus) => void): Promise<void> {
    const base = { exchange: this.exchange, symbol: this.#symbol } as const;
    emit({ ...base, type: 'status', channel: 'trade', state: 'live', reason: 'connected', time: this.#now });
    this.#market.exchange.listenToAccounts({
      report: ({ order, fill, time, account }) => {
        if (account !== 'own') return;
        if (fill !== undefined) emit(this.#fillEvent(fill));
        const { id, clientId, side, type, status, size, filled } = order;
        emit({
          ...base, type: 'order', time, receiveTime: this.#now, id: String(id), clientId, side, orderType: type,
          status: statuses[status], price: undefined, size: size / lots, filled: filled / lots, reason: undefined,
        }); // prettier-ignore
      },
    });
    return Promise.resolve();
  }

  prepare(settings: readonly ContractSettings[], isHedged: boolean): Promise<void> {
    this.prepared = settings;
    const { contracts } = this.#market.exchange;
    for (const { symbol, leverage, margin } of settings) {
      changeLeverage(contracts!, this.#account, symbol, leverage);
      contracts!.of(this.#account).settings(symbol).isIsolated = margin === 'isolated';
    }
    contracts!.of(this.#account).isHedged = isHedged;
    return Promise.resolve();
  }

  async send({ side, type, size, price, stopPrice, clientId, isReduceOnly, positionSide }: OrderRequest): Promise<SendOutcome> {
    await Promise.resolve();
    const isContract = this.#market.exchange.contracts !== undefined;
    const contract = {
      positionSide: positionSide === undefined ? 'BOTH' : positionSide === 'long' ? 'LONG' : 'SHORT',
      reduceOnly: isReduceOnly ?? false, closesPosition: false, isLiquidation: false,
    } as const; // prettier-ignore
    try {
      const asked = { symbol: this.#symbol, side, type: types[type], size: Math.round(Number(size) * lots), clientId };
      const prices = { ...(price && { price: Number(price) }), ...(stopPrice && { stopPrice: Number(stopPrice) }) };
      const placed = this.#market.exchange.place(this.#account, { ...asked, ...prices, ...(isContract && { contract }) });
      return { kind: 'accepted', order: this.#venueOrder(placed.order) };
    } catch (error) {
      if (error instanceof Refusal) return { kind: 'refused', reason: error.message };
      throw error;
    }
  } // prettier-ignore

  async cancel(_symbol: string, clientId: string): Promise<CancelOutcome> {
    await Promise.resolve();
    try {
      this.#market.exchange.cancel(this.#account, this.#symbol, { clientId });
      return { kind: 'canceled' };
    } catch (error) {
      if (error instanceof Refusal) return { kind: 'gone' };
      throw error;
    }
  }

  findOrder(_symbol: string, clientId: string): Promise<VenueOrder | undefined> {
    const found = this.#market.exchange.find(this.#account, this.#symbol, { clientId });
    return Promise.resolve(found && this.#venueOrder(found));
  }

  openOrders(): Promise<readonly VenueOrder[]> {
    return Promise.resolve([...this.#account.open].map((order) => this.#venueOrder(order)));
  }

  fills(_symbol: string, since: number): Promise<readonly FillEvent[]> {
    const found = this.#account.fills.filter(({ time }) => time >= since);
    return Promise.resolve(found.map((fill) => this.#fillEvent(fill)));
  }

  payments(symbol: string, since: number): Promise<readonly VenuePayment[]> {
    const { contracts } = this.#market.exchange;
    if (contracts === undefined) return Promise.resolve([]);
    const of = contracts.of(this.#account);
    const rows = of.incomes.filter(({ type, time }) => type === 'FUNDING_FEE' && time >= since);
    const funding = rows.map(({ id, time, amount, asset }): VenuePayment => {
      const [due] = contracts.funding.between(symbol, time - 1, time);
      const isLong = (due?.rate ?? 0) > 0 === amount < 0n;
      const side = of.isHedged && this.saysSides && { positionSide: isLong ? ('long' as const) : ('short' as const) };
      return { kind: 'funding', id: String(id), symbol, time, currency: asset, amount: Number(balanceText(amount)), ...side };
    });
    const forced = this.#account.fills.filter(({ order, time }) => order.clientId.startsWith('autoclose-') && time >= since);
    const liquidations = forced.map(({ order, tradeId, time, feeAsset, fee, size, price }): VenuePayment => ({
      kind: 'liquidation', id: String(tradeId), symbol, time, currency: feeAsset, amount: Number(balanceText(fee)), size: size / lots, price,
      side: order.side,
    }));
    return Promise.resolve([...funding, ...liquidations].sort((a, b) => a.time - b.time));
  } // prettier-ignore

  nextFunding(symbol: string): Promise<number | undefined> {
    return Promise.resolve(this.#market.exchange.contracts?.funding.next(symbol, this.#now)?.time);
  }

  balances(): Promise<readonly BalanceEvent[]> {
    return Promise.resolve(
      [...this.#account.assets].map((currency) => {
        const { free, locked } = this.#account.holding(currency);
        const money = { free: Number(balanceText(free)), used: Number(balanceText(locked)) };
        return {
          type: 'balance',
          exchange: this.exchange,
          currency,
          ...money,
          time: this.#now,
          receiveTime: this.#now,
        };
      }),
    );
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  get #account() {
    return this.#market.exchange.account('own');
  }

  get #now(): number {
    return this.#market.exchange.now();
  }

  #venueOrder({ id, clientId, side, type, status, size, filled, time, price }: ExchangeOrder): VenueOrder {
    const base = { id: String(id), clientId, symbol: this.#symbol, side, type, status: statuses[status], time };
    return { ...base, size: size / lots, filled: filled / lots, ...(price !== undefined && { price }) };
  }

  #fillEvent({ tradeId, order, time, price, size, fee, feeAsset, isMaker }: AccountFill): FillEvent {
    return {
      type: 'fill', exchange: this.exchange, symbol: this.#symbol, time, receiveTime: this.#now, id: String(tradeId), orderId: String(order.id),
      clientId: order.clientId, side: order.side, price, size: size / lots, fee: Number(balanceText(fee)), feeCurrency: feeAsset,
      liquidity: isMaker ? 'maker' : 'taker',
    }; // prettier-ignore
  }
}
