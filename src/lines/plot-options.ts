/** How a line is drawn in a report: on which pane, in which colour and style. */
import { checkNames, ConfigError } from '../core/index.ts';

/** The styles in which a line can be drawn. */
export const plotStyles = ['line', 'dashed', 'dotted', 'step', 'area', 'histogram', 'dots'] as const;
/** One of the styles in which a line can be drawn. */
export type PlotStyle = (typeof plotStyles)[number];

/** How a line is drawn. Drawing does not change a run. */
export interface PlotOptions {
  /**
   * `price` draws it over the bars; any other name is a pane below them, which lines of the same name share. Default: over the bars where its
   * values are prices, else a pane of its own.
   */
  readonly pane?: string;
  /** Any CSS colour, such as `#f59e0b` or `orange`. Default: the next of the palette. */
  readonly colour?: string;
  /** Default `line`. */
  readonly style?: PlotStyle;
  /** Width of a line in pixels, 1 to 4. Default 1.5. */
  readonly width?: number;
  /** What the legend calls it. Default: the name of the strategy's field, and the indicator's. */
  readonly name?: string;
  /** Horizontal guides in its pane, such as `[30, 70]`. Default: none. */
  readonly levels?: readonly number[];
}

/** The names of PlotOptions. */
export const plotOptionNames = ['pane', 'colour', 'style', 'width', 'name', 'levels'] as const;

/**
 * Checks how something is to be drawn.
 *
 * @throws {ConfigError} If a name is unknown, or a value cannot be drawn.
 */
export function checkPlotOptions(what: string, options: PlotOptions, more: readonly string[] = []): void {
  checkNames(`plot option of ${what}`, options, [...plotOptionNames, ...more]);
  const { pane, colour, style, width, name, levels } = options;
  const wrong = (field: string, wanted: string, value: unknown): ConfigError =>
    new ConfigError(`plot option '${field}' of ${what} must be ${wanted}, was ${JSON.stringify(value)}`, {
      context: { field },
    });
  for (const [field, text] of Object.entries({ pane, name })) {
    if (text !== undefined && (typeof text !== 'string' || text.trim() === '')) throw wrong(field, 'a text', text);
  }
  if (colour !== undefined && !isColour(colour)) throw wrong('colour', "a CSS colour such as '#f59e0b'", colour);
  if (style !== undefined && !plotStyles.includes(style)) {
    throw wrong('style', `one of ${plotStyles.join(', ')}`, style);
  }
  if (width !== undefined && !(width >= 1 && width <= 4)) throw wrong('width', 'from 1 to 4 pixels', width);
  if (levels !== undefined && !(Array.isArray(levels) && levels.every((level) => Number.isFinite(level)))) {
    throw wrong('levels', 'a list of numbers', levels);
  }
}

/** Whether a text may stand as a CSS colour: a name, a hexadecimal number or a function of numbers, and nothing that ends a style. */
export function isColour(text: unknown): boolean {
  if (typeof text !== 'string') return false;
  return /^(?:[a-z]{3,30}|#(?:[0-9a-f]{3,4}|[0-9a-f]{6}|[0-9a-f]{8})|(?:rgb|hsl)a?\([\d\s.,%/]+\))$/i.test(text);
}
