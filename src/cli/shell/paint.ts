/** Colours for terminals, and for nothing else. */
import type { Output } from './command.ts';

/** Colours, or the texts as they are. */
export interface Painter {
  readonly bold: (text: string) => string;
  readonly dim: (text: string) => string;
  readonly red: (text: string) => string;
  readonly green: (text: string) => string;
  readonly yellow: (text: string) => string;
}

const codes: Readonly<Record<keyof Painter, readonly [number, number]>> = {
  bold: [1, 22],
  dim: [2, 22],
  red: [31, 39],
  green: [32, 39],
  yellow: [33, 39],
};

/** Paints for a terminal; not for a file or a pipe, nor where NO_COLOR is set. */
export function painter(output: Output, env: Readonly<Record<string, string | undefined>>): Painter {
  const noColor = env['NO_COLOR'] !== undefined && env['NO_COLOR'] !== '';
  const isPainted = output.isTTY === true && !noColor && env['TERM'] !== 'dumb';
  const paint =
    (name: keyof Painter) =>
    (text: string): string =>
      isPainted && text !== '' ? `\u001b[${codes[name][0]}m${text}\u001b[${codes[name][1]}m` : text;
  return { bold: paint('bold'), dim: paint('dim'), red: paint('red'), green: paint('green'), yellow: paint('yellow') };
}
