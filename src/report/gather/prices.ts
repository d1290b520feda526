/** The datas of a run as the page draws them: bars, the lines of strategies and observers along them, and marks. */
import { Observer } from '../../analyzers/index.ts';
import { partsOfResult, type RunResult, type StrategyParts } from '../../engine/index.ts';
import { indicators } from '../../indicators/index.ts';
import { columnOf, timelineOf, timelineOfLine, type PlotOptions, type Timeline } from '../../lines/index.ts';
import { decimalsOf, encodeText, type Packing } from '../columns/encode.ts';
import { toLevels, type LeveledColumn } from '../columns/levels.ts';
import type { LineModel, MarkModel, PriceModel } from '../model.ts';

/** Horizontal guides of well-known indicators, for lines that set no levels. */
const guides: Readonly<Record<string, readonly number[]>> = {
  rsi: [30, 70], stochastic: [20, 80], stochasticRsi: [20, 80], connorsRsi: [10, 90], mfi: [20, 80], williamsR: [-80, -20], cci: [-100, 100], adx: [25],
}; // prettier-ignore
/** Lines that answer yes or no, which are drawn only on request. */
const questions = /^(?:crossover|crossup|crossdown|lastDifference|gt|gte|lt|lte|and|or)\b/;

interface Drawn {
  readonly model: Omit<LineModel, 'column' | 'pane'> & { readonly pane: string | undefined };
  readonly values: Float64Array;
  readonly indicator: string;
  /** The field that holds the record to which the line belongs. */
  readonly record?: string | undefined;
}

/** The datas of a run; what they hold is added to `chunks`. */
export function pricesOf(result: RunResult, chunks: Map<string, string>, packing: Packing = 'small'): PriceModel[] {
  const parts = partsOfResult(result);
  return parts.timelines.flatMap((timeline, number) => {
    const first = timeline.time.base;
    const last = timeline.index + 1;
    if (last <= first) return [];
    const part = (values: Float64Array): Float64Array => values.subarray(0, last - first);
    const { time, open, high, low, close, volume } = timeline;
    const decimals = decimalsOf(part(open.values), part(close.values), part(high.values), part(low.values));
    const columns: LeveledColumn[] = [
      { name: 'time', values: part(time.values), fold: 'first', decimals: 0 },
      { name: 'open', values: part(open.values), fold: 'first', decimals },
      { name: 'high', values: part(high.values), fold: 'max', decimals },
      { name: 'low', values: part(low.values), fold: 'min', decimals },
      { name: 'close', values: part(close.values), fold: 'last', decimals },
      { name: 'volume', values: part(volume.values), fold: 'sum' },
    ];
    const range: [number, number] = [extreme(part(low.values), Math.min), extreme(part(high.values), Math.max)];
    const lines: LineModel[] = [];
    const several = parts.strategies.length > 1;
    for (const [at, strategy] of parts.strategies.entries()) {
      const prefix = several ? `${result.strategies[at]!.name}: ` : '';
      const drawn = [
        ...heldLines(strategy, timeline, first, last),
        ...drawnSeries(strategy, timeline, first, last),
        ...observed(strategy, timeline, result.equity.time, first, last, number),
      ];
      // Lines of one record, such as those of macd, share a pane unless all of them are prices.
      const apart = new Set(drawn.flatMap(({ record, values, indicator }) => (record !== undefined && !isOverBars(indicator, values, range) ? [record] : []))); // prettier-ignore
      for (const { model, values, indicator, record } of drawn) {
        const column = `line${lines.length}`;
        const isOver = record === undefined ? isOverBars(indicator, values, range) : !apart.has(record);
        const pane = model.pane ?? (isOver ? 'price' : (record ?? model.label));
        columns.push({ name: column, values, fold: 'last', ...(pane === 'price' && isTicked(values, decimals) && { decimals }) }); // prettier-ignore
        lines.push({ ...model, column, pane: pane === 'price' ? pane : prefix + pane, label: prefix + model.label });
      }
    }
    const marks = `marks-${number}`;
    chunks.set(marks, encodeText(JSON.stringify(marksOf(parts.strategies, timeline))));
    return [
      {
        name: timeline.info.name,
        symbol: timeline.info.symbol,
        timeframe: timeline.info.timeframe.name,
        decimals: Math.max(0, decimals),
        frameMs: Number.isFinite(timeline.frameMs) ? timeline.frameMs : usualStep(part(time.values)),
        bars: toLevels(`bars-${number}`, columns, chunks, Infinity, packing),
        lines,
        firstIndex: first,
        marks,
      },
    ];
  });
}

