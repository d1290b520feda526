/** The local exchange on a simulated clock, as a live session meets it: streams over sockets, bars by request, orders of one account. */
import {
  SimulatedNetwork,
  SimulatedRuntime,
  type AccountEvent,
  type AmendOutcome,
  type AmendRequest,
  type BalanceEvent,
  type Bars,
  type CancelOutcome,
  type FillEvent,
  type Instrument,
  type OrderGateway,
  type OrderPair,
  type OrderRequest,
  type PairOutcome,
  type SendOutcome,
  type StreamStatus,
  type VenueOrder,
  type VenueOrderStatus,
} from '../../../src/core/index.ts';
import { columnsOf, type ClosedBars } from '../../../src/feeds/index.ts';
import {
  balanceText,
  BinanceApi,
  FaultyService,
  Refusal,
  BarMarket,
  type AccountFill,
  type ExchangeOrder,
  type FaultWindow,
  type BarMarketOptions,
} from '../../../src/venue/index.ts';

export const symbol = 'BTC/USDT';
const lot = 1_000;
/** Whole prices: a coarse grid, so that a walk over it is short. */
const listed = { symbol, base: 'BTC', quote: 'USDT', priceDecimals: 0, sizeDecimals: 3 };

export const instrument: Instrument = {
  symbol, exchange: 'binance', type: 'spot', base: 'BTC', quote: 'USDT', tick: 1, lot: 1 / lot, minSize: 1 / lot, minNotional: 5,
  venueSymbol: 'BTCUSDT',
}; // prettier-ignore

const hosts = ['wss://stream.binance.com', 'wss://ws-api.binance.com', 'https://api.binance.com'];

/** A network that says whether anybody has used it. */
class WatchedNetwork extends SimulatedNetwork {
  isUsed = false;

  override connect(...parts: Parameters<SimulatedNetwork['connect']>): ReturnType<SimulatedNetwork['connect']> {
    this.isUsed = true;
    return super.connect(...parts);
  }

  override request(...parts: Parameters<SimulatedNetwork['request']>): void {
    this.isUsed = true;
    super.request(...parts);
  }
}

/** A venue that walks along bars. */
export interface LocalVenue {
  readonly runtime: SimulatedRuntime;
  readonly network: WatchedNetwork;
  readonly market: BarMarket;
  readonly history: ClosedBars;
}

export interface LocalVenueOptions extends Partial<BarMarketOptions> {
  readonly faults?: readonly FaultWindow[];
  readonly seed?: number;
}

/** Makes it, with its clock a little before the first bar; `market.start()` lets it trade. */
export function localVenue(
  bars: Bars,
  begin: number,
  { faults = [], seed = 1, ...options }: LocalVenueOptions = {},
): LocalVenue {
  const runtime = new SimulatedRuntime(seed, begin);
  const network = new WatchedNetwork(runtime, { minMs: 1, maxMs: 5 });
  const market = new BarMarket(runtime, {
    series: [{ instrument: listed, bars, timeframe: '1m' }],
    makerFee: 0.001,
    takerFee: 0.001,
    feeIn: 'quote',
    accounts: [{ name: 'own', apiKey: 'key', secret: 'secret', balances: { USDT: 1e8, BTC: 1e5 } }],
    ...options,
  });
  const face = new BinanceApi(runtime, market, { exchange: market.exchange });
  const quiet = { heartbeat: () => false, corrupt: () => undefined, lagged: () => undefined };
  const service = new FaultyService(face, runtime, { windows: faults, seed, ...quiet });
  for (const host of hosts) network.serve(host, service);
  return { runtime, network, market, history: new RestBars(network) };
}

/** Bars by request over the simulated network. */
class RestBars implements ClosedBars {
  private readonly network: SimulatedNetwork;

  constructor(network: SimulatedNetwork) {
    this.network = network;
  }

  async fetch({ start, end }: { readonly start: number; readonly end: number }): Promise<Bars> {
    const url = `https://api.binance.com/api/v3/klines?symbol=BTCUSDT&interval=1m&startTime=${start}&endTime=${end - 1}&limit=1000`;
    const { status, text } = await new Promise<{ status: number; text: string }>((resolve) => {
      this.network.request({ method: 'GET', url }, resolve);
    });
    if (status !== 200) throw new Error(`the local exchange answered ${status}: ${text}`);
    const rows = JSON.parse(text) as (string | number)[][];
    return columnsOf(rows.map((row) => row.slice(0, 6).map(Number)).filter(([time]) => time! + 60_000 <= end));
  }
}

const types = { market: 'MARKET', limit: 'LIMIT', stop: 'STOP_LOSS', stopLimit: 'STOP_LOSS_LIMIT' } as const;
const statuses: Readonly<Record<ExchangeOrder['status'], VenueOrderStatus>> = {
  NEW: 'open', PARTIALLY_FILLED: 'partial', FILLED: 'filled', PENDING_NEW: 'open', CANCELED: 'canceled', EXPIRED: 'expired', EXPIRED_IN_MATCH: 'expired',
}; // prettier-ignore

