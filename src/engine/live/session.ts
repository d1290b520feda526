/** The consumer of a live session: takes one input after the other and drives the engine's step. Reads no clock and waits for nothing. */
import { RunRecord, RunStatistics } from '../../analyzers/index.ts';
import type { EngineBroker, Order } from '../../broker/index.ts';
import { formatTime, SessionError, type StreamEvent, type StreamRefusal, type StreamState } from '../../core/index.ts';
import { columnsOf, holeText, receivedAt, timeOf, type BarHole } from '../../feeds/index.ts';
import { accountsOf, conclude, factsOf, makeRuns, makeTimers } from '../run/assembly.ts';
import { Decisions, WatchedTaker } from './decisions.ts';
import { LiveFeed } from './feed-state.ts';
import type { LiveInput, SessionCommand } from './input.ts';
import { Approvals } from './operation/approvals.ts';
import { SignalGate } from './operation/signal-gate.ts';
import { KillSwitch, type SessionLimits } from './operation/kill-switch.ts';
import { streamsOf, type SessionParts } from './session-parts.ts';
import { dataView, strategyView, summaryOf, unknownPosition, warningsOf, type DataView, type SessionView } from './view.ts'; // prettier-ignore
import { Loader, type Source } from '../datas/loader.ts';
import { feedOfPlan } from '../plan/data-plan.ts';
import type { RunResult } from '../result/result.ts';
import type { QueueCounts } from '../result/session-summary.ts';
import { StepLoop } from '../step/step-loop.ts';
import type { StrategyAccount } from '../step/strategy-account.ts';
import type { StrategyRun } from '../strategy/strategy-run.ts';
import { frozen, type ExternalSignal } from '../strategy/external-signal.ts';
import { ThinEquity } from '../result/thinned-equity.ts';
import { forget } from '../run/bounded-memory.ts';
import type { Timers } from '../strategy/timers.ts';

/** After this many steps, what is no longer needed is dropped. */
const forgetSteps = 1_024;
/** Rounds of orders that fill at once and make their strategy send others, before it is taken for a mistake. */
const mostRounds = 10_000;
const keptMessages = 20;
/** How far the clock of this computer may be from an exchange's before it is reported, in milliseconds. */
const mostClockOffsetMs = 2_000;
/** How long after an attempt to close every position the next may follow, where one is still open and no order works. */
const flattenAgainMs = 5_000;
/** How long bars wait for a stream that is away before they are fetched without it. */
const patienceMs = 30_000;

function counted(count: number): string {
  return count === 1 ? '1 order' : `${count} orders`;
}

/** That trading in a data was halted. */
function haltWarning({ name, halts, halted }: LiveFeed): string[] {
  const last = halts.at(-1);
  if (last === undefined) return [];
  const times = halts.length === 1 ? 'once' : `${halts.length} times`;
  const since = `${formatTime(Math.floor(last.time / 1_000) * 1_000)} UTC (${last.reason})`;
  return [
    `trading in '${name}' was halted ${times}, the last time at ${since}${halted === undefined ? '' : ', and still is'}: orders were refused`,
  ];
}

/** An order that is open, in one line. */
function orderLine({ side, remaining, data, type, price, status }: Order): string {
  const at = type === 'market' || type === 'close' ? type : `${type} ${price}`;
  return `${side} ${remaining} ${data.symbol} ${at} (${status})`;
}

/** One live run, from its first input to its last. */
export class LiveSession {
  readonly feeds: readonly LiveFeed[];
  readonly decisions: Decisions;
  /** Why it ended; undefined while it runs. */
  ended: string | undefined;
  /** Why it is to end; it then waits for what was sent, until `ended`. */
  ending: string | undefined;
  /** Whether open orders, fills and balances are known. Nothing is stepped before. */
  isRecovered = false;
  inputs = 0;
  failedRequests = 0;
  readonly messages: string[] = [];
  private readonly clocksApart = new Set<string>();
  private readonly parts: SessionParts;
  private readonly loader: Loader;
  private readonly runs: readonly StrategyRun[];
  private readonly loop: StepLoop;
  private readonly record: RunRecord;
  private readonly equity = new ThinEquity();
  private readonly statistics = new RunStatistics();
  private readonly accounts: readonly StrategyAccount[];
  private readonly timers: Timers;
  private readonly hasMarketHooks: boolean;
  /** Whether every position is to be closed, for an operator or the kill switch, until an operator resumes. */
  private isFlattening = false;
  /** When that was tried last, by the session's time. */
  private flattenedAt = -Infinity;
  /** Why orders that open or increase a position are refused. */
  paused: string | undefined;
  private hasWarmed = false;
  private readonly signals: SignalGate;
  private readonly killSwitch: KillSwitch;
  private readonly approvals: Approvals;
  private limits: SessionLimits | undefined;
  private maxSteps: number;
  private until: number;
  private steps = 0;
  private now = -Infinity;

