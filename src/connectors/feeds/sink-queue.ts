/** A bounded queue before a slow consumer: what does not fit is dropped, oldest first, and counted. */
import type { EventSink, StreamEvent } from '../../core/index.ts';

/** How a sink's events ended: written, dropped because the queue was full, or failed. */
export interface SinkCounts {
  written: number;
  dropped: number;
  failed: number;
}

/** Receives a sink's failures. */
export interface SinkQueueOwner {
  threw(consumer: string, cause: unknown): void;
  overflowed(dropped: number): void;
}

export class SinkQueue<N> {
  readonly counts: SinkCounts = { written: 0, dropped: 0, failed: 0 };
  readonly #sink: EventSink<N>;
  readonly #limit: number;
  readonly #owner: SinkQueueOwner;
  #queue: StreamEvent<N>[] = [];
  #head = 0;
  #busy = false;
  #idle: (() => void)[] = [];

  constructor(sink: EventSink<N>, limit: number, owner: SinkQueueOwner) {
    this.#sink = sink;
    this.#limit = limit;
    this.#owner = owner;
  }

  get waiting(): number {
    return this.#queue.length - this.#head;
  }

  push(event: StreamEvent<N>): void {
    if (!this.#busy && this.waiting === 0) {
      this.#write(event);
      return;
    }
    this.#queue.push(event);
    if (this.waiting <= this.#limit) return;
    this.#head++;
    this.counts.dropped++;
    if ((this.counts.dropped & (this.counts.dropped - 1)) === 0) this.#owner.overflowed(this.counts.dropped);
    this.#trim();
  }

  /** Resolves when everything pushed so far is written. */
  async flush(): Promise<void> {
    while (this.#busy || this.waiting > 0) {
      await new Promise<void>((resolve) => {
        this.#idle.push(resolve);
      });
    }
  }

  async close(): Promise<void> {
    await this.flush();
    await this.#sink.close?.();
  }

  #write(event: StreamEvent<N>): void {
    let result: void | Promise<void>;
    try {
      result = this.#sink.write(event);
    } catch (cause) {
      this.counts.failed++;
      this.#owner.threw('a sink', cause);
      return;
    }
    if (result === undefined) {
      this.counts.written++;
      return;
    }
    this.#busy = true;
    result.then(
      () => {
        this.counts.written++;
        this.#resume();
      },
      (cause: unknown) => {
        this.counts.failed++;
        this.#owner.threw('a sink', cause);
        this.#resume();
      },
    );
  }

  #resume(): void {
    this.#busy = false;
    while (this.waiting > 0) {
      this.#write(this.#queue[this.#head++]!);
      if (this.#isBusy()) break;
    }
    this.#trim();
    if (this.#isBusy()) return;
    const idle = this.#idle;
    this.#idle = [];
    for (const resolve of idle) resolve();
  }

  #isBusy(): boolean {
    return this.#busy;
  }

  #trim(): void {
    if (this.#head < 1024 && this.#head < this.#queue.length) return;
    this.#queue = this.#queue.slice(this.#head);
    this.#head = 0;
  }
}
