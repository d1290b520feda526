/** Everything that was bought and sold. */
import { timelineOf } from '../../lines/index.ts';
import type { Order } from '../../broker/index.ts';
import { Position } from '../../broker/index.ts';
import { Analyzer } from '../analyzer.ts';
import { checkOptions, type Compat } from '../options.ts';

/** Options of Transactions. */
export interface TransactionsOptions {
  /** `backtrader`: the fills of one data in one step are netted, and what nets to nothing is left out. Default: each fill has a row. */
  readonly compat?: Compat;
}

/** One fill, or with `compat` those of one data in one step together. */
export interface Transaction {
  /** Close of the step, milliseconds UTC. */
  readonly time: number;
  /** Open of the step's bar, milliseconds UTC. */
  readonly opened: number;
  /** Name of the data. */
  readonly data: string;
  /** Place of the data among the datas of the run, from 0. */
  readonly index: number;
  /** The symbol traded. */
  readonly symbol: string;
  /** Signed units: positive bought, negative sold. */
  readonly size: number;
  /** Price of the execution, in quote units. */
  readonly price: number;
  /**
   * Cash that it brought before commission, in quote units: negative when bought. Contracts count with their contract size, except with
   * `compat`.
   */
  readonly value: number;
  /** Commission paid, in quote units. */
  readonly commission: number;
}

interface Waiting {
  readonly step: number;
  readonly index: number;
  readonly size: number;
  readonly price: number;
  readonly commission: number;
  readonly traded: number;
}

/** A row for every fill, in the order in which they happened. */
export class Transactions extends Analyzer<readonly Transaction[]> {
  private readonly compat: Compat | undefined;
  private waiting: Waiting[] = [];
  private readonly rows: Transaction[] = [];

  constructor(options: TransactionsOptions = {}) {
    super();
    checkOptions('Transactions', options, ['compat']);
    this.compat = options.compat;
  }

  override notifyOrder(order: Order): void {
    if (order.status !== 'partial' && order.status !== 'completed') return;
    const { lastFill: fill } = order;
    if (fill === undefined) return;
    const { record, datas } = this.run;
    const index = datas.findIndex((data) => timelineOf(data) === timelineOf(order.data));
    const { size, price, commission, traded } = fill;
    this.waiting.push({ step: record.length + record.pending, index, size, price, commission, traded });
  }

  override observe(_from: number, to: number): void {
    const due = this.waiting.filter(({ step }) => step < to);
    if (due.length === 0) return;
    this.waiting = this.waiting.filter(({ step }) => step >= to);
    for (const one of this.compat === undefined ? due : netted(due)) this.rows.push(this.rowOf(one));
  }

  override result(): readonly Transaction[] {
    return this.rows;
  }

  private rowOf({ step, index, size, price, commission, traded }: Waiting): Transaction {
    const { record, datas } = this.run;
    const { name, symbol } = datas[index]!;
    return {
      time: record.time.at(step),
      opened: record.opened.at(step),
      data: name,
      index,
      symbol,
      size,
      price,
      value: this.compat === undefined ? -Math.sign(size) * traded : -size * price,
      commission,
    };
  }
}

/** The fills of each step and data as one, priced as the position that they would open from flat. */
function netted(fills: readonly Waiting[]): Waiting[] {
  const groups = new Map<string, { readonly first: Waiting; readonly position: Position; commission: number }>();
  for (const fill of fills) {
    const key = `${fill.step} ${fill.index}`;
    let group = groups.get(key);
    if (group === undefined) groups.set(key, (group = { first: fill, position: new Position(), commission: 0 }));
    group.position.update(fill.size, fill.price);
    group.commission += fill.commission;
  }
  return [...groups.values()]
    .filter(({ position }) => position.size !== 0)
    .map(({ first, position, commission }) => ({ ...first, size: position.size, price: position.price, commission }))
    .sort((a, b) => a.step - b.step || a.index - b.index);
}