  constructor(parts: SessionParts) {
    const { plan, broker, decide, facts } = parts;
    this.parts = parts;
    this.limits = parts.limits;
    this.killSwitch = new KillSwitch(parts.limits ?? {});
    this.maxSteps = parts.maxSteps;
    this.until = parts.until;
    for (const [k, feed] of streamsOf(plan).entries()) feed.useInstrument(facts[k]?.instrument);
    this.loader = new Loader(plan.datas);
    const { timelines, replays, sources } = this.loader;
    broker.open(timelines, plan.schemes, plan.instruments);
    this.decisions = new Decisions(decide);
    this.record = new RunRecord(broker.fundMode);
    this.timers = makeTimers(plan);
    this.approvals = new Approvals(parts.approvalMs);
    this.approvals.refusal = (working) => broker.pausedFor(working);
    const takerOf = (own: EngineBroker): WatchedTaker => new WatchedTaker(own, this.decisions, this.approvals);
    this.runs = makeRuns(plan, timelines, broker, this.timers, { takerOf, hearing: this.decisions });
    this.accounts = accountsOf(plan, timelines, broker, () => new ThinEquity());
    this.loop = new StepLoop(timelines, broker, this.runs, this.record, {
      cheatOnOpen: false,
      equity: this.equity,
      statistics: this.statistics,
      accounts: this.accounts,
      replays,
      timers: this.timers,
      // Steps are not the bars of one data here: history before them makes none.
      isFastPathAllowed: false,
      isStrict: plan.options.strict ?? parts.mode === 'sandbox',
      isAsFound: true,
    });
    this.hasMarketHooks = this.runs.some(({ hearsTrades, hearsBooks }) => hearsTrades || hearsBooks);
    this.feeds = sources.map((source, index) => this.feedFor(source, index));
    this.signals = new SignalGate(parts.mode, this.runs);
  }

  /** Starts the strategies. The first inputs to follow are the histories of all streams. */
  start(): void {
    const { broker, plan } = this.parts;
    const facts = factsOf(plan, this.loader.timelines, broker, this.record);
    this.statistics.attach(facts);
    this.statistics.start();
    this.loop.callEach((run) => {
      run.start(this.accounts[this.runs.indexOf(run)]?.facts ?? facts);
    });
    for (const [k, run] of this.runs.entries()) {
      const saved = this.parts.state?.[k];
      if (saved !== undefined && saved !== null) run.loadState(saved);
    }
    for (const feed of this.feeds) this.checkClock(feed);
    const { unsent = [] } = this.parts;
    if (unsent.length > 0) this.say(`${counted(unsent.length)} waited for a person when the last run ended, and ${unsent.length === 1 ? 'was' : 'were'} not sent: ${unsent.join(', ')}`); // prettier-ignore
    this.settle();
  }

  /** The orders that wait for a person, one line each. */
  get unsent(): readonly string[] {
    return this.approvals.waitMs === undefined ? [] : this.approvals.orders.map(orderLine);
  }

  /** What the strategies save for a later run, in their order; undefined where none saves anything. */
  saveState(): readonly unknown[] | undefined {
    const states = this.runs.map((run) => run.saveState());
    return states.some((state) => state !== undefined) ? states : undefined;
  }

