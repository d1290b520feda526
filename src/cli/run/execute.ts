/** A run as its options describe it: feeds, strategy, parameters, Cerebro, and the time it took. */
import { setImmediate as turn } from 'node:timers/promises';

import { unknownName } from '../../core/index.ts';
import type { RunResult } from '../../engine/index.ts';
import { plannedBy } from '../config/account-plan.ts';
import { withRunFile, type Merged } from '../config/run-file.ts';
import { printable } from '../output/printable.ts';
import { loadBar } from '../output/progress.ts';
import type { CommandContext, GivenOptions } from '../shell/command.ts';
import { takeWarnings } from '../shell/node-warnings.ts';
import { notBoth, numberOptions } from '../shell/options.ts';
import { usage } from '../shell/usage.ts';
import type { SourceFile } from './bundle.ts';
import { addDatas, feedsOf, runOptions } from './options.ts';
import { addChosen, chosenSources, chosenStrategies, loadChosen, type ChosenStrategy } from './chosen-strategies.ts';

/** A finished run. */
export interface Executed {
  readonly result: RunResult;
  /** Milliseconds from the start of loading to the end of the run. */
  readonly took: number;
  /** The strategy file as it was given. */
  readonly file: string;
  /** The files that the strategy was compiled from, the strategy file first. */
  readonly sources: readonly SourceFile[];
}

/** The strategy's source with that of the files it imports, as one text. */
export function sourceText({ sources }: Pick<Executed, 'sources'>): string {
  return sources.map(({ path, text }, k) => (k === 0 ? text : `\n// ${path}\n${text}`)).join('\n');
}

/** The error where a command line names no strategy. */
const wanted = 'which strategy? nextbar run FILE --csv FILE --timeframe TF';

/** The strategies of a command line. */
export function strategiesOf(given: GivenOptions): Promise<readonly ChosenStrategy[]> {
  return chosenStrategies(given, wanted);
}

/** Runs what the options of `nextbar run` describe, with those of its run file under them. */
export async function execute(typed: GivenOptions, context: CommandContext, isSilent: boolean): Promise<Executed> {
  if (typed.has('session')) return executeSession(typed, context);
  if (typed.has('sessions')) throw usage('--sessions is for --session');
  const merged = await withRunFile(typed, runOptions, context.env);
  return merged.at(() => executeMerged(merged, context, isSilent));
}

async function executeMerged(
  { given, datas, at }: Merged,
  context: CommandContext,
  isSilent: boolean,
): Promise<Executed> {
  const chosen = await chosenStrategies(given, wanted);
  const own = await Promise.all(datas.map((data, i) => at(() => feedsOf(data), i)));
  const feeds = datas.length === 0 ? await feedsOf(given) : own.flat();
  const rules = rulesOf(given);
  const { size, ...options } = numberOptions(given, ['cash', 'commission', 'slippage', 'size']);
  const { Cerebro, fixedSize } = await import('../../index.ts');
  const classes = chosen.map(({ cls }) => cls);
  const models = await fittedOptions(given, feeds[0]?.timeframe.ms);
  const settings = { ...options, ...models, ...(rules !== undefined && { rules }) };
  const planned = await plannedBy(given, context.env);
  const cerebro = planned((accounts) => addChosen(new Cerebro({ ...settings, ...accounts }), chosen, classes));
  addDatas(cerebro, feeds, given);
  if (size !== undefined) cerebro.addSizer(fixedSize(size));
  const files = chosen.map(({ path }) => path);
  const started = context.runtime.elapsed();
  const progress = await loadBar(context.stderr, context.runtime);
  await context.leaveInterrupts();
  // Warnings of feeds while they load are in the result too.
  const restore = takeWarnings((warning) => {
    if (warning.name !== 'DataWarning') context.stderr.write(`warning: ${printable(warning.message)}\n`);
  });
  let result;
  try {
    result = await cerebro.run({
      onLoad: (name, load) => {
        if (!isSilent) progress.show(name, load);
      },
    });
  } finally {
    progress.clear();
    // Node emits a warning in the next turn.
    await turn();
    restore();
  }
  return { result, took: context.runtime.elapsed() - started, file: files[0]!, sources: chosenSources(files, classes) };
}

/** The broker's options from a file of models. */
async function fittedOptions(given: GivenOptions, barMs: number | undefined): Promise<object> {
  const path = given.get('models');
  if (path === undefined) return {};
  notBoth(given, 'models', 'slippage');
  const { readModels } = await import('../operate/session-backtest.ts');
  const { brokerOptionsOf, forBars } = await import('../../research/index.ts');
  return brokerOptionsOf(forBars(readModels(path), barMs ?? NaN));
}

/** Options of `run` that the session determines. */
const decided = [
  'csv', 'synthetic', 'bars', 'timeframe', 'start', 'end', 'symbol', 'exchange', 'strategy', 'param', 'cash', 'commission', 'slippage', 'size',
  'config', 'resample', 'cash-share', 'rules', 'plan',
] as const; // prettier-ignore

/** Runs the strategy of a session over the bars that it recorded. */
async function executeSession(given: GivenOptions, { runtime }: CommandContext): Promise<Executed> {
  const clash = decided.find((name) => given.has(name));
  if (clash !== undefined) throw usage(`--session and --${clash} cannot both be given: the session says what is run`);
  if (given.operands.length > 0) throw usage(`--session runs the strategy of the session, was given '${given.operands[0]!}' too`); // prettier-ignore
  const { backtestOf, folderOf, readModels, runOver, tapeOf } = await import('../operate/session-backtest.ts');
  const started = runtime.elapsed();
  const { plan, tape } = await tapeOf(folderOf(given.get('session')!, given.get('sessions') ?? 'sessions'));
  const models = given.get('models');
  const cerebro = await backtestOf(plan, tape, models === undefined ? undefined : readModels(models));
  const result = await runOver(cerebro, tape);
  const files = plan.strategies.map(({ file }) => file);
  const sources = chosenSources(files, await loadChosen(plan.strategies));
  return { result, took: runtime.elapsed() - started, file: files[0]!, sources };
}

function rulesOf(given: GivenOptions): 'exchange' | 'backtrader' | undefined {
  const text = given.get('rules');
  if (text === undefined || text === 'exchange' || text === 'backtrader') return text;
  throw usage(unknownName('--rules', text, ['exchange', 'backtrader']).message);
}
