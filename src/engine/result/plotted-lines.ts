/** The lines of a strategy that a report draws: those it holds in its fields, and those that `plot` was called on. */
import { Line, nodeOf, plotOf, type PlotOptions } from '../../lines/index.ts';
import { isSmallRecord, type StrategyRun } from '../strategy/strategy-run.ts';

/** A line to be drawn. */
export interface PlottedLine {
  /** The field that holds it, such as `fast` or `bands.top`; undefined where none does. */
  readonly field: string | undefined;
  readonly line: Line;
  readonly options: PlotOptions;
}

/** The lines of a strategy that are drawn, in the order of its fields. */
export function plottedLines(run: StrategyRun): PlottedLine[] {
  const found = new Map<Line, string | undefined>();
  const look = (field: string, value: unknown, depth: number): void => {
    if (value instanceof Line) {
      if (!found.has(value)) found.set(value, field);
    } else if (depth > 0 && isSmallRecord(value)) {
      for (const [key, inner] of Object.entries(value)) look(`${field}.${key}`, inner, depth - 1);
    }
  };
  for (const [field, value] of Object.entries(run.strategy)) look(field, value, 2);
  for (const line of run.graph.drawn) if (line instanceof Line && !found.has(line)) found.set(line, undefined);
  return [...found].flatMap(([line, field]) => {
    const options = plotOf(line);
    // A column of the data itself is on the chart already.
    const isDrawn = options !== false && (options !== undefined || nodeOf(line) !== undefined);
    return isDrawn ? [{ field, line, options: options ?? {} }] : [];
  });
}