  /** The limits of the run that goes on with the session. */
  limit(maxSteps: number, until: number, limits: SessionLimits | undefined, approvalMs: number | undefined): void {
    this.approvals.waitMs = approvalMs;
    this.limits = limits;
    this.killSwitch.limit(limits ?? {});
    this.maxSteps = this.steps + maxSteps;
    this.until = until;
  }

  /** Takes the next input and does everything that follows from it. */
  consume(input: LiveInput): void {
    if (input.kind === 'resumed') {
      this.inputs++;
      this.goOn(input.now);
      return;
    }
    if (this.ended !== undefined) return;
    this.inputs++;
    if (this.ending !== undefined) {
      this.settleUp(input);
      return;
    }
    if (!this.hasWarmed && input.kind !== 'history') this.warm();
    this.isRecovered ||= this.hasWarmed && this.parts.broker.isReady;
    if (input.kind === 'event') this.hear(this.feeds[input.feed]!, input.event);
    else if (input.kind === 'stop') {
      this.stop(input.reason);
      return;
    } else this.take(input);
    this.settle();
    this.isRecovered ||= this.hasWarmed && this.parts.broker.isReady;
    if ((this.limits !== undefined || this.isFlattening) && this.isRecovered) this.guard();
  }

  /** Takes an input that is no event of the market: nearly all are, and V8 keeps their way together where it is short. */
  private take(input: Exclude<LiveInput, { readonly kind: 'event' | 'stop' | 'resumed' }>): void {
    switch (input.kind) {
      case 'clock':
        this.tick(input.now);
        break;
      case 'history':
        this.feeds[input.feed]!.seed(columnsOf(input.rows), input.known);
        break;
      case 'bars': {
        const feed = this.feeds[input.feed]!;
        feed.intake.bars.fetched(input, columnsOf(input.rows));
        this.deliver(feed);
        break;
      }
      case 'hole':
        this.skip(this.feeds[input.feed]!, input);
        break;
      case 'offset':
        this.feeds[input.feed]!.clockOffset = input.clockOffset;
        this.checkClock(this.feeds[input.feed]!);
        break;
      case 'halted':
        this.halt(this.feeds[input.feed]!, input.reason);
        break;
      case 'failed':
        this.failedRequests++;
        this.say(`${this.feeds[input.feed]!.name}: ${input.reason}`);
        break;
      case 'broker':
        this.parts.broker.take(input.input);
        break;
      case 'command':
        this.command(input.command);
        break;
      case 'signal':
        this.signal(input.signal);
        break;
    }
  }

  /** Goes on after the process of an earlier run has ended: every stream counts as down since then. */
  private goOn(now: number): void {
    this.ended = this.ending = undefined;
    if (!this.hasWarmed) this.warm();
    this.say('the session goes on in a new process: bars since its end are fetched');
    for (const feed of this.feeds) {
      for (const { symbol, channel } of feed.feed.wanted) {
        const { exchange } = feed.feed;
        const down = { type: 'status', exchange, symbol, channel, state: 'down', time: now } as const;
        this.hear(feed, { ...down, reason: 'the process of the session had ended' });
      }
    }
    this.settle();
    this.tick(now);
    this.settle();
  }

  private command({ name, reason, ref }: SessionCommand): void {
    switch (name) {
      case 'approve':
      case 'decline': {
        const count = name === 'approve' ? this.approvals.approve(ref) : this.approvals.decline(ref, `it was declined: ${reason}`); // prettier-ignore
        const what = ref === undefined ? counted(count) : `order ${ref}`;
        if (count === 0)
          this.say(ref === undefined ? 'no order waits for approval' : `no order ${ref} waits for approval`); // prettier-ignore
        else this.say(`${what} ${name === 'approve' ? 'approved' : 'declined'}: ${reason}`);
        return this.parts.onCommand?.();
      }
      case 'pause':
        // After a restart: what was to be closed then and is still open is closed now.
        this.isFlattening ||= /^the (?:session is flat|kill switch has) /.test(reason);
        return this.pause(
          /^the (session is|kill switch has) /.test(reason) ? reason : `the session is paused: ${reason}`,
        );
      case 'resume':
        this.say(this.paused === undefined ? 'the session was not paused' : `the session goes on: ${reason}`);
        this.paused = undefined;
        this.isFlattening = false;
        this.killSwitch.rearm();
        this.parts.broker.pause(undefined);
        return this.parts.onCommand?.();
      case 'flatten':
        this.pause(`the session is flat and paused: ${reason}`);
        this.isFlattening = true;
        this.flatten();
    }
  }

