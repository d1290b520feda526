/** Requests of a sandbox broker to its gateway: intents are written first, and every answer goes into the session's queue. */
import {
  earlierStops,
  AuthError,
  ConnectorError,
  messageOf,
  type AccountEvent,
  type AmendRequest,
  type ContractSettings,
  type IntentJournal,
  type OrderGateway,
  type OrderPair,
  type OrderRequest,
  type SendOutcome,
  type StreamStatus,
  type VenuePayment,
} from '../../core/index.ts';
import type { BrokerInput, LiveContext } from '../live/live-broker.ts';

/** The gateway of an account, and the journal of what was meant to be sent through it. */
export interface OrderRoute {
  readonly gateway: OrderGateway;
  readonly intents: IntentJournal;
  /**
   * The share of the account's cash that the session states, as a fraction, where it can be compared with the balance: when no other
   * session has spent any of it. Default: none to compare.
   */
  readonly share?: number;
}

/** How long to wait before the connection to the account is tried again. */
const reopenMs = 1_000;

/** Sends requests for the broker, which never waits for an answer. */
export class GatewayRequests {
  private readonly gateway: OrderGateway;
  private readonly intents: IntentJournal;
  private readonly context: LiveContext;
  private readonly share: number | undefined;
  private isClosed = false;

  constructor({ gateway, intents, share }: OrderRoute, context: LiveContext) {
    this.gateway = gateway;
    this.intents = intents;
    this.share = share;
    this.context = context;
  }

  /** Reports what earlier runs left, opens the user stream, and requests the state of the account. */
  async open(symbols: readonly string[], settings: readonly ContractSettings[] = [], isHedged = false): Promise<void> {
    const { context } = this;
    const earlier = this.intents.intents();
    const next = earlier.reduce((last, { number }) => Math.max(last, number), 0) + 1;
    const tag = this.intents.tag ?? this.intents.session;
    const share = this.share === undefined || earlier.length > 0 ? {} : { share: this.share };
    const lists = this.gateway.sendPair !== undefined;
    this.gateway.recall?.(earlierStops(earlier));
    context.push({ kind: 'intents', time: context.runtime.now(), tag, next, earlier, ...share, lists });
    while (!this.isClosed && !(await this.openGateway(settings, isHedged))) await context.runtime.sleep(reopenMs);
    if (this.isClosed) return;
    this.openOrders(symbols);
    this.balances();
  }

  /** False when the account did not answer, and is to be tried again. */
  private async openGateway(settings: readonly ContractSettings[], isHedged: boolean): Promise<boolean> {
    try {
      await this.gateway.open((event: AccountEvent | StreamStatus) => {
        this.context.push({ kind: 'account', event });
      });
      if (settings.length > 0) await this.gateway.prepare?.(settings, isHedged);
      // The session may have ended meanwhile; then the gateway that has just been opened is closed here.
      if (this.isClosed) await this.gateway.close();
      return true;
    } catch (error) {
      if (!(error instanceof ConnectorError) || !error.retryable) throw error;
      this.context.push({ kind: 'failed', asked: 'account', reason: messageOf(error) });
      await this.gateway.close();
      return false;
    }
  }

  /** Writes the intent, then sends the order. An order whose intent cannot be written is not sent. */
  send(number: number, time: number, request: OrderRequest): void {
    const { clientId } = request;
    const failure = this.writeIntent(number, time, request);
    if (failure !== undefined) {
      this.context.push({ kind: 'sent', clientId, outcome: { kind: 'refused', reason: failure, code: 'not-written' } });
      return;
    }
    this.answer(
      this.timed(this.gateway.send(request)).then(
        (outcome): BrokerInput => ({ kind: 'sent', clientId, outcome }),
        (error: unknown): BrokerInput => {
          return { kind: 'sent', clientId, outcome: { kind: 'unknown', reason: messageOf(error) } };
        },
      ),
    );
  }

  /** Writes the intents of a pair, then sends it. A gateway without lists refuses both with the code 'not-supported'. */
  sendPair(numbers: readonly [number, number], time: number, pair: OrderPair): void {
    const { orders } = pair;
    const tell = (outcomes: readonly [SendOutcome, SendOutcome]): void => {
      for (const k of [0, 1] as const) {
        this.context.push({ kind: 'sent', clientId: orders[k].clientId, outcome: outcomes[k] });
      }
    };
    const both = (outcome: SendOutcome): void => {
      tell([outcome, outcome]);
    };
    const { gateway } = this;
    if (gateway.sendPair === undefined) {
      both({ kind: 'refused', reason: `${gateway.exchange} has no order lists`, code: 'not-supported' });
      return;
    }
    for (const k of [0, 1] as const) {
      const failure = this.writeIntent(numbers[k], time, orders[k]);
      if (failure === undefined) continue;
      both({ kind: 'refused', reason: failure, code: 'not-written' });
      return;
    }
    void this.timed(gateway.sendPair(pair)).then(
      (outcome) => {
        if (outcome.kind !== 'accepted') both(outcome);
        else
          tell([
            { kind: 'accepted', order: outcome.orders[0] },
            { kind: 'accepted', order: outcome.orders[1] },
          ]);
      },
      (error: unknown) => {
        both({ kind: 'unknown', reason: messageOf(error) });
      },
    );
  }

