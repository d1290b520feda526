/** `nextbar symbols`: lists the symbols of an exchange with their trading rules. */
import type { Command, CommandContext, GivenOptions } from '../shell/command.ts';
import { flag, flagsNamed } from '../shell/flags.ts';
import { usage } from '../shell/usage.ts';
import { connectionOf } from './series.ts';

const kinds = ['spot', 'swap', 'future', 'option', 'margin'] as const;

async function run(given: GivenOptions, context: CommandContext): Promise<number> {
  const { CcxtStore } = await import('../../connectors/ccxt/index.ts');
  const [exchange, more] = given.operands;
  if (exchange === undefined || more !== undefined) throw usage('symbols takes one exchange, such as binance');
  const type = kinds.find((kind) => kind === given.get('type'));
  if (given.has('type') && type === undefined) throw usage(`--type must be one of ${kinds.join(', ')}, was '${given.get('type')!}'`); // prettier-ignore
  const quote = given.get('quote')?.toUpperCase();
  // Somebody waits for the answer: three tries take two seconds.
  const retry = { attempts: 3 };
  const store = new CcxtStore({ exchange, publicOnly: true, retry, ...connectionOf(given) }, context.runtime);
  const symbols = await store.symbols({ ...(quote !== undefined && { quote }), ...(type !== undefined && { type }) });
  const instruments = [];
  for (const symbol of symbols) instruments.push(await store.instrument(symbol));
  if (given.has('json')) {
    context.stdout.write(`${JSON.stringify(instruments)}\n`);
    return 0;
  }
  const { table } = await import('../output/table.ts');
  const rows = instruments.map(({ symbol, tick, lot, minNotional, takerFee }) => {
    return [symbol, ...[['tick', tick], ['lot', lot], ['at least', minNotional], ['fee', takerFee]].map(([word, value]) => (value === undefined ? '' : `${word} ${value}`))]; // prettier-ignore
  });
  context.stdout.write(`${table(rows)}${symbols.length} symbols on ${exchange}\n`);
  return 0;
}

export const symbolsCommand: Command = {
  name: 'symbols',
  about: 'List the symbols of an exchange with tick, lot, smallest order value and fee.',
  operands: 'EXCHANGE',
  options: [
    { name: 'quote', value: 'CODE', about: 'Only symbols quoted in this currency, such as USDT' },
    { name: 'type', value: 'KIND', about: `Only instruments of this kind: ${kinds.join(', ')}` },
    ...flagsNamed('url', 'rate-limit'),
    flag('json'),
  ],
  examples: ['nextbar symbols binance --quote USDT --type spot'],
  run,
};
