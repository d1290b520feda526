/** Observers of the account: cash, value, and the shares of a fund. */
import type { Column } from '../../lines/index.ts';
import { Observer } from './observer.ts';

/** Cash and value of the portfolio after each step. */
export class BrokerObserver extends Observer<'cash' | 'value'> {
  constructor(options: object = {}) {
    super('BrokerObserver', options, [], ['cash', 'value']);
  }

  protected override fill(from: number, to: number, lines: Readonly<Record<'cash' | 'value', Column>>): void {
    copy(this.run.record.cash, lines.cash, from, to);
    copy(this.run.record.value, lines.value, from, to);
  }
}

/** Cash after each step. */
export class CashObserver extends Observer<'cash'> {
  constructor(options: object = {}) {
    super('CashObserver', options, [], ['cash']);
  }

  protected override fill(from: number, to: number, lines: Readonly<Record<'cash', Column>>): void {
    copy(this.run.record.cash, lines.cash, from, to);
  }
}

/** Value of the portfolio after each step. */
export class ValueObserver extends Observer<'value'> {
  constructor(options: object = {}) {
    super('ValueObserver', options, [], ['value']);
  }

  protected override fill(from: number, to: number, lines: Readonly<Record<'value', Column>>): void {
    copy(this.run.record.value, lines.value, from, to);
  }
}

/** Value of one fund share, and how many there are, after each step. */
export class FundObserver extends Observer<'fundValue' | 'fundShares'> {
  override readonly everyStep = true;

  constructor(options: object = {}) {
    super('FundObserver', options, [], ['fundValue', 'fundShares']);
  }

  protected override fill(from: number, to: number, lines: Readonly<Record<'fundValue' | 'fundShares', Column>>): void {
    const { broker } = this.run;
    for (let step = from; step < to; step++) {
      lines.fundValue.set(step, broker.fundValue);
      lines.fundShares.set(step, broker.fundShares);
    }
  }
}

function copy(source: Column, target: Column, from: number, to: number): void {
  target.values.set(source.values.subarray(from - source.base, to - source.base), from - target.base);
}
