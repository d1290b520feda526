/** What a strategy draws beside its indicators: values along the bars, and marks with a text. */
import { checkNames, ConfigError, NumberRows } from '../../core/index.ts';
import { checkPlotOptions, isColour, timelineOf, type Data, type PlotOptions } from '../../lines/index.ts';

/** How `this.plot` draws a value. */
export interface StrategyPlotOptions extends PlotOptions {
  /** The data along whose bars it is drawn, itself or its name. Default: the first. */
  readonly data?: Data | string;
}

/** The shapes of marks. */
export const markShapes = ['circle', 'square', 'arrowUp', 'arrowDown'] as const;
/** The shape of a mark. */
export type MarkShape = (typeof markShapes)[number];

/** How `this.mark` draws a text. */
export interface MarkOptions {
  /** The data at whose bar it stands, itself or its name. Default: the first. */
  readonly data?: Data | string;
  /** Any CSS colour. Default: the page's accent. */
  readonly colour?: string;
  /** Default `circle`. */
  readonly shape?: MarkShape;
  /** Whether it stands above (the default) or below the bar. */
  readonly position?: 'above' | 'below';
}

/** A series of values that a strategy drew. */
export interface DrawnSeries {
  readonly name: string;
  readonly data: Data;
  readonly options: PlotOptions;
  /** Index of the bar, and the value. */
  readonly rows: NumberRows;
}

/** A text that a strategy put at a bar. */
export interface DrawnMark {
  readonly data: Data;
  /** Index of the bar, from 0. */
  readonly index: number;
  /** Close of the bar, milliseconds UTC. */
  readonly time: number;
  readonly text: string;
  readonly options: Omit<MarkOptions, 'data'>;
}

/** What is kept at most: a session may run for months. */
const [mostValues, mostMarks] = [2_000_000, 100_000];

/** Collects what one strategy draws. */
export class Drawing {
  readonly series = new Map<string, DrawnSeries>();
  readonly marks: DrawnMark[] = [];
  readonly #datas: readonly Data[];
  readonly #dataOf: (data: Data | string) => Data;
  #lost = 0;

  constructor(datas: readonly Data[], dataOf: (data: Data | string) => Data) {
    this.#datas = datas;
    this.#dataOf = dataOf;
  }

  plot(name: string, value: number, options: StrategyPlotOptions | undefined): void {
    const one = this.series.get(name) ?? this.#begin(name, options);
    if (typeof value !== 'number') throw new ConfigError(`plot('${name}', value): value must be a number, was ${typeof value}`); // prettier-ignore
    const index = this.#indexOf(one.data, `plot('${name}')`);
    const { rows } = one;
    const last = rows.count - 1;
    let row = last;
    if (last < 0 || rows.block(last)[rows.at(last)] !== index) {
      if (rows.count >= mostValues) {
        this.#lost++;
        return;
      }
      row = rows.add();
    }
    rows.block(row)[rows.at(row)] = index;
    rows.block(row)[rows.at(row) + 1] = value;
  }

  mark(text: string, { data, ...options }: MarkOptions): void {
    checkNames('option of mark', options, ['colour', 'shape', 'position']);
    const { colour, shape, position } = options;
    const wrong = (field: string, wanted: string, value: unknown): ConfigError =>
      new ConfigError(`option '${field}' of mark must be ${wanted}, was ${JSON.stringify(value)}`);
    if (typeof text !== 'string' || text === '') throw new ConfigError(`mark(text): text must not be empty, was ${JSON.stringify(text)}`); // prettier-ignore
    if (colour !== undefined && !isColour(colour)) throw wrong('colour', "a CSS colour such as '#f59e0b'", colour);
    if (shape !== undefined && !markShapes.includes(shape)) throw wrong('shape', `one of ${markShapes.join(', ')}`, shape); // prettier-ignore
    if (position !== undefined && position !== 'above' && (position as string) !== 'below') throw wrong('position', "'above' or 'below'", position); // prettier-ignore
    const at = data === undefined ? this.#datas[0]! : this.#dataOf(data);
    const index = this.#indexOf(at, 'mark()');
    if (this.marks.length >= mostMarks) this.#lost++;
    else this.marks.push({ data: at, index, time: at.closeTime, text, options });
  }

  /** A sentence about what was drawn and not kept. */
  warnings(name: string): string[] {
    return this.#lost === 0
      ? []
      : [`${name} drew ${this.#lost} more values or marks than are kept (${mostValues} a series, ${mostMarks} marks)`];
  }

  #begin(name: string, options: StrategyPlotOptions = {}): DrawnSeries {
    if (typeof name !== 'string' || name.trim() === '') throw new ConfigError(`plot(name, value): name must be a text, was ${JSON.stringify(name)}`); // prettier-ignore
    checkPlotOptions(`plot('${name}')`, options, ['data']);
    const { data, ...rest } = options;
    const one = {
      name,
      data: data === undefined ? this.#datas[0]! : this.#dataOf(data),
      options: rest,
      rows: new NumberRows(2),
    };
    this.series.set(name, one);
    return one;
  }

  #indexOf(data: Data, what: string): number {
    const { index } = timelineOf(data);
    if (index < 0) throw new ConfigError(`${what} was called before the first bar of '${data.name}'`);
    return index;
  }
}