  /** Writes the intent of a replacement, then requests it. A gateway that cannot amend refuses with the code 'not-supported'. */
  amend(number: number, time: number, request: AmendRequest): void {
    const { clientId } = request;
    const refuse = (reason: string, code: string): void => {
      this.context.push({ kind: 'amended', clientId, outcome: { kind: 'refused', reason, code } });
    };
    const { gateway } = this;
    if (gateway.amend === undefined) {
      refuse(`${gateway.exchange} cannot amend an order`, 'not-supported');
      return;
    }
    const failure = this.writeIntent(number, time, request);
    if (failure !== undefined) {
      refuse(failure, 'not-written');
      return;
    }
    this.answer(
      this.timed(gateway.amend(request)).then(
        (outcome): BrokerInput => ({ kind: 'amended', clientId, outcome }),
        (error: unknown): BrokerInput => {
          return { kind: 'amended', clientId, outcome: { kind: 'unknown', reason: messageOf(error) } };
        },
      ),
    );
  }

  /** Writes an intent before its request; returns why that failed. */
  private writeIntent(number: number, time: number, request: OrderRequest): string | undefined {
    try {
      this.intents.write({ number, request, time, state: 'written' });
      return undefined;
    } catch (error) {
      return `its intent could not be written: ${messageOf(error)}`;
    }
  }

  cancel(symbol: string, clientId: string): void {
    this.answer(
      this.timed(this.gateway.cancel(symbol, clientId)).then(
        (outcome): BrokerInput => ({ kind: 'canceled', clientId, outcome }),
        (error: unknown): BrokerInput => {
          return { kind: 'canceled', clientId, outcome: { kind: 'unknown', reason: messageOf(error) } };
        },
      ),
    );
  }

  find(symbol: string, clientId: string, askedTime: number): void {
    this.request(`find:${clientId}`, this.gateway.findOrder(symbol, clientId), (order) => {
      return { kind: 'found', clientId, askedTime, ...(order === undefined ? {} : { order }) };
    });
  }

  fills(symbol: string, since: number): void {
    this.request(`fills:${symbol}`, this.gateway.fills(symbol, since), (fills) => ({
      kind: 'fills',
      symbol,
      since,
      fills,
    }));
  }

  /**
   * Asks for what the venue booked by itself, and when it pays funding next; a gateway that lists nothing of the kind has booked nothing.
   */
  payments(symbol: string, since: number): void {
    const { gateway } = this;
    const ask = async (): Promise<readonly [readonly VenuePayment[], number | undefined]> => [
      (await gateway.payments?.(symbol, since)) ?? [],
      await gateway.nextFunding?.(symbol),
    ];
    this.request(`payments:${symbol}`, ask(), ([payments, nextFunding]) => ({
      kind: 'payments',
      symbol,
      payments,
      ...(nextFunding !== undefined && { nextFunding }),
    }));
  }

  openOrders(symbols: readonly string[]): void {
    this.request('openOrders', this.gateway.openOrders(symbols), (orders) => ({ kind: 'openOrders', orders }));
  }

  balances(): void {
    this.request('balances', this.gateway.balances(), (balances) => ({ kind: 'balances', balances }));
  }

  /** Records the state of an intent. Returns why that failed; the next start then asks the exchange instead. */
  recordIntent(...args: Parameters<IntentJournal['note']>): string | undefined {
    try {
      this.intents.note(...args);
      return undefined;
    } catch (error) {
      return messageOf(error);
    }
  }

  close(): Promise<void> {
    this.isClosed = true;
    return this.gateway.close();
  }

  private request<T>(name: string, answer: Promise<T>, toInput: (answer: T) => BrokerInput): void {
    this.answer(
      answer.then(toInput, (error: unknown): BrokerInput => ({
        kind: 'failed',
        asked: name,
        reason: messageOf(error),
        ...(error instanceof AuthError && { code: 'auth' }),
      })),
    );
  }

  /** Measures how long the answer to a request about an order takes. */
  private timed<T>(answer: Promise<T>): Promise<T> {
    const { runtime, answered } = this.context;
    if (answered === undefined) return answer;
    const began = runtime.elapsed();
    const note = (): void => {
      answered(runtime.elapsed() - began);
    };
    answer.then(note, note);
    return answer;
  }

  private answer(answer: Promise<BrokerInput>): void {
    void answer.then(this.context.push);
  }
}
