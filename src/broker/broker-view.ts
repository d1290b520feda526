/** A broker as strategies and analyzers see it: its questions and answers, and nothing behind them. */
import { ConfigError, showPlainly } from '../core/index.ts';
import type { Data } from '../lines/index.ts';
import type { TransferRequest } from './accounting/ledger/options.ts';
import type { Position } from './accounting/position.ts';
import type { Broker } from './broker.ts';

/** Passes each question on. The broker itself holds the bars that orders will be matched against, so nothing reaches it from here. */
export class BrokerView implements Broker {
  readonly #broker: Broker;

  static {
    showPlainly(BrokerView, undefined, 'Broker');
  }

  constructor(broker: Broker) {
    this.#broker = broker;
  }

  get cash(): number {
    return this.#broker.cash;
  }

  get value(): number {
    return this.#broker.value;
  }

  get fundValue(): number {
    return this.#broker.fundValue;
  }

  get fundShares(): number {
    return this.#broker.fundShares;
  }

  getPosition(data: Data): Readonly<Position> {
    return this.#broker.getPosition(data);
  }

  getValue(data: Data): number {
    return this.#broker.getValue(data);
  }

  addCash(amount: number): void {
    this.#broker.addCash(amount);
  }

  transfer(request: TransferRequest): boolean {
    if (this.#broker.transfer !== undefined) return this.#broker.transfer(request);
    throw new ConfigError('this broker has no accounts to transfer between');
  }

  getFree(currency: string, account?: string): number {
    if (this.#broker.getFree !== undefined) return this.#broker.getFree(currency, account);
    throw new ConfigError('this broker has no accounts at venues');
  }

  /** The account as plain data. */
  toJSON(): Record<string, unknown> {
    const { cash, value, fundValue, fundShares } = this;
    return { cash, value, fundValue, fundShares };
  }
}
