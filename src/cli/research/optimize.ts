/** `nextbar optimize`: searches the parameters of a strategy, and says how much of the best is luck. */
import { rename, writeFile } from 'node:fs/promises';

import type { Metric, OptimizeOptions, SearchMethod } from '../../research/index.ts';
import { plainValue } from '../output/result-json.ts';
import { loadBar } from '../output/progress.ts';
import { unwritable } from '../output/csv.ts';
import { untilEnd } from '../platform/until-end.ts';
import { barsOptions, feedsOf } from '../run/options.ts';
import { loadStrategyModule } from '../run/strategy-file.ts';
import type { Command, CommandContext, GivenOptions } from '../shell/command.ts';
import { flag } from '../shell/flags.ts';
import { numberOptions, onlyOperand, timeOption, wholeNumber } from '../shell/options.ts';
import { usage } from '../shell/usage.ts';
import { parseRanges } from './ranges.ts';
import { figure, spanText, sweepText } from './sweep-text.ts';

export const optimizeCommand: Command = {
  name: 'optimize',
  about: 'Search the parameters of a strategy, and show how much of the best is luck.',
  usage:
    'optimize FILE --param NAME=RANGE ... (--csv FILE --timeframe TF | --exchange ID | --synthetic [SEED]) [options]',
  options: [
    ...barsOptions.map((one) =>
      one.name === 'param'
        ? flag('param', {
            value: 'NAME=RANGE',
            about:
              'What to search: FROM:TO:STEP, FROM:TO, FROM:TO:log, or values with commas (default: static space of the strategy)',
          })
        : one,
    ),
    flag('resample'),
    { name: 'keep', value: 'CONDITION', about: "Which combinations are tried, such as 'fast < slow'" },
    {
      name: 'metric',
      value: 'NAME',
      about:
        'What to look for: a figure such as sharpe or maxDrawdown, or a function the file exports (default sharpe)',
    },
    { name: 'direction', value: 'WAY', about: 'max or min (default: what the figure means)' },
    { name: 'method', value: 'NAME', about: 'grid (default), random, latin or tpe, the one led by a model' },
    { name: 'trials', value: 'N', about: 'Number of trials, for methods other than grid (default 100)' },
    flag('seed', { about: 'Seed of the methods that draw (default 1)' }),
    { name: 'patience', value: 'N', about: 'End after so many trials without a better one' },
    {
      name: 'threads',
      value: 'N',
      about: 'Run trials in so many threads (default: in this one); the results are the same',
    },
    { name: 'holdout', value: 'TIME', about: 'Bars from this time on are read by no trial' },
    { name: 'save', value: 'FILE', api: ['file'], about: 'Keep the trials in an SQLite file, and go on from it' },
    { name: 'csv-out', value: 'FILE', about: 'Write every trial to a CSV file' },
    { name: 'arrow-out', value: 'FILE', about: 'Write every trial to an Arrow file' },
    { name: 'top', value: 'N', about: 'Trials to show (default 10)' },
    { name: 'no-keep', about: 'Do not write the sweep to the registry of runs' },
    flag('json'),
  ],
  examples: [
    "nextbar optimize strategies/sma-cross.ts --csv BTCUSDT-1h.csv --timeframe 1h --param fast=5:20:1 --param slow=20:100:5 --keep 'fast < slow'",
    'nextbar optimize mine.ts --synthetic 7 --param period=5:50 --method tpe --trials 200 --threads 2 --save mine.sqlite',
  ],
  run,
};

