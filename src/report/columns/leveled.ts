/** What levels of detail look like to the page that reads them. */
import type { ColumnSpec } from './decode.ts';

/** A level as the page reads it. */
export interface Level {
  /** Points of the finest level in one of this. */
  readonly factor: number;
  readonly points: number;
  /** Points in a chunk; the last has what is left. */
  readonly chunkPoints: number;
  /** Names of the chunks, in order. */
  readonly chunks: readonly string[];
}

/** Columns in levels, the finest first. */
export interface Leveled {
  readonly columns: readonly ColumnSpec[];
  /** Points of the finest level there could be. */
  readonly length: number;
  readonly levels: readonly Level[];
}
