/** The value of each data's position at each step. */
import { Column } from '../../lines/index.ts';
import { Analyzer } from '../analyzer.ts';
import { checkOptions } from '../options.ts';

/** Values of positions by step, in columns of one length. */
export interface PositionsValueResult {
  /** Open of the step's bar, milliseconds UTC. */
  readonly opened: Float64Array;
  /** Close of the step, milliseconds UTC. */
  readonly time: Float64Array;
  /** By name of the data: signed value in quote units, 0 while flat. A margined position counts with the margin that it binds. */
  readonly positions: Readonly<Record<string, Float64Array>>;
  /** Cash at each step, in quote units. */
  readonly cash: Float64Array;
}

/** The value of the position in each data after each step, and the cash beside it. */
export class PositionsValue extends Analyzer<PositionsValueResult> {
  override readonly everyStep = true;
  private readonly opened = new Column();
  private readonly time = new Column();
  private readonly cash = new Column();
  private values: Column[] = [];

  constructor(options: object = {}) {
    super();
    checkOptions('PositionsValue', options, []);
  }

  override start(): void {
    this.values = this.run.datas.map(() => new Column());
  }

  override observe(from: number, to: number): void {
    const { record, broker, datas } = this.run;
    for (let step = from; step < to; step++) {
      push(this.opened, record.opened.at(step));
      push(this.time, record.time.at(step));
      push(this.cash, record.cash.at(step));
      for (const [k, data] of datas.entries()) push(this.values[k]!, broker.getValue(data));
    }
  }

  override result(): PositionsValueResult {
    const named = this.run.datas.map((data, k) => [data.name, held(this.values[k]!)] as const);
    return {
      opened: held(this.opened),
      time: held(this.time),
      positions: Object.fromEntries(named),
      cash: held(this.cash),
    };
  }
}

/** Adds a value to a column. */
export function push(column: Column, value: number): void {
  const at = column.length;
  column.extend(at + 1);
  column.set(at, value);
}

/** The values of a column. */
export function held(column: Column): Float64Array {
  return column.values.subarray(0, column.length - column.base);
}
