/** Writes the state of a running session for other processes: at most once a second, each time whole. */
import { renameSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';

import type { Order } from '../../broker/index.ts';
import { messageOf, makeFolders, type Runtime } from '../../core/index.ts';
import type { SessionView, StrategyView } from '../../engine/index.ts';
import { recordFile, type SessionEvent, type SessionRecord, type StrategyRecord } from './record.ts';

/** Facts that do not change while a session runs. */
export interface BoardFacts {
  /** Its folder. */
  readonly folder: string;
  readonly name: string;
  readonly mode: string;
  readonly strategy: string;
  readonly exchange: string;
  /** Commands that it takes. */
  readonly accepts: readonly string[];
}

const [writeMs, keptEvents, mostPoints] = [1_000, 200, 600];

/** The board of one session. A failing disk does not affect the session; only the board is not updated. */
export class SessionBoard {
  readonly #facts: BoardFacts;
  readonly #runtime: Runtime;
  readonly #started: number;
  readonly #events: SessionEvent[] = [];
  #equity: [number, number][] = [];
  #every = 1;
  #points = 0;
  #seq = 0;
  #view: SessionView | undefined;
  #written = -Infinity;
  #ended: string | undefined;
  #seenMessages: readonly string[] = [];
  /** Why the state could not be written; undefined while it can. */
  failure: string | undefined;

  constructor(facts: BoardFacts, runtime: Runtime) {
    this.#facts = facts;
    this.#runtime = runtime;
    this.#started = Math.floor(runtime.now());
    this.#write();
  }

  /** Takes the state of the session. */
  view(view: SessionView): void {
    this.#view = view;
    let seen = this.#seenMessages;
    while (!seen.every((text, k) => text === view.messages[k])) seen = seen.slice(1);
    for (const text of view.messages.slice(seen.length)) this.#note('message', text);
    this.#seenMessages = [...view.messages];
    if (Number.isFinite(view.value) && Number.isFinite(view.now)) this.#point(Math.floor(view.now), view.value);
    if (this.#runtime.elapsed() - this.#written >= writeMs) this.#write();
  }

  /** Takes a change of an order; `text` describes it. */
  order(_order: Order, text: string): void {
    this.#note('order', text);
  }

  /** Takes another event. */
  note(kind: string, text: string): void {
    this.#note(kind, text);
    this.#write();
  }

  /** Writes the last state. */
  end(reason: string): void {
    this.#ended = reason;
    this.#note('end', reason);
    this.#write();
  }

  #note(kind: string, text: string): void {
    this.#events.push({ seq: ++this.#seq, time: Math.floor(this.#runtime.now()), kind, text: text.slice(0, 500) });
    if (this.#events.length > keptEvents) this.#events.shift();
  }

  /** Keeps every point until there are many, then every second, every fourth and so on. */
  #point(time: number, value: number): void {
    if (this.#points++ % this.#every !== 0) return;
    this.#equity.push([time, value]);
    if (this.#equity.length < mostPoints) return;
    this.#equity = this.#equity.filter((_, k) => k % 2 === 0);
    this.#every *= 2;
  }

  #write(): void {
    this.#written = this.#runtime.elapsed();
    const { folder } = this.#facts;
    const path = join(folder, recordFile);
    try {
      makeFolders(folder);
      writeFileSync(`${path}.tmp`, JSON.stringify(this.#record()));
      renameSync(`${path}.tmp`, path);
      this.failure = undefined;
    } catch (error) {
      this.failure = messageOf(error);
    }
  }

  #record(): SessionRecord {
    const { name, mode, strategy, exchange, accepts } = this.#facts;
    const view = this.#view;
    const last = this.#equity.at(-1);
    const latest: [number, number][] =
      view !== undefined &&
      Number.isFinite(view.value) &&
      Number.isFinite(view.now) &&
      last?.[0] !== Math.floor(view.now)
        ? [[Math.floor(view.now), view.value]]
        : [];
    return {
      version: 1,
      name,
      mode,
      strategy,
      exchange,
      pid: process.pid,
      host: hostname(),
      started: this.#started,
      updated: Math.floor(this.#runtime.now()),
      ended: this.#ended,
      now: whole(view?.now),
      steps: view?.steps ?? 0,
      cash: finite(view?.cash),
      value: finite(view?.value),
      roundTrip: view?.roundTrip,
      datas: (view?.datas ?? []).map((data) => ({
        name: data.name,
        symbol: data.symbol,
        timeframe: data.timeframe,
        state: data.state,
        price: finite(data.price),
        bars: data.bars,
        size: finite(data.position.size),
        entry: finite(data.position.price),
      })),
      ...((view?.strategies.length ?? 0) > 1 && { strategies: view!.strategies.map(recordOf) }),
      orders: (view?.orders ?? []).map((order) => ({
        id: order.ref,
        symbol: order.data.symbol,
        side: order.side,
        type: order.type,
        size: order.size,
        filled: order.filled,
        price: finite(order.price),
        status: order.status,
      })),
      equity: [...this.#equity, ...latest],
      events: this.#events,
      accepts: this.#ended === undefined ? [...accepts, ...(view?.takesSignals === true ? ['signal'] : [])] : [],
    };
  }
}

function recordOf({ name, cash, value, positions, orders }: StrategyView): StrategyRecord {
  return {
    name,
    cash: finite(cash),
    value: finite(value),
    positions: positions.map(({ data, size, price }) => ({ data, size: finite(size), entry: finite(price) })),
    orders: orders.map(({ ref }) => ref),
  };
}

function finite(value: number | undefined): number | undefined {
  return value !== undefined && Number.isFinite(value) ? value : undefined;
}

function whole(value: number | undefined): number | undefined {
  return value !== undefined && Number.isFinite(value) ? Math.floor(value) : undefined;
}