  private signal(signal: ExternalSignal): void {
    const isReady = this.isRecovered && this.loader.timelines.every(({ index }) => index >= 0);
    const refusal = this.signals.admit(signal, isReady);
    if (refusal !== undefined) {
      this.say(`signal ${signal.id} of ${signal.from} was refused: ${refusal}`);
      return;
    }
    this.say(`signal ${signal.id} of ${signal.from} was taken`);
    frozen(signal);
    this.loop.callEach((run) => {
      run.sync('notifySignal', run.hooks.notifySignal(signal));
    });
  }

  /** Flattens and pauses the session when a limit is broken; whatever asked for it, it is done again while a position is left. */
  private guard(): void {
    const { broker } = this.parts;
    const datas = this.feeds.flatMap(({ feed: { symbol }, dataIds, state }) =>
      dataIds.map((id) => ({ symbol, size: broker.heldOf(id), isLive: state === 'live' })),
    );
    const { now } = this;
    const { value, grossValue } = broker;
    if (this.paused === undefined && this.limits !== undefined) {
      const broken = this.killSwitch.check({ now, value, grossValue, orders: this.decisions.orders, datas });
      if (broken === undefined) return;
      this.pause(`the kill switch has ended trading: ${broken}`);
      this.isFlattening = true;
      // Open orders are canceled where no position is open too: one of them could still open one.
      this.flatten();
      this.settle();
      return;
    } else if (!this.isFlattening || this.runs.some(({ entry }) => entry.orders.some(({ isAlive }) => isAlive))) return;
    const open = this.loader.timelines.filter(({ id }) => broker.positionOf(id).size !== 0);
    if (open.length === 0 || now - this.flattenedAt < flattenAgainMs) return;
    if (this.flattenedAt > -Infinity)
      this.say(`${open.map(({ info }) => info.name).join(', ')} could not be closed, and is closed again`);
    this.flatten();
    this.settle();
  }

  private pause(reason: string): void {
    this.paused = reason;
    this.parts.broker.pause(reason);
    // A person is not asked about what the pause refuses.
    this.approvals.refuseBlocked();
    this.say(reason);
    this.parts.onCommand?.();
  }

  /** Cancels every open order and closes every position at the market, for the reason of the pause. */
  private flatten(): void {
    const reason = this.paused!;
    this.flattenedAt = this.now;
    const closed = new Set<object>();
    this.approvals.decline(undefined, reason);
    this.approvals.isOpen = true;
    for (const { entry } of this.runs) {
      entry.cancelAll(undefined, reason);
      for (const { id } of this.loader.timelines) {
        const position = entry.broker.positionOf(id);
        // Strategies that share a position close it once.
        if (position.size === 0 || closed.has(position)) continue;
        closed.add(position);
        entry.closePosition(id, reason);
      }
    }
    this.approvals.isOpen = false;
  }

  /** What can be shown of it now. */
  get view(): SessionView {
    const { mode, broker } = this.parts;
    const datas = this.feeds.flatMap((feed) =>
      feed.dataIds.map((id) => dataView(feed, this.loader.timelines[id]!, broker)),
    );
    const byId: DataView[] = [];
    this.feeds.flatMap(({ dataIds }) => dataIds).forEach((id, k) => (byId[id] = datas[k]!));
    const strategies = this.runs.map((run, k) => {
      const own = broker.parts === undefined ? (this.runs.length === 1 ? broker : undefined) : broker.parts[k];
      return strategyView(run, { datas: byId, broker, own }, this.isRecovered);
    });
    const orders = this.runs.flatMap(({ entry }) => entry.orders.filter(({ isAlive }) => isAlive));
    const { now, steps, messages, isRecovered, paused } = this;
    const money = isRecovered ? { cash: broker.cash, value: broker.value } : { cash: NaN, value: NaN };
    const { takesSignals, answers: signals } = this.signals;
    const roundTrip = this.parts.roundTrip?.();
    const waiting = this.approvals.waitMs === undefined ? undefined : this.approvals.orders;
    const state = {
      mode,
      now,
      steps,
      isRecovered,
      takesSignals,
      signals,
      ...(paused !== undefined && { paused }),
      ...(roundTrip && { roundTrip }),
      ...(waiting && { waiting }),
    };
    if (isRecovered) return { ...state, ...money, datas, strategies, orders, messages };
    const unknown = datas.map((data) => ({ ...data, position: unknownPosition }));
    return { ...state, ...money, datas: unknown, strategies, orders, messages };
  }

