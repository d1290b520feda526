/** Calibration: models of slippage, latency and queue fitted from what sessions were filled at, with their error on data that was left out. */
import { percentSlippage, spreadSlippage, volumeImpact, volumePercentFiller, type SlippageModel, type VolumeFiller } from '../../broker/index.ts'; // prettier-ignore
import { DataError } from '../../core/index.ts';
import { inputsOf, type SessionTape } from './tape.ts';

/** One market order that was filled: what a backtest without slippage would have paid, and what it paid. */
export interface SlippageSample {
  /** When it was placed, milliseconds UTC. */
  readonly time: number;
  /** 1 for a purchase, -1 for a sale. */
  readonly sign: number;
  readonly size: number;
  /** The open of the bar after, at which a backtest fills. */
  readonly open: number;
  readonly high: number;
  readonly low: number;
  readonly volume: number;
  /** Average price of its fills. */
  readonly price: number;
  /** From the order to its last fill, in milliseconds; NaN where it is unknown. */
  readonly latencyMs: number;
}

/** One limit order that rested: the volume that was printed at its price or through it while it lived, and what it got of that. */
export interface QueueSample {
  readonly time: number;
  readonly size: number;
  readonly filled: number;
  readonly printed: number;
}

/** The names of the models of slippage. */
export const slippageKinds = ['none', 'percent', 'spread', 'impact'] as const;
export type SlippageKind = (typeof slippageKinds)[number];

/** A model of slippage with its parameter and errors: mean absolute error of the price, as a fraction of it. */
export interface SlippageFit {
  readonly kind: SlippageKind;
  /** A fraction of the price, a spread in quote units, or a coefficient of the bar's range; 0 for none. */
  readonly value: number;
  readonly errorInSample: number;
  readonly errorOutOfSample: number;
}

/** What was fitted: plain data, kept as a file that backtests read. */
export interface CalibratedModels {
  readonly format: 1;
  readonly sessions: readonly string[];
  readonly slippage: {
    readonly kind: SlippageKind;
    readonly value: number;
    /** Orders used: fitted on the earlier ones, tried on the later. */
    readonly orders: { readonly fitted: number; readonly held: number };
    readonly errorOutOfSample: number;
    /** Every model that was tried, the chosen one too. */
    readonly tried: readonly SlippageFit[];
  };
  /** From an order to its fill, in milliseconds; undefined without a market order whose time is known. */
  readonly latency?: {
    readonly median: number;
    readonly p95: number;
    /** Whole bars that a backtest is to wait: 0 where an order arrives within half a bar. */
    readonly bars: number;
    /** Difference of the medians of the later and the earlier orders, in milliseconds. */
    readonly errorOutOfSample: number;
  };
  /** The share of the printed volume that a resting order gets; undefined without a limit order that met prints. */
  readonly queue?: {
    readonly share: number;
    readonly orders: { readonly fitted: number; readonly held: number };
    /** Mean absolute error of the filled size, as a fraction of the order's. */
    readonly errorOutOfSample: number;
  };
}

/** The part of the samples that models are fitted on; the rest, which is later, is held back. */
const fittedShare = 0.7;

/** A model is chosen over a simpler one where its error is less by more than this: smaller differences are rounding. */
const clearly = 0.99;

/** What a session's market orders were filled at. */
export function slippageSamples(tape: SessionTape): SlippageSample[] {
  return tape.orders.flatMap((order): SlippageSample[] => {
    const data = tape.datas.find(({ name }) => name === order.data);
    if (data === undefined || order.fills.length === 0 || (order.type !== 'market' && order.type !== 'close'))
      return [];
    const next = Math.ceil(order.createdTime / data.barMs) * data.barMs;
    const index = data.bars.time.indexOf(next);
    if (index < 0) return [];
    const { open, high, low, volume } = data.bars;
    const units = order.fills.reduce((sum, { size }) => sum + size, 0);
    const price = order.fills.reduce((sum, { size, price: at }) => sum + size * at, 0) / units;
    const last = order.fills.at(-1)!.time;
    return [
      {
        time: order.createdTime, sign: Math.sign(units), size: Math.abs(units), open: open[index]!, high: high[index]!, low: low[index]!,
        volume: volume[index]!, price, latencyMs: Math.max(0, last - order.createdTime),
      },
    ]; // prettier-ignore
  });
}

