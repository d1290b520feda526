/** `nextbar audit`: whether a strategy looks ahead, and how much history its indicators need. */
import type { Command, CommandContext, GivenOptions } from '../shell/command.ts';
import { numberOption, usage } from '../shell/options.ts';
import { feedsOf, runOptions } from './options.ts';
import { loadStrategy, parseParams } from './strategy-file.ts';

const shared = [
  'csv', 'synthetic', 'bars', 'timeframe', 'start', 'end', 'symbol', 'time-format', 'column', 'delimiter', 'no-header', 'strategy',
  'param', 'cash', 'commission', 'slippage', 'size',
]; // prettier-ignore

export const auditCommand: Command = {
  name: 'audit',
  about: 'Find out whether a strategy looks ahead, by falsifying the future of each bar.',
  usage: 'audit FILE (--csv FILE --timeframe TF | --synthetic [SEED]) [options]',
  options: [
    ...runOptions.filter(({ name }) => shared.includes(name)),
    {
      name: 'resample',
      value: '[NAME=]TF',
      isRepeated: true,
      about: 'A further data of longer bars, such as btc=4h (default: of the first data)',
    },
    { name: 'cuts', value: 'N', about: 'How often to cut the data off (default 4)' },
    {
      name: 'tolerance',
      value: 'FRACTION',
      about: 'When values with more and less history count as equal (default 1e-6)',
    },
    { name: 'json', about: 'The report as JSON on stdout, and nothing else there' },
  ],
  examples: [
    'nextbar audit strategies/sma-cross.ts --csv BTCUSDT-1h.csv --timeframe 1h',
    'nextbar audit mine.ts --synthetic 7',
  ],
  run,
};

async function run(given: GivenOptions, context: CommandContext): Promise<number> {
  const [file, extra] = given.operands;
  if (file === undefined) throw usage('which strategy? nextbar audit FILE --csv FILE --timeframe TF');
  if (extra !== undefined) throw usage(`one strategy file at a time, and '${extra}' is a second one`);
  const feeds = await feedsOf(given);
  const strategy = await loadStrategy(file, given.get('strategy'));
  const params = parseParams(strategy, given.all('param'));
  const numbers = (names: readonly string[]): Record<string, number> =>
    Object.fromEntries(names.flatMap((name) => (given.has(name) ? [[name, numberOption(given, name)!]] : [])));
  const { Cerebro, fixedSize } = await import('../../index.ts');
  const { auditLookahead, formatAudit } = await import('../../research/index.ts');
  const [size] = Object.values(numbers(['size']));
  const make = (): InstanceType<typeof Cerebro> => {
    const cerebro = new Cerebro(numbers(['cash', 'commission', 'slippage'])).addStrategy(strategy, params);
    for (const feed of feeds) cerebro.addData(feed);
    for (const text of given.all('resample')) {
      const [to, name] = text.split('=').reverse();
      cerebro.resampleData(name ?? feeds[0]!.name, to!);
    }
    if (size !== undefined) cerebro.addSizer(fixedSize(size));
    return cerebro;
  };
  const report = await auditLookahead(make, numbers(['cuts', 'tolerance']));
  context.stdout.write(given.has('json') ? `${JSON.stringify(report, undefined, 2)}\n` : formatAudit(report));
  return report.isClean ? 0 : 1;
}
