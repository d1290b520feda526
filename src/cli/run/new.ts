/** `nextbar new`: a commented strategy to start from. */
import { writeFile } from 'node:fs/promises';
import { basename } from 'node:path';

import { ConfigError } from '../../core/index.ts';
import { unwritable } from '../output/csv.ts';
import type { Command, CommandContext, GivenOptions } from '../shell/command.ts';
import { onlyOperand } from '../shell/options.ts';
import { usage } from '../shell/usage.ts';

export const newCommand: Command = {
  name: 'new',
  about: 'Write a commented strategy to start from.',
  operands: 'NAME',
  options: [],
  examples: ['nextbar new my-strategy'],
  run: writeStarter,
};

async function writeStarter(given: GivenOptions, context: CommandContext): Promise<number> {
  const name = onlyOperand(given, 'which name? nextbar new my-strategy', 'strategy');
  const path = /\.[cm]?[jt]s$/.test(name) ? name : `${name}.ts`;
  const className = classNameOf(basename(path).replace(/\.[cm]?[jt]s$/, ''));
  const isTyped = path.endsWith('ts');
  try {
    await writeFile(path, starter(className, isTyped), { flag: 'wx' });
  } catch (error) {
    const isThere = (error as NodeJS.ErrnoException).code === 'EEXIST';
    if (!isThere) throw unwritable(path, error);
    throw new ConfigError(`${path} is already there`, { code: 'unwritable-file', cause: error });
  }
  context.stdout.write(`wrote ${path}\n\nTry it on synthetic bars:\n  nextbar run ${path} --synthetic\n`);
  return 0;
}

/** The class name for a file name: `MyStrategy` for `my-strategy`. */
function classNameOf(name: string): string {
  const words = name.split(/[^A-Za-z0-9]+/).filter((word) => word !== '');
  const joined = words.map((word) => word[0]!.toUpperCase() + word.slice(1)).join('');
  if (!/^[A-Za-z]/.test(joined)) throw usage(`the name must begin with a letter, was '${name}'`);
  return joined;
}

function starter(className: string, isTyped: boolean): string {
  const generic = isTyped ? `<typeof ${className}.params>` : '';
  const field = isTyped ? 'readonly ' : '';
  const statics = isTyped ? 'static readonly' : 'static';
  const [override, returns] = isTyped ? ['override ', ': void'] : ['', ''];
  const typed = isTyped ? ': Order' : '';
  const imports = isTyped ? 'atr, crossover, ema, Strategy, type Order' : 'atr, crossover, ema, Strategy';
  return `import { ${imports} } from 'nextbar';

/** Buys when a fast average crosses above a slow one; closes when it crosses back or the price falls too far. */
export class ${className} extends Strategy${generic} {
  // Defaults; on the command line: --param fast=8
  ${statics} params = { fast: 12, slow: 48, stopAtrs: 3 };

  // Indicators are fields. Each is a line: .now is its current value, .ago(1) the previous one.
  ${field}cross = crossover(ema(this.data.close, this.params.fast), ema(this.data.close, this.params.slow));
  ${field}range = atr(this.data, 14);

  ${isTyped ? 'private ' : ''}stopPrice = 0;

  // Called at the close of each bar, once every indicator has a value. Orders placed here fill from the
  // next bar on.
  ${override}next()${returns} {
    const price = this.data.close.now;
    if (this.position.size === 0) {
      if (this.cross.now > 0) {
        this.buy(); // without a size the sizer decides: by default 95 % of the value
        this.stopPrice = price - this.params.stopAtrs * this.range.now;
      }
    } else if (this.cross.now < 0 || price < this.stopPrice) {
      this.close();
    }
  }

  // Called whenever an order changes; here only a refused one matters.
  ${override}notifyOrder(order${typed})${returns} {
    if (order.status === 'rejected' || order.status === 'margin') this.stopPrice = 0;
  }
}
`;
}
