/** A run as the registry keeps it: figures, hashes, a thinned equity curve and its trades. */
import type { RunResult } from '../engine/index.ts';
import type { NewRun } from '../store/index.ts';
import { hashesOf, hashText } from './hash.ts';
import { packageVersion } from '../core/index.ts';

/** Points of the equity curve that are kept. */
const mostPoints = 2_000;
/** Trades that are kept, the latest. */
const mostTrades = 20_000;

/** A trade of a kept run. */
export interface KeptTrade {
  /** The name of the data that it traded. */
  readonly data: string;
  /** Whether it was long. */
  readonly isLong: boolean;
  /** The largest size that it had, in base units; positive for a short trade too. */
  readonly size: number;
  /** When it opened, milliseconds UTC. */
  readonly openTime: number;
  /** Average price of its entries. */
  readonly openPrice: number;
  /** When it closed, milliseconds UTC. */
  readonly closeTime: number;
  /** Average price of its exits. */
  readonly closePrice: number | null;
  /** Profit or loss after commission, in quote units. */
  readonly pnlNet: number;
  /** What ended it, such as `target`, `stop` or `signal`; see `TradeExit`. */
  readonly exit: string;
}

/** What is kept of a run besides its figures. */
export interface KeptDetail {
  /** Times of the equity curve, milliseconds UTC, evenly thinned to at most 2,001 points. */
  readonly time: readonly number[];
  /** Value of the portfolio at each time, in quote units. */
  readonly value: readonly number[];
  /** The latest closed trades, at most 20,000 of each strategy. */
  readonly trades: readonly KeptTrade[];
  /** How many trades the run closed, those that are not kept included. */
  readonly allTrades: number;
}

/** Details to keep with a run. */
export interface KeepOptions {
  /** Milliseconds that it took. Default: unknown. */
  readonly took?: number;
  /** The strategy's source; it is kept once for each version of it. Default: none is kept. */
  readonly source?: string;
  /** The arguments of the command line that repeats the run. Default: none, as for a run of a program. */
  readonly command?: readonly string[];
  /** The folder in which the command line was run. Default: empty. */
  readonly folder?: string;
  /** Tags by which the run is found. Default: none. */
  readonly tags?: readonly string[];
  /** A remark about the run. Default: empty. */
  readonly note?: string;
  /** Paths of the run's files by kind, such as `report`. Default: none. */
  readonly files?: Readonly<Record<string, string>>;
}

/** What `RunStore.add` needs to keep a run. */
export function keptRunOf(result: RunResult, options: KeepOptions = {}): NewRun {
  const hashes = hashesOf(result);
  const { strategies, datas, settings, stats, warnings, mode } = result;
  const { source, ...rest } = options;
  return {
    ...rest,
    strategy: [...new Set(strategies.map(({ name }) => name))].join(' + '),
    mode,
    version: packageVersion(),
    params: strategies.length === 1 ? strategies[0]!.params : Object.fromEntries(strategies.map(({ name, params }, k) => [`${k + 1} ${name}`, params])),
    settings: { ...settings },
    stats: { ...stats, startValue: result.startValue, finalValue: result.finalValue },
    datas: datas.map((data, k) => ({ ...data, hash: hashes.datas[k]! })),
    warnings,
    hash: hashes.result,
    dataHash: hashes.data,
    ...(source !== undefined && { source, strategyHash: hashText(source) }),
    detail: detailOf(result),
  }; // prettier-ignore
}

/** Every value that is a multiple of `step` from the first, and the last one. */
function thinned(values: Float64Array, step: number): number[] {
  const kept: number[] = [];
  for (let i = 0; i < values.length; i += step) kept.push(values[i]!);
  const last = values.length - 1;
  if (last > 0 && last % step !== 0) kept.push(values[last]!);
  return kept;
}

/** The thinned curve and the trades of a run. */
export function detailOf(result: RunResult): KeptDetail {
  const { time, value } = result.equity;
  const step = Math.max(1, Math.ceil(time.length / mostPoints));
  const all = result.strategies.flatMap(({ trades }) =>
    trades.slice(-mostTrades).map((trade): KeptTrade => ({
      data: trade.data.name,
      isLong: trade.isLong,
      size: Math.abs(trade.peakSize),
      openTime: trade.openTime,
      openPrice: trade.price,
      closeTime: trade.closeTime ?? NaN,
      closePrice: trade.exitPrice ?? null,
      pnlNet: trade.pnlNet,
      exit: trade.exit ?? '',
    })),
  );
  return {
    time: thinned(time, step),
    value: thinned(value, step),
    trades: all,
    allTrades: result.strategies.reduce((sum, { trades, dropped }) => sum + trades.length + dropped.trades, 0),
  };
}
