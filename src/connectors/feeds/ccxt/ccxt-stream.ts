/** One channel of one symbol through ccxt: watched, asked for over HTTP while watching fails, and watched again. */
import { messageOf, type MarketEvent, type Runtime, type StreamEvent, type StreamState } from '../../../core/index.ts';
import {
  ProWatch, tradeOf, watchMethod, type CcxtStore, type CcxtTrade, type WatchedStream, type WatchPolicy,
} from '../../ccxt/index.ts'; // prettier-ignore
import { SeenTrades } from '../../decoding/seen-trades.ts';
import type { CcxtHooks } from './hooks.ts';
import { pollingBegins, pollMethod, RestPoll } from './rest-poll.ts';
import type { CcxtTransport, ExchangePause } from './transport.ts';

/** After so many failures in a row a stream is asked for over HTTP until watching works again. */
const failuresBeforePolling = 3;

/** What a stream needs. */
export interface CcxtStreamParts {
  readonly store: CcxtStore;
  readonly stream: WatchedStream;
  readonly runtime: Runtime;
  readonly policy: WatchPolicy;
  readonly pause: ExchangePause;
  readonly hooks: CcxtHooks;
  /** Milliseconds between requests over HTTP. */
  readonly everyMs: number;
  /** Whether WebSocket may be used. */
  readonly isWatched: boolean;
  readonly out: CcxtStreamOwner;
}

/** Who receives what a stream brings. */
export interface CcxtStreamOwner {
  event(event: MarketEvent, stream: WatchedStream): void;
  status(stream: WatchedStream, state: StreamState, reason: string): void;
  gap(stream: WatchedStream, reason: string): void;
}

export class CcxtStream {
  /** Times that watching failed. */
  reconnects = 0;
  /** Answers and messages received. */
  received = 0;
  readonly #parts: CcxtStreamParts;
  readonly #seen = new SeenTrades('unique');
  #watch: CcxtTransport | undefined;
  #poll: CcxtTransport | undefined;
  #running: Promise<void>[] = [];
  #failures = 0;
  #wasLive = false;
  #isStopped = false;
  #canPoll = false;
  #lastTime = -Infinity;

  constructor(parts: CcxtStreamParts) {
    this.#parts = parts;
  }

  /** Trades that came twice and were passed on once. */
  get doubles(): number {
    return this.#seen.doubles;
  }

  async start(): Promise<void> {
    const { store, stream, isWatched, out } = this.#parts;
    out.status(stream, 'connecting', 'start');
    const exchange = await store.open();
    if (this.#isStopped) return;
    const method = isWatched ? watchMethod(exchange, stream.channel) : undefined;
    this.#canPoll = pollMethod(exchange, stream.channel) !== undefined;
    if (method !== undefined) {
      const { runtime, policy } = this.#parts;
      const emit = (event: StreamEvent): void => {
        this.#fromWatch(event);
      };
      this.#watch = new ProWatch(store, stream, method, emit, runtime, policy);
      this.#running.push(this.#watch.run());
    } else if (this.#canPoll) this.#startPolling();
    else
      out.status(
        stream,
        'down',
        `${store.exchange} has neither a stream nor a request for channel '${stream.channel}' in ccxt`,
      );
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#watch?.stop();
    this.#poll?.stop();
    await Promise.all(this.#running);
  }

  #startPolling(): void {
    if (this.#poll !== undefined || this.#isStopped) return;
    const { store, stream, everyMs, pause, runtime } = this.#parts;
    const poll = new RestPoll(store, stream, everyMs, pause, (event) => { this.#fromPoll(event, poll); }, runtime); // prettier-ignore
    this.#poll = poll;
    this.#running.push(poll.run());
  }

  #fromWatch(event: StreamEvent): void {
    if (this.#isStopped) return;
    const { stream, out } = this.#parts;
    if (event.type !== 'status') {
      this.received++;
      this.#pass(event as MarketEvent);
      return;
    }
    const { state, reason } = event;
    if (state === 'live') {
      const hadFailed = this.#failures > 0;
      this.#failures = 0;
      this.#poll?.stop();
      this.#poll = undefined;
      out.status(stream, 'live', reason);
      if (hadFailed && this.#wasLive && stream.channel === 'trade') void this.#catchUp();
      this.#wasLive = true;
      return;
    }
    if (state === 'connecting' && reason === 'start') return;
    if (state === 'connecting') {
      this.#failures++;
      this.reconnects++;
    }
    const isLost = state === 'down' && !/region|key/.test(reason);
    if ((this.#failures >= failuresBeforePolling || isLost) && this.#canPoll) this.#startPolling();
    else if (this.#poll === undefined) out.status(stream, state, reason);
  }

  #fromPoll(event: StreamEvent, poll: CcxtTransport): void {
    if (this.#isStopped || this.#poll !== poll) return;
    const { stream, out } = this.#parts;
    if (event.type === 'status') {
      if (event.reason === pollingBegins) return;
      out.status(stream, event.state, event.reason);
      if (event.state === 'live') this.#wasLive = true;
    } else if (event.type === 'gap') out.gap(stream, event.reason);
    else {
      this.received++;
      this.#pass(event as MarketEvent);
    }
  }

  /** Requests the trades since the newest one known. What the answer does not reach back to is lost, which is reported. */
  async #catchUp(): Promise<void> {
    const { store, stream, runtime, out } = this.#parts;
    const since = this.#lastTime;
    if (since === -Infinity) return;
    let rows: readonly CcxtTrade[];
    try {
      rows = await store.call(`fetch trades of ${stream.symbol}`, (exchange) =>
        exchange.fetchTrades(stream.symbol, since),
      );
    } catch (error) {
      if (!this.#isStopped)
        out.gap(stream, `trades missed while disconnected could not be fetched: ${messageOf(error)}`);
      return;
    }
    if (this.#isStopped) return;
    const oldest = Math.min(...rows.map(({ timestamp }) => timestamp ?? Infinity));
    const origin = { exchange: store.exchange, symbol: stream.symbol, receiveTime: runtime.now() };
    for (const row of [...rows].sort((a, b) => (a.timestamp ?? 0) - (b.timestamp ?? 0)))
      this.#pass(tradeOf(row, origin, 'buy', true));
    if (oldest > since + 1) out.gap(stream, 'the exchange no longer lists all trades since the disconnect');
  }

  #pass(event: MarketEvent): void {
    const { stream, out, hooks } = this.#parts;
    if (event.type !== 'trade') {
      out.event(event, stream);
      return;
    }
    const trade = hooks.trade === undefined ? event : hooks.trade(event, undefined);
    if (trade === undefined || this.#seen.take(trade) === 'double') return;
    if (trade.time !== undefined && trade.time > this.#lastTime) this.#lastTime = trade.time;
    out.event(trade, stream);
  }
}
