/** `nextbar optimize`: searches the parameters of a strategy, and says how much of the best is luck. */
import { rename, writeFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';

import { messageOf, unknownName, makeFolders } from '../../core/index.ts';
import type { Cerebro } from '../../engine/index.ts';
import type { LoadProgress } from '../../feeds/index.ts';
import {
  fanCurve,
  writeSweepReport,
  writeWalkReport,
  type OpenedBars,
  type SweepReportOptions,
} from '../../report/index.ts';
import type {
  Executor,
  Metric,
  OptimizeOptions,
  OptimizeResult,
  SearchMethod,
  SweepProgress,
} from '../../research/index.ts';
import { plannedBy } from '../config/account-plan.ts';
import { plainValue } from '../output/result-json.ts';
import { loadBar } from '../output/progress.ts';
import { unwritable } from '../output/csv.ts';
import { untilEnd } from '../platform/until-end.ts';
import { addDatas, barsOptions, feedsOf } from '../run/options.ts';
import { bundleForWorkers } from '../run/bundle.ts';
import { argumentsOf, checkFiles, commandText } from '../run/outputs.ts';
import { loadStrategyModule } from '../run/strategy-file.ts';
import type { Command, CommandContext, GivenOptions } from '../shell/command.ts';
import { flag, flagsNamed } from '../shell/flags.ts';
import { notBoth, numberOption, numberOptions, onlyOperand, timeOption, wholeNumber } from '../shell/options.ts';
import { hasSqlite } from '../../store/index.ts';
import { usage } from '../shell/usage.ts';
import { withRuns } from '../runs/registry.ts';
import { parseRanges } from './ranges.ts';
import { sweepKey, tellAway } from './worker.ts';
import { figure, openedText, spanText, sweepJson, sweepText, walkJson, walkText } from './sweep-text.ts';

export const optimizeCommand: Command = {
  name: 'optimize',
  about: 'Search the parameters of a strategy, and show how much of the best is luck.',
  operands: 'FILE',
  usage: '--param NAME=RANGE ... (--csv FILE --timeframe TF | --exchange ID | --synthetic [SEED]) [options]',
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
    ...flagsNamed('resample', 'plan'),
    { name: 'keep', value: 'CONDITION', about: "Combinations to try, such as 'fast < slow' (default: all)" },
    {
      name: 'metric',
      value: 'NAME',
      about:
        'What to optimize: a figure such as sharpe or maxDrawdown, or a function that the file exports (default sharpe)',
    },
    {
      name: 'direction',
      value: 'WAY',
      about: 'max or min (default: the better side of the figure; max for a function)',
    },
    { name: 'method', value: 'NAME', about: 'grid (default), random, latin (Latin hypercube) or tpe (model-based)' },
    { name: 'trials', value: 'N', about: 'Number of trials, for methods other than grid (default 100)' },
    flag('seed', { about: 'Seed of the methods other than grid (default 1)' }),
    { name: 'patience', value: 'N', about: 'End after N trials without a better one' },
    {
      name: 'threads',
      value: 'N',
      about: 'Run trials in N threads (default: in this one); the results are the same',
    },
    {
      name: 'redis',
      value: 'URL',
      about: 'Run trials on the workers that nextbar worker started on this Redis; the results are the same',
    },
    { name: 'key-file', value: 'FILE', about: 'With --redis: the key of the operator (default: NEXTBAR_SWEEP_KEY)' },
    {
      name: 'segments',
      value: 'DIR',
      about: 'With --redis: folder in which workers find the bars (default: sent through Redis)',
    },
    { name: 'holdout', value: 'TIME', about: 'Hold out the bars from this time on: no trial reads them' },
    {
      name: 'open-holdout',
      about: 'Run the best over the bars of --holdout, once; the registry counts how often they were opened',
    },
    {
      name: 'walk-forward',
      value: 'N',
      api: ['folds'],
      about: 'Search a stretch of history and trade the best on the next one, N times',
    },
    { name: 'window', value: 'NAME', about: 'With --walk-forward: rolling (default) or anchored' },
    {
      name: 'train-ratio',
      value: 'N',
      about: 'With --walk-forward: length of the first search in traded stretches (default 3)',
    },
    { name: 'purge', value: 'N', about: 'With --walk-forward: bars between search and trading (default 0)' },
    { name: 'edges', value: 'NAME', about: 'With --walk-forward: close positions at the edge (default) or carry them' },
    {
      name: 'report',
      value: 'FILE',
      otherwise: 'report.html',
      about: 'Write the report: heat maps, parallel coordinates, equity fan, and the luck of the search',
    },
    {
      name: 'save',
      value: 'FILE',
      api: ['file'],
      about: 'Keep the trials in an SQLite file; the same sweep continues from it',
    },
    { name: 'csv-out', value: 'FILE', about: 'Write every trial to a CSV file' },
    { name: 'arrow-out', value: 'FILE', about: 'Write every trial to an Arrow file' },
    { name: 'top', value: 'N', about: 'Trials to show (default 10)' },
    { name: 'no-keep', about: 'Do not write the sweep to the registry of runs' },
    flag('json'),
  ],
  examples: [
    "nextbar optimize strategies/sma-cross.ts --csv BTCUSDT-1h.csv --timeframe 1h --param fast=5:20:1 --param slow=20:100:5 --keep 'fast < slow'",
    'nextbar optimize mine.ts --synthetic 7 --param period=5:50 --method tpe --trials 200 --threads 2 --save mine.sqlite',
    'nextbar optimize mine.ts --csv BTCUSDT-1h.csv --timeframe 1h --walk-forward 5 --holdout 2025-01-01 --report mine.html',
  ],
  run,
};

