/** Sinks for a program's own code: a function for every event, and an asynchronous iterator over them. */
import type { EventSink, StreamEvent } from '../core/index.ts';

/** Calls a function with every event, and waits for a promise that it returns. */
export function callbackSink(act: (event: StreamEvent) => void | Promise<void>): EventSink {
  return { write: act };
}

/**
 * Events to be read with `for await`. The loop ends when the feed stops; `break` ends the stream for its reader.
 *
 * A reader that is slower than the market loses the oldest events beyond the limit, which `dropped` counts.
 *
 * @example
 * const events = new EventIterator();
 * await handler.addFeed({ exchange: 'binance', symbols: ['BTC/USDT'], channels: ['trade'], sinks: [events] });
 * for await (const event of events) if (event.type === 'trade') show(event.price);
 */
export class EventIterator implements EventSink, AsyncIterableIterator<StreamEvent, undefined, undefined> {
  /** Events that the reader was too slow for. */
  dropped = 0;
  readonly #limit: number;
  #queue: StreamEvent[] = [];
  #next: ((result: IteratorResult<StreamEvent, undefined>) => void) | undefined;
  #isEnded = false;

  /** @param limit - The most events that wait for the reader. Default 10,000. */
  constructor(limit = 10_000) {
    this.#limit = limit;
  }

  write(event: StreamEvent): void {
    if (this.#isEnded) return;
    const next = this.#next;
    if (next !== undefined) {
      this.#next = undefined;
      next({ done: false, value: event });
      return;
    }
    this.#queue.push(event);
    if (this.#queue.length <= this.#limit) return;
    this.#queue.shift();
    this.dropped++;
  }

  close(): void {
    this.#isEnded = true;
    this.#next?.({ done: true, value: undefined });
    this.#next = undefined;
  }

  /** The next event, when there is one. */
  next(): Promise<IteratorResult<StreamEvent, undefined>> {
    const value = this.#queue.shift();
    if (value !== undefined) return Promise.resolve({ done: false, value });
    if (this.#isEnded) return Promise.resolve({ done: true, value: undefined });
    return new Promise((resolve) => {
      this.#next = resolve;
    });
  }

  /** Called by a loop that is left early. */
  return(): Promise<IteratorResult<StreamEvent, undefined>> {
    this.close();
    this.#queue = [];
    return Promise.resolve({ done: true, value: undefined });
  }

  /** The iterator itself. */
  [Symbol.asyncIterator](): this {
    return this;
  }
}
