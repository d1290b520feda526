/** The readable name of an indicator, such as `sma(20)` or `ema(rsi(14), 9)`. */
import { checkLine, type Line } from '../../lines/index.ts';

/**
 * The indicator with its parameters; the line it grows from is named unless it is a data's close.
 *
 * @throws {ConfigError} If what it grows from, or a parameter that is neither a number nor a text, is no line.
 */
export function label(what: string, source: Line, ...params: readonly (number | string | Line)[]): string {
  checkLine(what, source);
  const named = params.map((param) => {
    if (typeof param === 'number' || typeof param === 'string') return param;
    checkLine(what, param);
    return param.name;
  });
  const listed = source.name === 'close' ? named : [source.name, ...named];
  return listed.length === 0 ? what : `${what}(${listed.join(', ')})`;
}
