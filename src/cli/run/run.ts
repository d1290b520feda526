/** `nextbar run`: runs a strategy file over history and shows the result. */
import { unknownName } from '../../core/index.ts';
import type { RunResult } from '../../engine/index.ts';
import { withRunFile } from '../config/run-file.ts';
import type { Command, CommandContext, GivenOptions } from '../shell/command.ts';
import { usage } from '../shell/usage.ts';
import { version } from '../shell/version.ts';
import { notBoth, numberOptions, onlyOperand } from '../shell/options.ts';
import { loadBar } from '../output/progress.ts';
import { writeEquity, writeTrades } from '../output/result-files.ts';
import { resultJson } from '../output/result-json.ts';
import { feedsOf, runOptions } from './options.ts';
import { describeParams, loadStrategy, parseParams } from './strategy-file.ts';
import { renderSummary } from '../output/summary.ts';

export const runCommand: Command = {
  name: 'run',
  about: 'Run a strategy over history and show the result.',
  usage: 'run FILE (--csv FILE | --exchange ID --symbol NAME --start TIME) --timeframe TF [options]',
  options: runOptions,
  examples: [
    'nextbar run strategies/sma-cross.ts --csv BTCUSDT-1h.csv --timeframe 1h --param fast=5',
    'nextbar run my-strategy.ts --synthetic 7 --commission 0.001',
    'nextbar run my-strategy.ts --exchange binance --symbol BTC/USDT --timeframe 1h --start 2024-01-01 --end 2024-03-01',
    'nextbar run --config bot.yaml --param fast=5',
    'nextbar run my-strategy.ts --csv btc=BTC.csv.gz --csv eth=ETH.csv.gz --timeframe 1d --json',
  ],
  moreHelp: paramsHelp,
  run,
};

async function run(typed: GivenOptions, context: CommandContext): Promise<number> {
  const { given, datas } = await withRunFile(typed, runOptions, context.env);
  const file = fileOf(given);
  notBoth(given, 'json', 'quiet');
  const feeds = datas.length === 0 ? await feedsOf(given) : (await Promise.all(datas.map(feedsOf))).flat();
  const rules = rulesOf(given);
  const { size, ...options } = numberOptions(given, ['cash', 'commission', 'slippage', 'size']);
  const strategy = await loadStrategy(file, given.get('strategy'));
  const params = parseParams(strategy, given.all('param'));
  const { Cerebro, fixedSize } = await import('../../index.ts');
  const cerebro = new Cerebro({ ...options, ...(rules !== undefined && { rules }) }).addStrategy(strategy, params);
  for (const feed of feeds) cerebro.addData(feed);
  for (const text of given.all('resample')) {
    const [to, name] = text.split('=').reverse();
    cerebro.resampleData(name ?? feeds[0]!.name, to!);
  }
  if (size !== undefined) cerebro.addSizer(fixedSize(size));
  const started = context.runtime.elapsed();
  const progress = await loadBar(context.stderr, context.runtime);
  const isSilent = given.has('quiet') || given.has('json');
  context.leaveInterrupts();
  const result = await cerebro.run({
    onLoad: (name, load) => {
      if (!isSilent) progress.show(name, load);
    },
  });
  progress.clear();
  const took = context.runtime.elapsed() - started;
  await writeFiles(given, result);
  if (given.has('json')) context.stdout.write(resultJson(result, version()));
  else if (!given.has('quiet'))
    context.stdout.write(renderSummary(result, { took, isSynthetic: given.has('synthetic') }, context));
  return 0;
}

function rulesOf(given: GivenOptions): 'exchange' | 'backtrader' | undefined {
  const text = given.get('rules');
  if (text === undefined || text === 'exchange' || text === 'backtrader') return text;
  throw usage(unknownName('--rules', text, ['exchange', 'backtrader']).message);
}

async function paramsHelp(given: GivenOptions): Promise<string> {
  if (given.operands.length === 0) return '';
  const strategy = await loadStrategy(fileOf(given), given.get('strategy'));
  const rows = describeParams(strategy);
  if (rows.length === 0) return `\n${strategy.name} has no parameters.\n`;
  const { table } = await import('../output/table.ts');
  return `\nParameters of ${strategy.name}, with their defaults:\n${table(rows, { indent: 2 })}`;
}

function fileOf(given: GivenOptions): string {
  return onlyOperand(given, 'which strategy? nextbar run FILE --csv FILE --timeframe TF', 'strategy file');
}

async function writeFiles(given: GivenOptions, result: RunResult): Promise<void> {
  const [trades, equity] = [given.get('trades'), given.get('equity')];
  if (trades !== undefined) await writeTrades(trades, result);
  if (equity !== undefined) await writeEquity(equity, result);
}
