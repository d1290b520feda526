/** The data of a page besides its static parts: where its columns are and how they are drawn. Plain data, read by the page's script. */
import type { Leveled } from './columns/leveled.ts';

/** A line over the bars or on a pane below them. */
export interface LineModel {
  /** Name of its column. */
  readonly column: string;
  readonly label: string;
  /** `price`, or the name of its pane. */
  readonly pane: string;
  readonly colour: string | undefined;
  readonly style: 'line' | 'dashed' | 'dotted' | 'step' | 'area' | 'histogram' | 'dots';
  readonly width: number;
  readonly levels: readonly number[];
}

/** One data with its bars. */
export interface PriceModel {
  readonly name: string;
  readonly symbol: string;
  readonly timeframe: string;
  /** Decimals of prices. */
  readonly decimals: number;
  /** Length of a bar in milliseconds, or its usual length. */
  readonly frameMs: number;
  /** Columns `time`, `open`, `high`, `low`, `close`, `volume`, then those of lines. */
  readonly bars: Leveled;
  readonly lines: readonly LineModel[];
  /** Number of the first bar that is on the chart. */
  readonly firstIndex: number;
  /** Name of the chunk with its marks. */
  readonly marks: string;
}

/** A text at a bar. */
export interface MarkModel {
  readonly time: number;
  readonly text: string;
  readonly colour?: string | undefined;
  readonly shape?: string | undefined;
  readonly position?: string | undefined;
}

/** A curve of the portfolio, or of several runs. */
export interface CurveModel {
  readonly column: string;
  readonly label: string;
  readonly pane: string;
  readonly style: 'line' | 'dashed' | 'area' | 'below' | 'histogram';
  /** Number of its colour in the palette; 0 is the accent. */
  readonly colour: number;
  /** How its values are written. */
  readonly kind: 'money' | 'percent' | 'number';
}

/** The portfolio over time. */
export interface PerformanceModel {
  /** Columns `time` and those of the curves. */
  readonly steps: Leveled;
  readonly curves: readonly CurveModel[];
}

/** A column of a table. */
export interface TableColumn {
  readonly key: string;
  readonly label: string;
  readonly kind: 'text' | 'number' | 'money' | 'price' | 'percent' | 'time' | 'span' | 'size';
  /** Whether a filter of its values is offered. */
  readonly isChoice?: boolean;
  readonly about?: string;
}

/** A table that can be sorted and filtered. */
export interface TableModel {
  readonly id: 'trades' | 'orders';
  readonly columns: readonly TableColumn[];
  readonly rows: number;
  /** Name of the chunk with its columns, as JSON: a list for each column. */
  readonly chunk: string;
}

/** All of it. */
export interface ReportModel {
  readonly version: string;
  readonly title: string;
  /** Text that stands for the run: the page keeps its place under it while it is refreshed. */
  readonly key: string;
  readonly prices: readonly PriceModel[];
  readonly performance: PerformanceModel | undefined;
  readonly tables: readonly TableModel[];
  /** Where a page that follows a run asks for news; undefined for a page that stands alone. */
  readonly live?: string | undefined;
}
