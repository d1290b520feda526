/** `nextbar audit`: checks whether a strategy looks ahead, and how much history its indicators need. */
import type { Command, CommandContext, GivenOptions } from '../shell/command.ts';
import { flag, flagsNamed } from '../shell/flags.ts';
import { numberOption, numberOptions, onlyOperand, wholeNumber } from '../shell/options.ts';
import { usage } from '../shell/usage.ts';
import { plannedBy } from '../config/account-plan.ts';
import { addDatas, barsOptions, feedsOf } from '../run/options.ts';
import { loadStrategy, parseParams, type AnyStrategyClass } from '../run/strategy-file.ts';

export const auditCommand: Command = {
  name: 'audit',
  about:
    'Check whether a strategy looks ahead, and whether its result depends on its start, on single bars, on fees or on delay.',
  operands: 'FILE',
  usage: '(--csv FILE --timeframe TF | --synthetic [SEED]) [options]',
  options: [
    ...barsOptions,
    ...flagsNamed('resample', 'plan'),
    { name: 'cuts', value: 'N', about: 'Number of bars at which the future is replaced (default 4)' },
    {
      name: 'tolerance',
      value: 'FRACTION',
      about: 'Relative difference up to which values with more and less history count as equal (default 1e-6)',
    },
    {
      name: 'known-dates',
      about:
        'The strategy uses dates or bar numbers that were known in advance, such as expiries: orders may depend on them',
    },
    flag('json'),
  ],
  examples: [
    'nextbar audit strategies/sma-cross.ts --csv BTCUSDT-1h.csv --timeframe 1h',
    'nextbar audit mine.ts --synthetic 7',
  ],
  run,
};

async function run(given: GivenOptions, context: CommandContext): Promise<number> {
  const file = onlyOperand(given, 'which strategy? nextbar audit FILE --csv FILE --timeframe TF', 'strategy file');
  const tolerance = numberOption(given, 'tolerance');
  if (tolerance !== undefined && !(tolerance > 0 && tolerance < 1)) {
    throw usage(`--tolerance must be above 0 and below 1, was ${tolerance}`);
  }
  const cuts = wholeNumber(given, 'cuts', 1);
  const feeds = await feedsOf(given);
  const strategy = await loadStrategy(file, given.get('strategy'));
  const params = parseParams(strategy, given.all('param'));
  const { size, ...options } = numberOptions(given, ['cash', 'commission', 'slippage', 'size']);
  const { Cerebro, fixedSize } = await import('../../index.ts');
  const { auditLookahead, formatAudit, formatStress, stressBacktest } = await import('../../research/index.ts');
  const planned = await plannedBy(given, context.env);
  const makeWith = (cls: AnyStrategyClass) => (): InstanceType<typeof Cerebro> => {
    const cerebro = planned((accounts) => new Cerebro({ ...options, ...accounts }).addStrategy(cls, params));
    addDatas(cerebro, feeds, given);
    if (size !== undefined) cerebro.addSizer(fixedSize(size));
    return cerebro;
  };
  const make = makeWith(strategy);
  const report = await auditLookahead(make, {
    ...(cuts !== undefined && { cuts }),
    ...(tolerance !== undefined && { tolerance }),
    knownDates: given.has('known-dates'),
    reload: async () => makeWith(await loadStrategy(file, given.get('strategy'))),
  });
  const stress = await stressBacktest(make());
  if (given.has('json')) context.stdout.write(`${JSON.stringify({ ...report, stress }, undefined, 2)}\n`);
  else context.stdout.write(`${formatAudit(report)}\n${formatStress(stress)}`);
  return report.isClean ? 0 : 1;
}
