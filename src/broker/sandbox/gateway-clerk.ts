/** The clerk between a sandbox broker and its gateway: writes intents down, asks, and hands every answer to the queue. */
import {
  messageOf,
  type AccountEvent,
  type IntentJournal,
  type OrderGateway,
  type OrderRequest,
  type StreamStatus,
} from '../../core/index.ts';
import type { BrokerInput, LiveContext } from '../live/live-broker.ts';

/** What a clerk works with. */
export interface ClerkParts {
  readonly gateway: OrderGateway;
  readonly intents: IntentJournal;
}

/** Asks for the broker, which never waits. */
export class Clerk {
  private readonly gateway: OrderGateway;
  private readonly intents: IntentJournal;
  private readonly context: LiveContext;

  constructor({ gateway, intents }: ClerkParts, context: LiveContext) {
    this.gateway = gateway;
    this.intents = intents;
    this.context = context;
  }

  /** Tells what earlier runs left, opens the user stream, and asks what the account has. */
  async open(symbols: readonly string[]): Promise<void> {
    const { context } = this;
    const earlier = this.intents.intents();
    const next = earlier.reduce((last, { number }) => Math.max(last, number), 0) + 1;
    const tag = this.intents.tag ?? this.intents.session;
    context.push({ kind: 'intents', time: context.runtime.now(), tag, next, earlier });
    await this.gateway.open((event: AccountEvent | StreamStatus) => {
      context.push({ kind: 'account', event });
    });
    this.openOrders(symbols);
    this.balances();
  }

  /** Writes the intent, then sends the order. What cannot be written is not sent. */
  send(number: number, time: number, request: OrderRequest): void {
    const { clientId } = request;
    try {
      this.intents.write({ number, request, time, state: 'written' });
    } catch (error) {
      const reason = `its intent could not be written down: ${messageOf(error)}`;
      this.context.push({ kind: 'sent', clientId, outcome: { kind: 'refused', reason, code: 'not-written' } });
      return;
    }
    this.answer(
      this.gateway.send(request).then(
        (outcome): BrokerInput => ({ kind: 'sent', clientId, outcome }),
        (error: unknown): BrokerInput => {
          return { kind: 'sent', clientId, outcome: { kind: 'unknown', reason: messageOf(error) } };
        },
      ),
    );
  }

  cancel(symbol: string, clientId: string): void {
    this.answer(
      this.gateway.cancel(symbol, clientId).then(
        (outcome): BrokerInput => ({ kind: 'canceled', clientId, outcome }),
        (error: unknown): BrokerInput => {
          return { kind: 'canceled', clientId, outcome: { kind: 'unknown', reason: messageOf(error) } };
        },
      ),
    );
  }

  find(symbol: string, clientId: string, askedTime: number): void {
    this.ask(`find:${clientId}`, this.gateway.findOrder(symbol, clientId), (order) => {
      return { kind: 'found', clientId, askedTime, ...(order === undefined ? {} : { order }) };
    });
  }

  fills(symbol: string, since: number): void {
    this.ask(`fills:${symbol}`, this.gateway.fills(symbol, since), (fills) => ({
      kind: 'fills',
      symbol,
      since,
      fills,
    }));
  }

  openOrders(symbols: readonly string[]): void {
    this.ask('openOrders', this.gateway.openOrders(symbols), (orders) => ({ kind: 'openOrders', orders }));
  }

  balances(): void {
    this.ask('balances', this.gateway.balances(), (balances) => ({ kind: 'balances', balances }));
  }

  /** Notes what became of an intent; a note that fails is made again at the next start, by asking the exchange. */
  note(...args: Parameters<IntentJournal['note']>): string | undefined {
    try {
      this.intents.note(...args);
      return undefined;
    } catch (error) {
      return messageOf(error);
    }
  }

  close(): Promise<void> {
    return this.gateway.close();
  }

  private ask<T>(asked: string, question: Promise<T>, toInput: (answer: T) => BrokerInput): void {
    this.answer(
      question.then(toInput, (error: unknown): BrokerInput => ({ kind: 'failed', asked, reason: messageOf(error) })),
    );
  }

  private answer(answer: Promise<BrokerInput>): void {
    void answer.then(this.context.push);
  }
}
