/** `nextbar indicators`: lists the indicators, and the parameters of each. */
import type { Command, CommandContext, GivenOptions } from '../shell/command.ts';
import { flag } from '../shell/flags.ts';

async function run(given: GivenOptions, context: CommandContext): Promise<number> {
  const { indicators } = await import('../../indicators/index.ts');
  const wanted = given.operands.length === 0 ? indicators.list() : given.operands.map((name) => indicators.find(name));
  if (given.has('json')) {
    context.stdout.write(
      `${JSON.stringify(wanted.map((info) => ({ ...info, lines: info.lines(), minPeriod: info.minPeriod() })))}\n`,
    );
    return 0;
  }
  if (given.operands.length > 0) {
    context.stdout.write(wanted.map((info) => `${describe(info)}\n`).join('\n'));
    return 0;
  }
  const { table } = await import('../output/table.ts');
  for (const group of new Set(wanted.map((info) => info.group))) {
    const rows = wanted.filter((info) => info.group === group).map(({ name, about }) => [name, about]);
    context.stdout.write(`${group}\n${table(rows)}\n`);
  }
  context.stdout.write(`${wanted.length} indicators; nextbar indicators NAME describes one\n`);
  return 0;
}

/** The description of one indicator, line by line. */
function describe(info: import('../../indicators/index.ts').IndicatorInfo): string {
  const params = info.params.map((one) => `  ${one.name}: ${one.default} (${one.from} to ${one.to})`);
  return [
    `${info.name}: ${info.about}`,
    `formula: ${info.formula}`,
    ...(params.length > 0 ? ['parameters, with their defaults:', ...params] : []),
    `lines: ${info.lines().join(', ')}`,
    `first value: bar ${info.minPeriod()}`,
    ...(info.source === undefined ? [] : [`source: ${info.source}`]),
    '',
  ].join('\n');
}

export const indicatorsCommand: Command = {
  name: 'indicators',
  about: 'List the indicators, or show the formula and parameters of some.',
  operands: '[NAME...]',
  usage: '[--json]',
  options: [flag('json')],
  examples: ['nextbar indicators', 'nextbar indicators superTrend', 'nextbar indicators --json'],
  run,
};
