/** The one consumer of a live run: takes input after input from the queue, writes each down, and lets the session do what follows. */
import type { Runtime } from '../../core/index.ts';
import type { Journal } from '../../store/index.ts';
import type { QueueCounts } from '../result/session-summary.ts';
import type { LiveInput } from './input.ts';
import { LiveQueue } from './queue.ts';
import type { LiveSession } from './session.ts';
import type { SessionView } from './view.ts';

/** How long the consumer may go on before others get a turn. */
const sliceMs = 50;

/** What the consumer works with. */
export interface ConsumerParts {
  readonly runtime: Runtime;
  readonly queueLimit: number;
  readonly onUpdate: ((view: SessionView) => void) | undefined;
}

/** Consumes what is pushed, in order and never two inputs at once, from `open` on until the session ends or fails. */
export class LiveConsumer {
  /** What ended the run against its will. */
  failure: Error | undefined;
  /** Resolves when the session is to end: strategies have stopped, and what was sent is waited for. */
  readonly ending: Promise<void>;
  /** Resolves when nothing more will be consumed. */
  readonly over: Promise<void>;
  private readonly parts: ConsumerParts;
  private readonly queue: LiveQueue;
  private session: LiveSession | undefined;
  private journal: Journal | undefined;
  private isOpen = false;
  private isDraining = false;
  private isMet: (() => boolean) | undefined;
  private beginEnd: () => void = () => {};
  private end: () => void = () => {};

  constructor(parts: ConsumerParts) {
    this.parts = parts;
    this.queue = new LiveQueue(parts.queueLimit);
    this.ending = new Promise((resolve) => {
      this.beginEnd = resolve;
    });
    this.over = new Promise((resolve) => {
      this.end = () => {
        this.beginEnd();
        resolve();
      };
    });
  }

  get counts(): QueueCounts {
    return this.queue.counts;
  }

  /** Whether nothing more will be consumed. */
  get isOver(): boolean {
    return this.failure !== undefined || this.session?.ended !== undefined;
  }

  /** From now on the session takes what is pushed, beginning with what waits already. */
  open(session: LiveSession, journal: Journal | undefined): void {
    this.session = session;
    this.journal = journal;
    this.isOpen = true;
    this.drain();
  }

  /** Puts an input into the queue; it is consumed at once unless another is being consumed. */
  push(input: LiveInput): void {
    if (this.isOver) return;
    if (this.isOpen && !this.isDraining && this.queue.isEmpty) {
      this.queue.pass();
      this.drain(input);
      return;
    }
    this.queue.push(input);
    if (this.isOpen) this.drain();
  }

  /** Ends the run with an error. */
  fail(error: unknown): void {
    // The first cause counts: what fails after it often fails because of it.
    this.failure ??= error instanceof Error ? error : new Error(String(error));
    this.end();
  }

  /** @throws What ended the run against its will. */
  check(): void {
    if (this.failure !== undefined) throw this.failure;
  }

  /** Waits until something is so; the end of the session is waited for no longer. */
  async until(isSo: () => boolean): Promise<void> {
    if (isSo()) return;
    const met = new Promise<void>((resolve) => {
      this.isMet = () => {
        if (isSo()) resolve();
        return isSo();
      };
    });
    await Promise.race([met, this.ending]);
  }

  /** Consumes what waits, after `first` where that is given: an input that had nothing to wait for. */
  private drain(first?: LiveInput): void {
    const { session, queue, journal } = this;
    const { runtime, onUpdate } = this.parts;
    if (this.isDraining || session === undefined) return;
    this.isDraining = true;
    let until: number | undefined;
    const made = session.decisions.count;
    let isClock = false;
    try {
      for (let input = first ?? queue.shift(); input !== undefined; input = queue.shift()) {
        journal?.add('input', JSON.stringify(input));
        session.consume(input);
        isClock ||= input.kind === 'clock';
        if (session.ended !== undefined) break;
        if (session.decisions.hasOrders) journal?.flush();
        else journal?.settle();
        session.decisions.hasOrders = false;
        if (queue.isEmpty) break;
        // The clock is read only where inputs wait: most come one by one.
        until ??= runtime.elapsed() + sliceMs;
        if (runtime.elapsed() < until) continue;
        this.drainLater();
        break;
      }
      if (onUpdate !== undefined && (isClock || session.decisions.count !== made)) onUpdate(session.view);
    } catch (error) {
      this.fail(error);
    } finally {
      this.isDraining = false;
    }
    if (session.ending !== undefined) this.beginEnd();
    if (this.isOver) this.end();
    if (this.isMet?.() === true) this.isMet = undefined;
  }

  private drainLater(): void {
    this.parts.runtime.after(0, () => {
      this.drain();
    });
  }
}
