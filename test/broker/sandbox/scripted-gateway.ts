/** A gateway that says what a test tells it, when the test tells it. */
import type {
  AccountEvent,
  AmendOutcome,
  AmendRequest,
  BalanceEvent,
  CancelOutcome,
  FillEvent,
  Intent,
  IntentJournal,
  IntentState,
  OrderGateway,
  OrderPair,
  PairOutcome,
  OrderRequest,
  SendOutcome,
  StreamState,
  StreamStatus,
  VenueOrder,
} from '../../../src/core/index.ts';

/** A question that waits for its answer. */
export interface Asked {
  readonly what: string;
  answer(value: unknown): void;
  fail(reason: string): void;
}

/** Keeps every call until it is answered. */
export class ScriptedGateway implements OrderGateway {
  readonly exchange = 'local';
  readonly sent: OrderRequest[] = [];
  readonly amended: AmendRequest[] = [];
  readonly asked: Asked[] = [];
  sendPair?: (pair: OrderPair) => Promise<PairOutcome>;
  emit: (event: AccountEvent | StreamStatus) => void = () => undefined;

  open(emit: (event: AccountEvent | StreamStatus) => void): Promise<void> {
    this.emit = emit;
    return Promise.resolve();
  }

  send(request: OrderRequest): Promise<SendOutcome> {
    this.sent.push(request);
    return this.ask(`send ${request.clientId}`);
  }

  amend(request: AmendRequest): Promise<AmendOutcome> {
    this.amended.push(request);
    return this.ask(`amend ${request.clientId}`);
  }

  /** Takes pairs of orders from now on, as an exchange with order lists does. */
  takeLists(): this {
    this.sendPair = ({ clientId, orders }) => {
      this.sent.push(...orders);
      return this.ask(`pair ${clientId}`);
    };
    return this;
  }

  cancel(_symbol: string, clientId: string): Promise<CancelOutcome> {
    return this.ask(`cancel ${clientId}`);
  }

  findOrder(_symbol: string, clientId: string): Promise<VenueOrder | undefined> {
    return this.ask(`find ${clientId}`);
  }

  openOrders(): Promise<readonly VenueOrder[]> {
    return this.ask('openOrders');
  }

  fills(symbol: string, since: number): Promise<readonly FillEvent[]> {
    return this.ask(`fills ${symbol} ${since}`);
  }

  balances(): Promise<readonly BalanceEvent[]> {
    return this.ask('balances');
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  /** What is asked and not answered, each by its first two words. */
  get waiting(): string[] {
    return this.asked.map(({ what }) => what);
  }

  /** The first open question that begins so. */
  take(start: string): Asked {
    const at = this.asked.findIndex(({ what }) => what.startsWith(start));
    if (at < 0) throw new Error(`nobody asked '${start}', only ${this.waiting.join(', ')}`);
    return this.asked.splice(at, 1)[0]!;
  }

  stream(state: StreamState): void {
    this.emit({ type: 'status', exchange: 'local', symbol: '', channel: 'trade', state, reason: 'a test', time: 0 });
  }

  private ask<T>(what: string): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      this.asked.push({
        what,
        answer: (value) => {
          resolve(value as T);
        },
        fail: (reason) => {
          reject(new Error(reason));
        },
      });
    });
  }
}

/** An intents journal in memory. */
export class PlainIntents implements IntentJournal {
  readonly session = 'test';
  readonly rows: Intent[] = [];
  isFull = false;

  intents(): readonly Intent[] {
    return this.rows;
  }

  write(intent: Intent): void {
    if (this.isFull) throw new Error('the disk is full');
    this.rows.push(intent);
  }

  note(clientId: string, state: IntentState, venueId?: string): void {
    const at = this.rows.findIndex(({ request }) => request.clientId === clientId);
    this.rows[at] = { ...this.rows[at]!, state, ...(venueId === undefined ? {} : { venueId }) };
  }
}
