/** A live session as those who watch it see it: prices, positions, orders, money and connections at this moment. */
import type { EngineBroker, Order } from '../../broker/index.ts';
import type { StreamState } from '../../core/index.ts';
import type { Timeline } from '../../lines/index.ts';
import type { RoundTrip } from '../result/round-trip.ts';
import type { LiveMode, StreamSummary } from '../result/session-summary.ts';
import { holeText } from '../../feeds/index.ts';
import type { SignalAnswer } from './operation/signal-gate.ts';
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
  /** The latest print or, before one, the latest close; NaN before both. */
  readonly price: number;
  /** Bars delivered so far. */
  readonly bars: number;
  /** Close of the latest bar, milliseconds UTC; NaN before one. */
  readonly closeTime: number;
  /** What is held of it. */
  readonly position: {
    /** Signed units held. */
    readonly size: number;
    /** Average entry price, in quote units. */
    readonly price: number;
    /** Profit that is not realised, at `price` of the data; of a contract with its size, in its settle currency. */
    readonly profit: number;
  };
}

/** What a session shows. Everything is as of now; a reader takes what it wants to keep. */
export interface SessionView {
  /** The session's mode. */
  readonly mode: LiveMode;
  /** The exchange's time as the session reckons it, milliseconds UTC. */
  readonly now: number;
  /** Steps so far. */
  readonly steps: number;
  /** Whether the account is known. Before that no step is made, and cash, value and positions are NaN. */
  readonly isRecovered: boolean;
  /** Why orders that open or increase a position are refused; undefined while they are taken. */
  readonly paused?: string;
  /** How long orders took to the exchange and back so far; undefined on paper, and before one was answered. */
  readonly roundTrip?: RoundTrip;
  /** Orders that wait for a person; undefined where none has to. */
  readonly waiting?: readonly Order[];
  /** Cash, in quote units. */
  readonly cash: number;
  /** Cash and positions, in quote units. */
  readonly value: number;
  /** Its datas, in the order added. */
  readonly datas: readonly DataView[];
  /** Whether a strategy of it has `notifySignal`, and the session may take signals. */
  readonly takesSignals: boolean;
  /** The latest signals from outside, newest last. */
  readonly signals: readonly SignalAnswer[];
  /** Orders that are alive. */
  readonly orders: readonly Order[];
  /** What was said last of the way to the exchange, newest last. */
  readonly messages: readonly string[];
}

/** One data as it is now. */
export function dataView(feed: LiveFeed, timeline: Timeline, broker: EngineBroker): DataView {
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

/** The counts of one stream, for the result. */
export function summaryOf({ name, feed, intake, history, trades, holes, measures }: LiveFeed): StreamSummary {
  const { built, fetched, lateTrades, breaks, suspect } = intake.bars.counts;
  const { exchange, symbol } = feed;
  const { badTrades, refused } = intake;
  return {
    name,
    exchange,
    symbol,
    history,
    built,
    fetched,
    trades,
    lateTrades,
    badTrades,
    refused: { ...refused },
    channels: measures.rows(),
    breaks,
    suspectBars: suspect,
    holes: [...holes],
  };
}

/** The counts of a stream that deserve a warning. */
export function warningsOf({ name, lateTrades, suspectBars, refused, holes }: StreamSummary): string[] {
  const texts: string[] = [];
  const some = (count: number): string => (count === 1 ? '1 trade' : `${count} trades`);
  if (lateTrades > 0) texts.push(`${some(lateTrades)} of '${name}' came after the bar was closed: they are in no bar`);
  if (suspectBars > 0) {
    const bars = suspectBars === 1 ? '1 bar' : `${suspectBars} bars`;
    texts.push(
      `${bars} of '${name}' may lack trades: the channel of trades was silent while others went on, and no source of closed bars was set to compare with`,
    );
  }
  for (const hole of holes) texts.push(`${name}: ${holeText(hole)}`);
  const reasons = Object.entries(refused);
  if (reasons.length > 0) {
    const counts = reasons.map(([reason, count]) => `${reason} ${count}`).join(', ');
    texts.push(`events of '${name}' were refused because they held values that no market can have: ${counts}`);
  }
  return texts;
}
