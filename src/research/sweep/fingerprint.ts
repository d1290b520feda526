/** The fingerprint of a sweep: trials in a file belong to it when theirs is the same. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

import { packageVersion } from '../../core/index.ts';
import { mergeParams, nameOfStrategy } from '../../engine/index.ts';
import type { SweepPlan } from './plan.ts';

/** JSON text that stands for all that decides the outcome: a hash of each part under its name, so that a file of another sweep can say which differ. */
export function fingerprintOf(sweep: SweepPlan, search: object): string {
  const { run, backtest, cls, space, metric, options } = sweep;
  const hash = createHash('sha256');
  for (const [feed, bars] of backtest.bars) {
    hash.update(`${feed.name} ${feed.symbol} ${feed.timeframe.name}\n`);
    for (const column of Object.values(bars) as Float64Array[])
      hash.update(new Uint8Array(column.buffer, column.byteOffset, column.byteLength));
  }
  const { runtime: _runtime, ...runOptions } = run.options;
  const parts: Readonly<Record<string, unknown>> = {
    strategy: [nameOfStrategy(cls), classText(cls), mergeParams(cls, {})],
    [options.part === undefined ? 'bars' : 'bars or stretches']: [
      hash.digest('hex'),
      run.datas.map(({ name, frame, made }) => [name, frame.name, made?.kind, made?.options]),
    ],
    ranges: space.axes.map((axis) => [
      axis.name,
      axis.count,
      [0, 0.31, 0.62, 1 - 1e-9].map((place) => axis.spread(place)),
    ]),
    keep: options.keep,
    metric: [typeof options.metric === 'function' ? options.metric : metric.name, metric.sign],
    'method, trials or seed': search,
    options: [
      runOptions,
      run.schemes,
      run.instruments,
      [run.defaultSizer.summary, ...[...run.sizers].map(([at, { summary }]) => [at, summary])],
      run.timers,
      run.strategies.map(({ name, params, cash, cls: one }) => [name, params, cash, one && classText(one)]),
      run.makeBroker,
    ],
    'version of nextbar': packageVersion(),
  };
  const hashes = Object.entries(parts).map(([name, part]) => [
    name,
    createHash('sha256')
      .update(JSON.stringify([part], withCode))
      .digest('hex'),
  ]);
  return JSON.stringify(Object.fromEntries(hashes));
}

/**
 * SHA-256 of a module's code, with what is compiled into it; undefined where there is no file to read. A line that is a comment changes nothing: compilers write
 * there where they were started.
 */
export function moduleHash(module: string | URL | undefined): string | undefined {
  if (module === undefined || !String(module).startsWith('file:')) return undefined;
  const code = readFileSync(fileURLToPath(module), 'utf8').replaceAll(/^\/\/.*$/gm, '');
  return createHash('sha256').update(code).digest('hex');
}

/** The code of a class and of those that it extends. */
function classText(cls: object): string {
  const texts: string[] = [];
  for (let one: unknown = cls; typeof one === 'function'; one = Object.getPrototypeOf(one)) texts.push(String(one));
  return texts.join('\n');
}

/** Functions by their code, and maps by their entries: JSON leaves both out. */
function withCode(_key: string, value: unknown): unknown {
  if (typeof value === 'function') return String(value);
  return value instanceof Map ? [...(value as ReadonlyMap<unknown, unknown>)] : value;
}
