/** `nextbar exchanges`: lists the exchanges that ccxt knows, without a network. */
import type { Command, CommandContext, GivenOptions } from '../shell/command.ts';
import { flag } from '../shell/flags.ts';

async function run(given: GivenOptions, context: CommandContext): Promise<number> {
  const { CcxtStore, ccxtVersion, exchangeIds } = await import('../../connectors/ccxt/index.ts');
  const wanted = given.operands.length === 0 ? exchangeIds() : given.operands;
  const rows = [];
  for (const exchange of wanted) {
    rows.push(await new CcxtStore({ exchange, publicOnly: true }, context.runtime).capabilities());
  }
  if (given.has('json')) {
    context.stdout.write(`${JSON.stringify(rows)}\n`);
    return 0;
  }
  const { table } = await import('../output/table.ts');
  const listed = rows.map((row) => [
    row.exchange,
    (['spot', 'swap', 'future', 'option'] as const).filter((kind) => row[kind]).join(' '),
    row.timeframes.length === 0 ? 'no bars' : row.timeframes.join(' '),
    row.sandbox ? 'sandbox' : '',
  ]);
  context.stdout.write(`${table(listed)}${rows.length} exchanges, ccxt ${ccxtVersion()}\n`);
  return 0;
}

export const exchangesCommand: Command = {
  name: 'exchanges',
  about: 'List the exchanges and what each offers: markets, timeframes, a test network. Works offline.',
  operands: '[ID...]',
  usage: '[--json]',
  options: [flag('json')],
  examples: ['nextbar exchanges', 'nextbar exchanges binance kraken --json'],
  run,
};
