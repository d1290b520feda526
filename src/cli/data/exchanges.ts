/** `nextbar exchanges`: what there is to trade on, known without a network. */
import type { Command, CommandContext, GivenOptions } from '../shell/command.ts';

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
  const width = Math.max(...rows.map((row) => row.exchange.length));
  for (const row of rows) {
    const markets = (['spot', 'swap', 'future', 'option'] as const).filter((kind) => row[kind]).join(' ');
    const bars = row.timeframes.length === 0 ? 'no bars' : row.timeframes.join(' ');
    const sandbox = row.sandbox ? '  sandbox' : '';
    context.stdout.write(`${row.exchange.padEnd(width)}  ${markets.padEnd(23)}  ${bars}${sandbox}\n`);
  }
  context.stdout.write(`${rows.length} exchanges, ccxt ${ccxtVersion()}\n`);
  return 0;
}

export const exchangesCommand: Command = {
  name: 'exchanges',
  about: 'List the exchanges and what each offers',
  usage: 'exchanges [ID...] [--json]',
  options: [{ name: 'json', about: 'The answer as JSON on stdout' }],
  examples: ['nextbar exchanges', 'nextbar exchanges binance kraken --json'],
  run,
};
