/** `nextbar record`: records the raw public market data of an exchange, or its events through ccxt, for playback through the same code. */
import { existsSync, statSync } from 'node:fs';

import { FeedHandler, findProtocol, Recorder, withHosts } from '../../connectors/index.ts';
import { channels, unknownName, type Channel } from '../../core/index.ts';
import { endOf, ProcessEnd } from '../live/process-end.ts';
import { printable } from '../output/printable.ts';
import type { Command, CommandContext, GivenOptions } from '../shell/command.ts';
import { flag } from '../shell/flags.ts';
import { spanOption } from '../shell/options.ts';
import { usage } from '../shell/usage.ts';

async function run(given: GivenOptions, context: CommandContext): Promise<number> {
  const [exchange, ...symbols] = given.operands;
  if (exchange === undefined || symbols.length === 0) throw usage('record takes an exchange and at least one symbol');
  const url = given.get('url');
  const via = given.get('via') ?? 'native';
  if (via !== 'native' && via !== 'ccxt') throw unknownName('--via', via, ['native', 'ccxt']);
  const protocol = findProtocol(exchange);
  const wanted = (given.get('channels') ?? 'trade,book').split(',').map((name) => {
    if (!channels.includes(name as Channel)) throw unknownName('channel', name, channels);
    return name as Channel;
  });
  const forMs = spanOption(given, 'for') ?? 60_000;
  const path = given.get('out') ?? `${exchange}.jsonl.gz`;
  if (existsSync(path) && statSync(path).isDirectory()) throw usage(`--out must be a file, and ${path} is a folder`);
  const subscription = Object.fromEntries(wanted.map((channel) => [channel, symbols]));
  const recorder = new Recorder(path, { exchange, subscription });
  const handler = new FeedHandler({
    runtime: context.runtime,
    recorder,
    ...(url !== undefined &&
      protocol !== undefined && {
        protocols: [withHosts(protocol, { rest: url, socket: url.replace(/^http/, 'ws') })],
      }),
    onError: (error) => context.stderr.write(`${printable(error.message)}\n`),
  });
  const end = await ProcessEnd.take(context);
  let hasBegun = false;
  try {
    await handler.addFeed({
      exchange,
      via,
      ...(via === 'ccxt' && url !== undefined && { connection: { url } }),
      symbols,
      channels: wanted,
      callbacks: {
        status: (status) =>
          context.stderr.write(`${status.channel} ${status.symbol}: ${status.state} (${printable(status.reason)})\n`),
        gap: (gap) =>
          context.stderr.write(
            `${gap.channel} ${gap.symbol}: ${gap.from ?? '?'} to ${gap.to ?? '?'} missing (${printable(gap.reason)})\n`,
          ),
      },
    });
    handler.start();
    hasBegun = true;
    await endOf(context.runtime, forMs, end.signal);
  } finally {
    await handler.stop();
    await (hasBegun ? recorder.close() : recorder.discard());
    end.release();
  }
  context.stdout.write(`${recorder.lines} lines in ${recorder.path}\n`);
  return end.exitCode;
}

export const recordCommand: Command = {
  name: 'record',
  about: 'Record the raw public market data of an exchange, for playback through the same code.',
  operands: 'EXCHANGE SYMBOL...',
  options: [
    {
      name: 'channels',
      value: 'LIST',
      api: ['channel'],
      about: `Channels, separated by commas: ${channels.join(', ')} (default trade,book)`,
    },
    flag('for', { about: 'How long to record, such as 30s, 10m or 8h (default 60s)' }),
    {
      name: 'via',
      value: 'WAY',
      about: 'native (default), or ccxt for any exchange of nextbar exchanges: its events are recorded',
    },
    flag('url'),
    { name: 'out', value: 'FILE', about: 'The file to write (default EXCHANGE.jsonl.gz)' },
  ],
  examples: ['nextbar record binance BTC/USDT ETH/USDT --channels trade,book,quote --for 10m --out btc.jsonl.gz'],
  run,
};