  /** The result of the run. */
  result(journal: string | undefined, queue: QueueCounts, warnings: readonly string[] = []): RunResult {
    const { broker, mode } = this.parts;
    this.loop.flush();
    for (const run of this.runs) for (const { analyzer } of run.analyzers) analyzer.stop();
    const streams = this.feeds.map(summaryOf);
    const { ended = 'it has not', inputs, failedRequests, isRecovered } = this;
    const isSettled = isRecovered && broker.isSettled;
    const roundTrip = this.parts.roundTrip?.();
    const holdings = Object.fromEntries(this.loader.timelines.map(({ id, info }) => [info.symbol, broker.heldOf(id)]));
    const openOrders = this.runs.flatMap(({ entry }) => entry.orders.filter(({ isAlive }) => isAlive).map(orderLine));
    return conclude(this.loader.timelines, broker, this.runs, {
      mode,
      session: {
        ended, isRecovered, isSettled, holdings, openOrders, inputs, streams, queue, failedRequests, journal,
        ...(roundTrip && { roundTrip }),
      }, // prettier-ignore
      steps: this.steps,
      equity: this.equity,
      statistics: this.statistics,
      accounts: this.accounts,
      warnings: [
        ...this.endWarnings(isSettled),
        ...this.timers.warnings(),
        ...this.loader.warnings(),
        ...streams.flatMap(warningsOf),
        ...this.feeds.flatMap(haltWarning),
        ...this.silentHooks(),
        ...(this.parts.keptWarnings?.() ?? []),
        ...warnings,
      ],
    });
  }

  /** The hooks of strategies that no feed of the session could call. */
  private silentHooks(): string[] {
    const isFollowed = this.feeds.some(({ feed }) =>
      feed.wanted.some(({ channel, symbol }) => channel === 'book' && symbol === feed.symbol),
    );
    if (isFollowed) return [];
    const deaf = this.runs.filter(({ hearsBooks }) => hearsBooks);
    return deaf.map(
      ({ name }) => `nextBook() of ${name} was never called: no feed follows its book; add subscribeBook() to the feed`,
    );
  }

  private feedFor(source: Source, index: number): LiveFeed {
    const { plan, broker, facts } = this.parts;
    const feed = streamsOf(plan)[index]!;
    const dataIds = plan.datas.flatMap((data, id) => (feedOfPlan(data) === source.feed ? [id] : []));
    const { canFetch, clockOffset } = facts[index]!;
    return new LiveFeed({ index, source, feed, dataIds, broker, canFetch, clockOffset });
  }

  private hear(feed: LiveFeed, event: StreamEvent): void {
    feed.measures.take(event);
    const counts = feed.intake.reach(event, receivedAt(event) + feed.clockOffset);
    if (event.type === 'trade' && counts && event.symbol === feed.feed.symbol) feed.moveClock(timeOf(event));
    this.deliver(feed);
    if (event.type !== 'bar') this.follow(feed, event, counts);
  }

  /** What an event says of the market between bars. */
  private follow(feed: LiveFeed, event: StreamEvent, counts: boolean): void {
    feed.feed.apply(event);
    feed.trade(event, counts);
    this.showMarket(feed, event, counts);
    if (event.type === 'status') this.tellState(feed, event.reason, `${event.channel} of ${event.symbol}`, event.state);
    else if (event.type === 'gap')
      this.say(`${event.exchange}: a gap in ${event.channel} of ${event.symbol}: ${event.reason}`);
    else if (event.type === 'refused') this.sayRefused(feed, event);
  }

