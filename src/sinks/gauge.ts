/** Measures streams: events, lag, age, states and losses. */
import { systemRuntime, type EventSink, type Runtime, type StreamEvent, type StreamState } from '../core/index.ts';

/** One channel of one symbol. */
export interface StreamReading {
  /** The exchange's id. */
  readonly exchange: string;
  /** The unified symbol; empty where an event has none. */
  readonly symbol: string;
  /** The channel, such as `trade`. */
  readonly channel: string;
  /** Events so far. */
  readonly events: number;
  /** Events in the last second. */
  readonly perSecond: number;
  /** Mean of receive time minus exchange time over the latest events, in milliseconds; NaN where the exchange sends no time. */
  readonly lagMs: number;
  /** Milliseconds since the last event; NaN before the first. */
  readonly ageMs: number;
  /** State of the stream. */
  readonly state: StreamState;
  /** Losses that were reported. */
  readonly gaps: number;
  /** Times that the book was requested again. */
  readonly resyncs: number;
  /** Connections after the first. */
  readonly reconnects: number;
  /** Events that held a value no market can have. */
  readonly refused: number;
}

class Entry {
  events = 0;
  lag = NaN;
  last = NaN;
  state: StreamState = 'connecting';
  gaps = 0;
  resyncs = 0;
  reconnects = -1;
  refused = 0;
  second = 0;
  inSecond = 0;
  perSecond = 0;
}

/** A sink that measures events and keeps none. */
export class StreamGauge implements EventSink {
  readonly #runtime: Runtime;
  readonly #entries = new Map<
    string,
    { readonly exchange: string; readonly symbol: string; readonly channel: string; readonly entry: Entry }
  >();

  constructor(runtime: Runtime = systemRuntime) {
    this.#runtime = runtime;
  }

  /** Takes the state of an account's stream: a reading of the channel `account`, without a symbol. */
  account(exchange: string, state: StreamState): void {
    const entry = this.#entryOf(exchange, '', 'account');
    if (state === 'connecting' && entry.state !== 'connecting') entry.reconnects = Math.max(0, entry.reconnects) + 1;
    entry.state = state;
  }

  #entryOf(exchange: string, symbol: string, channel: string): Entry {
    const key = `${channel} ${exchange} ${symbol}`;
    let found = this.#entries.get(key);
    if (found === undefined) this.#entries.set(key, (found = { exchange, symbol, channel, entry: new Entry() }));
    return found.entry;
  }

  write(event: StreamEvent): void {
    const { exchange } = event;
    const symbol = 'symbol' in event ? event.symbol : '';
    const entry = this.#entryOf(exchange, symbol, 'channel' in event ? event.channel : event.type);
    if (event.type === 'gap') entry.gaps++;
    else if (event.type === 'refused') entry.refused++;
    else if (event.type === 'status') {
      // Another failed attempt does not count as a reconnect, nor does a second feed that starts.
      if (
        event.state === 'connecting' &&
        (entry.reconnects < 0 || (entry.state !== 'connecting' && event.reason !== 'start'))
      )
        entry.reconnects++;
      else if (event.state === 'resyncing') entry.resyncs++;
      entry.state = event.state;
    } else if ('receiveTime' in event) this.#count(entry, event.time, event.receiveTime);
  }

  #count(entry: Entry, time: number | undefined, receiveTime: number): void {
    const now = this.#runtime.elapsed();
    entry.events++;
    entry.last = now;
    // A recording holds no states, so a stream with data counts as live.
    if (entry.state === 'connecting' && entry.reconnects < 0) entry.state = 'live';
    if (time !== undefined) {
      const lag = receiveTime - time;
      entry.lag = Number.isNaN(entry.lag) ? lag : entry.lag + (lag - entry.lag) / 32;
    }
    const second = Math.floor(now / 1_000);
    if (second !== entry.second) {
      entry.perSecond = second === entry.second + 1 ? entry.inSecond : 0;
      entry.second = second;
      entry.inSecond = 0;
    }
    entry.inSecond++;
  }

  /** Every stream seen so far, in the order of its first event. */
  readings(): StreamReading[] {
    const now = this.#runtime.elapsed();
    const second = Math.floor(now / 1_000);
    return [...this.#entries.values()].map(({ exchange, symbol, channel, entry }) => ({
      exchange,
      symbol,
      channel,
      events: entry.events,
      perSecond: second === entry.second ? entry.perSecond : second === entry.second + 1 ? entry.inSecond : 0,
      lagMs: entry.lag,
      ageMs: now - entry.last,
      state: entry.state,
      gaps: entry.gaps,
      resyncs: entry.resyncs,
      reconnects: Math.max(0, entry.reconnects),
      refused: entry.refused,
    }));
  }
}
