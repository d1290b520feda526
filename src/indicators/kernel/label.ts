/** The readable name of an indicator, such as `sma(20)` or `ema(rsi(14), 9)`. */
import type { Line } from '../../lines/index.ts';

/** The indicator with its parameters; the line it grows from is named unless it is a data's close. */
export function label(what: string, source: Line, ...params: readonly (number | string)[]): string {
  const listed = source.name === 'close' ? params : [source.name, ...params];
  return listed.length === 0 ? what : `${what}(${listed.join(', ')})`;
}