  /** Calls the hooks for trades and books of the feed's own symbol. */
  private showMarket({ feed, dataIds }: LiveFeed, event: StreamEvent, counts: boolean): void {
    if (!this.isRecovered || !this.hasMarketHooks) return;
    if ((event.type !== 'trade' && event.type !== 'book') || event.symbol !== feed.symbol) return;
    const id = dataIds[0]!;
    if (event.type === 'trade') {
      if (!counts) return;
      this.loop.callEach((run) => {
        run.callTrade(id, event);
      });
    } else {
      const book = feed.book();
      if (book === undefined) return;
      this.loop.callEach((run) => {
        run.callBook(id, book);
      });
    }
  }

  /** Goes on without bars that could not be fetched: strategies are notified, and the result lists them. */
  private skip(feed: LiveFeed, { start, end, reason }: BarHole): void {
    feed.holes.push({ start, end, reason });
    const text = holeText({ start, end, reason });
    this.say(`${feed.name}: ${text}`);
    this.callData(feed, 'resyncing', text);
    feed.intake.bars.fetched({ start, end }, columnsOf([]));
    this.deliver(feed);
    this.callData(feed, feed.state, 'the bars after the hole follow');
  }

  /** The first refusal of a kind is reported, then the second, fourth, eighth and so on: a venue may send the same invalid value all day. */
  private sayRefused({ intake }: LiveFeed, { exchange, channel, symbol, reason, detail }: StreamRefusal): void {
    const count = intake.refused[`${channel} ${reason}`] ?? 0;
    if ((count & (count - 1)) !== 0) return;
    const times = count > 1 ? ` (${count} refused so far)` : '';
    this.say(`${exchange}: refused an event in ${channel} of ${symbol}: ${detail}${times}`);
  }

  private tellState(feed: LiveFeed, reason: string, stream: string, state: string): void {
    this.say(`${feed.feed.exchange}: ${stream} is ${state}: ${reason}`);
    const now = feed.marketState;
    if (now === feed.state) return;
    feed.state = now;
    feed.tellBroker(now);
    this.callData(feed, now, reason);
  }

  private halt(feed: LiveFeed, reason: string | undefined): void {
    const text = reason === undefined ? 'trading goes on' : `trading is halted: ${reason}`;
    feed.halt(reason);
    this.say(`${feed.name}: ${text}${reason === undefined ? '' : '; new orders are refused'}`);
    this.callData(feed, feed.state, text);
  }

  private callData(feed: LiveFeed, state: StreamState, reason: string): void {
    this.decisions.data(feed.name, state, reason);
    for (const id of feed.dataIds) {
      this.loop.callEach((run) => {
        run.sync('notifyData', run.hooks.notifyData(run.datas[id]!, state, reason));
      });
    }
  }

  /** The clock of this computer has come so far. */
  private moveClock(now: number): void {
    this.now = now + (this.feeds[0]?.clockOffset ?? 0);
    this.approvals.now = this.now;
    this.parts.broker.onClock(this.now);
  }

  private tick(now: number): void {
    const { fetch } = this.parts;
    if (!this.isRecovered) {
      this.moveClock(now);
      if (this.now >= this.until) this.stop('its time was over');
      return;
    }
    for (const feed of this.feeds) {
      feed.moveClock(now + feed.clockOffset);
      feed.intake.bars.tick(now + feed.clockOffset);
      this.deliver(feed);
    }
    this.moveClock(now);
    this.approvals.expire();
    if (this.now >= this.until) this.stop('its time was over');
    if (fetch === undefined || this.ending !== undefined) return;
    for (const feed of this.feeds) {
      const at = now + feed.clockOffset;
      // A stream that is away for a moment is waited for, so that its bars come when orders can follow them.
      const range = feed.intake.bars.missing(feed.intake.isConnected ? at : at - patienceMs);
      if (range !== undefined) fetch(feed, range);
    }
  }

  /** Hands the bars that have closed to the engine, one step after the other. */
  private deliver(feed: LiveFeed): void {
    const { bars } = feed.intake;
    for (let bar = bars.shift(); bar !== undefined; bar = bars.shift()) {
      const isDelayed = feed.state === 'live' && feed.isDelayed(bar);
      if (isDelayed) feed.fallBehind(true);
      feed.give(bar);
      this.parts.onBar?.(feed.index, bar);
      this.advance();
      if (isDelayed) feed.fallBehind(false);
    }
    if (feed.catchUp()) this.advance();
  }