async function run(given: GivenOptions, context: CommandContext): Promise<number> {
  const file = onlyOperand(given, 'which strategy? nextbar optimize FILE --param fast=5:20:1 ...', 'strategy file');
  checkFiles(given, ['report', 'csv-out', 'arrow-out']);
  const top = wholeNumber(given, 'top', 1) ?? 10;
  const [trials, seed, patience, workers] = [
    wholeNumber(given, 'trials', 1, 10_000_000),
    wholeNumber(given, 'seed', 0),
    wholeNumber(given, 'patience', 1),
    wholeNumber(given, 'threads', 1, 256),
  ];
  const address = given.get('redis');
  notBoth(given, 'redis', 'threads');
  for (const name of ['key-file', 'segments'])
    if (given.has(name) && address === undefined) throw usage(`--${name} is for --redis URL`);
  const holdout = timeOption(given, 'holdout');
  const folds = wholeNumber(given, 'walk-forward', 1);
  if (given.has('open-holdout') && holdout === undefined) throw usage('--open-holdout needs --holdout TIME');
  if (given.has('open-holdout') && given.has('no-keep'))
    throw usage('--open-holdout writes to the registry that the bars were seen: leave --no-keep out');
  for (const name of ['window', 'train-ratio', 'purge', 'edges'])
    if (given.has(name) && folds === undefined) throw usage(`--${name} is for --walk-forward N`);
  const feeds = await feedsOf(given);
  const { cls, found, url } = await loadStrategyModule(file, given.get('strategy'));
  const ranges = await parseRanges(cls, given.all('param'));
  if (Object.keys(ranges).length === 0) {
    throw usage(
      `nothing to search: give --param NAME=FROM:TO:STEP; ${cls.name} has ${Object.keys(cls.params ?? {}).join(', ') || 'no parameters'}`,
    );
  }
  const { size, ...options } = numberOptions(given, ['cash', 'commission', 'slippage', 'size']);
  const { Cerebro, fixedSize } = await import('../../index.ts');
  const { statNames, threads } = await import('../../research/index.ts');
  const planned = await plannedBy(given, context.env);
  const cerebro = planned((accounts) => new Cerebro({ ...options, ...accounts }));
  addDatas(cerebro, feeds, given);
  if (size !== undefined) cerebro.addSizer(fixedSize(size));
  cerebro.optStrategy(cls, ranges as never);
  const named = given.get('metric');
  const metric = named === undefined ? undefined : metricOf(named, found, statNames);
  const [keep, save, direction, method] = ['keep', 'save', 'direction', 'method'].map((name) => given.get(name));
  const folder = given.get('folder') ?? 'data-cache';
  const line = new ProgressLine(context);
  const load = await loadBar(context.stderr, context.runtime);
  const shared = {
    module: url,
    ...(metric !== undefined && { metric }),
    ...(direction !== undefined && { direction: direction as 'max' }),
    ...(method !== undefined && { method: method as SearchMethod }),
    ...(keep !== undefined && { keep }),
    ...(trials !== undefined && { trials }),
    ...(seed !== undefined && { seed }),
    ...(patience !== undefined && { patience }),
    ...(workers !== undefined && workers > 1 && { executor: threads(workers) }),
    ...(address !== undefined && { executor: await redisExecutor(address, file, given, context) }),
    ...(holdout !== undefined && { holdout }),
    ...(!given.has('no-keep') && (await hasSqlite()) && { runs: folder }),
    ...(save !== undefined && { file: save }),
    onLoad: (name: string, progress: LoadProgress) => {
      load.show(name, progress);
    },
    onProgress: ({ done, total, rate, leftMs, best }: SweepProgress) => {
      load.clear();
      const left = leftMs === undefined ? '' : `, ${spanText(leftMs)} left`;
      line.show(`${done} of ${total} trials, ${figure(rate)} a second${left}, best ${figure(best?.score)}`);
    },
  } satisfies OptimizeOptions;
  const sweep: PlannedSweep = {
    given,
    context,
    cerebro,
    top,
    shared,
    holdout,
    clear: () => {
      load.clear();
      line.clear();
    },
  };
  let code = 0;
  await untilEnd(context, async (signal) => {
    code = folds === undefined ? await search(sweep, signal) : await walk(sweep, folds, signal);
  });
  return code;
}

