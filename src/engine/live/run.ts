/** A live run: histories fetched, streams opened, everything put through one queue to one consumer, and a clean end. */
import { existsSync } from 'node:fs';
import { dirname, relative, resolve } from 'node:path';

import { paperModel, type BrokerInput, type LiveBroker, type PaperModel } from '../../broker/index.ts';
import {
  ConfigError,
  formatTime,
  SessionError,
  systemRuntime,
  toTime,
  messageOf,
  type Runtime,
  type StreamEvent,
  type Timer,
} from '../../core/index.ts';
import { rowsOf, type LiveBar, type MarketKeeper, type MarketSource, type StreamingFeed } from '../../feeds/index.ts';
import { Journal } from '../../store/index.ts';
import { BarFetcher } from './missing-bars.ts';
import { LiveConsumer } from './consumer.ts';
import { SessionControl } from './operation/control.ts';
import { headerIn, playEarlierRuns } from './operation/earlier-runs.ts';
import { endOn } from './interrupt.ts';
import { playRecordings } from './recordings.ts';
import { choicesOf, makeBroker } from './make-broker.ts';
import { headerOf, type SessionHeader } from './journal-header.ts';
import type { LiveInput } from './input.ts';
import { openRoutes, type OpenRoutes } from './order-route.ts';
import { defaultSettleMs, type LiveRunOptions } from './options.ts';
import { LiveSession } from './session.ts';
import { streamsOf } from './session-parts.ts';
import type { RunPlan } from '../plan/plan.ts';
import { DeadManSwitch } from './operation/dead-man-switch.ts';
import { RefusedKey } from './operation/refused-key.ts';
import { readState, writeState } from './operation/state-file.ts';
import { VenueWatch } from './operation/venue-watch.ts';
import { RoundTrips } from '../result/round-trip.ts';
import type { RunResult } from '../result/result.ts';

/** How long an entry of the journal waits to be written at the most. */
const flushMs = 1_000;
/** From how many characters on what has waited is packed: nothing waits for that, and a quiet market would take the most room. */
const packFrom = 1_024;
/** How often a failed run looks whether its last requests were answered. */
const answerCheckMs = 20;

