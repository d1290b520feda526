/** A live session as those who watch it see it: prices, positions, orders, money and connections at this moment. */
import type { EngineBroker, LiveBroker, Order } from '../../broker/index.ts';
import type { StreamState } from '../../core/index.ts';
import type { Timeline } from '../../lines/index.ts';
import type { RoundTrip } from '../result/round-trip.ts';
import type { LiveMode } from '../result/session-summary.ts';
import type { Approvals } from './operation/approvals.ts';
import type { SignalAnswer, SignalGate } from './operation/signal-gate.ts';
import type { StrategyRun } from '../strategy/strategy-run.ts';
import type { LiveFeed } from './feed-state.ts';

/** One data of a session at a moment. */
export interface DataView {
  /** The data's name. */
  readonly name: string;
  /** The unified symbol. */
  readonly symbol: string;
  /** Length of its bars, such as `1m`. */
  readonly timeframe: string;
  /** State of its stream. */
  readonly state: StreamState;
  /** Why trading in it is halted; undefined while it is not. */
  readonly halted?: string;
  /** The latest trade price or, before a trade, the latest close; NaN before both. */
  readonly price: number;
  /** Bars delivered so far. */
  readonly bars: number;
  /** Close of the latest bar, milliseconds UTC; NaN before one. */
  readonly closeTime: number;
  /** What is held of it, by all strategies together. */
  readonly position: PositionView;
}

/** One strategy of a session at a moment. */
export interface StrategyView {
  /** The name of its class, with a number behind it (`SmaCross#2`) where the session has several of that class. */
  readonly name: string;
  /** Whether other strategies trade with the same account: then cash and value are NaN, and positions are those of its own open trades. */
  readonly sharesAccount: boolean;
  /** Its cash, in quote units. */
  readonly cash: number;
  /** Its cash and positions, in quote units. */
  readonly value: number;
  /** What it holds of each data, in the order added. */
  readonly positions: readonly StrategyPosition[];
  /** Its orders that are alive. */
  readonly orders: readonly Order[];
  /** The latest orders that it placed, ended ones too, newest last; at most three. */
  readonly latestOrders: readonly Order[];
}

/** What a strategy holds of a data. */
export interface StrategyPosition extends PositionView {
  /** The data's name. */
  readonly data: string;
  /** The unified symbol. */
  readonly symbol: string;
}

/** A position at a moment. */
export interface PositionView {
  /** Signed units held. */
  readonly size: number;
  /** Average entry price, in quote units. */
  readonly price: number;
  /** Unrealised profit at the data's latest price, in the settle currency of a contract. */
  readonly profit: number;
}

/** The present state of a session. A reader copies what it wants to keep. */
export interface SessionView {
  /** The session's mode. */
  readonly mode: LiveMode;
  /** The exchange's time as the session estimates it, milliseconds UTC. */
  readonly now: number;
  /** Steps so far. */
  readonly steps: number;
  /** Whether the account is known. Until then the session makes no step, and cash, value and positions are NaN. */
  readonly isRecovered: boolean;
  /** Why the session refuses orders that open or increase a position; undefined while it accepts them. */
  readonly paused?: string;
  /** How long orders took to the exchange and back so far; undefined on paper, and before one was answered. */
  readonly roundTrip?: RoundTrip;
  /** Orders that wait for approval; undefined without approval mode. */
  readonly waiting?: readonly Order[];
  /** Cash, in quote units. */
  readonly cash: number;
  /** Cash and positions, in quote units. */
  readonly value: number;
  /** Its datas, in the order added. */
  readonly datas: readonly DataView[];
  /** Its strategies, in the order added. */
  readonly strategies: readonly StrategyView[];
  /** Whether a strategy of it has `notifySignal`, and the session may take signals. */
  readonly takesSignals: boolean;
  /** The latest signals from outside, newest last. */
  readonly signals: readonly SignalAnswer[];
  /** Orders that are alive. */
  readonly orders: readonly Order[];
  /** The latest messages about the connection to the exchange, newest last. */
  readonly messages: readonly string[];
}

