/** `nextbar paper`: runs a strategy on live prices with simulated fills. */
import { withRunFile } from '../config/run-file.ts';
import type { Command } from '../shell/command.ts';
import { connectionOf } from '../data/series.ts';
import { liveOptions } from './options.ts';
import { startLive } from './start.ts';

export const paperCommand: Command = {
  name: 'paper',
  about: 'Run a strategy on live prices with simulated fills and no account.',
  usage: 'paper FILE --exchange ID --symbol NAME --timeframe TF [options]',
  options: liveOptions,
  examples: [
    'nextbar paper strategies/sma-cross.ts --exchange binance --symbol BTC/USDT --timeframe 1m',
    'nextbar paper strategies/order-flow.ts --exchange kraken --symbol BTC/USD --timeframe 5s --book 10 --for 8h',
    'nextbar paper my-strategy.ts --exchange binance --symbol BTC/USDT --timeframe 1m --url http://127.0.0.1:8787 --speed 60',
  ],
  run: async (typed, context) => {
    const { given } = await withRunFile(typed, liveOptions, context.env);
    return startLive('paper', given, context, () =>
      Promise.resolve({ connection: { publicOnly: true, ...connectionOf(given) }, isTestNetwork: false }),
    );
  },
};
