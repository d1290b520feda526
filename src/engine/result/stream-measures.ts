/** Measures of a session's stream by channel: events, their lag, losses and reconnects, counted from the inputs alone. */
import type { StreamEvent, StreamGap, StreamRefusal, StreamStatus } from '../../core/index.ts';
import type { ChannelMeasure } from './session-summary.ts';

class Counts {
  events = 0;
  lagged = 0;
  lagSum = 0;
  lagMost = -Infinity;
  gaps = 0;
  refused = 0;
  resyncs = 0;
  reconnects = 0;
  wasLive = false;
}

/** What one feed has brought. The same inputs give the same measures, so that a replay has those of its session. */
export class StreamMeasures {
  readonly #counts = new Map<string, Map<string, Counts>>();
  /** The counts of the latest event: most often the next is of the same stream. */
  #latest = new Counts();
  #channel = '';
  #symbol = '';

  /** Counts an event. */
  take(event: StreamEvent): void {
    switch (event.type) {
      case 'status':
      case 'gap':
      case 'refused':
        this.#note(event);
        return;
      case 'balance':
      case 'transaction':
        return;
    }
    const { type, symbol, time, receiveTime } = event;
    const counts = this.#of(type, symbol);
    counts.events++;
    if (time === undefined || (type === 'trade' && event.backfill)) return;
    const lag = receiveTime - time;
    counts.lagged++;
    counts.lagSum += lag;
    if (lag > counts.lagMost) counts.lagMost = lag;
  }

  /** Counts what is said of a stream. */
  #note(event: StreamStatus | StreamGap | StreamRefusal): void {
    const counts = this.#of(event.channel, event.symbol);
    if (event.type === 'gap') counts.gaps++;
    else if (event.type === 'refused') counts.refused++;
    else if (event.state === 'live') counts.wasLive = true;
    else if (event.state === 'resyncing') counts.resyncs++;
    else if (event.state === 'connecting' && counts.wasLive) {
      counts.reconnects++;
      counts.wasLive = false;
    }
  }

  #of(channel: string, symbol: string): Counts {
    if (channel === this.#channel && symbol === this.#symbol) return this.#latest;
    let symbols = this.#counts.get(channel);
    if (symbols === undefined) this.#counts.set(channel, (symbols = new Map<string, Counts>()));
    let counts = symbols.get(symbol);
    if (counts === undefined) symbols.set(symbol, (counts = new Counts()));
    this.#channel = channel;
    this.#symbol = symbol;
    return (this.#latest = counts);
  }

  /** One row for each channel and symbol, in the order of their first events. */
  rows(): ChannelMeasure[] {
    return [...this.#counts].flatMap(([channel, symbols]) =>
      [...symbols].map(([symbol, { events, lagged, lagSum, lagMost, gaps, refused, resyncs, reconnects }]) => ({
        channel,
        symbol,
        events,
        meanLagMs: lagged === 0 ? undefined : lagSum / lagged,
        mostLagMs: lagged === 0 ? undefined : lagMost,
        gaps,
        refused,
        resyncs,
        reconnects,
      })),
    );
  }
}