async function run(given: GivenOptions, context: CommandContext): Promise<number> {
  const file = onlyOperand(given, 'which strategy? nextbar optimize FILE --param fast=5:20:1 ...', 'strategy file');
  const top = wholeNumber(given, 'top', 1) ?? 10;
  const [trials, seed, patience, workers] = [
    wholeNumber(given, 'trials', 1),
    wholeNumber(given, 'seed', 0),
    wholeNumber(given, 'patience', 1),
    wholeNumber(given, 'threads', 1, 256),
  ];
  const holdout = timeOption(given, 'holdout');
  const feeds = await feedsOf(given);
  const { cls, found, url } = await loadStrategyModule(file, given.get('strategy'));
  const ranges = parseRanges(cls, given.all('param'));
  if (Object.keys(ranges).length === 0) {
    throw usage(
      `nothing to search: give --param NAME=FROM:TO:STEP; ${cls.name} has ${Object.keys(cls.params ?? {}).join(', ') || 'no parameters'}`,
    );
  }
  const { size, ...options } = numberOptions(given, ['cash', 'commission', 'slippage', 'size']);
  const { Cerebro, fixedSize } = await import('../../index.ts');
  const { optimize, threads } = await import('../../research/index.ts');
  const cerebro = new Cerebro(options);
  for (const feed of feeds) cerebro.addData(feed);
  for (const text of given.all('resample')) {
    const [to, name] = text.split('=').reverse();
    cerebro.resampleData(name ?? feeds[0]!.name, to!);
  }
  if (size !== undefined) cerebro.addSizer(fixedSize(size));
  cerebro.optStrategy(cls, ranges as never);
  const named = given.get('metric');
  const metric = (named !== undefined && typeof found[named] === 'function' ? found[named] : named) as
    Metric | undefined;
  const [keep, save, direction, method] = ['keep', 'save', 'direction', 'method'].map((name) => given.get(name));
  const line = new ProgressLine(context);
  const load = await loadBar(context.stderr, context.runtime);
  let code = 0;
  await untilEnd(context, async (signal) => {
    const settings: OptimizeOptions = {
      signal,
      module: url,
      ...(metric !== undefined && { metric }),
      ...(direction !== undefined && { direction: direction as 'max' }),
      ...(method !== undefined && { method: method as SearchMethod }),
      ...(keep !== undefined && { keep }),
      ...(trials !== undefined && { trials }),
      ...(seed !== undefined && { seed }),
      ...(patience !== undefined && { patience }),
      ...(workers !== undefined && workers > 1 && { executor: threads(workers) }),
      ...(holdout !== undefined && { holdout }),
      ...(save !== undefined && { file: save }),
      ...(!given.has('no-keep') && { runs: given.get('folder') ?? 'data-cache' }),
      onLoad: (name, progress) => {
        load.show(name, progress);
      },
      onProgress: ({ done, total, rate, leftMs, best }) => {
        load.clear();
        const left = leftMs === undefined ? '' : `, ${spanText(leftMs)} left`;
        line.show(`${done} of ${total} trials, ${figure(rate)} a second${left}, best ${figure(best?.score)}`);
      },
    };
    const result = await optimize(cerebro, settings);
    load.clear();
    line.clear();
    const [csv, arrow] = [given.get('csv-out'), given.get('arrow-out')];
    if (csv !== undefined) await writeFinished(csv, result.trials.toCsv());
    if (arrow !== undefined) {
      const { loadArrow } = await import('../../store/index.ts');
      const { tableToIPC } = await loadArrow();
      await writeFinished(arrow, tableToIPC(await result.trials.toArrow(), 'file'));
    }
    if (given.has('json')) {
      const {
        strategy,
        metric: name,
        direction: way,
        end,
        planned,
        resumed,
        luck,
        neighbourhood,
        best,
        study,
        warnings,
      } = result;
      const shape = {
        strategy,
        metric: name,
        direction: way,
        end,
        planned,
        resumed,
        study,
        best,
        luck,
        neighbourhood,
        warnings,
        trials: [...result.trials],
      };
      context.stdout.write(`${JSON.stringify(shape, plainValue, 2)}\n`);
    } else context.stdout.write(sweepText(result, top));
    if (result.end === 'stopped') code = 130;
  });
  return code;
}

/** Writes a file whole: under a temporary name first. */
async function writeFinished(path: string, content: string | Uint8Array): Promise<void> {
  try {
    await writeFile(`${path}.partial`, content);
    await rename(`${path}.partial`, path);
  } catch (error) {
    throw unwritable(path, error);
  }
}

/** One line on a terminal that is written over as a sweep goes on; nothing where stderr is no terminal. */
class ProgressLine {
  readonly #context: CommandContext;
  #last = -Infinity;
  #isShown = false;

  constructor(context: CommandContext) {
    this.#context = context;
  }

  show(text: string): void {
    const { stderr, runtime } = this.#context;
    const now = runtime.elapsed();
    if (stderr.isTTY !== true || now - this.#last < 100) return;
    this.#last = now;
    this.#isShown = true;
    stderr.write(`\r\x1b[2K${text.slice(0, (stderr.columns ?? 80) - 1)}`);
  }

  clear(): void {
    if (this.#isShown) this.#context.stderr.write('\r\x1b[2K');
    this.#isShown = false;
  }
}
