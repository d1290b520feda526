/** `nextbar symbols`: what an exchange lists, with its rules. */
import type { Command, CommandContext, GivenOptions } from '../shell/command.ts';
import { connectionOf, connectionOptions } from './series.ts';
import { usage } from '../shell/options.ts';

const kinds = ['spot', 'swap', 'future', 'option', 'margin'] as const;

async function run(given: GivenOptions, context: CommandContext): Promise<number> {
  const { CcxtStore } = await import('../../connectors/ccxt/index.ts');
  const [exchange, more] = given.operands;
  if (exchange === undefined || more !== undefined) throw usage('symbols takes one exchange, such as binance');
  const type = kinds.find((kind) => kind === given.get('type'));
  if (given.has('type') && type === undefined) throw usage(`--type must be one of ${kinds.join(', ')}`);
  const quote = given.get('quote')?.toUpperCase();
  const store = new CcxtStore({ exchange, publicOnly: true, ...connectionOf(given) }, context.runtime);
  const symbols = await store.symbols({ ...(quote !== undefined && { quote }), ...(type !== undefined && { type }) });
  const instruments = [];
  for (const symbol of symbols) instruments.push(await store.instrument(symbol));
  if (given.has('json')) {
    context.stdout.write(`${JSON.stringify(instruments)}\n`);
    return 0;
  }
  for (const { symbol, tick, lot, minNotional, takerFee } of instruments) {
    const rules = [
      tick === undefined ? undefined : `tick ${tick}`,
      lot === undefined ? undefined : `lot ${lot}`,
      minNotional === undefined ? undefined : `at least ${minNotional}`,
      takerFee === undefined ? undefined : `fee ${takerFee}`,
    ].filter((rule) => rule !== undefined);
    context.stdout.write(`${symbol.padEnd(20)}  ${rules.join('  ')}\n`);
  }
  context.stdout.write(`${symbols.length} symbols on ${exchange}\n`);
  return 0;
}

export const symbolsCommand: Command = {
  name: 'symbols',
  about: 'List what an exchange trades, with its rules',
  usage: 'symbols EXCHANGE [options]',
  options: [
    { name: 'quote', value: 'CODE', about: 'Only those priced in this currency, such as USDT' },
    { name: 'type', value: 'KIND', about: `Only these: ${kinds.join(', ')}` },
    ...connectionOptions,
    { name: 'json', about: 'The answer as JSON on stdout' },
  ],
  examples: ['nextbar symbols binance --quote USDT --type spot'],
  run,
};
