/** What a session tells its strategies of venues and streams: messages (`notifyStore`) and the states of their datas (`notifyData`). */
import type { LiveBroker } from '../../broker/index.ts';
import type { StreamRefusal, StreamState } from '../../core/index.ts';
import type { StepLoop } from '../step/step-loop.ts';
import type { LiveFeed } from './feed-state.ts';
import type { Decisions } from './journal/decisions.ts';

const keptMessages = 20;
/** How far the clock of this computer may be from an exchange's before it is reported, in milliseconds. */
const mostClockOffsetMs = 2_000;

/** Tells each strategy in turn, and writes down what was told. */
export class SessionMessages {
  /** The latest messages, newest last. */
  readonly latest: string[] = [];
  readonly #loop: StepLoop;
  readonly #decisions: Decisions;
  readonly #clocksApart = new Set<string>();

  constructor(loop: StepLoop, decisions: Decisions) {
    this.#loop = loop;
    this.#decisions = decisions;
  }

  /** Tells strategies a message. */
  say(message: string): void {
    this.latest.push(message);
    if (this.latest.length > keptMessages) this.latest.shift();
    this.#decisions.store(message);
    this.#loop.callEach((run) => {
      run.sync('notifyStore', run.hooks.notifyStore(message));
    });
  }

  /** Tells strategies the state of a feed's datas. */
  tellState({ name, dataIds }: LiveFeed, state: StreamState, reason: string): void {
    this.#decisions.data(name, state, reason);
    for (const id of dataIds) {
      this.#loop.callEach((run) => {
        run.sync('notifyData', run.hooks.notifyData(run.datas[id]!, state, reason));
      });
    }
  }

  /** Passes on what the broker has to report. */
  sayNews(news: LiveBroker['news']): void {
    const texts = news.items.slice(0, news.count).map(({ text }) => text);
    news.clear();
    for (const text of texts) this.say(text);
  }

  /** The first refusal of a kind is reported, then the second, fourth, eighth and so on: a venue may send the same invalid value all day. */
  sayRefused({ intake }: LiveFeed, { exchange, channel, symbol, reason, detail }: StreamRefusal): void {
    const count = intake.refused[`${channel} ${reason}`] ?? 0;
    if ((count & (count - 1)) !== 0) return;
    const times = count > 1 ? ` (${count} refused so far)` : '';
    this.say(`${exchange}: refused an event in ${channel} of ${symbol}: ${detail}${times}`);
  }

  /** Reports once that the clock of this computer and that of an exchange are far apart. A local exchange has a time of its own. */
  checkClock({ clockOffset, feed: { exchange } }: LiveFeed): void {
    if (Math.abs(clockOffset) < mostClockOffsetMs || this.#clocksApart.has(exchange)) return;
    this.#clocksApart.add(exchange);
    const apart = `${(Math.abs(clockOffset) / 1000).toFixed(1)} s ${clockOffset > 0 ? 'behind' : 'ahead of'}`;
    this.say(`the clock of this computer is ${apart} that of ${exchange}: the session goes by the time of the exchange; unless that is a local one, set the clock, such as with timedatectl set-ntp true`);
  } // prettier-ignore
}
