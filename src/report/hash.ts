/** Hashes of a run's input and of its outcome: two runs with the same hash of the outcome traded the same. */
import { createHash } from 'node:crypto';

import { partsOfResult, type RunResult } from '../engine/index.ts';

/** Hashes of a run, hexadecimal SHA-256. */
export interface RunHashes {
  /** Of the bars of each data, in order. */
  readonly datas: readonly string[];
  /** Of all of them. */
  readonly data: string;
  /** Of what came out: every fill and the equity curve. */
  readonly result: string;
}

/** The hashes of a run. */
export function hashesOf(result: RunResult): RunHashes {
  const { timelines } = partsOfResult(result);
  const datas = timelines.map((timeline) => {
    const hash = createHash('sha256').update(`${timeline.info.symbol}|${timeline.info.timeframe.name}|`);
    const { time, open, high, low, close, volume } = timeline;
    for (const column of [time, open, high, low, close, volume]) {
      hash.update(bytesOf(column.values.subarray(0, timeline.index + 1 - column.base)));
    }
    return hash.digest('hex');
  });
  const hash = createHash('sha256');
  for (const { name, orders } of result.strategies) {
    hash.update(`${name}|`);
    // One block for all fills: a call for each costs more than the hash.
    const rows: number[] = [];
    for (const { ref, fills } of orders) {
      for (const { time, size, price, commission } of fills) rows.push(ref, time, size, price, commission);
    }
    hash.update(bytesOf(Float64Array.from(rows)));
  }
  const { time, value } = result.equity;
  hash
    .update(bytesOf(time))
    .update(bytesOf(value))
    .update(bytesOf(Float64Array.of(result.finalCash, result.finalValue)));
  return {
    datas,
    data: createHash('sha256').update(datas.join('|')).digest('hex'),
    result: hash.digest('hex'),
  };
}

/** Hash of a text, such as a strategy's source. */
export function hashText(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

function bytesOf(values: Float64Array): Uint8Array {
  return new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
}
