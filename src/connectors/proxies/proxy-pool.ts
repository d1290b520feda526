/** Several proxies of which one is chosen for each connection: those that fail are left out for a while. */
import { connect } from 'node:net';

import type { Runtime, Timer } from '../../core/index.ts';
import { proxyName, type ProxyPoolOptions, type ProxyStrategy } from './options.ts';

interface Member {
  readonly url: string;
  /** Connections open through it. */
  open: number;
  /** Until when it is left out because a connection through it failed, by the steady clock. */
  outUntil: number;
  /** Whether it took no connection when it was last checked. */
  isDown: boolean;
}

/** The state of one proxy. */
export interface ProxyReading {
  /** Its address without user and password. */
  readonly name: string;
  /** Connections open through it. */
  readonly open: number;
  /** Whether it is chosen now. */
  readonly isHealthy: boolean;
}

export class ProxyPool {
  readonly #members: readonly Member[];
  readonly #strategy: ProxyStrategy;
  readonly #coolDownMs: number;
  readonly #checkMs: number;
  readonly #runtime: Runtime;
  readonly #report: (message: string) => void;
  #turn = 0;
  #checks: Timer | undefined;

  constructor(options: string | ProxyPoolOptions, runtime: Runtime, report: (message: string) => void) {
    const pool: ProxyPoolOptions = typeof options === 'string' ? { urls: [options] } : options;
    this.#members = pool.urls.map((url) => ({ url, open: 0, outUntil: -Infinity, isDown: false }));
    this.#strategy = pool.strategy ?? 'round-robin';
    this.#coolDownMs = pool.coolDownMs ?? 60_000;
    this.#checkMs = pool.checkMs ?? 30_000;
    this.#runtime = runtime;
    this.#report = report;
  }

  /** The addresses, passwords included. */
  get urls(): string[] {
    return this.#members.map(({ url }) => url);
  }

  get readings(): ProxyReading[] {
    return this.#members.map((one) => ({ name: proxyName(one.url), open: one.open, isHealthy: this.#isHealthy(one) }));
  }

  /** Whether one of them is not left out. */
  get hasHealthy(): boolean {
    return this.#members.some((one) => this.#isHealthy(one));
  }

  #isHealthy({ outUntil, isDown }: Member): boolean {
    return !isDown && outUntil <= this.#runtime.elapsed();
  }

  /** Begins to check, where there is a choice. */
  start(): void {
    if (this.#members.length < 2) return;
    this.#checks ??= this.#runtime.every(this.#checkMs, () => {
      for (const member of this.#members) this.#check(member);
    });
  }

  stop(): void {
    this.#checks?.cancel();
    this.#checks = undefined;
  }

  /** The address for a new connection. When all are left out it is the one whose turn comes first. */
  take(): string {
    const healthy = this.#members.filter((one) => this.#isHealthy(one));
    const [first] = [...this.#members].sort((a, b) => a.outUntil - b.outUntil);
    const member = healthy.length === 0 ? first! : this.#chosen(healthy);
    member.open++;
    return member.url;
  }

  #chosen(from: readonly Member[]): Member {
    if (this.#strategy === 'random') return from[Math.floor(this.#runtime.random() * from.length)]!;
    if (this.#strategy === 'least-used') return from.reduce((least, one) => (one.open < least.open ? one : least));
    return from[this.#turn++ % from.length]!;
  }

  /** A connection through it has ended. */
  release(url: string): void {
    const member = this.#members.find((one) => one.url === url);
    if (member !== undefined) member.open = Math.max(0, member.open - 1);
  }

  /** A connection through it could not be made. */
  failed(url: string): void {
    const member = this.#members.find((one) => one.url === url);
    if (member === undefined) return;
    const wasHealthy = this.#isHealthy(member);
    member.outUntil = this.#runtime.elapsed() + this.#coolDownMs;
    if (wasHealthy && this.#members.length > 1)
      this.#report(`the proxy ${proxyName(url)} failed and is left out for ${this.#coolDownMs / 1_000} s`);
  }

  /**
   * Whether it accepts connections. One that does not is left out until it does, and for at least the cool-down. One that does may still
   * refuse tunnels, so a failure found by a connection stands.
   */
  #check(member: Member): void {
    const { hostname, port, protocol } = new URL(member.url);
    const usual = protocol === 'https:' ? 443 : 80;
    const socket = connect({
      host: hostname.replaceAll(/[[\]]/g, ''),
      port: port === '' ? usual : Number(port),
      timeout: 5_000,
    });
    const done = (isUp: boolean): void => {
      socket.destroy();
      if (!isUp) this.failed(member.url);
      member.isDown = !isUp;
    };
    socket.once('connect', () => { done(true); }); // prettier-ignore
    socket.once('timeout', () => { done(false); }); // prettier-ignore
    socket.once('error', () => { done(false); }); // prettier-ignore
  }
}
