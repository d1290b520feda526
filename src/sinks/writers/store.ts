/** Trades, quotes, liquidations and one-minute bars of streams in the bar store, each trade once, bars marked as built from the stream. */
import {
  systemRuntime,
  timeframe,
  typeOfSymbol,
  type Liquidation,
  type Quote,
  type Runtime,
  type StreamEvent,
  type TradeTick,
} from '../../core/index.ts';
import { LiveBars, MarketKeeper, timeOf } from '../../feeds/index.ts';
import { TickStore, type TickSeries } from '../../store/index.ts';
import type { BatchWriter } from '../batching-sink.ts';
import type { KeyedEvent } from '../key.ts';
import { volumesBy, type VolumeOf } from '../volume.ts';

const minute = timeframe('1m');
/** How long after a minute's end the clock closes its bar, in milliseconds, when no trade has. */
const graceMs = 2_000;

/** The bars of one market as they are built. */
interface Building {
  readonly live: LiveBars;
  readonly keeper: MarketKeeper;
}

/** Writes a batch of trades and quotes in one transaction for each market; a batch that is written again changes nothing. */
export class StoreWriter implements BatchWriter {
  readonly name: string;
  readonly #folder: string;
  readonly #origin: string | undefined;
  readonly #runtime: Runtime;
  readonly #ticks: TickStore;
  readonly #bars = new Map<string, Building>();
  readonly #volumeOf: VolumeOf;
  /** The batch whose bars are built already, so that a repeated write does not build them twice. */
  #built: readonly KeyedEvent[] | undefined;

  private constructor(
    folder: string,
    origin: string | undefined,
    ticks: TickStore,
    runtime: Runtime,
    volumeOf: VolumeOf,
  ) {
    this.name = `${folder} (store)`;
    this.#folder = folder;
    this.#origin = origin;
    this.#ticks = ticks;
    this.#runtime = runtime;
    this.#volumeOf = volumeOf;
  }

  /**
   * @param origin - Where the events come from, if not from the exchange itself.
   * @param volumeOf - What a trade adds to the volume of its bar.
   */
  static async open(
    folder: string,
    origin: string | undefined,
    volumeOf: VolumeOf = volumesBy(undefined),
    runtime: Runtime = systemRuntime,
  ): Promise<StoreWriter> {
    return new StoreWriter(folder, origin, await TickStore.open({ folder }), runtime, volumeOf);
  }

  write(batch: readonly KeyedEvent[]): Promise<void> {
    const groups = new Map<string, { series: TickSeries; events: (TradeTick | Quote | Liquidation)[] }>();
    for (const { event } of batch) {
      if (event.type !== 'trade' && event.type !== 'quote' && event.type !== 'liquidation') continue;
      const { exchange, symbol } = event;
      const key = `${exchange} ${symbol}`;
      const series = { exchange, symbol, ...(this.#origin !== undefined && { origin: this.#origin }) };
      const group = groups.get(key) ?? { series, events: [] };
      groups.set(key, group);
      group.events.push(event);
    }
    for (const { series, events } of groups.values()) this.#ticks.write(series, events);
    if (this.#built !== batch) for (const { event } of batch) this.#build(event);
    this.#built = batch;
    return Promise.resolve();
  }

  async close(): Promise<void> {
    await Promise.all([...this.#bars.values()].map(({ keeper }) => keeper.close()));
    this.#ticks.close();
  }

  /** Takes an event into the bars of its market. */
  #build(event: StreamEvent): void {
    if (!('symbol' in event)) return;
    if (event.type === 'status') {
      if (event.channel === 'trade' && event.state !== 'live')
        this.#bars.get(`${event.exchange} ${event.symbol}`)?.live.break();
      return;
    }
    if (event.type !== 'trade' && event.type !== 'quote') return;
    const { exchange, symbol } = event;
    const volume = event.type === 'trade' ? this.#volumeOf(event) : 0;
    if (volume === undefined) return;
    const { live, keeper } = this.#buildingOf(exchange, symbol);
    live.heard(event.receiveTime);
    live.tick(event.receiveTime);
    if (event.type === 'trade' && !event.backfill) {
      const time = timeOf(event);
      if (live.reach(time)) live.take(event, time, volume);
    }
    for (let bar = live.shift(); bar !== undefined; bar = live.shift()) keeper.bar(bar, false);
  }

  #buildingOf(exchange: string, symbol: string): Building {
    const key = `${exchange} ${symbol}`;
    let found = this.#bars.get(key);
    if (found === undefined) {
      const origin = this.#origin;
      const series = {
        exchange,
        type: typeOfSymbol(symbol),
        symbol,
        timeframe: minute.name,
        ...(origin !== undefined && { origin }),
      };
      const keeper = new MarketKeeper({
        series,
        kinds: ['bars'],
        by: 'nextbar stream',
        runtime: this.#runtime,
        folder: this.#folder,
      });
      const live = new LiveBars({ timeframe: minute, from: 'trades', graceMs, canFetch: false });
      this.#bars.set(key, (found = { live, keeper }));
    }
    return found;
  }
}