/** What a session's resting orders got of the prints that reached them. */
export async function queueSamples(tape: SessionTape): Promise<QueueSample[]> {
  interface Resting {
    readonly order: SessionTape['orders'][number];
    readonly symbol: string;
    readonly price: number;
    readonly end: number;
    printed: number;
  }
  const resting = tape.orders.flatMap((order): Resting[] => {
    if (order.type !== 'limit') return [];
    const symbol = tape.datas.find(({ name }) => name === order.data)?.symbol ?? order.data;
    const found = tape.result.strategies[order.strategy]?.orders.find(({ ref }) => ref === order.ref);
    // An order that was filled in part at its end ended by its last fill.
    const end = order.status === 'completed' ? order.fills.at(-1)!.time : tape.result.end;
    return found === undefined ? [] : [{ order, symbol, price: found.price, end, printed: 0 }];
  });
  for (const path of tape.journals) {
    for await (const input of inputsOf(path)) {
      if (input.kind !== 'event') continue;
      const event = input['event'] as { readonly type: string; readonly symbol?: string; readonly price?: number; readonly size?: number; readonly time?: number }; // prettier-ignore
      if (event.type !== 'trade') continue;
      const { symbol, price = NaN, size = 0, time = NaN } = event;
      for (const one of resting) {
        if (one.symbol !== symbol || !(time > one.order.createdTime && time <= one.end)) continue;
        if (one.order.side === 'buy' ? price <= one.price : price >= one.price) one.printed += size;
      }
    }
  }
  return resting
    .filter(({ printed }) => printed > 0)
    .map(({ order, printed }) => {
      const filled = Math.abs(order.fills.reduce((sum, { size }) => sum + size, 0));
      return { time: order.createdTime, size: order.size, filled, printed };
    });
}

/**
 * Fits models to samples. The earlier 70 % of the samples are fitted, the later 30 % tell the errors, and the model of slippage with the
 * least error on those is chosen, the simpler of two whose errors are alike.
 *
 * @throws {DataError} With fewer than 10 market orders: nothing could be held back.
 */
export function fitModels(
  sessions: readonly string[],
  market: readonly SlippageSample[],
  queue: readonly QueueSample[],
): CalibratedModels {
  if (market.length < 10) {
    throw new DataError(
      `slippage is fitted from at least 10 filled market orders, the sessions have ${market.length}`,
      {
        code: 'too-few-orders',
      },
    );
  }
  const [fitted, held] = parted(market);
  const tried = slippageKinds.map((kind): SlippageFit => {
    const value = valueOf(kind, fitted);
    return { kind, value, errorInSample: errorOf(kind, value, fitted), errorOutOfSample: errorOf(kind, value, held) };
  });
  const best = tried.reduce((one, other) => (other.errorOutOfSample < one.errorOutOfSample * clearly ? other : one));
  const latency = latencyOf(market);
  const share = queueOf(queue);
  return {
    format: 1,
    sessions,
    slippage: {
      kind: best.kind,
      value: best.value,
      orders: { fitted: fitted.length, held: held.length },
      errorOutOfSample: best.errorOutOfSample,
      tried,
    },
    ...(latency && { latency }),
    ...(share && { queue: share }),
  };
}

/** The options of a backtest's broker that models stand for. */
export function brokerOptionsOf({ slippage, latency, queue }: CalibratedModels): {
  readonly slippage?: SlippageModel;
  readonly latencyBars?: number;
  readonly filler?: VolumeFiller;
} {
  const model = modelOf(slippage.kind, slippage.value);
  return {
    ...(model && { slippage: model }),
    ...(latency !== undefined && latency.bars > 0 && { latencyBars: latency.bars }),
    ...(queue !== undefined && queue.share < 1 && { filler: volumePercentFiller(queue.share) }),
  };
}

