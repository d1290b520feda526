/** One tick backtest: recorded trades and books in the order in which exchange and strategy see them, with orders travelling between the two. */
import { RunRecord, RunStatistics } from '../../analyzers/index.ts';
import { TickBroker } from '../../broker/index.ts';
import { ConfigError, SessionError, systemRuntime, type TradeTick } from '../../core/index.ts';
import { BookDataFeed, tickKind, type LiveBars, type MarketTicks, type TickMarket } from '../../feeds/index.ts';
import { Loader, type Source } from '../datas/loader.ts';
import { cashSharesOf } from '../plan/cash-shares.ts';
import { feedOfPlan } from '../plan/data-plan.ts';
import { brokerPart, type RunOptions, type RunPlan } from '../plan/plan.ts';
import { EquityKeeper } from '../result/equity.ts';
import type { RunResult } from '../result/result.ts';
import { StepLoop } from '../step/step-loop.ts';
import type { StrategyRun } from '../strategy/strategy-run.ts';
import type { Timers } from '../strategy/timers.ts';
import { conclude, factsOf, makeRuns, makeTimers } from './assembly.ts';

/** How often the clock closes bars whose time has passed, milliseconds. */
const clockMs = 1_000;
/** Rounds of orders that are answered at once and make their strategy send others, before it is taken for a mistake. */
const mostRounds = 10_000;
/** Turns after which the run yields to other work, so that it can be aborted. */
const turnSteps = 1 << 18;

/** Runs a plan over the recorded books of its datas. */
export async function runTicks(plan: RunPlan, options: RunOptions): Promise<RunResult> {
  const other = plan.datas.map(feedOfPlan).find((feed) => !(feed instanceof BookDataFeed));
  if (other !== undefined) {
    throw new ConfigError(`a tick backtest takes BookDataFeeds alone, and '${other.name}' is another feed`);
  }
  if (plan.makeBroker !== undefined) throw new ConfigError('setBroker is for backtests over bars: a tick backtest has its own broker'); // prettier-ignore
  for (const field of ['keepBars', 'keepOrders', 'watch'] as const) {
    if (options[field] !== undefined) {
      throw new ConfigError(`${field} is for backtests over bars: leave it out of a tick backtest`, { context: { field } }); // prettier-ignore
    }
  }
  if (plan.options.cheatOnOpen === true) throw new ConfigError('cheatOnOpen is for backtests over bars: a tick backtest fills orders in the book', { context: { field: 'cheatOnOpen' } }); // prettier-ignore
  const run = new TickRun(plan, options);
  await run.play(options.signal);
  return run.conclude();
}

/** One feed while its rows are played. */
class TickStream {
  readonly index: number;
  readonly feed: BookDataFeed;
  readonly source: Source;
  readonly ticks: MarketTicks;
  readonly market: TickMarket;
  readonly arrivals: Float64Array;
  readonly bars: LiveBars;
  /** Datas whose bars come from it; the first is its own. */
  readonly dataIds: readonly number[];
  readonly isAtExchange: Uint32Array;
  readonly isHere: Uint32Array;
  /** The next row at the exchange and here, in their orders. */
  atExchange = 0;
  here = 0;
  bid = NaN;
  ask = NaN;

  constructor(index: number, source: Source, dataIds: readonly number[]) {
    const { feed } = source;
    // `runTicks` has refused every other feed.
    if (!(feed instanceof BookDataFeed)) throw new ConfigError(`'${source.name}' has no ticks`);
    this.index = index;
    this.source = source;
    this.dataIds = dataIds;
    this.feed = feed;
    this.ticks = feed.ticks;
    this.arrivals = feed.arrivals;
    this.market = feed.market;
    this.market.reset();
    this.bars = feed.liveBars();
    this.isAtExchange = feed.orderAtExchange;
    this.isHere = feed.orderHere;
    source.track.know(-Infinity);
  }

  /** The exchange's time of its next row there; Infinity at the end. */
  get nextAtExchange(): number {
    return this.atExchange < this.isAtExchange.length
      ? this.ticks.time[this.isAtExchange[this.atExchange]!]!
      : Infinity;
  }

  /** When its next row is received; Infinity at the end. */
  get nextHere(): number {
    return this.here < this.isHere.length ? this.arrivals[this.isHere[this.here]!]! : Infinity;
  }
}

