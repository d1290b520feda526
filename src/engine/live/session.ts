/** The consumer of a live session: takes one input after the other and drives the engine's step. Reads no clock and waits for nothing. */
import { RunRecord, RunStatistics } from '../../analyzers/index.ts';
import type { EngineBroker, LiveBroker } from '../../broker/index.ts';
import { SessionError, type StreamEvent } from '../../core/index.ts';
import { columnsOf, holeText, receivedAt, timeOf, type BarHole } from '../../feeds/index.ts';
import { accountsOf, factsOf, makeRuns, makeTimers } from '../run/assembly.ts';
import { LiveFeed } from './feed-state.ts';
import type { LiveInput } from './input.ts';
import { Decisions, WatchedTaker } from './journal/decisions.ts';
import { SessionMessages } from './messages.ts';
import { counted, Operator } from './operation/operator.ts';
import { SignalGate } from './operation/signal-gate.ts';
import type { SessionLimits } from './operation/kill-switch.ts';
import { streamsOf, type SessionParts } from './session-parts.ts';
import { orderLine, sessionResult } from './session-result.ts';
import { sessionView, type SessionView } from './view.ts';
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

/** After this many steps, and after this many inputs where there are few steps, what is no longer needed is dropped. */
const [forgetSteps, forgetInputs] = [1_024, 16_384];
/** Rounds of orders that fill at once and make their strategy send others, before it is taken for a mistake. */
const mostRounds = 10_000;
/** How long bars wait for a stream that is away before they are fetched without it. */
const patienceMs = 30_000;

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
  readonly messages: SessionMessages;
  readonly operator: Operator;
  private readonly parts: SessionParts;
  /** Of the parts, what every bar asks for. */
  private readonly broker: LiveBroker;
  private readonly onBar: SessionParts['onBar'];
  private readonly onStep: SessionParts['onStep'];
  private readonly loader: Loader;
  private readonly runs: readonly StrategyRun[];
  private readonly loop: StepLoop;
  private readonly record: RunRecord;
  private readonly equity = new ThinEquity();
  private readonly statistics = new RunStatistics();
  private readonly accounts: readonly StrategyAccount[];
  private readonly timers: Timers;
  private readonly hasMarketHooks: boolean;
  private hasWarmed = false;
  private readonly signals: SignalGate;
  private maxSteps: number;
  private until: number;
  private steps = 0;
  private now = -Infinity;

  constructor(parts: SessionParts) {
    const { plan, broker, decide, facts } = parts;
    this.parts = parts;
    this.broker = broker;
    this.onBar = parts.onBar;
    this.onStep = parts.onStep;
    this.maxSteps = parts.maxSteps;
    this.until = parts.until;
    for (const [k, feed] of streamsOf(plan).entries()) feed.useInstrument(facts[k]?.instrument);
    this.loader = new Loader(plan.datas);
    const { timelines, replays, sources } = this.loader;
    broker.open(timelines, plan.schemes, plan.instruments);
    this.decisions = new Decisions(decide);
    this.record = new RunRecord(broker.fundMode);
    this.timers = makeTimers(plan);
    const { limits, approvalMs, onCommand } = parts;
    const say = (message: string): void => {
      this.messages.say(message);
    };
    this.operator = new Operator({ broker, timelines, limits, approvalMs, say, onCommand });
    const { approvals } = this.operator;
    const takerOf = (own: EngineBroker): WatchedTaker => new WatchedTaker(own, this.decisions, approvals);
    this.runs = this.operator.runs = makeRuns(plan, timelines, broker, this.timers, {
      takerOf,
      hearing: this.decisions,
    });
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
    this.messages = new SessionMessages(this.loop, this.decisions);
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
    for (const feed of this.feeds) this.messages.checkClock(feed);
    const { unsent = [] } = this.parts;
    if (unsent.length > 0) this.messages.say(`${counted(unsent.length)} waited for a person when the last run ended, and ${unsent.length === 1 ? 'was' : 'were'} not sent: ${unsent.join(', ')}`); // prettier-ignore
    this.settle();
  }

  /** The orders that wait for a person, one line each. */
  get unsent(): readonly string[] {
    const { waitMs, orders } = this.operator.approvals;
    return waitMs === undefined ? [] : orders.map(orderLine);
  }

  /** What the strategies save for a later run, in their order; undefined where none saves anything. */
  saveState(): readonly unknown[] | undefined {
    const states = this.runs.map((run) => run.saveState());
    return states.some((state) => state !== undefined) ? states : undefined;
  }

  /** The limits of the run that goes on with the session. */
  limit(maxSteps: number, until: number, limits: SessionLimits | undefined, approvalMs: number | undefined): void {
    this.operator.limit(limits, approvalMs);
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
    this.isRecovered ||= this.hasWarmed && this.broker.isReady;
    if (input.kind === 'event') this.hear(this.feeds[input.feed]!, input.event);
    else if (input.kind === 'stop') {
      this.stop(input.reason);
      return;
    } else this.take(input);
    this.settle();
    if (this.inputs % forgetInputs === 0) this.forget();
    this.isRecovered ||= this.hasWarmed && this.broker.isReady;
    if (this.operator.isWatching && this.isRecovered && this.operator.check(this.decisions.orders, this.feeds))
      this.settle();
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
        this.messages.checkClock(this.feeds[input.feed]!);
        break;
      case 'halted':
        this.halt(this.feeds[input.feed]!, input.reason);
        break;
      case 'failed':
        this.failedRequests++;
        this.messages.say(`${this.feeds[input.feed]!.name}: ${input.reason}`);
        break;
      case 'broker':
        this.broker.take(input.input);
        break;
      case 'command':
        this.operator.take(input.command);
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
    this.messages.say('the session goes on in a new process: bars since its end are fetched');
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

  private signal(signal: ExternalSignal): void {
    const isReady = this.isRecovered && this.loader.timelines.every(({ index }) => index >= 0);
    const refusal = this.signals.admit(signal, isReady);
    if (refusal !== undefined) {
      this.messages.say(`signal ${signal.id} of ${signal.from} was refused: ${refusal}`);
      return;
    }
    this.messages.say(`signal ${signal.id} of ${signal.from} was taken`);
    frozen(signal);
    this.loop.callEach((run) => {
      run.sync('notifySignal', run.hooks.notifySignal(signal));
    });
  }

  /** What can be shown of it now. */
  get view(): SessionView {
    const { parts, broker, loader, feeds, runs, now, steps, isRecovered, signals, operator } = this;
    const { mode } = parts;
    const { timelines } = loader;
    const { paused, approvals } = operator;
    const messages = this.messages.latest;
    const roundTrip = parts.roundTrip?.();
    return sessionView({
      ...{ mode, now, steps, isRecovered, broker, timelines, feeds, runs },
      ...{ messages, paused, signals, approvals, roundTrip },
    });
  }

  /** The result of the run. */
  result(journal: string | undefined, queue: QueueCounts, warnings: readonly string[] = []): RunResult {
    const { parts, loader, feeds, runs, steps, equity, statistics, accounts } = this;
    const { ended = 'it has not', isRecovered, inputs, failedRequests } = this;
    this.loop.flush();
    for (const { analyzers } of runs) for (const { analyzer } of analyzers) analyzer.stop();
    const roundTrip = parts.roundTrip?.();
    return sessionResult({
      ...{ mode: parts.mode, broker: parts.broker, timelines: loader.timelines, feeds, runs },
      ...{ steps, equity, statistics, accounts, ended, isRecovered, inputs, queue, failedRequests, journal },
      ...(roundTrip && { roundTrip }),
      warnings: [...this.timers.warnings(), ...loader.warnings(), ...(parts.keptWarnings?.() ?? []), ...warnings],
    });
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
    if (event.type === 'status')
      this.changeState(feed, event.reason, `${event.channel} of ${event.symbol}`, event.state);
    else if (event.type === 'gap')
      this.messages.say(`${event.exchange}: a gap in ${event.channel} of ${event.symbol}: ${event.reason}`);
    else if (event.type === 'refused') this.messages.sayRefused(feed, event);
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
    this.messages.say(`${feed.name}: ${text}`);
    this.messages.tellState(feed, 'resyncing', text);
    feed.intake.bars.fetched({ start, end }, columnsOf([]));
    this.deliver(feed);
    this.messages.tellState(feed, feed.state, 'the bars after the hole follow');
  }

  private changeState(feed: LiveFeed, reason: string, stream: string, state: string): void {
    this.messages.say(`${feed.feed.exchange}: ${stream} is ${state}: ${reason}`);
    const now = feed.marketState;
    if (now === feed.state) return;
    feed.state = now;
    feed.tellBroker(now);
    this.messages.tellState(feed, now, reason);
  }

  private halt(feed: LiveFeed, reason: string | undefined): void {
    const text = reason === undefined ? 'trading goes on' : `trading is halted: ${reason}`;
    feed.halt(reason);
    this.messages.say(`${feed.name}: ${text}${reason === undefined ? '' : '; new orders are refused'}`);
    this.messages.tellState(feed, feed.state, text);
  }

  /** The clock of this computer has come so far. */
  private moveClock(now: number): void {
    this.now = now + (this.feeds[0]?.clockOffset ?? 0);
    this.operator.approvals.now = this.now;
    this.broker.onClock(this.now);
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
    this.operator.approvals.expire();
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
      this.onBar?.(feed.index, bar);
      this.advance();
      if (isDelayed) feed.fallBehind(false);
    }
    if (feed.catchUp()) this.advance();
  }

  private advance(): void {
    const { runs, loop, decisions, broker } = this;
    for (let k = 0; k < runs.length; k++) runs[k]!.graph.advance();
    loop.refresh();
    while (this.ending === undefined && loop.runNext()) {
      this.steps++;
      if (decisions.isRecorded) decisions.step(this.steps, loop.clock, broker.cash, broker.value);
      this.settle();
      this.onStep?.();
      if (this.steps % forgetSteps === 0) this.forget();
      if (this.steps >= this.maxSteps) this.stop(`it had made ${this.maxSteps} steps`);
    }
  }

  private forget(): void {
    const { loader, runs, loop, statistics, broker } = this;
    const { keep } = this.parts;
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
    const { broker } = this;
    const { notices } = broker;
    for (let round = 0; ; round++) {
      broker.act();
      if (broker.news.count > 0) this.messages.sayNews(broker.news);
      if (notices.count === 0) return;
      this.loop.deliverNotices();
      if (round < mostRounds) continue;
      throw new SessionError(
        `a strategy sent an order for each answer ${mostRounds} times in a row: look at what it does in notifyOrder`,
        { code: 'order-loop' },
      );
    }
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
    const { broker } = this;
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
    if (!this.isRecovered || this.broker.isSettled) this.ended = this.ending;
  }
}