function modelOf(kind: SlippageKind, value: number): SlippageModel | undefined {
  if (kind === 'none' || value === 0) return undefined;
  // What was paid may lie outside the bar, which is made of prints at other sizes.
  const switches = { beyondBar: true };
  if (kind === 'percent') return percentSlippage(value, switches);
  return kind === 'spread' ? spreadSlippage(value, switches) : volumeImpact(value, switches);
}

/** The samples in the order of time, in an earlier and a later part. */
function parted<T extends { readonly time: number }>(samples: readonly T[]): [T[], T[]] {
  const sorted = [...samples].sort((a, b) => a.time - b.time);
  const cut = Math.ceil(sorted.length * fittedShare);
  return [sorted.slice(0, cut), sorted.slice(cut)];
}

/** How much worse than the open a sample was filled, in quote units. */
function slipOf({ sign, price, open }: SlippageSample): number {
  return sign * (price - open);
}

/** What a model's parameter multiplies: the slip of a sample per unit of it. */
function unitOf(kind: SlippageKind, { open, high, low, size, volume }: SlippageSample): number {
  if (kind === 'percent') return open;
  if (kind === 'spread') return 0.5;
  return kind === 'none' ? 0 : (high - low) * Math.sqrt(volume > 0 ? Math.min(1, size / volume) : 1);
}

/** The parameter with the least absolute error: the weighted median of the samples' own. It is never below 0. */
function valueOf(kind: SlippageKind, samples: readonly SlippageSample[]): number {
  if (kind === 'none') return 0;
  const weighted = samples
    .map((sample) => ({ weight: unitOf(kind, sample) / sample.open, value: slipOf(sample) / unitOf(kind, sample) }))
    .filter(({ weight, value }) => weight > 0 && Number.isFinite(value))
    .sort((a, b) => a.value - b.value);
  const half = weighted.reduce((sum, { weight }) => sum + weight, 0) / 2;
  let sum = 0;
  const found = weighted.find(({ weight }) => (sum += weight) >= half);
  return Math.max(0, found?.value ?? 0);
}

function errorOf(kind: SlippageKind, value: number, samples: readonly SlippageSample[]): number {
  if (samples.length === 0) return NaN;
  const errors = samples.map((sample) => Math.abs(slipOf(sample) - value * unitOf(kind, sample)) / sample.open);
  return errors.reduce((sum, error) => sum + error, 0) / errors.length;
}

function latencyOf(samples: readonly SlippageSample[]): CalibratedModels['latency'] {
  const known = samples.filter(({ latencyMs }) => Number.isFinite(latencyMs));
  if (known.length === 0) return undefined;
  const [fitted, held] = parted(known);
  const times = (of: readonly SlippageSample[]): number[] => of.map(({ latencyMs }) => latencyMs).sort((a, b) => a - b);
  const median = quantile(times(fitted), 0.5);
  return {
    median,
    p95: quantile(times(fitted), 0.95),
    bars: 0,
    errorOutOfSample: held.length === 0 ? NaN : Math.abs(quantile(times(held), 0.5) - median),
  };
}

/** The models with the whole bars that their latency is, for bars of a length. */
export function forBars(models: CalibratedModels, barMs: number): CalibratedModels {
  const { latency } = models;
  return latency === undefined
    ? models
    : { ...models, latency: { ...latency, bars: Math.round(latency.median / barMs) } };
}

function queueOf(samples: readonly QueueSample[]): CalibratedModels['queue'] {
  if (samples.length < 10) return undefined;
  const [fitted, held] = parted(samples);
  // What an order got of the prints; one that was filled whole may have got less of them than it could.
  const got = fitted.reduce((sum, { filled }) => sum + filled, 0);
  const printed = fitted.reduce(
    (sum, sample) => sum + Math.min(sample.printed, Math.max(sample.filled, sample.size)),
    0,
  );
  const share = Math.min(1, Math.max(got / printed, 0.001));
  const errors = held.map(({ size, filled, printed: seen }) => Math.abs(Math.min(size, share * seen) - filled) / size);
  const error = errors.reduce((sum, one) => sum + one, 0) / errors.length;
  return { share, orders: { fitted: fitted.length, held: held.length }, errorOutOfSample: error };
}

function quantile(sorted: readonly number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? NaN;
}