/** What of a session its view is made of. */
export interface SessionMoment {
  readonly mode: LiveMode;
  readonly now: number;
  readonly steps: number;
  readonly isRecovered: boolean;
  readonly broker: LiveBroker;
  readonly timelines: readonly Timeline[];
  readonly feeds: readonly LiveFeed[];
  readonly runs: readonly StrategyRun[];
  readonly messages: readonly string[];
  readonly paused: string | undefined;
  readonly signals: SignalGate;
  readonly approvals: Approvals;
  readonly roundTrip: RoundTrip | undefined;
}

/** A session as it is now. */
export function sessionView(moment: SessionMoment): SessionView {
  const { mode, now, steps, isRecovered, broker, timelines, feeds, runs, messages, paused, roundTrip } = moment;
  const { takesSignals, answers: signals } = moment.signals;
  const { waitMs, orders: waiting } = moment.approvals;
  const datas = feeds.flatMap((feed) => feed.dataIds.map((id) => dataView(feed, timelines[id]!, broker)));
  const byId: DataView[] = [];
  feeds.flatMap(({ dataIds }) => dataIds).forEach((id, k) => (byId[id] = datas[k]!));
  return {
    mode,
    now,
    steps,
    isRecovered,
    takesSignals,
    signals,
    ...(paused !== undefined && { paused }),
    ...(roundTrip && { roundTrip }),
    ...(waitMs !== undefined && { waiting }),
    cash: isRecovered ? broker.cash : NaN,
    value: isRecovered ? broker.value : NaN,
    datas: isRecovered ? datas : datas.map((data) => ({ ...data, position: unknownPosition })),
    strategies: runs.map((run, k) => {
      const own = broker.parts === undefined ? (runs.length === 1 ? broker : undefined) : broker.parts[k];
      return strategyView(run, { datas: byId, broker, own }, isRecovered);
    }),
    orders: openOrders(runs),
    messages,
  };
}

/** The orders of all strategies that are alive. */
export function openOrders(runs: readonly StrategyRun[]): Order[] {
  return runs.flatMap(({ entry }) => entry.open.read(undefined));
}

/** One data as it is now. */
function dataView(feed: LiveFeed, timeline: Timeline, broker: EngineBroker): DataView {
  const { name, symbol, timeframe } = timeline.info;
  const { index } = timeline;
  const [last] = feed.feed.viewOf(feed.feed.symbol).recentTrades(1);
  const { size, price } = broker.positionOf(timeline.id);
  const now = last?.price ?? timeline.close.at(index);
  return {
    name,
    symbol,
    timeframe: timeframe.name,
    state: feed.isBehind ? 'resyncing' : feed.state,
    ...(feed.halted !== undefined && { halted: feed.halted }),
    price: now,
    bars: index + 1,
    closeTime: timeline.closeAt(index),
    position: { size, price, profit: size === 0 ? 0 : broker.schemeOf(timeline.id).pnl(size, price, now) },
  };
}

/** What is known of a position before the account is. */
const unknownPosition: PositionView = { size: NaN, price: NaN, profit: NaN };

const shownLatest = 3;

/** One strategy as it is now. @param own - The broker of its part; undefined where strategies share the account. */
function strategyView(
  run: StrategyRun,
  { datas, broker, own }: { readonly datas: readonly DataView[]; readonly broker: EngineBroker; readonly own: EngineBroker | undefined },
  isKnown: boolean,
): StrategyView {
  const { entry, trades } = run;
  const positions = run.datas.map((data, id): StrategyPosition => {
    const { name, symbol, price: now } = datas[id]!;
    if (!isKnown) return { data: name, symbol, ...unknownPosition };
    const { size, price } = own?.positionOf(id) ?? trades.heldOf(data);
    return { data: name, symbol, size, price, profit: size === 0 ? 0 : broker.schemeOf(id).pnl(size, price, now) };
  });
  const money = isKnown && own !== undefined ? { cash: own.cash, value: own.value } : { cash: NaN, value: NaN };
  return {
    name: run.label,
    sharesAccount: own === undefined,
    ...money,
    positions,
    orders: entry.open.read(undefined),
    latestOrders: entry.orders.slice(-shownLatest),
  };
} // prettier-ignore
