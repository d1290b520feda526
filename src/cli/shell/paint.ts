/** Colours for terminals, and for nothing else. */
import { styleText } from 'node:util';

import type { Output } from './command.ts';

/** Colours, or the texts as they are. */
export interface Painter {
  readonly bold: (text: string) => string;
  readonly dim: (text: string) => string;
  readonly red: (text: string) => string;
  readonly green: (text: string) => string;
  readonly yellow: (text: string) => string;
}

/** Paints for a terminal; not for a file or a pipe, nor where NO_COLOR is set. */
export function painter(output: Output, env: Readonly<Record<string, string | undefined>>): Painter {
  const noColor = env['NO_COLOR'] !== undefined && env['NO_COLOR'] !== '';
  const isPainted = output.isTTY === true && !noColor && env['TERM'] !== 'dumb';
  const paint =
    (style: keyof Painter) =>
    (text: string): string =>
      // The output decides here: Node would ask process.stdout, which may be another one.
      isPainted && text !== '' ? styleText(style, text, { validateStream: false }) : text;
  return { bold: paint('bold'), dim: paint('dim'), red: paint('red'), green: paint('green'), yellow: paint('yellow') };
}
