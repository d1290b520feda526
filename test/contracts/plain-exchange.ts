/** An exchange of one price: an order is executed whole as soon as the price reaches it, and every change is reported on the stream. */
import type {
  AccountEvent,
  AmendOutcome,
  AmendRequest,
  BalanceEvent,
  CancelOutcome,
  FillEvent,
  OrderGateway,
  OrderRequest,
  SendOutcome,
  StreamStatus,
  VenueOrder,
  VenueOrderStatus,
} from '../../src/core/index.ts';

interface Held {
  readonly id: string;
  readonly request: OrderRequest;
  status: VenueOrderStatus;
}

/** Answers at once; the orders of one account, without fees. */
export class PlainExchange implements OrderGateway {
  readonly exchange = 'local';
  price = NaN;
  /** The exchange's clock, milliseconds UTC. */
  time = 0;
  private readonly orders = new Map<string, Held>();
  private readonly executed: FillEvent[] = [];
  private emit: (event: AccountEvent | StreamStatus) => void = () => undefined;

  open(emit: (event: AccountEvent | StreamStatus) => void): Promise<void> {
    this.emit = emit;
    const status = { type: 'status', exchange: 'local', symbol: '', channel: 'trade', state: 'live' } as const;
    emit({ ...status, reason: 'connected', time: this.time });
    return Promise.resolve();
  }

  send(request: OrderRequest): Promise<SendOutcome> {
    const held: Held = { id: `v${this.orders.size + 1}`, request, status: 'open' };
    this.orders.set(request.clientId, held);
    return Promise.resolve({ kind: 'accepted', order: orderOf(held) });
  }

  cancel(_symbol: string, clientId: string): Promise<CancelOutcome> {
    const held = this.orders.get(clientId);
    if (held?.status !== 'open') return Promise.resolve({ kind: 'gone' });
    held.status = 'canceled';
    const { size, filled, side, id } = orderOf(held);
    const facts = { ...this.stamp, side, orderType: held.request.type, price: undefined, size, filled };
    this.emit({ type: 'order', ...facts, id, clientId, status: 'canceled', reason: undefined });
    return Promise.resolve({ kind: 'canceled' });
  }

  /** A cancel, and a new order under a new id. */
  async amend({ replaces, ...request }: AmendRequest): Promise<AmendOutcome> {
    if ((await this.cancel(request.symbol, replaces)).kind === 'gone') return { kind: 'gone' };
    return this.send(request);
  }

  /** Executes the orders that the price has reached. */
  match(): void {
    for (const held of this.orders.values()) {
      const { request, id, status } = held;
      const at = status === 'open' ? this.executionOf(request) : undefined;
      if (at === undefined) continue;
      held.status = 'filled';
      const { clientId, side } = request;
      const fill: FillEvent = {
        ...{ type: 'fill', ...this.stamp, id: `f${this.executed.length + 1}`, orderId: id, clientId, side, price: at },
        ...{ size: Number(request.size), fee: 0, feeCurrency: 'USDT', liquidity: 'taker' },
      };
      this.executed.push(fill);
      this.emit(fill);
    }
  }

  findOrder(_symbol: string, clientId: string): Promise<VenueOrder | undefined> {
    const held = this.orders.get(clientId);
    return Promise.resolve(held && orderOf(held));
  }

  openOrders(): Promise<readonly VenueOrder[]> {
    return Promise.resolve([...this.orders.values()].filter(({ status }) => status === 'open').map(orderOf));
  }

  fills(_symbol: string, since: number): Promise<readonly FillEvent[]> {
    return Promise.resolve(this.executed.filter(({ time }) => time! >= since));
  }

  balances(): Promise<readonly BalanceEvent[]> {
    const stamp = { time: this.time, receiveTime: this.time };
    return Promise.resolve([
      { type: 'balance', exchange: 'local', currency: 'USDT', free: 1e6, used: 0, ...stamp },
      { type: 'balance', exchange: 'local', currency: 'BTC', free: 1e3, used: 0, ...stamp },
    ]);
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  /** The price that an order is executed at now; undefined while the price has not reached it. */
  private executionOf({ type, side, price, stopPrice }: OrderRequest): number | undefined {
    const sign = side === 'buy' ? 1 : -1;
    if (type === 'market') return this.price;
    if (type === 'stop') return sign * (this.price - Number(stopPrice)) >= 0 ? this.price : undefined;
    return sign * (Number(price) - this.price) >= 0 ? Number(price) : undefined;
  }

  private get stamp() {
    return { exchange: 'local', symbol: 'BTC/USDT', time: this.time, receiveTime: this.time } as const;
  }
}

function orderOf({ id, request, status }: Held): VenueOrder {
  const { clientId, symbol, side, type, size } = request;
  return {
    id,
    clientId,
    symbol,
    side,
    type,
    status,
    size: Number(size),
    filled: status === 'filled' ? Number(size) : 0,
  };
}