/** Runs a plan live until it is stopped, and returns the result. */
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
  private readonly roundTrips = new RoundTrips();
  private readonly refusedKey = new RefusedKey();
  private keepers: readonly (MarketKeeper | undefined)[] = [];
  private routes: OpenRoutes | undefined;
  private session: LiveSession | undefined;
  private journal: Journal | undefined;
  private broker: LiveBroker | undefined;
  /** The pause that the state file has. */
  private savedPause: string | undefined;
  private deadManSwitch: DeadManSwitch | undefined;

  constructor(plan: RunPlan, options: LiveRunOptions, feeds: readonly StreamingFeed[]) {
    this.plan = plan;
    this.options = options;
    this.feeds = feeds;
    this.runtime = plan.options.runtime ?? systemRuntime;
    const { queueLimit = 10_000, onUpdate } = options;
    this.consumer = new LiveConsumer({ runtime: this.runtime, queueLimit, onUpdate });
  }

  async run(): Promise<RunResult> {
    const { consumer, options, runtime } = this;
    const release = endOn(options.signal, runtime, {
      stop: (reason) => {
        this.interrupt(reason);
      },
      fail: (error) => {
        this.breakOff(error);
      },
    });
    try {
      consumer.check();
      const session = options.session ?? this.sessionName();
      // Before anything is loaded: a second start of the same session is refused at once.
      if (options.mode === 'sandbox' || options.mode === 'live') {
        this.routes = await openRoutes(this.plan, options, this.feeds, session, runtime);
      }
      await this.begin(session);
      await this.recover();
      await this.setDeadManSwitch();
      await this.openSources();
      await consumer.ending;
      await this.closeSources();
      this.boundEnd();
      await consumer.over;
      consumer.check();
      return await this.conclude();
    } catch (error) {
      consumer.fail(error);
      await this.endFailed();
      throw consumer.failure!;
    } finally {
      release();
      for (const timer of this.timers) timer.cancel();
      await this.closeSources();
      await this.closeKeepers();
      this.routes?.close();
    }
  }

  private sessionName(): string {
    const stamp = formatTime(this.runtime.now())
      .replace(/[^0-9]/g, '')
      .slice(0, 14);
    return `${this.options.mode}-${stamp}`;
  }

  /** Loads the histories, sets the session up and lets it take inputs. */
  private async begin(session: string): Promise<void> {
    const { consumer, options, plan, runtime } = this;
    const fetcher = new BarFetcher(runtime, this.abort.signal, (input) => {
      consumer.push(input);
    });
    const { resume = [] } = options;
    const seeds = await Promise.all(
      this.feeds.map((feed) =>
        feed.seed({
          runtime,
          signal: this.abort.signal,
          onProgress: (progress) => options.onLoad?.(feed.name, progress),
        }),
      ),
    );
    const first = resume[0] === undefined ? undefined : await headerIn(resume[0]);
    const facts =
      first?.streams ??
      seeds.map(({ instrument, known, clockOffset }) => {
        return { canFetch: known !== undefined, clockOffset, instrument };
      });
    const saved = first === undefined ? readState(options.state) : undefined;
    const state = first === undefined ? saved?.strategies : first.state;
    const choices = { ...choicesOf(options), ...(first && { paper: paperOfFirst(first, options) }) };
    const time = runtime.now();
    const keep = { keepBars: options.keepBars ?? 1_000, keepOrders: options.keepOrders ?? 10_000 };
    const maxSteps = options.maxSteps ?? Infinity;
    const until = options.until === undefined ? Infinity : toTime(options.until, 'until');
    this.broker = makeBroker(plan, options.mode, choices, this.routes?.routes);
    if (options.journal !== undefined) {
      const rules = this.broker.rules.name;
      const folder = dirname(resolve(options.journal));
      const resumes = resume.map((path) => relative(folder, resolve(path)));
      const header = headerOf(plan, options, facts, {
        ...{ session, choices, rules, time, ...keep, maxSteps, until },
        ...(resumes.length > 0 && { resumes }),
        ...(options.limits !== undefined && { limits: options.limits }),
        ...(options.approvalMs !== undefined && { approvalMs: options.approvalMs }),
        ...(state !== undefined && { state }),
        ...(saved?.unsent !== undefined && { unsent: saved.unsent }),
      });
      this.journal = await Journal.create(options.journal, header);
    }
    const { journal, broker } = this;
    if (options.mode !== 'recording')
      this.keepers = this.feeds.map((feed) => feed.keeper(`session ${session}`, runtime));
    for (const [k, { known }] of seeds.entries())
      if (known !== undefined && first === undefined) this.keepers[k]?.begin(known);
    let replayed: string[] | undefined = first === undefined ? undefined : [];
    const isWatched = options.state !== undefined || options.onUpdate !== undefined;
    const onStep = (): void => {
      if (replayed !== undefined) return;
      this.saveState();
      options.onUpdate?.(this.session!.view);
    };
    const isKept = this.keepers.some((keeper) => keeper !== undefined);
    const onBar = (feed: number, bar: LiveBar): void => {
      // Where missed bars cannot be fetched, only what came is known.
      if (replayed === undefined) this.keepers[feed]?.bar(bar, facts[feed]?.canFetch === true);
    };
    this.session = new LiveSession({
      plan,
      mode: options.mode,
      broker,
      keep,
      maxSteps,
      until,
      facts,
      state,
      unsent: saved?.unsent,
      limits: options.limits,
      approvalMs: options.approvalMs,
      decide:
        journal === undefined && first === undefined
          ? undefined
          : (body) => {
              if (replayed !== undefined) replayed.push(body);
              else journal?.add('decision', body);
            },
      onStep: isWatched ? onStep : undefined,
      onCommand: () => {
        if (replayed !== undefined) return;
        // A command is answered at once: what it did is so in the next run too when the process is killed then.
        this.saveState();
        this.journal?.flush();
      },
      onBar: isKept ? onBar : undefined,
      roundTrip: () => this.roundTrips.result(),
      keptWarnings: () => this.keepers.flatMap((keeper, k) => keptWarning(keeper, this.feeds[k]!.name)),
      fetch: (feed, range) => {
        fetcher.fetch(feed, range);
      },
    });
    this.session.start();
    if (first !== undefined) {
      this.session.limit(first.maxSteps ?? Infinity, first.until ?? Infinity, first.limits, first.approvalMs);
      await playEarlierRuns(this.session, resume, replayed!);
      replayed = undefined;
      this.session.limit(maxSteps, until, options.limits, options.approvalMs);
      consumer.push({ kind: 'resumed', now: runtime.now() });
      for (const [feed, { clockOffset }] of seeds.entries()) consumer.push({ kind: 'offset', feed, clockOffset });
    } else {
      for (const [feed, { bars, known }] of seeds.entries()) {
        consumer.push({ kind: 'history', feed, rows: rowsOf(bars), ...(known !== undefined && { known }) });
      }
    }
    consumer.open(this.session, journal);
    if (saved?.paused !== undefined) {
      consumer.push({ kind: 'command', command: { name: 'pause', reason: saved.paused } });
    }
    const { session: running } = this;
    const push = (input: LiveInput): void => {
      consumer.push(input);
    };
    options.onControl?.(new SessionControl(push, () => running.view));
    this.startClock();
  }

  /** Waits until open orders, fills and balances are known; the run fails when the account does not answer in time. */
  private async recover(): Promise<void> {
    const { consumer, runtime, options } = this;
    const broker = this.broker!;
    const { accountPatienceMs = 60_000 } = options;
    const limit = runtime.after(accountPatienceMs, () => {
      const said = this.session?.messages.at(-1);
      const last = said === undefined ? '' : `; the last message was: ${said}`;
      consumer.fail(
        new SessionError(
          `the account could not be recovered within ${Math.round(accountPatienceMs / 1000)} s, and nothing was traded${last}`,
          { code: 'not-recovered' },
        ),
      );
    });
    try {
      const connected = broker.connect({
        runtime,
        push: (input) => {
          this.takeAnswer(input);
        },
        answered: (ms) => {
          this.roundTrips.take(ms);
        },
      });
      // A run that ends meanwhile no longer waits for the connection, whose failure is then of no interest.
      connected.catch(() => undefined);
      await Promise.race([connected, consumer.ending]);
      consumer.check();
      await consumer.until(() => broker.isReady);
      consumer.check();
    } finally {
      limit.cancel();
    }
  }

  /** Sets the dead-man switch of each venue, and keeps it set until the run ends. */
  private async setDeadManSwitch(): Promise<void> {
    const { deadManMs } = this.options;
    if (deadManMs === undefined || this.routes === undefined) return;
    const { routes } = this.routes;
    const switches = routes.map(({ gateway }) => {
      const own = this.feeds.filter(({ exchange }) => routes.length === 1 || exchange === gateway.exchange);
      return { gateway, symbols: [...new Set(own.map(({ symbol }) => symbol))] };
    });
    const deadMan = new DeadManSwitch(switches, deadManMs);
    await deadMan.set();
    this.timers.push(
      deadMan.keepSet(this.runtime, (error) => {
        this.consumer.push({ kind: 'failed', feed: 0, reason: messageOf(error) });
      }),
    );
    this.deadManSwitch = deadMan;
  }

  /** An answer to the broker; after a failure it still belongs to the account, and to no strategy. */
  private takeAnswer(input: BrokerInput): void {
    if (this.consumer.failure === undefined) this.consumer.push({ kind: 'broker', input });
    else this.broker?.take(input);
    const refused = this.refusedKey.take(input, this.runtime.elapsed());
    if (refused !== undefined) this.breakOff(refused);
  }

  /** Ends the wait for what was sent when it takes too long. */
  private boundEnd(): void {
    const { runtime, options, consumer } = this;
    this.timers.push(
      runtime.after(options.settleMs ?? defaultSettleMs, () => {
        consumer.push({ kind: 'stop', reason: 'what was sent was not answered in time' });
      }),
    );
  }

  /** Keeps what the strategies save for a later run: the whole file or the old one. */
  private saveState(): void {
    const { state } = this.options;
    if (state === undefined) return;
    const strategies = this.session!.saveState();
    const { paused, unsent } = this.session!;
    if (strategies === undefined && paused === undefined && unsent.length === 0 && !existsSync(state)) return;
    this.savedPause = paused;
    writeState(state, { strategies: strategies ?? [], paused, ...(unsent.length > 0 && { unsent }) });
  }

  private async conclude(): Promise<RunResult> {
    const { options, consumer, broker } = this;
    const session = this.session!;
    const warnings = (await this.deadManSwitch?.clear()) ?? [];
    await broker!.disconnect();
    await this.closeKeepers();
    this.saveState();
    const result = session.result(options.journal, consumer.counts, warnings);
    const { ended, inputs } = session;
    this.journal?.end({ ended, inputs, finalValue: result.finalValue });
    this.journal = undefined;
    return result;
  }

  /** The orderly end of a run that failed: answers to what was sent are waited for, the journal is written to its end. */
  private async endFailed(): Promise<void> {
    const { broker, runtime, options, consumer } = this;
    const deadline = runtime.now() + (options.settleMs ?? defaultSettleMs);
    while (broker?.isAwaitingAnswer === true && runtime.now() < deadline) await runtime.sleep(answerCheckMs);
    try {
      await broker?.disconnect();
      const written = this.routes?.routes.flatMap(({ intents }) => [...intents.intents()]);
      const openOrders = written?.flatMap(({ request, state }) => {
        return state === 'written' || state === 'accepted' ? [request] : [];
      });
      this.journal?.end({ ended: 'it failed', error: messageOf(consumer.failure), ...(openOrders && { openOrders }) });
    } catch {
      // A full disk fails here again: the first cause is the one to report.
    }
  }

  private interrupt(reason: string): void {
    if (this.session === undefined) {
      this.breakOff(new SessionError(`the session was ended before it began: ${reason}`, { code: 'aborted' }));
    } else this.consumer.push({ kind: 'stop', reason });
  }

  private breakOff(error: unknown): void {
    this.consumer.fail(error);
    this.abort.abort(error);
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
        if (this.session?.paused !== this.savedPause) this.saveState();
      }),
    );
    const push = (input: LiveInput): void => {
      this.consumer.push(input);
    };
    this.timers.push(...new VenueWatch(this.feeds, runtime, push, (feed) => this.session?.feeds[feed]).start());
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
      const keeper = this.keepers[feed];
      const emit =
        keeper === undefined
          ? (event: StreamEvent): void => {
              consumer.push({ kind: 'event', feed, event });
            }
          : (event: StreamEvent): void => {
              keeper.take(event);
              consumer.push({ kind: 'event', feed, event });
            };
      await source.open(one.openStreams(), emit, { runtime, signal: this.abort.signal, ...(network && { network }) });
    }
  }

  /** Writes what of the market is not in the store yet. */
  private async closeKeepers(): Promise<void> {
    await Promise.all(this.keepers.map(async (keeper) => keeper?.close()));
  }

  private async closeSources(): Promise<void> {
    this.abort.abort();
    const sources = this.sources.splice(0);
    await Promise.all(sources.map((source) => source.close()));
  }
}

/** That the market could not be kept, in a sentence. */
function keptWarning(keeper: MarketKeeper | undefined, name: string): string[] {
  if (keeper === undefined || keeper.dropped === 0) return [];
  return [
    `${name}: ${keeper.dropped} bars, trades and quotes could not be kept in the store: ${keeper.failure ?? 'it failed for a while'}`,
  ];
}

/** How the first run of a session modelled its fills, which later runs keep. @throws {ConfigError} If another model is asked for. */
function paperOfFirst({ choices: { paper = { depth: 'touch' } } }: SessionHeader, options: LiveRunOptions): PaperModel {
  const [was, asked] = [paperModel(paper), paperModel(options.paper)];
  if (options.paper !== undefined && JSON.stringify(was) !== JSON.stringify(asked)) {
    throw new ConfigError(
      `the session began with paper ${JSON.stringify(was)}, and its fills rest on that: leave out paper, which was ${JSON.stringify(asked)}, or begin another session`,
      { code: 'other-setup', context: { field: 'paper' } },
    );
  }
  return was;
}
