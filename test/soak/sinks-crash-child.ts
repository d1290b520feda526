/** Writes trades to every sink of files until it is killed, and prints the last id that all of them have acknowledged. */
import { writeSync } from 'node:fs';

import type { StreamEvent } from '../../src/core/index.ts';
import { openSink } from '../../src/sinks/index.ts';
import { sinksIn } from './sinks-crash.ts';

const [folder = '', first = '0'] = process.argv.slice(2);
const sinks = await Promise.all(
  sinksIn(folder).map((to) => openSink({ to, batchSize: 40, flushMs: 5, queueLimit: 200 })),
);

function trade(id: number): StreamEvent {
  const time = 1_700_000_000_000 + id * 7;
  return { type: 'trade', exchange: 'binance', symbol: 'BTC/USDT', time, receiveTime: time + 3, id: String(id), side: 'buy', price: 10 + (id % 7), size: 1, backfill: false }; // prettier-ignore
}

for (let id = Number(first); ; id++) {
  for (const sink of sinks) await sink.write(trade(id));
  if (id % 60 !== 0) continue;
  await Promise.all(sinks.map((sink) => sink.flush()));
  writeSync(1, `${id}\n`);
}