  private advance(): void {
    const { runs, loop, decisions } = this;
    const { broker } = this.parts;
    for (let k = 0; k < runs.length; k++) runs[k]!.graph.advance();
    loop.refresh();
    while (this.ending === undefined && loop.runNext()) {
      this.steps++;
      if (decisions.isRecorded) decisions.step(this.steps, loop.clock, broker.cash, broker.value);
      this.settle();
      this.parts.onStep?.();
      if (this.steps % forgetSteps === 0) this.forget();
      if (this.steps >= this.maxSteps) this.stop(`it had made ${this.maxSteps} steps`);
    }
  }

  private forget(): void {
    const { loader, runs, loop, statistics } = this;
    const { broker, keep } = this.parts;
    loop.flush();
    forget({ loader, runs, loop, broker, statistics, keep });
  }

  /** Passes over the history: indicators have values from it, but it makes no step. */
  private warm(): void {
    this.hasWarmed = true;
    for (const run of this.runs) run.graph.advance();
    this.loop.skipLoaded();
  }

  /** Lets the broker act on orders and notifies strategies, until there is nothing left to notify. */
  private settle(): void {
    const { broker } = this.parts;
    const { notices } = broker;
    for (let round = 0; ; round++) {
      broker.act();
      if (broker.news.count > 0) this.tellNews();
      if (notices.count === 0) return;
      this.loop.deliverNotices();
      if (round < mostRounds) continue;
      throw new SessionError(
        `a strategy sent an order for each answer ${mostRounds} times in a row: look at what it does in notifyOrder`,
        { code: 'order-loop' },
      );
    }
  }

  /** Reports once that the clock of this computer and that of an exchange are far apart. */
  private checkClock({ clockOffset, feed: { exchange } }: LiveFeed): void {
    if (Math.abs(clockOffset) < mostClockOffsetMs || this.clocksApart.has(exchange)) return;
    this.clocksApart.add(exchange);
    const apart = `${(Math.abs(clockOffset) / 1000).toFixed(1)} s ${clockOffset > 0 ? 'behind' : 'ahead of'}`;
    this.say(`the clock of this computer is ${apart} that of ${exchange}: the session goes by the time of the exchange; set the clock, such as with timedatectl set-ntp true`);
  } // prettier-ignore

  private tellNews(): void {
    const { news } = this.parts.broker;
    const texts = news.items.slice(0, news.count).map(({ text }) => text);
    news.clear();
    for (const text of texts) this.say(text);
  }

  private say(message: string): void {
    this.messages.push(message);
    if (this.messages.length > keptMessages) this.messages.shift();
    this.decisions.store(message);
    this.loop.callEach((run) => {
      run.sync('notifyStore', run.hooks.notifyStore(message));
    });
  }

  /** Stops the strategies; the session ends once what was sent has its answer. */
  private stop(reason: string): void {
    this.ending = reason;
    this.loop.callEach((run) => {
      run.call('stop');
    });
    this.settle();
    this.endIfSettled();
  }

  /** Takes what still belongs to the orders that were sent. A second stop ends the wait. */
  private settleUp(input: LiveInput): void {
    const { broker } = this.parts;
    if (input.kind === 'stop') {
      this.ended = this.ending;
      return;
    }
    if (input.kind === 'broker') broker.take(input.input);
    else if (input.kind === 'clock') broker.onClock(input.now + (this.feeds[0]?.clockOffset ?? 0));
    else return;
    this.settle();
    this.endIfSettled();
  }

  private endIfSettled(): void {
    if (!this.isRecovered || this.parts.broker.isSettled) this.ended = this.ending;
  }

  private endWarnings(isSettled: boolean): string[] {
    if (!this.isRecovered) {
      return [
        'the session ended before its account was known: cash, value and positions here are not those of the account',
      ];
    }
    if (isSettled) return [];
    return ['the session ended before every order had its answer: the account may differ from cash and positions here'];
  }
}
