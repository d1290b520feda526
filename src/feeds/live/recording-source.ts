/** The market source over a recording: raw traffic through the code that reads live sockets, at any speed. */
import { readFileSync } from 'node:fs';

import {
  floatReader,
  Playback,
  recordedProtocol,
  readRecording,
  type Protocol,
  type Recording,
} from '../../connectors/index.ts';
import {
  checkNames,
  ConfigError,
  type Channel,
  type MarketEvent,
  type StreamEvent,
  type StreamState,
} from '../../core/index.ts';
import type { MarketSource, SourceContext, WantedStream } from './market-source.ts';
import { TradeOrder } from './trade-order.ts';

/** Options of RecordingSource. */
export interface RecordingSourceOptions {
  /** The venue whose traffic was recorded, such as `binance`. */
  readonly exchange: string;
  /** The recording, or the path of its file. */
  readonly recording: Recording | string;
  /** Speed of playback when opened as a source, as a multiple of the recorded speed. Default 1; `Infinity` plays without pauses. */
  readonly speed?: number;
  /** Trades that come at most this late, in milliseconds, are sorted. Default 0. */
  readonly reorderMs?: number;
  /** Further venues, or replacements of built-in ones. Default: the built-in ones. */
  readonly protocols?: readonly Protocol[];
}

const optionNames = ['exchange', 'recording', 'speed', 'reorderMs', 'protocols'] as const;
const usualDepth = 20;
/** Lines after which the event loop gets a turn. */
const turnLines = 256;

/** Recorded streams of one venue. The same recording gives the same events at any clock. */
export class RecordingSource implements MarketSource {
  readonly exchange: string;
  readonly #options: RecordingSourceOptions;
  #recording: Recording | undefined;
  #isClosed = false;

  /** @throws {ConfigError} If `speed` is not above 0, or the recording is given and holds frames of an exchange without a connector here. */
  constructor(options: RecordingSourceOptions) {
    checkNames('option of RecordingSource', options, optionNames);
    if (!((options.speed ?? 1) > 0)) throw new ConfigError(`speed must be above 0, was ${String(options.speed)}`);
    this.exchange = options.exchange;
    this.#options = options;
    if (typeof options.recording === 'string') return;
    recordedProtocol(options.recording, options.exchange, options.protocols);
  }

  /** The recording, read from its file once. */
  get recording(): Recording {
    const { recording } = this.#options;
    this.#recording ??= typeof recording === 'string' ? readRecording(recording, readFileSync(recording)) : recording;
    return this.#recording;
  }

  /**
   * The events of the wanted streams in the order in which they came, with a status where a stream begins, breaks off and ends. No
   * clock is read.
   *
   * @throws {ConfigError} If a symbol is not in the recording.
   */
  *events(wanted: readonly WantedStream[]): Generator<StreamEvent> {
    for (const events of this.#turns(wanted)) yield* events;
  }

  /** Plays it with its recorded pauses, divided by `speed`; at its end every stream is `down`. */
  async open(
    wanted: readonly WantedStream[],
    emit: (event: StreamEvent) => void,
    context: SourceContext,
  ): Promise<void> {
    const turns = this.#turns(wanted);
    const first = turns.next();
    if (first.done === true) return;
    for (const event of first.value) emit(event);
    void this.#play(turns, emit, context);
    await Promise.resolve();
  }

  close(): Promise<void> {
    this.#isClosed = true;
    return Promise.resolve();
  }

  async #play(
    turns: Generator<StreamEvent[]>,
    emit: (event: StreamEvent) => void,
    { runtime, signal }: SourceContext,
  ): Promise<void> {
    const { speed = 1 } = this.#options;
    const began = runtime.elapsed();
    let first: number | undefined;
    let count = 0;
    for (const events of turns) {
      const time = events[0] === undefined ? undefined : receivedAt(events[0]);
      first ??= time;
      const due = time === undefined || speed === Infinity ? 0 : began + (time - first!) / speed;
      if (due > runtime.elapsed()) await runtime.sleep(due - runtime.elapsed());
      else if (++count % turnLines === 0) await runtime.sleep(0);
      for (const event of events) {
        if (this.#isClosed || signal?.aborted === true) return;
        emit(event);
      }
    }
  }

  /** The events of each line of the recording; first the state of each stream before it. */
  *#turns(wanted: readonly WantedStream[]): Generator<StreamEvent[]> {
    const { recording } = this;
    let events: StreamEvent[] = [];
    let now = (recording.meta.t ?? recording.lines.find(({ t }) => t !== null)?.t ?? 0) * 1000;
    const depth = wanted.find(({ channel }) => channel === 'book')?.depth ?? usualDepth;
    const states = new Map<string, { readonly stream: WantedStream; state: StreamState | undefined }>();
    for (const stream of wanted) states.set(`${stream.channel} ${stream.symbol}`, { stream, state: undefined });
    const { reorderMs = 0 } = this.#options;
    const add = (event: StreamEvent): void => void events.push(event);
    const order = reorderMs > 0 ? new TradeOrder(reorderMs, add) : undefined;
    const push = order === undefined ? add : order.take.bind(order);
    const move = (channel: Channel, symbol: string, state: StreamState, reason: string): void => {
      const entry = states.get(`${channel} ${symbol}`);
      if (entry === undefined || entry.state === state) return;
      entry.state = state;
      push({ type: 'status', exchange: this.exchange, symbol, channel, state, reason, time: now });
    };
    const take = (event: MarketEvent): void => {
      const entry = states.get(`${event.type} ${event.symbol}`);
      if (entry === undefined) return;
      if (event.type === 'bar' && event.timeframe !== (entry.stream.timeframe ?? event.timeframe)) return;
      move(event.type, event.symbol, 'live', 'data');
      push(event);
    };
    const playback = new Playback<number>(
      recording,
      {
        protocol: recordedProtocol(recording, this.exchange, this.#options.protocols),
        numbers: floatReader,
        depth,
      },
      {
        event: take,
        status: ({ channel, symbol, state, reason }) => {
          move(channel, symbol, state, reason);
        },
        gap: (gap) => {
          if (states.has(`${gap.channel} ${gap.symbol}`)) push(gap);
        },
        refused: (channel, symbol, reason, detail) => {
          if (!states.has(`${channel} ${symbol}`)) return;
          push({ type: 'refused', exchange: this.exchange, symbol, channel, reason, detail, time: now });
        },
        voided: (symbol, reason) => {
          move('book', symbol, 'resyncing', reason);
        },
      },
    );
    for (const { symbol } of wanted) playback.symbols.find(symbol);
    for (const { channel, symbol } of wanted) move(channel, symbol, 'connecting', 'start of the recording');
    yield events;
    for (const line of recording.lines) {
      events = [];
      if (line.t !== null) now = line.t * 1000;
      playback.line(line);
      if (line.dir === 'close') {
        for (const { stream } of states.values()) move(stream.channel, stream.symbol, 'connecting', 'socket closed');
      }
      if (events.length > 0) yield events;
    }
    events = [];
    for (const { channel, symbol } of wanted) move(channel, symbol, 'down', 'end of the recording');
    yield events;
  }
}

/** When an event was received here, milliseconds UTC. */
export function receivedAt(event: StreamEvent): number {
  return event.type === 'status' || event.type === 'gap' || event.type === 'refused' ? event.time : event.receiveTime;
}
