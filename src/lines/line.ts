/** A line: a column, its present value, and earlier ones; indicators grow from it. */
import { ConfigError, showPlainly, shown } from '../core/index.ts';
import { Column } from './column.ts';
import type { Graph } from './graph.ts';
import { mapped } from './mapped.ts';
import { refuseMisreadLines } from './misuse.ts';
import { IndicatorNode, type Kernel, type KernelIo } from './node.ts';
import { knownBars, projection, type Gate } from './onto.ts';
import { checkPlotOptions, type PlotOptions } from './plot-options.ts';
import type { Timeline } from './timeline.ts';

/** A line, or a number that stands for a line with that value at every bar. */
export type Operand = Line | number;

/** How an indicator is computed: its name, what it reads and its kernel. */
export interface IndicatorSpec {
  /** Name with parameters, such as `sma(20)`, for messages and charts. */
  readonly name: string;
  /** Bars of its inputs that the first value needs, the present one included. Default 1. */
  readonly period?: number;
  /** Further lines that it reads besides its source, on the same timeline. Default: none. */
  readonly inputs?: readonly Line[];
  /** Bars before the present one that the kernel reads; default `period`. */
  readonly history?: number;
  /** Numbers the kernel remembers between calls. Default none. */
  readonly state?: number;
  /** Sets the outputs for the bars `from <= i < to`; a bar that it leaves alone has no value. */
  readonly compute: Kernel;
  /** Whether `compute` sets every output of every bar, so that none has to be emptied before. Default: false. */
  readonly setsAll?: boolean;
  /**
   * Everything besides its lines and its period that the kernel depends on, as a text; `true` if the name contains it. An indicator with
   * the same key over the same lines is then computed once, however often it is declared. Default: it is computed for each declaration.
   */
  readonly key?: string | true;
  /** How reports draw its lines, unless `line.plot` says otherwise. Default: chosen by their values. */
  readonly plot?: PlotOptions;
}

/** The bars of each data that a line needs before it has a value. */
export type Roots = ReadonlyMap<Timeline, number>;

/** The indicator that computes a line; undefined for a data's own columns. */
export let nodeOf: (line: Line) => IndicatorNode | undefined;
/** The values of a line, later bars included where these are known: for kernels, never for a strategy. */
export let columnOf: (line: Line) => Column;
/** The timeline that a line is counted on. */
export let timelineOfLine: (line: Line) => Timeline;
/** How a line is to be drawn: what `plot` was given, false where it is not to be, undefined where nothing was said. */
export let plotOf: (line: Line) => PlotOptions | false | undefined;
/** The bars of each data that a line needs before it has a value. */
export let rootsOf: (line: Line) => Roots;

let deriveLines: (source: Line, spec: IndicatorSpec, names: readonly string[]) => Line[];

/**
 * Values over time, read from the present backwards.
 *
 * `now` is the value of the present bar, NaN before the line has one. A strategy cannot read a later value: only `nextbar/extend` gives
 * access to the columns behind a line.
 */
export class Line {
  /** What the line is, such as `close` or `sma(20)`, for messages and charts. */
  readonly name: string;
  readonly #timeline: Timeline;
  readonly #graph: Graph;
  readonly #roots: Roots;
  /** What it waits for because it, or a line that it reads, was projected onto its timeline. */
  readonly #gates: readonly Gate[];
  readonly #node: IndicatorNode | undefined;
  /** Its values, as far as they have been computed. */
  readonly #held: Column;
  #view: Float64Array | undefined;
  #plot: PlotOptions | false | undefined;

  static {
    showPlainly(Line);
    nodeOf = (line) => line.#node;
    columnOf = (line) => line.#compute();
    timelineOfLine = (line) => line.#timeline;
    rootsOf = (line) => line.#roots;
    plotOf = (line) => line.#plot;
    deriveLines = (source, spec, names) => {
      for (const line of [source, ...(spec.inputs ?? [])]) checkLine(spec.name, line);
      return source.#derive(spec, names);
    };
    refuseMisreadLines(Line);
  }

  /** @internal */
  constructor(
    name: string,
    graph: Graph,
    timeline: Timeline,
    column: Column,
    roots: Roots,
    gates: readonly Gate[] = [],
    node?: IndicatorNode,
  ) {
    this.#gates = gates;
    this.#node = node;
    this.name = name;
    this.#graph = graph;
    this.#timeline = timeline;
    this.#held = column;
    this.#roots = roots;
  }

  /** The value of the present bar; NaN before the first one. */
  get now(): number {
    // As little bytecode as possible: V8 inlines getters last, into what other calls of the same function leave of its budget.
    const { values, base } = this.#held;
    const at = this.#timeline.index - base;
    return at >= 0 && at < values.length ? values[at]! : this.#computeNow();
  }

