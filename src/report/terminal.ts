/** Charts for a terminal: equity, drawdown, and candles with the entries and exits of trades. */
import { partsOfResult, type RunResult } from '../engine/index.ts';
import { curvesOf } from './gather/curves.ts';
import { placedFills } from './gather/fills.ts';
import { amount, moment, percent } from './text/words.ts';

/** How charts are drawn. */
export interface TerminalOptions {
  /** Columns of the terminal. Default 80. */
  readonly width?: number;
  /** Lines of each chart. Default 10. */
  readonly height?: number;
  /** Colours a text; default: none. */
  readonly colour?: (text: string, tone: 'up' | 'down' | 'dim') => string;
}

/** Characters of a label at the left. */
const labelWidth = 12;
/** The dots of a braille character, by column and row. */
const dots = [[0x01, 0x02, 0x04, 0x40], [0x08, 0x10, 0x20, 0x80]] as const; // prettier-ignore

/** The charts of a run, ending with a line feed. */
export function terminalCharts(result: RunResult, options: TerminalOptions = {}): string {
  const { width = 80, height = 10, colour = (text: string): string => text } = options;
  const columns = Math.max(20, Math.min(width, 160) - labelWidth - 1);
  const curves = curvesOf(result);
  const { time, value, drawdown } = curves;
  const parts: string[] = [];
  if (time.length > 1) {
    parts.push('Value', ...curve(value, columns, height, (one) => amount(one), (text: string): string => colour(text, 'up')), spanLine(time[0]!, time[time.length - 1]!, columns)); // prettier-ignore
    parts.push('', 'Drawdown', ...curve(drawdown, columns, Math.max(4, height >> 1), (one) => percent(one, 1), (text: string): string => colour(text, 'down')), spanLine(time[0]!, time[time.length - 1]!, columns)); // prettier-ignore
  }
  for (const [number] of result.datas.entries())
    parts.push('', ...candles(result, number, columns, height + 4, colour));
  return `${parts.map((line) => line.trimEnd()).join('\n')}\n`;
}

/** A curve in braille dots: two across and four up in each character. */
function curve(
  values: Float64Array,
  columns: number,
  rows: number,
  text: (value: number) => string,
  paint: (text: string) => string,
): string[] {
  let [low, high] = [Infinity, -Infinity];
  for (const value of values) {
    if (value < low) low = value;
    if (value > high) high = value;
  }
  const cells = Array.from({ length: rows }, () => new Uint8Array(columns));
  const height = rows * 4 - 1;
  const place = (value: number): number =>
    high === low ? height >> 1 : Math.round(((high - value) / (high - low)) * height);
  let before: number | undefined;
  for (let x = 0; x < columns * 2; x++) {
    const value = values[Math.round((x / (columns * 2 - 1)) * (values.length - 1))]!;
    if (value !== value) {
      before = undefined;
      continue;
    }
    const y = place(value);
    // Upright strokes join what lies far apart.
    const [from, to] = before === undefined ? [y, y] : before < y ? [before + 1, y] : [y, Math.max(y, before - 1)];
    for (let at = from; at <= to; at++) cells[at >> 2]![x >> 1]! |= dots[(x & 1) as 0 | 1][at & 3]!;
    before = y;
  }
  return cells.map((row, k) => {
    const label = k === 0 ? text(high) : k === rows - 1 ? text(low) : '';
    return `${label.padStart(labelWidth)} ${paint(String.fromCharCode(...Array.from(row, (cell) => 0x2800 + cell)))}`;
  });
}

/** The last bars of a data as candles, with what was bought and sold below them. */
function candles(
  result: RunResult,
  number: number,
  columns: number,
  rows: number,
  colour: NonNullable<TerminalOptions['colour']>,
): string[] {
  const timeline = partsOfResult(result).timelines[number]!;
  const end = timeline.index + 1;
  const from = Math.max(timeline.time.base, end - columns);
  if (end <= from) return [];
  let [low, high] = [Infinity, -Infinity];
  for (let i = from; i < end; i++) {
    low = Math.min(low, timeline.low.at(i));
    high = Math.max(high, timeline.high.at(i));
  }
  const place = (price: number): number => (high === low ? 0 : ((high - price) / (high - low)) * (rows - 1));
  const lines = Array.from({ length: rows }, () => [] as string[]);
  for (let i = from; i < end; i++) {
    const [open, close] = [timeline.open.at(i), timeline.close.at(i)];
    const [top, bottom] = [place(Math.max(open, close)), place(Math.min(open, close))];
    const [wickTop, wickBottom] = [place(timeline.high.at(i)), place(timeline.low.at(i))];
    const tone = close >= open ? 'up' : 'down';
    for (let row = 0; row < rows; row++) {
      const isBody = row >= Math.round(top) && row <= Math.round(bottom);
      const isWick = row >= Math.round(wickTop) && row <= Math.round(wickBottom);
      lines[row]!.push(isBody ? colour('\u2588', tone) : isWick ? colour('\u2502', tone) : ' ');
    }
  }
  const marks = new Array<string>(end - from).fill(' ');
  for (const { fill, data } of placedFills(result)) {
    if (data !== timeline.info.name) continue;
    let at = end - 1;
    while (at > from && timeline.closeAt(at - 1) >= fill.time) at--;
    if (timeline.closeAt(at) < fill.time || timeline.time.at(from) > fill.time) continue;
    marks[at - from] = fill.size > 0 ? colour('\u25b2', 'up') : colour('\u25bc', 'down');
  }
  const { name, timeframe } = timeline.info;
  const drawn = lines.map((line, k) => {
    const label = k === 0 ? amount(high) : k === rows - 1 ? amount(low) : '';
    return `${label.padStart(labelWidth)} ${line.join('')}`;
  });
  return [
    `${name} ${name.endsWith(timeframe.name) ? '' : timeframe.name}`.trim(),
    ...drawn,
    `${'trades'.padStart(labelWidth)} ${marks.join('')}`,
    spanLine(timeline.time.at(from), timeline.closeAt(end - 1), end - from),
  ];
}

/** The first and the last moment below a chart. */
function spanLine(from: number, to: number, columns: number): string {
  const [first, last] = [moment(from), moment(to)];
  return `${' '.repeat(labelWidth + 1)}${first}${' '.repeat(Math.max(2, columns - first.length - last.length))}${last}`;
}
