/** A sandbox desk: the broker against a gateway that answers by script, and orders and fills as an exchange would report them. */
import { SandboxBroker, type BrokerInput, type SandboxOptions } from '../../../src/broker/index.ts';
import {
  clientIdOf,
  systemRuntime,
  type FillEvent,
  type Instrument,
  type VenueOrder,
} from '../../../src/core/index.ts';
import { Pit, minute, start } from '../paper/pit.ts';
import { PlainIntents, ScriptedGateway } from './scripted-gateway.ts';

export const spot: Instrument = { symbol: 'BTC/USDT', type: 'spot', base: 'BTC', quote: 'USDT', tick: 0.5, lot: 0.001 };
export const id = (number: number): string => clientIdOf('test', number);

/** A session whose account has answered and whose first bar closed at 100. */
export class Desk extends Pit {
  readonly gateway: ScriptedGateway;
  readonly intents: PlainIntents;
  readonly queue: BrokerInput[] = [];
  readonly sandbox: SandboxBroker;

  constructor(
    options: SandboxOptions = {},
    intents = new PlainIntents(),
    cash = 10_000,
    instrument = spot,
    share?: number,
  ) {
    const gateway = new ScriptedGateway();
    const route = { gateway, intents, ...(share !== undefined && { share }) };
    const sandbox = new SandboxBroker({ cash }, route, { lateArrivalMs: 5_000, ...options });
    super(sandbox, instrument);
    this.gateway = gateway;
    this.intents = intents;
    this.sandbox = sandbox;
  }

  /** Connects, and lets the account answer: no orders of somebody else, 50,000 USDT. */
  async connect(orders: readonly VenueOrder[] = []): Promise<this> {
    this.clock(minute);
    await this.sandbox.connect({
      runtime: { ...systemRuntime, now: () => this.time },
      push: (input) => this.queue.push(input),
    });
    this.gateway.stream('live');
    this.gateway.take('openOrders').answer(orders);
    const money = { type: 'balance', exchange: 'local', currency: 'USDT', free: 50_000, used: 0 } as const;
    this.gateway.take('balances').answer([{ ...money, time: 0, receiveTime: 0 }]);
    await this.settle();
    return this;
  }

  async opened(): Promise<this> {
    await this.connect();
    this.state('live').bar(100, 100, 100, 100).quote(100, 100);
    return this;
  }

  /** Answers the first question that begins so, and lets the broker hear it. */
  async answer(question: string, value: unknown): Promise<this> {
    this.gateway.take(question).answer(value);
    return this.settle();
  }

  async after(ms: number): Promise<this> {
    this.clock(this.now + ms);
    return this.settle();
  }

  /** Lets everything pushed so far be taken in. */
  async settle(): Promise<this> {
    for (let k = 0; k < 10; k++) await Promise.resolve();
    for (let input = this.queue.shift(); input !== undefined; input = this.queue.shift()) {
      this.sandbox.take(JSON.parse(JSON.stringify(input)) as BrokerInput);
      this.turn();
    }
    return this;
  }

  async hears(event: Parameters<ScriptedGateway['emit']>[0]): Promise<this> {
    this.gateway.emit(event);
    return this.settle();
  }

  get newsText(): string[] {
    const { news } = this.sandbox;
    return news.items.slice(0, news.count).map(({ kind, text }) => `${kind}: ${text}`);
  }
}

export function venueOrder(number: number, change: Partial<VenueOrder> = {}): VenueOrder {
  const facts = { side: 'buy', type: 'LIMIT', status: 'open', size: 1, filled: 0 } as const;
  return { id: `v${number}`, clientId: id(number), symbol: 'BTC/USDT', ...facts, ...change };
}

export function fillOf(number: number, change: Partial<FillEvent> = {}): FillEvent {
  const stamp = { exchange: 'local', symbol: 'BTC/USDT', time: start + 2 * minute, receiveTime: 0 };
  const names = { id: `f${number}`, orderId: `v${number}`, clientId: undefined, liquidity: 'taker' } as const;
  return {
    type: 'fill',
    ...stamp,
    ...names,
    side: 'buy',
    price: 100,
    size: 1,
    fee: 0.1,
    feeCurrency: 'USDT',
    ...change,
  };
}