/** The account's orders, at the exchange in no time: what is wrong with networks is the business of other tests. */
export class DirectGateway implements OrderGateway {
  readonly exchange = 'binance';
  private readonly market: BarMarket;

  constructor(market: BarMarket) {
    this.market = market;
  }

  open(emit: (event: AccountEvent | StreamStatus) => void): Promise<void> {
    const base = { exchange: 'binance', symbol } as const;
    emit({ ...base, type: 'status', channel: 'trade', state: 'live', reason: 'connected', time: this.now });
    this.market.exchange.listenToAccounts({
      report: ({ order, fill, time }) => {
        if (fill !== undefined) emit(fillEvent(fill, this.now));
        const { id, clientId, side, type, status, size, filled } = order;
        emit({
          ...base, type: 'order', time, receiveTime: this.now, id: String(id), clientId, side, orderType: type,
          status: statuses[status], price: undefined, size: size / lot, filled: filled / lot, reason: undefined,
        }); // prettier-ignore
      },
    });
    return Promise.resolve();
  }

  async send(request: OrderRequest): Promise<SendOutcome> {
    await Promise.resolve();
    try {
      return {
        kind: 'accepted',
        order: venueOrder(this.market.exchange.place(this.account, askedOf(request)).order),
      };
    } catch (error) {
      if (error instanceof Refusal) return { kind: 'refused', reason: error.message };
      throw error;
    }
  }

  async sendPair({ clientId, orders }: OrderPair): Promise<PairOutcome> {
    await Promise.resolve();
    const [first, second] = orders.map((one) => {
      const asked = askedOf(one);
      return asked.type === 'LIMIT' ? { ...asked, type: 'LIMIT_MAKER' as const } : asked;
    });
    try {
      const asked = { contingency: 'OCO', clientId, orders: [first!, second!] } as const;
      const { list } = this.market.exchange.placeList(this.account, asked);
      return { kind: 'accepted', orders: [venueOrder(list.orders[0]!), venueOrder(list.orders[1]!)] };
    } catch (error) {
      if (error instanceof Refusal) return { kind: 'refused', reason: error.message };
      throw error;
    }
  }

  async amend({ replaces, total: _total, ...request }: AmendRequest): Promise<AmendOutcome> {
    const { kind } = await this.cancel(request.symbol, replaces);
    if (kind !== 'canceled') return { kind: 'gone' };
    const sent = await this.send(request);
    return sent.kind === 'refused' ? { kind: 'canceled', reason: sent.reason } : sent;
  }

  async cancel(_symbol: string, clientId: string): Promise<CancelOutcome> {
    await Promise.resolve();
    try {
      this.market.exchange.cancel(this.account, symbol, { clientId });
      return { kind: 'canceled' };
    } catch (error) {
      if (error instanceof Refusal) return { kind: 'gone' };
      throw error;
    }
  }

  findOrder(_symbol: string, clientId: string): Promise<VenueOrder | undefined> {
    const found = this.market.exchange.find(this.account, symbol, { clientId });
    return Promise.resolve(found && venueOrder(found));
  }

  openOrders(): Promise<readonly VenueOrder[]> {
    return Promise.resolve([...this.account.open].map(venueOrder));
  }

  fills(_symbol: string, since: number): Promise<readonly FillEvent[]> {
    const found = this.account.fills.filter(({ time }) => time >= since);
    return Promise.resolve(found.map((fill) => fillEvent(fill, this.now)));
  }

  balances(): Promise<readonly BalanceEvent[]> {
    return Promise.resolve(
      [...this.account.assets].map((currency) => {
        const { free, locked } = this.account.holding(currency);
        const money = { free: Number(balanceText(free)), used: Number(balanceText(locked)) };
        return { type: 'balance', exchange: 'binance', currency, ...money, time: this.now, receiveTime: this.now };
      }),
    );
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  private get account() {
    return this.market.exchange.account('own');
  }

  private get now(): number {
    return this.market.exchange.now();
  }
}

function askedOf({ side, type, size, price, stopPrice, clientId }: OrderRequest) {
  const asked = { symbol, side, type: types[type], size: Math.round(Number(size) * lot), clientId };
  return { ...asked, ...(price && { price: Number(price) }), ...(stopPrice && { stopPrice: Number(stopPrice) }) };
}

function venueOrder({ id, clientId, side, type, status, size, filled, time, price }: ExchangeOrder): VenueOrder {
  const base = { id: String(id), clientId, symbol, side, type, status: statuses[status], time };
  return { ...base, size: size / lot, filled: filled / lot, ...(price !== undefined && { price }) };
}

function fillEvent({ tradeId, order, time, price, size, fee, feeAsset, isMaker }: AccountFill, now: number): FillEvent {
  return {
    type: 'fill', exchange: 'binance', symbol, time, receiveTime: now, id: String(tradeId), orderId: String(order.id),
    clientId: order.clientId, side: order.side, price, size: size / lot, fee: Number(balanceText(fee)), feeCurrency: feeAsset,
    liquidity: isMaker ? 'maker' : 'taker',
  }; // prettier-ignore
}
