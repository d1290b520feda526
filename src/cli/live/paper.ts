/** `nextbar paper`: runs a strategy on live prices with simulated fills. */
import { withRunFile } from '../config/run-file.ts';
import type { Command, OptionSpec } from '../shell/command.ts';
import { connectionOf } from '../data/series.ts';
import { liveOptions } from './options.ts';
import { startLive } from './start.ts';

/** How fills are modelled; only paper has these options. */
const fillOptions: readonly OptionSpec[] = [
  {
    name: 'fills',
    value: 'KIND',
    api: ['paper', 'depth'],
    about:
      'book: with --book, orders take its levels and wait in its queues (default); touch: they fill at the best quote',
  },
  {
    name: 'queue',
    value: 'MODEL',
    about:
      'Where canceled orders of others are assumed to have stood in the queue: conservative (default) or proportional',
  },
  {
    name: 'latency',
    value: 'SPAN',
    api: ['orderLatencyMs'],
    about: 'How long orders and cancels take to reach the exchange, such as 80ms (default 0ms)',
  },
];
const paperOptions: readonly OptionSpec[] = [...liveOptions, ...fillOptions];

export const paperCommand: Command = {
  name: 'paper',
  about: 'Run a strategy on live prices with simulated fills and no account.',
  operands: 'FILE...',
  usage: '--exchange ID --symbol NAME --timeframe TF [options]',
  options: paperOptions,
  examples: [
    'nextbar paper strategies/sma-cross.ts --exchange binance --symbol BTC/USDT --timeframe 1m',
    'nextbar paper strategies/order-flow.ts --exchange kraken --symbol BTC/USD --timeframe 5s --book 10 --for 8h',
    'nextbar paper my-strategy.ts --exchange binance --symbol BTC/USDT --timeframe 1m --url http://127.0.0.1:8787 --speed 60',
  ],
  run: async (typed, context) => {
    const { given, at } = await withRunFile(typed, paperOptions, context.env, 'session');
    return at(() =>
      startLive('paper', given, context, () =>
        Promise.resolve({ connection: { publicOnly: true, ...connectionOf(given) }, isTestNetwork: false }),
      ),
    );
  },
};
