/** One channel of one symbol through ccxt: watched, polled over HTTP while watching fails, and watched again. */
import {
  AuthError, RegionBlockedError, type MarketEvent, type RefusalReason, type Runtime, type StreamEvent, type StreamState,
} from '../../../core/index.ts'; // prettier-ignore
import {
  ProWatch, tradeIdsOf, watchMethod, type CcxtStore, type WatchedStream, type WatchPolicy,
} from '../../ccxt/index.ts'; // prettier-ignore
import { SeenTrades, type TradeVerdict } from '../../decoding/seen-trades.ts';
import type { CcxtHooks } from './hooks.ts';
import { MissedTrades } from './missed-trades.ts';
import { pollingBegins, pollMethod, RestPoll } from './rest-poll.ts';
import type { CcxtTransport } from './transport.ts';

/** Failures in a row after which a stream is requested over HTTP until watching works again. */
const failuresBeforePolling = 3;

/** What a stream needs. */
export interface CcxtStreamParts {
  readonly store: CcxtStore;
  readonly stream: WatchedStream;
  readonly runtime: Runtime;
  readonly policy: WatchPolicy;
  readonly hooks: CcxtHooks;
  /** Milliseconds between requests over HTTP. */
  readonly everyMs: number;
  /** The same while the stream is open and only silent: then there is little to miss. */
  readonly silentMs: number;
  /** Whether WebSocket may be used. */
  readonly isWatched: boolean;
  readonly out: CcxtStreamOwner;
}

/** Who receives what a stream brings. */
export interface CcxtStreamOwner {
  event(event: MarketEvent, stream: WatchedStream): void;
  status(stream: WatchedStream, state: StreamState, reason: string): void;
  gap(stream: WatchedStream, reason: string, from?: string, to?: string): void;
  refused(stream: WatchedStream, reason: RefusalReason, detail: string): void;
}

export class CcxtStream {
  /** Times that watching failed. */
  reconnects = 0;
  /** Answers and messages received. */
  received = 0;
  readonly #parts: CcxtStreamParts;
  readonly #seen: SeenTrades;
  readonly #missed: MissedTrades;
  #watch: ProWatch | undefined;
  #poll: CcxtTransport | undefined;
  #running: Promise<void>[] = [];
  #failures = 0;
  #wasLive = false;
  #isStopped = false;
  #canPoll = false;
  #lastTime = -Infinity;

  constructor(parts: CcxtStreamParts) {
    const { store, stream, runtime, out } = parts;
    this.#parts = parts;
    this.#seen = new SeenTrades(tradeIdsOf(store.exchange));
    this.#missed = new MissedTrades({
      store, symbol: stream.symbol, runtime, seen: this.#seen,
      pass: (trade) => (this.#isStopped ? undefined : this.#pass(trade)),
      gap: (reason, from, to) => {
        if (!this.#isStopped) out.gap(stream, reason, from, to);
      },
    }); // prettier-ignore
  }

  /** Trades that arrived twice and were passed on once. */
  get doubles(): number {
    return this.#seen.doubles + (this.#watch?.doubles ?? 0);
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
    } else if (this.#canPoll) this.#startPolling(this.#parts.everyMs);
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
    this.#missed.stop();
    await Promise.all(this.#running);
  }

  #startPolling(everyMs: number): void {
    if (this.#poll !== undefined || this.#isStopped) return;
    const { store, stream, runtime } = this.#parts;
    const poll = new RestPoll(store, stream, everyMs, (event) => { this.#fromPoll(event, poll); }, runtime); // prettier-ignore
    this.#poll = poll;
    this.#running.push(poll.run());
    this.#catchUp();
  }

  #stopPolling(): void {
    this.#poll?.stop();
    this.#poll = undefined;
  }

  /** Requests the trades since the newest one known, where the stream was live before. */
  #catchUp(): void {
    if (this.#wasLive && this.#parts.stream.channel === 'trade') this.#missed.request(this.#lastTime);
  }

  #fromWatch(event: StreamEvent): void {
    if (this.#isStopped) return;
    const { stream, out, everyMs, silentMs } = this.#parts;
    if (event.type !== 'status') {
      this.received++;
      this.#pass(event as MarketEvent);
      return;
    }
    const { state, reason } = event;
    if (state === 'live') {
      const hadFailed = this.#failures > 0;
      this.#failures = 0;
      this.#stopPolling();
      out.status(stream, 'live', reason);
      if (hadFailed) this.#catchUp();
      this.#wasLive = true;
      return;
    }
    if (state === 'connecting' && reason === 'start') return;
    if (state === 'connecting') {
      this.#failures++;
      this.reconnects++;
    }
    if (this.#poll === undefined) out.status(stream, state, reason);
    // A refused key or region is refused over HTTP too.
    const failure = this.#watch?.failure;
    const isRefused = failure instanceof RegionBlockedError || failure instanceof AuthError;
    if (isRefused) this.#stopPolling();
    else if (!this.#canPoll) return;
    else if (state === 'stale') this.#startPolling(silentMs);
    else if (this.#failures >= failuresBeforePolling || state === 'down') {
      // A stream that was polled because it was silent is polled more often now.
      if (this.#failures === failuresBeforePolling) this.#stopPolling();
      this.#startPolling(everyMs);
    }
    if (isRefused && state === 'down') out.status(stream, state, reason);
  }

  #fromPoll(event: StreamEvent, poll: CcxtTransport): void {
    if (this.#isStopped || this.#poll !== poll) return;
    const { stream, out } = this.#parts;
    if (event.type === 'status') {
      if (event.reason === pollingBegins) return;
      out.status(stream, event.state, event.reason);
      if (event.state === 'live') this.#wasLive = true;
    } else if (event.type === 'gap') this.#missed.request(this.#lastTime);
    else {
      this.received++;
      this.#pass(event as MarketEvent);
    }
  }

  #pass(event: MarketEvent): TradeVerdict | undefined {
    const { stream, out, hooks } = this.#parts;
    if (event.type !== 'trade') {
      out.event(event, stream);
      return undefined;
    }
    const trade = hooks.trade === undefined ? event : hooks.trade(event, undefined);
    if (trade === undefined) return undefined;
    const before = this.#lastTime;
    const verdict = this.#seen.take(trade);
    if (verdict === 'double') return verdict;
    if (verdict === 'implausible') {
      out.refused(stream, 'id', `id of a trade was ${trade.id!}, far above the one before`);
      return verdict;
    }
    if (verdict === 'restarted') {
      const restart = this.#seen.restart(trade.symbol);
      out.gap(stream, `trade ids went on at ${restart.after} after ${restart.before}`);
    }
    if (trade.time !== undefined && trade.time > this.#lastTime) this.#lastTime = trade.time;
    out.event(verdict === 'late' && !trade.backfill ? { ...trade, backfill: true } : trade, stream);
    if (this.#seen.missing(trade.symbol) !== undefined) this.#missed.request(before);
    return verdict;
  }
}
