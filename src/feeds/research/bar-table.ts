/** Bars of one series for research: columns and their conversions. */
import type { Table } from 'apache-arrow';

import { barColumnNames, extraColumnNames, type Bars, type Timeframe } from '../../core/index.ts';
import { loadArrow } from '../../store/index.ts';
import type { DataReport } from '../checks/report.ts';

/** Columns of equal length by name, time first, with their conversions. */
export class ColumnTable {
  /** The columns, time first. The memory is that of the table. */
  readonly columns: Readonly<Record<string, Float64Array>>;

  constructor(columns: Readonly<Record<string, Float64Array>>) {
    this.columns = columns;
  }

  /** Milliseconds UTC. */
  get time(): Float64Array {
    return this.columns['time']!;
  }

  /** How many rows there are. */
  get length(): number {
    return this.time.length;
  }

  /** One object for each row. */
  toRows(): Record<string, number>[] {
    const entries = Object.entries(this.columns);
    return Array.from(this.time, (_, i) => Object.fromEntries(entries.map(([name, column]) => [name, column[i]!])));
  }

  /** CSV text with a header; NaN is an empty cell. */
  toCsv(): string {
    const columns = Object.values(this.columns);
    const lines = [Object.keys(this.columns).join(',')];
    for (let i = 0; i < this.length; i++) {
      lines.push(columns.map((column) => (Number.isNaN(column[i]!) ? '' : String(column[i]!))).join(','));
    }
    return `${lines.join('\n')}\n`;
  }

  /** An Arrow table over copies of the columns. The library is loaded on first use. */
  async toArrow(): Promise<Table> {
    const arrow = await loadArrow();
    const vectors = Object.entries(this.columns).map(([name, column]) => [
      name,
      arrow.makeVector(Float64Array.from(column)),
    ]);
    return new arrow.Table(Object.fromEntries(vectors) as ConstructorParameters<typeof arrow.Table>[0]);
  }
}

/** Loaded bars of one series, `time` being each bar's open. */
export class BarTable extends ColumnTable implements Bars {
  /** The name of the data, by which `load` and warnings name it. */
  readonly name: string;
  /** The symbol that the bars are of, such as `BTC/USDT`. */
  readonly symbol: string;
  /** The length of the bars. */
  readonly timeframe: Timeframe;
  /** Traded value in quote units, where the source has it. */
  readonly quoteVolume?: Float64Array;
  /** Number of trades in each bar, where the source has it. */
  readonly tradeCount?: Float64Array;
  /** The part of the volume that takers bought, where the source has it. */
  readonly buyVolume?: Float64Array;
  /** The funding rate last settled by the close of each bar, where it was requested. */
  readonly funding?: Float64Array;
  /** The open interest last published by the close of each bar, in base units, where it was requested. */
  readonly openInterest?: Float64Array;
  /** The validation report of the bars. */
  readonly report: DataReport | undefined;
  /** The warnings that a run over these bars would have. */
  readonly warnings: readonly string[];

  constructor(bars: Bars, about: Pick<BarTable, 'name' | 'symbol' | 'timeframe' | 'report' | 'warnings'>) {
    const names = [...barColumnNames, ...extraColumnNames.filter((name) => bars[name] !== undefined)];
    super(Object.fromEntries(names.map((name) => [name, bars[name]!])));
    if (bars.quoteVolume !== undefined) this.quoteVolume = bars.quoteVolume;
    if (bars.tradeCount !== undefined) this.tradeCount = bars.tradeCount;
    if (bars.buyVolume !== undefined) this.buyVolume = bars.buyVolume;
    if (bars.funding !== undefined) this.funding = bars.funding;
    if (bars.openInterest !== undefined) this.openInterest = bars.openInterest;
    this.name = about.name;
    this.symbol = about.symbol;
    this.timeframe = about.timeframe;
    this.report = about.report;
    this.warnings = about.warnings;
  }

  get open(): Float64Array {
    return this.columns['open']!;
  }

  get high(): Float64Array {
    return this.columns['high']!;
  }

  get low(): Float64Array {
    return this.columns['low']!;
  }

  get close(): Float64Array {
    return this.columns['close']!;
  }

  get volume(): Float64Array {
    return this.columns['volume']!;
  }
}