/** A function that the strategy's file exports, or a figure. @throws {ConfigError} If it is neither. */
function metricOf(name: string, found: Readonly<Record<string, unknown>>, figures: readonly string[]): Metric {
  const own = Object.entries(found).filter(
    ([, value]) => typeof value === 'function' && !/^class\b/.test(String(value)),
  );
  const mine = own.find(([key]) => key === name);
  if (mine !== undefined) return mine[1] as Metric;
  if (figures.includes(name)) return name as Metric;
  throw unknownName('metric', name, [...own.map(([key]) => key), ...figures]);
}

/** The workers on a Redis, with a message on stderr while there is none. */
async function redisExecutor(
  url: string,
  file: string,
  given: GivenOptions,
  context: CommandContext,
): Promise<Executor> {
  const { redis } = await import('../../research/index.ts');
  const segments = given.get('segments');
  return redis(url, {
    key: sweepKey(given, context),
    bundle: await bundleForWorkers(resolve(file)),
    ...(segments !== undefined && { segments }),
    onIdle: () => {
      context.stderr.write(
        'no worker with this key is there: start one with nextbar worker --redis URL; Ctrl-C ends\n',
      );
    },
    onQuiet: (silentMs, workers) => {
      context.stderr.write(
        `no trials have come back for ${spanText(silentMs)} from ${workers === 1 ? 'the only worker' : `${workers} workers`}: they take long or hang; Ctrl-C ends\n`,
      );
    },
    onAway: tellAway(context),
  });
}

/** A sweep of the command line, ready to run. */
interface PlannedSweep {
  readonly given: GivenOptions;
  readonly context: CommandContext;
  readonly cerebro: Cerebro;
  readonly top: number;
  readonly shared: OptimizeOptions;
  readonly holdout: number | undefined;
  clear(): void;
}

/** One search over all bars that are not held out. */
async function search(sweep: PlannedSweep, signal: AbortSignal): Promise<number> {
  const { given, context, cerebro, top, shared } = sweep;
  const { optimize } = await import('../../research/index.ts');
  const result = await optimize(cerebro, { ...shared, signal });
  sweep.clear();
  await writeTrials(given, result.trials);
  const opened = result.end === 'stopped' ? undefined : await openBars(sweep, result.best?.params);
  if (given.has('json'))
    context.stdout.write(
      `${JSON.stringify({ ...sweepJson(result), ...(opened && { openedHoldout: opened }) }, plainValue, 2)}\n`,
    );
  else {
    context.stdout.write(sweepText(result, top));
    if (opened !== undefined) context.stdout.write(openedText(opened));
  }
  tellClosed(sweep, opened);
  // Printed by now: a report that cannot be written takes nothing along.
  await keepReport(sweep, [result.study], async (path, isAsked) => {
    const most = isAsked ? fanTrials : Math.min(fanTrials / 2, Math.floor(result.trials.length / 10));
    await writeSweepReport(path, result, { ...reportOptions(sweep, opened), ...fanOf(result, most) });
  });
  return result.end === 'stopped' ? 130 : 0;
}

/** Walk-forward: a search and a stretch of trading, repeated. */
async function walk(sweep: PlannedSweep, folds: number, signal: AbortSignal): Promise<number> {
  const { given, context, cerebro, shared } = sweep;
  if (given.has('top')) throw usage('--top is for one search, not for --walk-forward');
  const { walkForward } = await import('../../research/index.ts');
  const [window, edges] = [given.get('window'), given.get('edges')];
  const [purge, trainRatio] = [wholeNumber(given, 'purge', 0), numberOption(given, 'train-ratio')];
  const walked = await walkForward(cerebro, {
    ...shared,
    signal,
    folds,
    ...(window !== undefined && { window: window as 'rolling' }),
    ...(edges !== undefined && { edges: edges as 'close' }),
    ...(purge !== undefined && { purge }),
    ...(trainRatio !== undefined && { trainRatio }),
  });
  sweep.clear();
  const isWhole = walked.folds.length === folds;
  const opened = isWhole ? await openBars(sweep, walked.folds.at(-1)?.params) : undefined;
  await writeTrials(given, walked);
  if (given.has('json'))
    context.stdout.write(
      `${JSON.stringify({ ...walkJson(walked), ...(opened && { openedHoldout: opened }) }, plainValue, 2)}\n`,
    );
  else {
    context.stdout.write(walkText(walked, folds));
    if (opened !== undefined) context.stdout.write(openedText(opened));
  }
  tellClosed(sweep, opened);
  const studies = walked.folds.map(({ search: { study } }) => study);
  await keepReport(sweep, studies, (path) => writeWalkReport(path, walked, reportOptions(sweep, opened)));
  return isWhole ? 0 : 130;
}

