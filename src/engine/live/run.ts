/** A live run: histories loaded, streams opened, everything put through one queue to one consumer, and a clean end. */
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
  type Timer,
} from '../../core/index.ts';
import { rowsOf, type StreamSeed, type StreamingFeed } from '../../feeds/index.ts';
import { Journal } from '../../store/index.ts';
import { BarFetcher } from './missing-bars.ts';
import { LiveConsumer } from './consumer.ts';
import { SessionControl } from './operation/control.ts';
import { headerIn, playEarlierRuns } from './journal/earlier-runs.ts';
import { endOn } from './interrupt.ts';
import { choicesOf, makeBroker } from './make-broker.ts';
import { LiveMarket } from './market.ts';
import { headerOf, type HeaderParts, type SessionHeader } from './journal/header.ts';
import type { LiveInput } from './input.ts';
import { openRoutes, type OpenRoutes } from './order-route.ts';
import { defaultSettleMs, type LiveRunOptions } from './options.ts';
import { LiveSession } from './session.ts';
import { streamsOf, type SessionParts, type StreamFacts } from './session-parts.ts';
import type { RunPlan } from '../plan/plan.ts';
import { DeadManSwitch } from './operation/dead-man-switch.ts';
import { RefusedKey } from './operation/refused-key.ts';
import { StateFile, type SavedState } from './operation/state-file.ts';
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

/** What a run begins with, once its histories are loaded. */
interface Beginning {
  /** The header of the first run of a session that goes on; undefined for a new one. */
  readonly first: SessionHeader | undefined;
  readonly saved: SavedState | undefined;
  readonly facts: readonly StreamFacts[];
  readonly header: Omit<HeaderParts, 'rules' | 'resumes'>;
}

/** What lives while a live run does. */
class LiveRun {
  private readonly plan: RunPlan;
  private readonly options: LiveRunOptions;
  private readonly feeds: readonly StreamingFeed[];
  private readonly runtime: Runtime;
  private readonly consumer: LiveConsumer;
  private readonly market: LiveMarket;
  private readonly state: StateFile;
  private readonly abort = new AbortController();
  private readonly timers: Timer[] = [];
  private readonly roundTrips = new RoundTrips();
  private readonly refusedKey = new RefusedKey();
  private routes: OpenRoutes | undefined;
  private session: LiveSession | undefined;
  private journal: Journal | undefined;
  private broker: LiveBroker | undefined;
  private deadManSwitch: DeadManSwitch | undefined;