class TickRun {
  readonly #plan: RunPlan;
  readonly #broker: TickBroker;
  readonly #loader: Loader;
  readonly #streams: readonly TickStream[];
  readonly #runs: readonly StrategyRun[];
  readonly #loop: StepLoop;
  readonly #record: RunRecord;
  readonly #equity = new EquityKeeper();
  readonly #statistics = new RunStatistics();
  readonly #timers: Timers;
  readonly #hearsTrades: boolean;
  readonly #hearsBooks: boolean;
  /** The present trade or book, for the calls below. */
  #trade!: TradeTick;
  #stream!: TickStream;
  readonly #callTrade = (run: StrategyRun): void => {
    run.callTrade(this.#stream.dataIds[0]!, this.#trade);
  };
  readonly #callBook = (run: StrategyRun): void => {
    run.callBook(this.#stream.dataIds[0]!, this.#stream.market.book()!);
  };
  #clock = -Infinity;
  #steps = 0;

  constructor(plan: RunPlan, { ticks = {} }: RunOptions) {
    this.#plan = plan;
    cashSharesOf(plan, 'ticks');
    this.#broker = new TickBroker(brokerPart(plan.options), ticks);
    this.#loader = new Loader(plan.datas);
    const { timelines, replays, sources } = this.#loader;
    this.#streams = sources.map((source, index) => {
      const ids = plan.datas.flatMap((data, id) => (feedOfPlan(data) === source.feed ? [id] : []));
      return new TickStream(index, source, ids);
    });
    const broker = this.#broker;
    broker.open(timelines, plan.schemes, plan.instruments);
    broker.link(timelines.map(({ id }) => this.#streams.findIndex(({ dataIds }) => dataIds.includes(id))));
    this.#record = new RunRecord(broker.fundMode);
    this.#timers = makeTimers(plan);
    this.#runs = makeRuns(plan, timelines, broker, this.#timers);
    this.#loop = new StepLoop(timelines, broker, this.#runs, this.#record, {
      cheatOnOpen: false,
      equity: this.#equity,
      statistics: this.#statistics,
      replays,
      timers: this.#timers,
      isFastPathAllowed: false,
      isStrict: plan.options.strict ?? false,
    });
    this.#hearsTrades = this.#runs.some((run) => run.hearsTrades);
    this.#hearsBooks = this.#runs.some((run) => run.hearsBooks);
    const facts = factsOf(plan, timelines, broker, this.#record);
    this.#statistics.attach(facts);
    this.#statistics.start();
    this.#loop.callEach((run) => {
      run.start(facts);
    });
  }

  /** Plays every row: what happens at the exchange before what is received at the same moment. */
  async play(signal: AbortSignal | undefined): Promise<void> {
    const broker = this.#broker;
    const streams = this.#streams;
    this.#settle();
    for (let turns = 0; ; turns++) {
      if (turns % turnSteps === 0 && turns > 0) {
        await (this.#plan.options.runtime ?? systemRuntime).sleep(0);
        signal?.throwIfAborted();
      }
      let outside: TickStream | undefined;
      let exchangeTime = Infinity;
      let inside: TickStream | undefined;
      let time = Infinity;
      for (let k = 0; k < streams.length; k++) {
        const stream = streams[k]!;
        const { nextAtExchange, nextHere } = stream;
        if (nextAtExchange < exchangeTime) {
          exchangeTime = nextAtExchange;
          outside = stream;
        }
        if (nextHere < time) {
          time = nextHere;
          inside = stream;
        }
      }
      const { nextRequest, nextAnswer } = broker;
      // When nothing is received any more, nothing can be decided.
      if (inside === undefined && nextAnswer === Infinity && nextRequest === Infinity) return;
      if (outside !== undefined && exchangeTime <= nextRequest && exchangeTime <= nextAnswer && exchangeTime <= time) {
        this.#happen(outside, exchangeTime);
      } else if (nextRequest <= nextAnswer && nextRequest <= time) broker.takeRequest();
      else if (nextAnswer <= time) {
        broker.takeAnswer();
        this.#settle();
      } else this.#receive(inside!, time);
    }
  }

  conclude(): RunResult {
    const { timelines } = this.#loader;
    const broker = this.#broker;
    if (this.#plan.options.closeAtEnd === true) this.#loop.closeAll();
    this.#loop.callEach((run) => {
      run.call('stop');
    });
    this.#loop.flush();
    for (const run of this.#runs) for (const { analyzer } of run.analyzers) analyzer.stop();
    return conclude(timelines, broker, this.#runs, {
      mode: 'backtest',
      steps: this.#steps,
      equity: this.#equity,
      statistics: this.#statistics,
      accounts: [],
      warnings: [...this.#timers.warnings(), ...this.#loader.warnings()],
      reports: this.#loader.reports(),
    });
  }

  /** The next trade or update happens at the exchange. */
  #happen(stream: TickStream, time: number): void {
    const { ticks, index, isAtExchange } = stream;
    const broker = this.#broker;
    for (;;) {
      const row = isAtExchange[stream.atExchange++]!;
      const kind = ticks.kind[row];
      const sign = ticks.side[row]! > 0 ? 1 : -1;
      if (kind === tickKind.trade) {
        broker.trade(index, sign, ticks.price[row]!, ticks.size[row]!, time);
        return;
      }
      if (kind === tickKind.clear) broker.clear(index);
      else broker.level(index, sign, ticks.price[row]!, ticks.size[row]!);
      if (ticks.isLast[row] === 0) continue;
      broker.settle(index, time);
      return;
    }
  }

  /** The next trade or update is received by the strategy's machine. */
  #receive(stream: TickStream, now: number): void {
    const { ticks, market, isHere } = stream;
    let row = isHere[stream.here++]!;
    this.#broker.moveClock(now);
    if (now >= this.#clock + clockMs) this.#tick(now);
    if (ticks.kind[row] === tickKind.trade) {
      this.#receiveTrade(stream, row, now);
      return;
    }
    const { depth } = market;
    for (;;) {
      if (ticks.kind[row] === tickKind.clear) depth.clear();
      else depth.side(ticks.side[row]! > 0 ? 1 : -1).set(ticks.price[row]!, ticks.size[row]!);
      if (ticks.isLast[row] === 1) break;
      row = isHere[stream.here++]!;
    }
    this.#receiveBook(stream, ticks.time[row]!, now);
  }

  #receiveTrade(stream: TickStream, row: number, now: number): void {
    const { ticks, bars, market, dataIds } = stream;
    const time = ticks.time[row]!;
    const price = ticks.price[row]!;
    const counts = bars.reach(time);
    this.#deliver(stream);
    if (counts) bars.take({ price, size: ticks.size[row]! }, time);
    const trade: TradeTick = {
      type: 'trade',
      exchange: market.exchange,
      symbol: market.symbol,
      time,
      receiveTime: now,
      id: undefined,
      side: ticks.side[row]! > 0 ? 'buy' : 'sell',
      price,
      size: ticks.size[row]!,
      backfill: false,
    };
    market.take(trade);
    for (let k = 0; k < dataIds.length; k++) this.#broker.seeTrade(dataIds[k]!, price);
    if (!this.#hearsTrades) return;
    this.#trade = trade;
    this.#stream = stream;
    this.#loop.callEach(this.#callTrade);
    this.#settle();
  }

  #receiveBook(stream: TickStream, time: number, now: number): void {
    const { market, dataIds } = stream;
    market.changed(time, now);
    const { bids, asks } = market.depth;
    const bid = bids.best;
    const ask = asks.best;
    if (bid !== stream.bid || ask !== stream.ask) {
      stream.bid = bid;
      stream.ask = ask;
      for (let k = 0; k < dataIds.length; k++) this.#broker.seeTouch(dataIds[k]!, bid, ask);
    }
    if (!this.#hearsBooks) return;
    this.#stream = stream;
    this.#loop.callEach(this.#callBook);
    this.#settle();
  }

  /** The clock closes bars whose time has passed. */
  #tick(now: number): void {
    this.#clock = now;
    for (const stream of this.#streams) {
      stream.bars.tick(now);
      this.#deliver(stream);
    }
  }

  /** Hands the bars that have closed to the engine. */
  #deliver({ bars, source }: TickStream): void {
    for (let bar = bars.shift(); bar !== undefined; bar = bars.shift()) {
      source.track.push(bar);
      for (const run of this.#runs) run.graph.advance();
      this.#loop.refresh();
      while (this.#loop.runNext()) {
        this.#steps++;
        this.#settle();
      }
    }
  }

  /** Sends the orders of strategies and notifies them, until there is nothing left to notify. */
  #settle(): void {
    const broker = this.#broker;
    for (let round = 0; ; round++) {
      broker.act();
      if (broker.notices.count === 0) return;
      this.#loop.deliverNotices();
      if (round < mostRounds) continue;
      throw new SessionError(
        `a strategy placed a new order in reply to every notification, ${mostRounds} times in a row: check notifyOrder() for a loop`,
        { code: 'order-loop' },
      );
    }
  }
}
