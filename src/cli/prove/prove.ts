/** `nextbar prove`: runs the conformance suite against an exchange's test network, and writes a report and a recording. */
import { appendFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { ConfigError, formatTime, unifiedSymbol, makeFolders, type StreamEvent } from '../../core/index.ts';
import { connectionOf } from '../data/series.ts';
import { clockOf } from '../live/start.ts';
import { printable } from '../output/printable.ts';
import { counted } from '../output/words.ts';
import type { Command, CommandContext, GivenOptions } from '../shell/command.ts';
import { flag, flagsNamed } from '../shell/flags.ts';
import { numberOption, onlyOperand, spanOption } from '../shell/options.ts';
import type { Check } from './suite.ts';

export const proveCommand: Command = {
  name: 'prove',
  about: "Run the conformance suite of orders and streams against an exchange's test network.",
  operands: 'EXCHANGE',
  usage: '--symbol NAME [options]',
  options: [
    flag('symbol', { isRepeated: false }),
    flag('keys'),
    { name: 'out', value: 'DIR', about: 'Folder of the report and the recording (default prove-EXCHANGE)' },
    { name: 'patience', value: 'SPAN', about: 'How long to wait for an answer or an event (default 30s)' },
    ...flagsNamed('url', 'speed', 'json'),
  ],
  examples: [
    'BYBIT_SANDBOX_API_KEY=... BYBIT_SANDBOX_SECRET=... nextbar prove bybit --symbol BTC/USDT',
    'nextbar prove binance --symbol BTC/USDT --url http://127.0.0.1:8787',
  ],
  run,
};

async function run(given: GivenOptions, context: CommandContext): Promise<number> {
  const { stdout, env } = context;
  const exchange = onlyOperand(given, 'which exchange? nextbar prove EXCHANGE --symbol NAME', 'exchange');
  const [{ CcxtGateway, CcxtStore }, { CcxtProSource }, { prove }] = await Promise.all([
    import('../../connectors/ccxt/index.ts'),
    import('../../feeds/index.ts'),
    import('./suite.ts'),
  ]);
  const symbol = unifiedSymbol(given.get('symbol') ?? 'BTC/USDT');
  const url = given.get('url');
  const runtime = await clockOf(url, numberOption(given, 'speed') ?? 1, context.runtime);
  const configFile = given.get('keys');
  const place = url === undefined ? { sandbox: true } : connectionOf(given);
  const connection = { ...place, ...(configFile !== undefined && { configFile }) };
  const prefix = `${exchange.toUpperCase()}_SANDBOX_`;
  const keys =
    configFile === undefined && env[`${prefix}API_KEY`] === undefined ? undefined : { ...present(env, prefix) };
  if (keys === undefined) {
    throw new ConfigError(`no keys for the test network of ${exchange}: set ${prefix}API_KEY and ${prefix}SECRET, or give --keys FILE`, { context: { field: 'apiKey', exchange } }); // prettier-ignore
  }
  const folder = given.get('out') ?? `prove-${exchange}`;
  makeFolders(folder);
  const recording = join(folder, 'recording.jsonl');
  writeFileSync(recording, '');
  const store = new CcxtStore({ exchange, ...place, publicOnly: true });
  const isFast = runtime !== context.runtime;
  const gateway = new CcxtGateway({ exchange, ...connection, ...keys }, context.runtime, isFast ? () => runtime.now() : undefined); // prettier-ignore
  const began = runtime.now();
  const checks = await prove(
    {
      exchange, symbol, gateway,
      // Time limits and pauses between requests use real time.
      runtime: { ...context.runtime, now: () => runtime.now(), elapsed: () => context.runtime.elapsed(), sleep: (ms) => context.runtime.sleep(ms), after: (ms, act) => context.runtime.after(ms, act), every: (ms, act) => context.runtime.every(ms, act) },
      instrument: () => store.instrument(symbol),
      touch: async () => {
        const { bids, asks } = await store.fetchOrderBook(symbol, 5);
        return { bid: bids[0]?.[0] ?? NaN, ask: asks[0]?.[0] ?? NaN };
      },
      bars: async () => (await store.fetchBars({ symbol, timeframe: '1m', since: runtime.now() - 3_600_000, limit: 60 })).length,
      clock: async () => (isFast ? undefined : store.clockOffset()),
      stream: async (emit: (event: StreamEvent) => void) => {
        const source = new CcxtProSource({ exchange, connection: { ...place, publicOnly: true } });
        const abort = new AbortController();
        const wanted = [{ symbol, channel: 'trade' as const }, { symbol, channel: 'quote' as const }];
        await source.open(wanted, emit, { runtime: context.runtime, signal: abort.signal });
        return async () => {
          abort.abort();
          await source.close();
        };
      },
      record: (kind, body) => {
        appendFileSync(recording, `${JSON.stringify({ time: Math.floor(runtime.now()), kind, body })}\n`);
      },
      patienceMs: spanOption(given, 'patience') ?? 30_000,
    },
    (check) => {
      if (!given.has('json')) stdout.write(`${lineOf(check)}\n`);
    },
  ); // prettier-ignore
  const failed = checks.filter(({ outcome }) => outcome === 'failed').length;
  const report = { exchange, symbol, server: url ?? 'test network', time: Math.floor(began), failed, checks };
  writeFileSync(join(folder, 'report.json'), `${JSON.stringify(report, undefined, 2)}\n`);
  writeFileSync(join(folder, 'report.md'), markdownOf(report));
  if (given.has('json')) stdout.write(`${JSON.stringify(report, undefined, 2)}\n`);
  else {
    const passed = checks.filter(({ outcome }) => outcome === 'passed').length;
    stdout.write(`\n  ${counted(passed, 'check')} passed, ${failed} failed, ${checks.length - passed - failed} skipped: ${folder}/report.md, recording.jsonl\n\n`); // prettier-ignore
  }
  return failed === 0 ? 0 : 1;
}

/** Keys of the environment, where they are set. */
function present(env: CommandContext['env'], prefix: string): { apiKey?: string; secret?: string; password?: string } {
  const [apiKey, secret, password] = [env[`${prefix}API_KEY`], env[`${prefix}SECRET`], env[`${prefix}PASSWORD`]];
  return { ...(apiKey !== undefined && { apiKey }), ...(secret !== undefined && { secret }), ...(password !== undefined && { password }) }; // prettier-ignore
}

function lineOf({ room, name, outcome, seen, tookMs }: Check): string {
  const mark = { passed: 'ok  ', failed: 'FAIL', skipped: 'skip' }[outcome];
  return `  ${mark}  ${room.padEnd(8)} ${name}  (${printable(seen)}, ${tookMs} ms)`;
}

function markdownOf(report: {
  exchange: string;
  symbol: string;
  server: string;
  time: number;
  checks: readonly Check[];
}): string {
  const { exchange, symbol, server, time, checks } = report;
  const cell = (text: string): string => printable(text).replaceAll('|', '\\|');
  const rows = checks.map(
    ({ room, name, outcome, seen, tookMs }) => `| ${room} | ${name} | ${outcome} | ${cell(seen)} | ${tookMs} |`,
  );
  return [
    `# ${exchange}, ${symbol}`, '', `Proved at ${formatTime(Math.floor(time / 1000) * 1000)} UTC against ${server}.`, '',
    '| Room | Check | Outcome | Seen | ms |', '|---|---|---|---|---|', ...rows, '',
  ].join('\n'); // prettier-ignore
}
