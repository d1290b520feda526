/** `nextbar run`: runs a strategy file over history and shows the result. */
import type { RunResult } from '../../engine/index.ts';
import { terminalCharts } from '../../report/index.ts';
import type { Command, CommandContext, GivenOptions } from '../shell/command.ts';
import { version } from '../shell/version.ts';
import { notBoth } from '../shell/options.ts';
import { painter } from '../shell/paint.ts';
import { usage } from '../shell/usage.ts';
import { resultJson } from '../output/result-json.ts';
import { execute, strategiesOf } from './execute.ts';
import { runOptions } from './options.ts';
import { checkOutputs, writeOutputs } from './outputs.ts';
import { describeParams } from './strategy-file.ts';
import { renderSummary } from '../output/summary.ts';

export const runCommand: Command = {
  name: 'run',
  about: 'Run a strategy over history and show the result.',
  operands: 'FILE...',
  usage: '(--csv FILE | --exchange ID --symbol NAME --start TIME) --timeframe TF [options]',
  options: runOptions,
  examples: [
    'nextbar run strategies/sma-cross.ts --csv BTCUSDT-1h.csv --timeframe 1h --param fast=5',
    'nextbar run my-strategy.ts --synthetic 7 --commission 0.001',
    'nextbar run my-strategy.ts --exchange binance --symbol BTC/USDT --timeframe 1h --start 2024-01-01 --end 2024-03-01',
    'nextbar run sma-cross.ts reversion.ts --synthetic --cash-share SmaCross=0.3 --param SmaCross.fast=5',
    'nextbar run --config bot.yaml --param fast=5',
    'nextbar run my-strategy.ts --csv btc=BTC.csv.gz --csv eth=ETH.csv.gz --timeframe 1d --json',
  ],
  moreHelp: paramsHelp,
  run,
};

async function run(given: GivenOptions, context: CommandContext): Promise<number> {
  notBoth(given, 'json', 'quiet');
  checkOutputs(given);
  if (given.has('watch')) {
    const { watch } = await import('./watch.ts');
    return watch(given, context);
  }
  if (given.has('port')) throw usage('--port is for --watch');
  const isSilent = given.has('quiet') || given.has('json');
  const executed = await execute(given, context, isSilent);
  const { result, took } = executed;
  const files = await writeOutputs(given, executed);
  const { keepRun } = await import('../runs/registry.ts');
  const id = await keepRun(given, context, executed, files);
  if (given.has('json')) context.stdout.write(resultJson(result, version()));
  else if (!given.has('quiet')) {
    context.stdout.write(renderSummary(result, { took, id, isSynthetic: given.has('synthetic') }, context));
    if (given.has('chart')) context.stdout.write(chartText(result, context));
  }
  return 0;
}

function chartText(result: RunResult, { stdout, env }: CommandContext): string {
  const paint = painter(stdout, env);
  const tones = { up: paint.green, down: paint.red, dim: paint.dim };
  const charts = terminalCharts(result, {
    width: (stdout.columns ?? 80) - 2,
    colour: (text, tone) => tones[tone](text),
  });
  return `${charts.replace(/^(?=.)/gm, '  ')}\n`;
}

async function paramsHelp(given: GivenOptions): Promise<string> {
  if (given.operands.length === 0) return '';
  const { table } = await import('../output/table.ts');
  const texts = (await strategiesOf(given)).map(({ name, cls }) => {
    const rows = describeParams(cls);
    if (rows.length === 0) return `\n${name} has no parameters.\n`;
    return `\nParameters of ${name}, with their defaults:\n${table(rows, { indent: 2 })}`;
  });
  return texts.join('');
}
