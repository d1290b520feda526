/** `nextbar record`: writes a venue's raw public traffic down, to be replayed later through the same code. */
import { FeedHandler, protocols, Recorder, withHosts } from '../../connectors/index.ts';
import { channels, ConfigError, unknownName, type Channel } from '../../core/index.ts';
import type { Command, CommandContext, GivenOptions } from '../shell/command.ts';

const lengths: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000 };

function lengthOf(text: string): number {
  const [, digits, unit] = /^(\d+(?:\.\d+)?)([smh])$/.exec(text) ?? [];
  if (digits === undefined || unit === undefined)
    throw new ConfigError(`--for must be a time such as 30s, 10m or 1h, was '${text}'`);
  return Number(digits) * lengths[unit]!;
}

async function run(given: GivenOptions, context: CommandContext): Promise<number> {
  const [exchange, ...symbols] = given.operands;
  if (exchange === undefined || symbols.length === 0)
    throw new ConfigError('record takes an exchange and at least one symbol');
  const protocol = protocols.find((one) => one.id === exchange);
  if (protocol === undefined) throw unknownName('exchange', exchange, protocols.map((one) => one.id)); // prettier-ignore
  const url = given.get('url');
  const wanted = (given.get('channels') ?? 'trade,book').split(',').map((name) => {
    if (!channels.includes(name as Channel)) throw unknownName('channel', name, channels);
    return name as Channel;
  });
  const forMs = lengthOf(given.get('for') ?? '60s');
  const path = given.get('out') ?? `${exchange}.jsonl.gz`;
  const subscription = Object.fromEntries(wanted.map((channel) => [channel, symbols]));
  const recorder = new Recorder(path, { exchange, subscription });
  const handler = new FeedHandler({
    runtime: context.runtime,
    recorder,
    ...(url !== undefined && { protocols: [withHosts(protocol, { rest: url, socket: url.replace(/^http/, 'ws') })] }),
    onError: (error) => context.stderr.write(`${error.message}\n`),
  });
  try {
    await handler.addFeed({
      exchange,
      symbols,
      channels: wanted,
      callbacks: {
        status: (status) =>
          context.stderr.write(`${status.channel} ${status.symbol}: ${status.state} (${status.reason})\n`),
        gap: (gap) =>
          context.stderr.write(
            `${gap.channel} ${gap.symbol}: ${gap.from ?? '?'} to ${gap.to ?? '?'} missing (${gap.reason})\n`,
          ),
      },
    });
    handler.start();
    await context.runtime.sleep(forMs);
  } finally {
    await handler.stop();
    await recorder.close();
  }
  context.stdout.write(`${recorder.lines} lines in ${path}\n`);
  return 0;
}

export const recordCommand: Command = {
  name: 'record',
  about: "Write a venue's raw public traffic down for replay",
  usage: 'record EXCHANGE SYMBOL... [options]',
  options: [
    { name: 'channels', value: 'LIST', about: 'Channels, separated by commas (trade,book)' },
    { name: 'for', value: 'TIME', about: 'How long, such as 30s, 10m or 1h (60s)' },
    { name: 'url', value: 'URL', about: 'Another host, such as a local exchange at http://127.0.0.1:8787' },
    { name: 'out', value: 'FILE', about: 'Where to (EXCHANGE.jsonl.gz)' },
  ],
  examples: ['nextbar record binance BTC/USDT ETH/USDT --channels trade,book,quote --for 10m --out btc.jsonl.gz'],
  run,
};