/** Writes every trial to the files that the options name. */
async function writeTrials(
  given: GivenOptions,
  trials: Pick<OptimizeResult['trials'], 'toCsv' | 'toArrow'>,
): Promise<void> {
  const [csv, arrow] = [given.get('csv-out'), given.get('arrow-out')];
  if (csv !== undefined) await writeFinished(csv, trials.toCsv());
  if (arrow === undefined) return;
  const { loadArrow } = await import('../../store/index.ts');
  const { tableToIPC } = await loadArrow();
  await writeFinished(arrow, tableToIPC(await trials.toArrow(), 'file'));
}

/**
 * Writes the report, to the file of `--report` or, where the sweep is in the registry, to the folder `reports` beside it, and notes in the
 * registry which command made which files. A registry that cannot be written does not fail the sweep.
 *
 * @param studies - The numbers of the searches in the registry.
 * @param write - Writes it to a path; `isAsked` is false for a report that no option asked for, which must be cheap.
 */
async function keepReport(
  { given, context }: PlannedSweep,
  studies: readonly (number | undefined)[],
  write: (path: string, isAsked: boolean) => Promise<void>,
): Promise<void> {
  const asked = given.get('report');
  if (asked !== undefined) await write(asked, true);
  const kept = studies.filter((study) => study !== undefined);
  if (kept.length === 0) return;
  try {
    const own = resolve(given.get('folder') ?? 'data-cache', 'reports', `study-${kept[0]!}.html`);
    if (asked === undefined) {
      makeFolders(dirname(own));
      await write(own, false);
    }
    const files: Record<string, string> = { report: asked === undefined ? own : resolve(asked) };
    for (const [kind, name] of [
      ['trials', 'csv-out'],
      ['arrow', 'arrow-out'],
      ['save', 'save'],
    ] as const) {
      const path = given.get(name);
      if (path !== undefined) files[kind] = resolve(path);
    }
    const command = argumentsOf('optimize', given, optimizeCommand.options, ['json']);
    await withRuns(given, context, (store) => {
      for (const study of kept) {
        store.update(study, { command, folder: process.cwd() });
        for (const [kind, path] of Object.entries(files)) store.addFile(study, kind, path);
      }
    });
  } catch (error) {
    context.stderr.write(`warning: the report was not kept: ${messageOf(error)}\n`);
  }
}

/** Opens the held-out bars where the command line asks for it. */
async function openBars(
  { given, cerebro, holdout }: PlannedSweep,
  params: Readonly<Record<string, unknown>> | undefined,
): Promise<OpenedBars | undefined> {
  if (!given.has('open-holdout') || params === undefined) return undefined;
  const { openHoldout } = await import('../../research/index.ts');
  const { stats, opened } = await openHoldout(cerebro, {
    holdout: holdout!,
    params,
    runs: given.get('folder') ?? 'data-cache',
  });
  return { from: holdout!, params, stats, opened };
}

/** Says where held-out bars that were to be opened stay closed: the search was stopped, or found nothing to run over them. */
function tellClosed({ given, context }: PlannedSweep, opened: OpenedBars | undefined): void {
  if (!given.has('open-holdout') || opened !== undefined) return;
  context.stderr.write('the held-out bars were not opened: no best parameters were found\n');
}

function reportOptions({ given, holdout }: PlannedSweep, opened: OpenedBars | undefined): SweepReportOptions {
  return {
    command: commandText('optimize', given, optimizeCommand.options, fileOptions),
    ...(holdout !== undefined && { holdout }),
    ...(opened && { openedHoldout: opened }),
  };
}

/** Options that name files and change nothing about the search. */
const fileOptions = ['report', 'csv-out', 'arrow-out', 'json', 'top', 'no-keep'];

/** How many trials' curves the fan shows: each is run once more. */
const fanTrials = 48;

/** The equity curves of trials spread over the ranking, and of the best one. */
function fanOf(result: OptimizeResult, most: number): Pick<SweepReportOptions, 'curves' | 'best'> {
  const { ranking } = result;
  const count = Math.min(most, ranking.length);
  const chosen = Array.from({ length: count }, (_, k) => ranking[Math.floor((k * ranking.length) / count)]!);
  const curves = chosen.map((trial) => fanCurve(result.runOf(trial).equity));
  return curves[0] === undefined ? {} : { curves, best: curves[0] };
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

/** The progress of a sweep in one line, redrawn on a terminal; nothing where stderr is not one. */
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
