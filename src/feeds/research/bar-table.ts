/** Bars of one series for research: what was loaded, and what its source knows of them. */
import {
  barColumnNames,
  barsBetween,
  DataError,
  extraColumnNames,
  formatTime,
  toTime,
  type Bars,
  type Instrument,
  type Timeframe,
  type TimeInput,
} from '../../core/index.ts';
import type { DataReport } from '../checks/report.ts';
import type { FeedFacts } from '../memory/held-feed.ts';
import { ColumnTable } from './column-table.ts';

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
  /** The exchange's rules for the symbol: tick, lot, limits, fees. Undefined where the source has none. */
  readonly instrument?: Instrument;
  /**
   * What the feed that they were loaded from knows of them; undefined for a table of your own, whose bars a run checks.
   *
   * @internal
   */
  facts: FeedFacts | undefined;

  constructor(
    bars: Bars,
    about: Pick<BarTable, 'name' | 'symbol' | 'timeframe' | 'report' | 'warnings' | 'instrument'>,
  ) {
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
    if (about.instrument !== undefined) this.instrument = about.instrument;
  }

  /**
   * The bars of a part of the time, `start <= time < end`, over the same memory: to run over one regime, or to keep the rest for later.
   *
   * @param start - Default: the first bar.
   * @param end - Excluded. Default: after the last bar.
   * @throws {DataError} If there is no bar in it.
   */
  between(start?: TimeInput, end?: TimeInput): BarTable {
    const from = start === undefined ? undefined : toTime(start, 'start');
    const to = end === undefined ? undefined : toTime(end, 'end');
    const part = barsBetween(this, from, to);
    if (part.time.length === 0) {
      const [first = NaN, last = NaN] = [this.time[0], this.time.at(-1)];
      throw new DataError(
        `${this.name} has no bar in the range: its bars open from ${formatTime(first)} to ${formatTime(last)}`,
        {
          code: 'no-bars',
          context: { symbol: this.symbol, timeframe: this.timeframe.name, start: from, end: to },
        },
      );
    }
    return Object.assign(new BarTable(part, this), { facts: this.facts });
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