  constructor(plan: RunPlan, options: LiveRunOptions, feeds: readonly StreamingFeed[]) {
    this.plan = plan;
    this.options = options;
    this.feeds = feeds;
    this.runtime = plan.options.runtime ?? systemRuntime;
    const { queueLimit = 10_000, onUpdate, network } = options;
    const { runtime, abort } = this;
    const consumer = new LiveConsumer({ runtime, queueLimit, onUpdate });
    this.consumer = consumer;
    this.market = new LiveMarket({ feeds, runtime, network, signal: abort.signal, consumer });
    this.state = new StateFile(options.state);
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
      await this.openMarket();
      await consumer.ending;
      await this.closeMarket();
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
      await this.closeMarket();
      await this.market.finish();
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
  private async begin(name: string): Promise<void> {
    const { consumer, market, options, plan } = this;
    const seeds = await this.loadHistories();
    const beginning = await this.beginning(name, seeds);
    const { first, saved, facts, header } = beginning;
    this.broker = makeBroker(plan, options.mode, header.choices, this.routes?.routes);
    if (options.journal !== undefined) {
      const folder = dirname(resolve(options.journal));
      const resumes = (options.resume ?? []).map((path) => relative(folder, resolve(path)));
      const { name: rules } = this.broker.rules;
      const parts = { ...header, rules, ...(resumes.length > 0 && { resumes }) };
      this.journal = await Journal.create(options.journal, headerOf(plan, options, facts, parts));
    }
    const known = first === undefined ? seeds.map((seed) => seed.known) : [];
    if (options.mode !== 'recording') market.keep(name, known);
    /** The decisions of earlier runs, while these are played again; what they did then is not done again. */
    let replayed: string[] | undefined = first === undefined ? undefined : [];
    const isReplaying = (): boolean => replayed !== undefined;
    const decide = (body: string): void => {
      if (replayed !== undefined) replayed.push(body);
      else this.journal?.add('decision', body);
    };
    const isRecorded = this.journal !== undefined || first !== undefined;
    const session = new LiveSession({
      ...this.sessionParts(beginning, isReplaying),
      broker: this.broker,
      decide: isRecorded ? decide : undefined,
    });
    this.session = session;
    session.start();
    if (first !== undefined) {
      session.limit(first.maxSteps ?? Infinity, first.until ?? Infinity, first.limits, first.approvalMs);
      await playEarlierRuns(session, options.resume!, replayed!);
      replayed = undefined;
      session.limit(header.maxSteps, header.until, options.limits, options.approvalMs);
      consumer.push({ kind: 'resumed', now: this.runtime.now() });
      for (const [feed, { clockOffset }] of seeds.entries()) consumer.push({ kind: 'offset', feed, clockOffset });
    } else {
      for (const [feed, { bars, known: until }] of seeds.entries()) {
        consumer.push({ kind: 'history', feed, rows: rowsOf(bars), ...(until !== undefined && { known: until }) });
      }
    }
    consumer.open(session, this.journal);
    if (saved?.paused !== undefined) {
      consumer.push({ kind: 'command', command: { name: 'pause', reason: saved.paused } });
    }
    const push = (input: LiveInput): void => {
      consumer.push(input);
    };
    options.onControl?.(new SessionControl(push, () => session.view));
    this.startClock(session);
  }

  private loadHistories(): Promise<StreamSeed[]> {
    const { feeds, runtime, abort, options } = this;
    return Promise.all(
      feeds.map((feed) =>
        feed.seed({ runtime, signal: abort.signal, onProgress: (progress) => options.onLoad?.(feed.name, progress) }),
      ),
    );
  }

  /** A new session begins with what was loaded, one that goes on with what its first run began with. */
  private async beginning(session: string, seeds: readonly StreamSeed[]): Promise<Beginning> {
    const { options } = this;
    const { resume = [], limits, approvalMs } = options;
    const first = resume[0] === undefined ? undefined : await headerIn(resume[0]);
    const saved = first === undefined ? this.state.read() : undefined;
    const state = first === undefined ? saved?.strategies : first.state;
    const facts =
      first?.streams ??
      seeds.map(({ instrument, known, clockOffset }) => ({ canFetch: known !== undefined, clockOffset, instrument }));
    const header = {
      session,
      choices: { ...choicesOf(options), ...(first && { paper: paperOfFirst(first, options) }) },
      time: this.runtime.now(),
      keepBars: options.keepBars ?? 1_000,
      keepOrders: options.keepOrders ?? 10_000,
      maxSteps: options.maxSteps ?? Infinity,
      until: this.endTime(seeds),
      ...(limits !== undefined && { limits }),
      ...(approvalMs !== undefined && { approvalMs }),
      ...(state !== undefined && { state }),
      ...(saved?.unsent !== undefined && { unsent: saved.unsent }),
    };
    return { first, saved, facts, header };
  }

  /** When the session ends, by the clock of its first feed's exchange, which may be far from this computer's. */
  private endTime([seed]: readonly StreamSeed[]): number {
    const { until, forMs = Infinity } = this.options;
    const end = this.runtime.now() + (seed?.clockOffset ?? 0) + forMs;
    return until === undefined ? end : Math.min(end, toTime(until, 'until'));
  }

  /** What the session is made of, but for its broker. @param isReplaying - Whether earlier runs are being played again. */
  private sessionParts(
    { facts, header }: Beginning,
    isReplaying: () => boolean,
  ): Omit<SessionParts, 'broker' | 'decide'> {
    const { options, plan, market, consumer } = this;
    const { keepBars, keepOrders, maxSteps, until, state, unsent } = header;
    const fetcher = new BarFetcher(this.runtime, this.abort.signal, (input) => {
      consumer.push(input);
    });
    const isWatched = options.state !== undefined || options.onUpdate !== undefined;
    const onStep = (): void => {
      if (isReplaying()) return;
      this.saveState();
      options.onUpdate?.(this.session!.view);
    };
    const onBar: SessionParts['onBar'] = (feed, bar) => {
      // Where missed bars cannot be fetched, only what came is known.
      if (!isReplaying()) market.keepBar(feed, bar, facts[feed]?.canFetch === true);
    };
    return {
      plan,
      mode: options.mode,
      keep: { keepBars, keepOrders },
      maxSteps,
      until,
      facts,
      state,
      unsent,
      limits: options.limits,
      approvalMs: options.approvalMs,
      onStep: isWatched ? onStep : undefined,
      onCommand: () => {
        if (isReplaying()) return;
        // A command is answered at once: what it did is so in the next run too when the process is killed then.
        this.saveState();
        this.journal?.flush();
      },
      onBar: market.isKept ? onBar : undefined,
      roundTrip: () => this.roundTrips.result(),
      keptWarnings: () => market.keptWarnings(),
      fetch: (feed, range) => {
        fetcher.fetch(feed, range);
      },
    };
  }

  /** Waits until open orders, fills and balances are known; the run fails when the account does not answer in time. */
  private async recover(): Promise<void> {
    const { consumer, runtime, options } = this;
    const broker = this.broker!;
    const { accountPatienceMs = 60_000 } = options;
    const limit = runtime.after(accountPatienceMs, () => {
      const said = this.session?.messages.latest.at(-1);
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

  /** Keeps what the strategies save for a later run. */
  private saveState(): void {
    if (this.options.state === undefined) return;
    const session = this.session!;
    this.state.save(session.saveState(), session.operator.paused, session.unsent);
  }

  private async conclude(): Promise<RunResult> {
    const { options, consumer, broker } = this;
    const session = this.session!;
    const warnings = (await this.deadManSwitch?.clear()) ?? [];
    await broker!.disconnect();
    await this.market.finish();
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
  private startClock(session: LiveSession): void {
    const { options, runtime, consumer, state } = this;
    this.timers.push(
      runtime.every(flushMs, () => {
        this.journal?.flush(packFrom);
      }),
    );
    if (options.mode === 'recording') return;
    this.timers.push(
      runtime.every(options.clockMs ?? 1_000, () => {
        consumer.push({ kind: 'clock', now: runtime.now() });
        if (!state.knows(session.operator.paused)) this.saveState();
      }),
      ...this.market.watchVenues((feed) => session.feeds[feed]),
    );
  }

  private async openMarket(): Promise<void> {
    const { consumer, market, options } = this;
    if (consumer.isOver) return;
    if (options.mode !== 'recording') {
      await market.open();
      return;
    }
    market.play(options.clockMs ?? 1_000).catch((error: unknown) => {
      consumer.fail(error);
    });
  }

  private async closeMarket(): Promise<void> {
    this.abort.abort();
    await this.market.close();
  }
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
