/** One line on a terminal with the progress of a download, its speed and the time left. */
import type { Runtime } from '../../core/index.ts';

/** A terminal to write to, such as `process.stderr`. */
export interface Terminal {
  readonly isTTY?: boolean;
  write(text: string): unknown;
}

/** Milliseconds between two drawings. */
const redrawMs = 200;

/** Draws over its own line; does nothing where there is no terminal. */
export class ProgressLine {
  readonly #label: string;
  readonly #runtime: Runtime;
  readonly #terminal: Terminal;
  readonly #started: number;
  #drawn = -Infinity;

  constructor(label: string, runtime: Runtime, terminal: Terminal = process.stderr) {
    this.#label = label;
    this.#runtime = runtime;
    this.#terminal = terminal;
    this.#started = runtime.elapsed();
  }

  /** Reports the share that is done, 0 to 1, and how many bars were fetched. */
  update(share: number, bars: number): void {
    const now = this.#runtime.elapsed();
    if (this.#terminal.isTTY !== true || now - this.#drawn < redrawMs) return;
    this.#drawn = now;
    this.#terminal.write(`\r\u001b[K${progressText(this.#label, share, bars, now - this.#started)}`);
  }

  /** Clears the line. */
  end(): void {
    if (this.#drawn > -Infinity) this.#terminal.write('\r\u001b[K');
  }
}

/** `binance BTC/USDT 1m  42 %  84,000 bars  12,000/s  9 s left`. */
export function progressText(label: string, share: number, bars: number, elapsedMs: number): string {
  const rate = elapsedMs > 0 ? (bars / elapsedMs) * 1000 : 0;
  const left = share > 0 ? (elapsedMs / share) * (1 - share) : NaN;
  const parts = [label, `${Math.floor(share * 100)} %`, `${grouped(bars)} bars`, `${grouped(Math.round(rate))}/s`];
  if (Number.isFinite(left)) parts.push(`${duration(left)} left`);
  return parts.join('  ');
}

function grouped(count: number): string {
  return String(count).replace(/\B(?=(\d{3})+$)/g, ',');
}

function duration(ms: number): string {
  const seconds = Math.round(ms / 1000);
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  return minutes < 60 ? `${minutes} min ${seconds % 60} s` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}
