/** `nextbar calibrate`: fits slippage, latency and queue from sessions and recordings, and writes them for backtests. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import type { CalibratedModels, QueueSample, SlippageSample, SessionTape } from '../../research/index.ts';
import { plainValue } from '../output/result-json.ts';
import { table } from '../output/table.ts';
import { writeWhole } from '../live/session-home.ts';
import type { Command, CommandContext, GivenOptions } from '../shell/command.ts';
import { flag, flagsNamed } from '../shell/flags.ts';
import { numberOption } from '../shell/options.ts';
import { usage } from '../shell/usage.ts';
import { checkWritable } from '../shell/writable.ts';
import { folderOf, tapeOf } from './session-backtest.ts';

export const calibrateCommand: Command = {
  name: 'calibrate',
  about: 'Fit slippage, latency and queue from sessions and recordings, with their error on orders left out of the fit.',
  operands: 'SESSION...',
  options: [
    ...flagsNamed('sessions'),
    { name: 'recording', value: 'FILE', isRepeated: true, about: 'A recorded stream, over which one order a bar fills on paper at the best quote' },
    flag('exchange', { isRepeated: false, about: 'With --recording: its exchange' }),
    flag('symbol', { isRepeated: false, about: 'With --recording: the instrument' }),
    flag('timeframe', { isRepeated: false, about: 'With --recording: the length of a bar (default 5s)' }),
    flag('size', { about: 'With --recording: units of an order (default 0.01)' }),
    { name: 'out', value: 'FILE', about: 'Where the models are written (default models.json)' },
    ...flagsNamed('json'),
  ],
  examples: [
    'nextbar calibrate my-session other-session --out models.json',
    'nextbar calibrate --recording btc.jsonl.gz --exchange binance --symbol BTC/USDT',
    'nextbar run my-strategy.ts --csv BTCUSDT-1m.csv --timeframe 1m --models models.json',
  ],
  run,
}; // prettier-ignore

async function run(given: GivenOptions, context: CommandContext): Promise<number> {
  const { stdout } = context;
  const recordings = given.all('recording');
  if (given.operands.length === 0 && recordings.length === 0) {
    throw usage('which sessions? nextbar calibrate SESSION..., or --recording FILE');
  }
  const path = given.get('out') ?? 'models.json';
  checkWritable('--out', path);
  const { fitModels, queueSamples, slippageSamples } = await import('../../research/index.ts');
  const market: SlippageSample[] = [];
  const queue: QueueSample[] = [];
  const names: string[] = [];
  const take = async (tape: SessionTape, name: string, isProbe = false): Promise<void> => {
    names.push(name);
    // Orders over a recording travel nowhere, so they tell nothing about latency.
    market.push(...slippageSamples(tape).map((one) => (isProbe ? { ...one, latencyMs: NaN } : one)));
    queue.push(...(await queueSamples(tape)));
  };
  for (const session of given.operands) {
    const { tape } = await tapeOf(folderOf(session, given.get('sessions') ?? 'sessions'));
    await take(tape, tape.session);
  }
  for (const path of recordings) await probed(path, given, (tape) => take(tape, path, true));
  const models = fitModels(names, market, queue);
  writeWhole(path, `${JSON.stringify(models, undefined, 2)}\n`);
  if (given.has('json')) stdout.write(`${JSON.stringify(models, plainValue, 2)}\n`);
  else stdout.write(`${linesOf(models, path).join('\n')}\n`);
  return 0;
}

/** Runs a session over a recording with one market order per bar, and passes its journal on before it is removed. */
async function probed(path: string, given: GivenOptions, take: (tape: SessionTape) => Promise<void>): Promise<void> {
  const [exchange, symbol] = [given.get('exchange'), given.get('symbol')];
  if (exchange === undefined || symbol === undefined) throw usage('--recording needs --exchange and --symbol');
  const { Cerebro, Strategy, StreamingFeed } = await import('../../index.ts');
  const { readSession } = await import('../../research/index.ts');
  const size = numberOption(given, 'size') ?? 0.01;
  if (size <= 0) throw usage(`--size is more than 0, was ${size}`);
  class Probe extends Strategy {
    override next(): void {
      if (this.position.size > 0) this.close();
      else this.buy({ size });
    }
  }
  const timeframe = given.get('timeframe') ?? '5s';
  const cerebroOf = () =>
    new Cerebro({ cash: 1e9 })
      .addData(new StreamingFeed({ exchange, symbol, timeframe, recording: path, history: 0 }))
      .addStrategy(Probe);
  const folder = mkdtempSync(join(tmpdir(), 'nextbar-calibrate-'));
  try {
    const journal = join(folder, 'journal.db');
    await cerebroOf().run({ mode: 'recording', journal });
    await take(await readSession(cerebroOf(), journal));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function linesOf({ sessions, slippage, latency, queue }: CalibratedModels, path: string): string[] {
  const basis = (fraction: number): string => `${(fraction * 10_000).toFixed(2)} bp`;
  const { kind, value, orders, tried } = slippage;
  const rows = tried.map((fit) => [
    `${fit.kind}${fit.kind === kind ? ' *' : ''}`, fit.kind === 'none' ? '-' : String(+fit.value.toPrecision(4)),
    basis(fit.errorInSample), basis(fit.errorOutOfSample),
  ]); // prettier-ignore
  const lines = [
    '', `  from ${sessions.join(', ')}: ${orders.fitted} market orders fitted, ${orders.held} held back`, '',
    table([['slippage', 'value', 'error', 'error out of sample'], ...rows], { indent: 2 }), '',
  ]; // prettier-ignore
  if (latency !== undefined) {
    const { median, p95, errorOutOfSample } = latency;
    lines.push(`  latency     ${median.toFixed(0)} ms median, ${p95.toFixed(0)} ms at 95 %, error of the median out of sample ${errorOutOfSample.toFixed(0)} ms`); // prettier-ignore
  }
  lines.push(
    queue === undefined
      ? '  queue       fewer than 10 resting orders met prints: not fitted'
      : `  queue       ${(queue.share * 100).toFixed(1)} % of the prints at a price, error out of sample ${(queue.errorOutOfSample * 100).toFixed(1)} % of the order`,
  );
  lines.push(
    '',
    `  chosen: ${kind}${kind === 'none' ? '' : ` ${+value.toPrecision(4)}`}; written to ${path}: nextbar run ... --models ${path}`,
    '',
  );
  return lines;
}