  /** Bars of this line's own data that its first value needs, the present one included. */
  get minPeriod(): number {
    return this.#roots.get(this.#timeline) ?? 1;
  }

  /**
   * The value `n` bars ago, counted in this line's own bars; `ago(0)` is `now`.
   *
   * @param fallback - Returned where there are not enough bars yet, instead of an error.
   * @throws {ConfigError} If `n` is negative, which would be the future, or there are not enough bars.
   */
  ago(n: number, fallback?: number): number {
    const index = this.#timeline.index - n;
    if (n >= 0) {
      const value = this.#held.values[index - this.#held.base];
      if (value !== undefined) return value;
      const { values, base } = this.#compute();
      const computed = values[index - base];
      if (computed !== undefined) return computed;
    }
    return this.#missing(n, fallback);
  }

  /**
   * The last `n` values, oldest first.
   *
   * The array is reused: it is valid until the next call on this line, so copy it to keep it.
   *
   * @throws {ConfigError} If `n` is not a positive integer, or there are not enough bars.
   */
  window(n: number): Float64Array {
    if (!Number.isInteger(n) || n < 1) {
      throw new ConfigError(`${this.name}.window(n): n must be a positive whole number of bars, was ${n}`);
    }
    const from = this.#timeline.index + 1 - n;
    const { values, base } = from < this.#held.base || this.#held.length === 0 ? this.#compute() : this.#held;
    if (from < base) this.#missing(n - 1, undefined);
    if (this.#view?.length !== n) this.#view = new Float64Array(n);
    for (let i = 0; i < n; i++) this.#view[i] = values[from - base + i]!;
    return this.#view;
  }

  /**
   * This line projected onto another data: for each bar of that data, the value of this line's latest bar that closed with
   * it or before. A bar that has not closed by then is not visible, so a slow line may be used with fast bars, and a line of one
   * exchange with another's. NaN before the first value.
   *
   * It has values as soon as this line has; it needs no bars of the other data.
   *
   * @param target - A data, or a line of it.
   * @throws {ConfigError} If the two belong to different strategies.
   */
  onto(target: Line | { readonly close: Line }): Line {
    const other = target instanceof Line ? target : target.close;
    const graph = other.#graph;
    const timeline = other.#timeline;
    if (graph !== this.#graph) {
      throw new ConfigError(`onto: ${this.name} and '${timeline.info.name}' belong to different strategies`);
    }
    if (timeline === this.#timeline) return this;
    const source = this.#timeline;
    const column = new Column();
    const io: KernelIo = { inputs: [this.#held], outputs: [column], state: new Float64Array(1) };
    const gate: Gate = { roots: this.#roots, gates: this.#gates, timeline, bars: 1 };
    const name = `${this.name} of '${source.info.name}' onto '${timeline.info.name}'`;
    const node = new IndicatorNode(name, timeline, io, 1, projection(source, timeline), {
      sources: this.#node === undefined ? [] : [this.#node],
      horizon: () => knownBars(source, timeline),
      isGrowing: source.ticks !== undefined,
    });
    graph.add(node, this.#roots, [gate]);
    return new Line(name, graph, timeline, column, this.#roots, [gate], node);
  }

  /** This line plus another or a number, bar by bar. */
  add(other: Operand): Line {
    return operate(this, 'add', other, (a, b) => a + b);
  }

  /** This line minus another or a number, bar by bar. */
  sub(other: Operand): Line {
    return operate(this, 'sub', other, (a, b) => a - b);
  }

  /** This line times another or a number, bar by bar. */
  mul(other: Operand): Line {
    return operate(this, 'mul', other, (a, b) => a * b);
  }

  /** This line divided by another or a number, bar by bar; NaN where the divisor is zero. */
  div(other: Operand): Line {
    return operate(this, 'div', other, (a, b) => (b === 0 ? NaN : a / b));
  }

  /** 1 where this line is above the other, else 0; NaN where either has no value. */
  gt(other: Operand): Line {
    return operate(this, 'gt', other, (a, b) => (a !== a || b !== b ? NaN : a > b ? 1 : 0));
  }

  /** 1 where this line is at or above the other, else 0; NaN where either has no value. */
  gte(other: Operand): Line {
    return operate(this, 'gte', other, (a, b) => (a !== a || b !== b ? NaN : a >= b ? 1 : 0));
  }

  /** 1 where this line is below the other, else 0; NaN where either has no value. */
  lt(other: Operand): Line {
    return operate(this, 'lt', other, (a, b) => (a !== a || b !== b ? NaN : a < b ? 1 : 0));
  }

  /** 1 where this line is at or below the other, else 0; NaN where either has no value. */
  lte(other: Operand): Line {
    return operate(this, 'lte', other, (a, b) => (a !== a || b !== b ? NaN : a <= b ? 1 : 0));
  }

  /** 1 where both are non-zero, else 0; NaN where either has no value. */
  and(other: Operand): Line {
    return operate(this, 'and', other, (a, b) => (a !== a || b !== b ? NaN : a !== 0 && b !== 0 ? 1 : 0));
  }

  /** 1 where at least one is non-zero, else 0; NaN where either has no value. */
  or(other: Operand): Line {
    return operate(this, 'or', other, (a, b) => (a !== a || b !== b ? NaN : a !== 0 || b !== 0 ? 1 : 0));
  }

  /** The larger of the two, bar by bar. */
  max(other: Operand): Line {
    return operate(this, 'max', other, Math.max);
  }

  /** The smaller of the two, bar by bar. */
  min(other: Operand): Line {
    return operate(this, 'min', other, Math.min);
  }

  /**
   * This line as it was `n` bars ago.
   *
   * @throws {ConfigError} If `n` is negative, which would be the future, or not a whole number.
   */
  shift(n: number): Line {
    if (!Number.isInteger(n) || n < 0) {
      throw new ConfigError(`shift must be a whole number of bars back, was ${n}`, { code: 'future' });
    }
    return derive(this, {
      name: `shift(${this.name}, ${n})`,
      key: 'shift',
      period: n + 1,
      compute({ inputs: [x], outputs: [out] }, from, to) {
        for (let i = from; i < to; i++) out!.set(i, x!.at(i - n));
      },
    });
  }

  /**
   * Says how reports draw this line; it changes nothing else.
   *
   * ```ts
   * readonly fast = sma(this.data.close, 10).plot({ colour: 'orange' });
   * readonly strength = rsi(this.data.close, 14).plot({ pane: 'RSI', levels: [30, 70] });
   * readonly helper = ema(this.data.close, 3).plot(false);
   * ```
   *
   * @param options - The pane, colour, style and so on; `false` leaves the line out.
   * @returns The line itself.
   * @throws {ConfigError} If an option is unknown or cannot be drawn.
   */
  plot(options: PlotOptions | false): this {
    if (options !== false) checkPlotOptions(this.name, options);
    this.#plot = options;
    this.#graph.drawn.push(this);
    return this;
  }

  /** The line as plain data: its name, its data, how many bars that has, and the present value. */
  toJSON(): Record<string, unknown> {
    const { info, index } = this.#timeline;
    return { name: this.name, data: info.name, length: index + 1, now: this.now };
  }

  #derive(spec: IndicatorSpec, names: readonly string[]): Line[] {
    const lines: Line[] = [this, ...(spec.inputs ?? [])];
    for (const line of lines) this.#checkSameTimeline(spec.name, line);
    const period = spec.period ?? 1;
    if (!Number.isInteger(period) || period < 1) {
      throw new ConfigError(`${spec.name}: period must be a positive integer, was ${period}`);
    }
    const timeline = this.#timeline;
    const columns = mapped(lines, (line) => line.#held);
    const share =
      spec.key === undefined
        ? undefined
        : this.#graph.shareOf(
            `${spec.key === true ? spec.name : spec.key}|${period}|${names.length}`,
            columns,
            timeline,
          );
    if (share?.made !== undefined) {
      const { node, roots, gates } = share.made;
      return this.#outputs(spec, names, node, roots, gates);
    }
    const outputs = mapped(names, () => new Column());
    const io: KernelIo = {
      inputs: columns,
      outputs,
      state: new Float64Array(spec.state ?? 0),
    };
    const roots = mergeRoots(lines, timeline, period);
    const gates = lines.flatMap((line) => line.#gates.map((gate) => ({ ...gate, bars: gate.bars + period - 1 })));
    const sources = lines.flatMap((line) => line.#node ?? []);
    const node = new IndicatorNode(spec.name, timeline, io, spec.history ?? period, spec.compute, {
      sources,
      setsAll: spec.setsAll,
    });
    this.#graph.add(node, roots, gates);
    if (share !== undefined) this.#graph.fill(share, { node, roots, gates });
    return this.#outputs(spec, names, node, roots, gates);
  }

  #outputs(
    { plot }: IndicatorSpec,
    names: readonly string[],
    node: IndicatorNode,
    roots: Roots,
    gates: readonly Gate[],
  ): Line[] {
    return names.map((name, i) => {
      const line = new Line(name, this.#graph, this.#timeline, node.io.outputs[i]!, roots, gates, node);
      line.#plot = plot;
      return line;
    });
  }

  /** Every bar of it, computed now if it has not been read before. */
  #compute(): Column {
    if (this.#node !== undefined) this.#graph.hold(this.#node);
    return this.#held;
  }

  #computeNow(): number {
    return this.#compute().at(this.#timeline.index);
  }

  #checkSameTimeline(what: string, other: Line): void {
    if (other.#timeline === this.#timeline && other.#graph === this.#graph) return;
    const [mine, theirs] = [this.#timeline.info, other.#timeline.info];
    throw new ConfigError(
      other.#graph === this.#graph
        ? `${what}: ${this.name} of '${mine.name}' (${mine.timeframe.name}) and ${other.name} of '${theirs.name}' ` +
            `(${theirs.timeframe.name}) are on different timelines: project one with ${other.name}.onto(data) first`
        : `${what}: ${this.name} and ${other.name} belong to different strategies`,
      { code: 'mixed-timelines' },
    );
  }

  #missing(n: number, fallback: number | undefined): number {
    if (Number.isInteger(n) && n >= 0) {
      if (fallback !== undefined) return fallback;
      const length = this.#timeline.index + 1;
      const held = n < length ? '; older ones are forgotten in this bounded run: raise keepBars' : '';
      throw new ConfigError(
        `${this.name}.ago(${n}) was read when '${this.#timeline.info.name}' had ${length} bars${held}`,
        { code: 'before-first-bar', context: { line: this.name, n, length } },
      );
    }
    const future = Number.isInteger(n) ? '; a negative number would be the future' : '';
    throw new ConfigError(`${this.name}.ago(n): n must be a whole number of bars back, was ${n}${future}`, {
      code: 'future',
    });
  }
}

/**
 * A new line computed from `source` by a kernel; every indicator is made this way. See docs/indicators.md.
 *
 * @throws {ConfigError} If the period is not a positive integer, an input is on another timeline, or the strategy has started.
 */
export function derive(source: Line, spec: IndicatorSpec): Line {
  return deriveLines(source, spec, [spec.name])[0]!;
}

/**
 * Several lines computed together from `source` by one kernel, such as the two outer Bollinger bands.
 *
 * @param names - One name for each line; the kernel's outputs are in this order.
 * @throws {ConfigError} As `derive`.
 */
export function deriveAll(source: Line, spec: IndicatorSpec, names: readonly string[]): Line[] {
  return deriveLines(source, spec, names);
}

/**
 * Throws where an indicator was given something else than a line.
 *
 * @param what - The indicator, for the message.
 */
export function checkLine(what: string, value: unknown): asserts value is Line {
  if (value instanceof Line) return;
  const isData = typeof value === 'object' && value !== null && 'close' in value && value.close instanceof Line;
  const given = isData ? 'a whole data' : shown(value);
  const hint = isData || value === undefined ? '; an indicator of whole bars, such as atr, takes the data itself' : '';
  throw new ConfigError(`${what} needs a line such as data.close, was given ${given}${hint}`, {
    code: 'bad-parameter',
    context: { indicator: what },
  });
}

/**
 * Computes `fn` of two lines, or of a line and a number, bar by bar.
 *
 * @param fn - Depends on nothing but its arguments. It is called for later bars too where these are loaded.
 */
export function combine(source: Line, name: string, other: Operand, fn: (a: number, b: number) => number): Line {
  return combined(source, name, other, fn, undefined);
}

/** A built-in operation of lines, computed once for the same operands. */
function operate(source: Line, name: string, other: Operand, fn: (a: number, b: number) => number): Line {
  return combined(source, name, other, fn, `${name}|${typeof other === 'number' ? other : ''}`);
}

function combined(
  source: Line,
  name: string,
  other: Operand,
  fn: (a: number, b: number) => number,
  key: string | undefined,
): Line {
  const constant = typeof other === 'number' ? other : undefined;
  if (constant === undefined) checkLine(name, other);
  return derive(source, {
    name: `${name}(${source.name}, ${constant ?? (other as Line).name})`,
    ...(key !== undefined && { key }),
    inputs: constant === undefined ? [other as Line] : [],
    history: 0,
    compute({ inputs: [a, b], outputs: [out] }, from, to) {
      const x = a!.values;
      const y = b?.values;
      const z = out!.values;
      const dx = a!.base;
      const dy = b?.base ?? 0;
      const dz = out!.base;
      if (y === undefined) for (let i = from; i < to; i++) z[i - dz] = fn(x[i - dx]!, constant!);
      else for (let i = from; i < to; i++) z[i - dz] = fn(x[i - dx]!, y[i - dy]!);
    },
  });
}

/** The bars of each data that a line needs which reads `period` bars of several lines. */
function mergeRoots(lines: readonly Line[], timeline: Timeline, period: number): Roots {
  const roots = new Map<Timeline, number>();
  for (const line of lines) {
    for (const [root, need] of rootsOf(line)) roots.set(root, Math.max(roots.get(root) ?? 0, need));
  }
  const own = roots.get(timeline);
  if (own !== undefined || period > 1) roots.set(timeline, (own ?? 1) + period - 1);
  return roots;
}
