/** `nextbar dataset build`, `backfill` and `run`: build what is missing or outdated, once or at intervals. */
import { AuthError, ConfigError, ConnectorError, formatTime } from '../../core/index.ts';
import type { BuildStep, BuildSummary } from '../../dataset/index.ts';
import { printable } from '../output/printable.ts';
import { count, counted } from '../output/words.ts';
import type { Command, CommandContext, GivenOptions } from '../shell/command.ts';
import { flag, flagsNamed } from '../shell/flags.ts';
import { rangeOption, spanOption } from '../shell/options.ts';
import { usage } from '../shell/usage.ts';
import { openDataset, recipeOptions } from './place.ts';

const dayMs = 86_400_000;

/** The days to build: from `--start`, or from the first day that was built, or the last 7. */
async function buildOnce(given: GivenOptions, context: CommandContext, signal?: AbortSignal): Promise<BuildSummary> {
  const dataset = await openDataset(given, context, true);
  try {
    const range = rangeOption(given);
    const days = dataset.ledger.all('bronze/bars_1m').map(({ partition }) => Date.parse(partition.replace(/^.*=/, '')));
    const start =
      range.start ?? (days.length > 0 ? Math.min(...days) : Math.floor(context.runtime.now() / dayMs - 7) * dayMs);
    const show = (step: BuildStep): void => {
      if (given.has('json') || step.status === 'current') return;
      const rows = step.status === 'built' ? [counted(step.rows, 'row')] : [];
      const tail = [...rows, ...(step.reason === undefined ? [] : [printable(step.reason)])].join(', ');
      context.stdout.write(`${step.status.padEnd(8)} ${step.asset} ${step.partition}  ${tail}\n`);
    };
    return await dataset.build({
      start,
      ...(range.end !== undefined && { end: range.end }),
      ...(given.has('asset') && { assets: given.all('asset') }),
      isForced: given.has('force'),
      onPartition: show,
      ...(signal !== undefined && { signal }),
    });
  } finally {
    dataset.close();
  }
}

function report(summary: BuildSummary, given: GivenOptions, { stdout }: CommandContext): number {
  if (given.has('json')) stdout.write(`${JSON.stringify(summary)}\n`);
  else {
    const { built, current, failed, waiting, rows } = summary;
    stdout.write(
      `${count(built)} built with ${counted(rows, 'row')}, ${count(current)} current, ${count(failed)} failed, ${count(waiting)} waiting\n`,
    );
  }
  return summary.failed === 0 ? 0 : 1;
}

async function build(given: GivenOptions, context: CommandContext): Promise<number> {
  return report(await buildOnce(given, context), given, context);
}

async function backfill(given: GivenOptions, context: CommandContext): Promise<number> {
  if (!given.has('start') || !given.has('end')) throw usage('dataset backfill needs --start and --end');
  return build(given, context);
}

/** One build of a schedule. A temporary failure, such as an unreachable exchange, is reported and does not end the schedule. */
async function roundOf(given: GivenOptions, context: CommandContext): Promise<number> {
  try {
    return report(await buildOnce(given, context), given, context);
  } catch (error) {
    const isPassing = (error instanceof ConnectorError && !(error instanceof AuthError)) || (error instanceof ConfigError && error.code === 'dataset-busy'); // prettier-ignore
    if (!isPassing) throw error;
    context.stderr.write(`this build failed: ${printable(error.message)}\n`);
    return 1;
  }
}

async function runAgain(given: GivenOptions, context: CommandContext): Promise<number> {
  const every = spanOption(given, 'every');
  if (every === undefined) throw usage('dataset run needs --every, such as --every 1h');
  if (every < 1000) throw usage(`--every must be 1s or more, was '${given.get('every')!}'`);
  const end = spanOption(given, 'for') ?? Infinity;
  const started = context.runtime.elapsed();
  for (;;) {
    const code = await roundOf(given, context);
    // The next time of the schedule: times that passed during a long build are skipped.
    const next = started + (Math.floor((context.runtime.elapsed() - started) / every) + 1) * every;
    if (next - started >= end) return code;
    if (!given.has('json'))
      context.stdout.write(
        `next build at ${formatTime(Math.round(context.runtime.now() + Math.max(0, next - context.runtime.elapsed())))}\n`,
      );
    await context.runtime.sleep(Math.max(0, next - context.runtime.elapsed()));
  }
}

const buildOptions = [
  ...recipeOptions,
  flag('start', { about: 'Days from this time on (default: from the first day that was built, or the last 7)' }),
  flag('end', { about: 'Days before this time (default: up to the last midnight UTC)' }),
  {
    name: 'asset',
    value: 'NAME',
    isRepeated: true,
    about: 'Only this asset, such as gold/bars_1h, and those it is built from',
  },
  { name: 'force', about: 'Rebuild partitions that are up to date too' },
  ...flagsNamed('json'),
];

export const buildCommand: Command = {
  name: 'dataset build',
  about: 'Build what is missing or outdated: bronze from the exchanges, silver cleaned, gold to publish.',
  usage: '[--exchange ID --symbol NAME] [--start TIME] [options]',
  options: buildOptions,
  examples: [
    'nextbar dataset build --exchange binance --symbol BTC/USDT --symbol BTC/USDT:USDT --start 2024-01-01',
    'nextbar dataset build',
  ],
  run: build,
};

export const backfillCommand: Command = {
  name: 'dataset backfill',
  about: 'Build a range of the past.',
  usage: '--start TIME --end TIME [options]',
  options: buildOptions,
  examples: ['nextbar dataset backfill --start 2023-01-01 --end 2024-01-01'],
  run: backfill,
};

export const runDatasetCommand: Command = {
  name: 'dataset run',
  about: 'Keep building at intervals.',
  usage: '--every SPAN [options]',
  options: [
    { name: 'every', value: 'SPAN', about: 'How often to build, such as 1h (required)' },
    ...flagsNamed('for'),
    ...buildOptions,
  ],
  examples: ['nextbar dataset run --every 1h'],
  run: runAgain,
};
