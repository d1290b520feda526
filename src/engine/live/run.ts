/** A live run: histories fetched, streams opened, everything put through one queue to one consumer, and a clean end. */
import type { LiveBroker } from '../../broker/index.ts';
import {
  formatTime,
  SessionError,
  systemRuntime,
  toTime,
  messageOf,
  type Runtime,
  type StreamEvent,
  type Timer,
} from '../../core/index.ts';
import { rowsOf, type MarketSource, type StreamingFeed } from '../../feeds/index.ts';
import { Journal } from '../../store/index.ts';
import { BarFetcher } from './missing-bars.ts';
import { LiveConsumer } from './consumer.ts';
import { endOn } from './interrupt.ts';
import { playRecordings } from './recordings.ts';
import { choicesOf, makeBroker } from './make-broker.ts';
import { headerOf } from './journal-header.ts';
import type { LiveInput } from './input.ts';
import { openRoute, type OpenRoute } from './order-route.ts';
import type { LiveRunOptions } from './options.ts';
import { LiveSession } from './session.ts';
import { streamsOf } from './session-parts.ts';
import type { RunPlan } from '../plan/plan.ts';
import type { RunResult } from '../result/result.ts';

/** How long an entry of the journal waits to be written at the most. */
const flushMs = 1_000;
/** From how many characters on what has waited is packed: nothing waits for that, and a quiet market would take the most room. */
const packFrom = 1_024;

/** Runs a plan live until it is told to stop, and gives the result. */
export async function runLive(plan: RunPlan, options: LiveRunOptions): Promise<RunResult> {
  const feeds = streamsOf(plan);
  if (options.mode === 'recording') for (const feed of feeds) feed.recorded();
  for (const feed of feeds) feed.beginSession();
  try {
    return await new LiveRun(plan, options, feeds).run();
  } finally {
    for (const feed of feeds) feed.endSession();
  }
}

/** What lives while a live run does. */
class LiveRun {
  private readonly plan: RunPlan;
  private readonly options: LiveRunOptions;
  private readonly feeds: readonly StreamingFeed[];
  private readonly runtime: Runtime;
  private readonly consumer: LiveConsumer;
  private readonly abort = new AbortController();
  private readonly sources: MarketSource[] = [];
  private readonly timers: Timer[] = [];
  private session: LiveSession | undefined;
  private journal: Journal | undefined;
  private broker: LiveBroker | undefined;

  constructor(plan: RunPlan, options: LiveRunOptions, feeds: readonly StreamingFeed[]) {
    this.plan = plan;
    this.options = options;
    this.feeds = feeds;
    this.runtime = plan.options.runtime ?? systemRuntime;
    const { queueLimit = 10_000, onUpdate } = options;
    this.consumer = new LiveConsumer({ runtime: this.runtime, queueLimit, onUpdate });
  }

  async run(): Promise<RunResult> {
    const { consumer } = this;
    const release = endOn(this.options.signal, this.runtime, (reason) => {
      this.interrupt(reason);
    });
    const fetcher = new BarFetcher(this.runtime, this.abort.signal, (input) => {
      this.consumer.push(input);
    });
    let route: OpenRoute | undefined;
    try {
      consumer.check();
      const { options, plan, runtime } = this;
      const seeds = await Promise.all(
        this.feeds.map((feed) =>
          feed.seed({
            runtime,
            signal: this.abort.signal,
            onProgress: (progress) => options.onLoad?.(feed.name, progress),
          }),
        ),
      );
      const facts = seeds.map(({ instrument, known, clockOffset }) => {
        return { canFetch: known !== undefined, clockOffset, instrument };
      });
      const choices = choicesOf(options);
      const time = runtime.now();
      const stamp = formatTime(time)
        .replace(/[^0-9]/g, '')
        .slice(0, 14);
      const session = options.session ?? `${options.mode}-${stamp}`;
      const keep = { keepBars: options.keepBars ?? 1_000, keepOrders: options.keepOrders ?? 10_000 };
      const maxSteps = options.maxSteps ?? Infinity;
      const until = options.until === undefined ? Infinity : toTime(options.until, 'until');
      if (options.mode === 'sandbox') route = await openRoute(options, this.feeds, session, runtime);
      const broker = makeBroker(plan, options.mode, choices, route);
      this.broker = broker;
      if (options.journal !== undefined) {
        const header = headerOf(plan, options, facts, { session, choices, time, ...keep, maxSteps, until });
        this.journal = await Journal.create(options.journal, header);
      }
      const { journal } = this;
      this.session = new LiveSession({
        plan,
        mode: options.mode,
        broker,
        keep,
        maxSteps,
        until,
        facts,
        decide:
          journal &&
          ((body) => {
            journal.add('decision', body);
          }),
        fetch: (feed, range) => {
          fetcher.fetch(feed, range);
        },
      });
      this.session.start();
      for (const [feed, { bars, known }] of seeds.entries()) {
        consumer.push({ kind: 'history', feed, rows: rowsOf(bars), ...(known !== undefined && { known }) });
      }
      consumer.open(this.session, journal);
      this.startClock();
      await broker.connect({
        runtime,
        push: (input) => {
          consumer.push({ kind: 'broker', input });
        },
      });
      await consumer.until(() => broker.isReady);
      await this.openSources();
      await consumer.over;
      consumer.check();
      await this.closeSources();
      await broker.disconnect();
      const result = this.session.result(options.journal, consumer.counts);
      this.journal?.end({ ended: this.session.ended, inputs: this.session.inputs, finalValue: result.finalValue });
      this.journal = undefined;
      return result;
    } catch (error) {
      await this.broker?.disconnect();
      const message = messageOf(error);
      this.journal?.end({ ended: 'it failed', error: message });
      throw error;
    } finally {
      release();
      for (const timer of this.timers) timer.cancel();
      await this.closeSources();
      route?.close();
    }
  }

  private interrupt(reason: string): void {
    if (this.session === undefined) {
      const failure = new SessionError(`the session was ended before it began: ${reason}`, { code: 'aborted' });
      this.consumer.fail(failure);
      this.abort.abort(failure);
    } else this.consumer.push({ kind: 'stop', reason });
  }

  /** Over a recording the recorded times are the clock. */
  private startClock(): void {
    const { options, runtime } = this;
    this.timers.push(
      runtime.every(flushMs, () => {
        this.journal?.flush(packFrom);
      }),
    );
    if (options.mode === 'recording') return;
    this.timers.push(
      runtime.every(options.clockMs ?? 1_000, () => {
        this.consumer.push({ kind: 'clock', now: runtime.now() });
      }),
    );
  }

  private async openSources(): Promise<void> {
    const { consumer } = this;
    if (consumer.isOver) return;
    if (this.options.mode === 'recording') {
      const { clockMs = 1_000 } = this.options;
      const push = (input: LiveInput): void => {
        consumer.push(input);
      };
      const isOver = (): boolean => consumer.isOver;
      void playRecordings(this.feeds, { clockMs, runtime: this.runtime, push, isOver }).catch((error: unknown) => {
        consumer.fail(error);
      });
      return;
    }
    const { runtime, options } = this;
    const { network } = options;
    for (const [feed, one] of this.feeds.entries()) {
      const source = one.source();
      this.sources.push(source);
      const emit = (event: StreamEvent): void => {
        consumer.push({ kind: 'event', feed, event });
      };
      await source.open(one.openStreams(), emit, { runtime, signal: this.abort.signal, ...(network && { network }) });
    }
  }

  private async closeSources(): Promise<void> {
    this.abort.abort();
    const sources = this.sources.splice(0);
    await Promise.all(sources.map((source) => source.close()));
  }
}