/** Lines of the strategy's fields that run along this data. */
function heldLines({ lines }: StrategyParts, timeline: Timeline, first: number, last: number): Drawn[] {
  return lines.flatMap(({ field, line, options }) => {
    if (timelineOfLine(line) !== timeline) return [];
    const indicator = /^[\w.]+/.exec(line.name)?.[0] ?? line.name;
    const isAsked = options.pane !== undefined || options.style !== undefined || options.colour !== undefined;
    if (questions.test(indicator) && !isAsked) return [];
    const column = columnOf(line);
    const values = new Float64Array(last - first).fill(NaN);
    for (let i = Math.max(first, column.base); i < Math.min(last, column.length); i++) values[i - first] = column.at(i);
    const label = options.name ?? labelOf(field, line.name);
    const record = field?.includes('.') === true ? field.slice(0, field.indexOf('.')) : undefined;
    const model = modelOf(label, options, guides[indicator]);
    const style = options.style ?? (/histo/i.test(field ?? '') ? 'histogram' : model.style);
    return [{ model: { ...model, style }, values, indicator, record }];
  });
}

/** What `this.plot` drew along this data. */
function drawnSeries({ drawing }: StrategyParts, timeline: Timeline, first: number, last: number): Drawn[] {
  return [...drawing.series.values()].flatMap(({ name, data, options, rows }) => {
    if (timelineOf(data) !== timeline) return [];
    const values = new Float64Array(last - first).fill(NaN);
    for (let row = 0; row < rows.count; row++) {
      const block = rows.block(row);
      const at = rows.at(row);
      const index = block[at]! - first;
      if (index >= 0 && index < values.length) values[index] = block[at + 1]!;
    }
    return [{ model: modelOf(options.name ?? name, options), values, indicator: '' }];
  });
}

/** Custom observers: a value for each step, drawn along the first data. */
function observed(
  { analyzers }: StrategyParts,
  timeline: Timeline,
  steps: Float64Array,
  first: number,
  last: number,
  number: number,
): Drawn[] {
  if (number > 0) return [];
  return analyzers.flatMap(({ name, analyzer }) => {
    if (!(analyzer instanceof Observer)) return [];
    const lines = Object.entries(analyzer.result() as Record<string, Float64Array>);
    return lines.map(([line, values]) => {
      const along = new Float64Array(last - first).fill(NaN);
      let step = 0;
      for (let i = first; i < last; i++) {
        const close = timeline.closeAt(i);
        while (step + 1 < steps.length && steps[step + 1]! <= close) step++;
        if (step < values.length && steps[step]! <= close) along[i - first] = values[step]!;
      }
      const isDots = /buy|sell|win|loss|pnl/i.test(line);
      const model = modelOf(lines.length > 1 ? `${name} ${line}` : name, {
        pane: name,
        ...(isDots && { style: 'dots' }),
      });
      return { model, values: along, indicator: '' };
    });
  });
}

function marksOf(strategies: readonly StrategyParts[], timeline: Timeline): MarkModel[] {
  return strategies.flatMap(({ drawing }) =>
    drawing.marks
      .filter(({ data }) => timelineOf(data) === timeline)
      .map(({ index, text, options }) => ({ time: timeline.time.at(index), text, ...options }))
      .filter(({ time }) => Number.isFinite(time)),
  );
}

function modelOf(label: string, options: PlotOptions, levels: readonly number[] = []): Drawn['model'] {
  const { pane, colour, style = 'line', width = 1.5 } = options;
  return { label, pane, colour, style, width, levels: options.levels ?? levels };
}

/** `fast · sma(10)`; the indicator's name alone where it already contains the name of the field. */
function labelOf(field: string | undefined, name: string): string {
  const last = field?.slice(field.indexOf('.') + 1);
  if (field === undefined || name.startsWith(`${field}(`) || name.endsWith(`.${last}`)) return name;
  return `${field} \u00b7 ${name}`;
}

function knownGroup(indicator: string): string | undefined {
  return indicators.list().find(({ name }) => name === indicator)?.group;
}

function isOverBars(indicator: string, values: Float64Array, [low, high]: readonly [number, number]): boolean {
  if (knownGroup(indicator) === 'Oscillators' && indicator !== 'dpo') return false;
  let [inside, all] = [0, 0];
  const stride = Math.max(1, Math.floor(values.length / 2_000));
  for (let i = 0; i < values.length; i += stride) {
    const value = values[i]!;
    if (value !== value) continue;
    all++;
    if (value > low * 0.8 && value < high * 1.25) inside++;
  }
  return all > 0 && inside / all > 0.95;
}

/** Whether values have no more decimals than prices, as a stop set to a price. */
function isTicked(values: Float64Array, decimals: number): boolean {
  return decimalsOf(values) <= decimals;
}

function extreme(values: Float64Array, choose: (a: number, b: number) => number): number {
  let found = NaN;
  for (const value of values) {
    if (value === value) found = found === found ? choose(found, value) : value;
  }
  return found;
}

/** The median distance between bars, for a timeframe whose length varies. */
function usualStep(time: Float64Array): number {
  const steps = time.slice(1, 200).map((one, i) => one - time[i]!);
  return steps.sort()[steps.length >> 1] ?? 86_400_000;
}
