/** Readiness: nothing happens before the account of a sandbox session is known, and what ends without it says so. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import {
  AuthError,
  ConnectorError,
  type AccountEvent,
  type BalanceEvent,
  type OrderRequest,
  type SendOutcome,
  type StreamStatus,
  type Bars,
  type FillEvent,
  type VenueOrder,
} from '../../../src/core/index.ts';
import { Cerebro, Strategy, type LiveRunOptions, type RunResult, type SessionView } from '../../../src/engine/index.ts';
import { StreamingFeed } from '../../../src/feeds/index.ts';
import { DirectGateway, instrument, localVenue, symbol } from './local.ts';
import { start, tapeBars } from './tape.ts';

const bars: Bars = tapeBars(5, 60, { tick: 1, price: 400 });
let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'recovery-'));
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

/** A gateway whose account questions fail until it is healed. */
class Silent extends DirectGateway {
  isHealed = false;
  isAsked = false;

  override openOrders(): Promise<readonly VenueOrder[]> {
    this.isAsked = true;
    return this.isHealed ? super.openOrders() : this.#fail('list open orders');
  }

  override fills(asked: string, since: number): Promise<readonly FillEvent[]> {
    return this.isHealed ? super.fills(asked, since) : this.#fail('list own trades');
  }

  #fail(what: string): Promise<never> {
    return Promise.reject(new ConnectorError(`binance could not ${what}: 502 Bad Gateway`, { retryable: true }));
  }
}

/** A gateway whose stream can be lost. */
class Lost extends Silent {
  #emit: (event: AccountEvent | StreamStatus) => void = () => {};

  override open(emit: (event: AccountEvent | StreamStatus) => void): Promise<void> {
    this.isHealed = true;
    this.#emit = emit;
    return super.open(emit);
  }

  lose(reason: string): void {
    const base = { exchange: 'binance', symbol: '', channel: 'trade', state: 'resyncing' } as const;
    this.#emit({ ...base, type: 'status', reason, time: 0 });
  }
}

/** A gateway whose key is refused from a moment on: for everything, for orders alone, or by the stream first. */
class Refused extends Silent {
  refuses: 'nothing' | 'all' | 'orders' = 'nothing';
  sent = 0;
  #emit: (event: AccountEvent | StreamStatus) => void = () => {};

  override open(emit: (event: AccountEvent | StreamStatus) => void): Promise<void> {
    this.isHealed = true;
    this.#emit = emit;
    return super.open(emit);
  }

  override send(request: OrderRequest): Promise<SendOutcome> {
    this.sent++;
    if (this.refuses === 'nothing') return super.send(request);
    return Promise.resolve({ kind: 'refused', reason: said, code: 'auth' });
  }

  override balances(): Promise<readonly BalanceEvent[]> {
    return this.refuses === 'all' ? Promise.reject(new AuthError(said)) : super.balances();
  }

  loseStream(): void {
    const base = { exchange: 'binance', symbol: '', channel: 'trade', state: 'resyncing', code: 'auth' } as const;
    this.#emit({ ...base, type: 'status', reason: said, time: 0 });
  }
}

const said = 'binance could not send an order: Invalid API-key, IP, or permissions for action.';

/** Sends an order at every bar. */
class Busy extends Strategy {
  override next(): void {
    if (this.position.size === 0) this.buy({ size: 1 });
    else this.close();
  }
}

/** Steps, and asks for an order as early as a strategy can. */
class Eager extends Strategy {
  override next(): void {
    if (this.position.size === 0) this.buy({ size: 1 });
  }
}

function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

interface Told {
  readonly views: SessionView[];
  readonly messages: Set<string>;
}

/** Runs a session for some seconds of its clock; `at` is called every second. */
async function run(
  name: string,
  seconds: number,
  options: Partial<LiveRunOptions>,
  at: (second: number, gateway: Silent) => void,
  make: (market: ConstructorParameters<typeof Silent>[0]) => Silent = (market) => new Silent(market),
  strategy: typeof Eager = Eager,
): Promise<{ readonly outcome: RunResult | Error; readonly told: Told }> {
  const { runtime, network, market, history } = localVenue(bars, start - 5_000, {});
  const feed = new StreamingFeed({ exchange: 'binance', symbol, timeframe: '1m', history: 0, instrument, closedBars: history }); // prettier-ignore
  const gateway = make(market);
  const told: Told = { views: [], messages: new Set() };
  const running = new Cerebro({ cash: 100_000, runtime })
    .addData(feed)
    .addStrategy(strategy)
    .run({
      mode: 'sandbox', clockMs: 1_000, network, session: name, gateway, intents: join(folder, `${name}.db`), ...options,
      onUpdate: (view) => {
        told.views.push(view);
        for (const text of view.messages) told.messages.add(text);
      },
    })
    .catch((error: unknown) => error as Error); // prettier-ignore
  let outcome: RunResult | Error | undefined;
  void running.then((one) => (outcome = one));
  market.start();
  // What a run loads before it begins takes real time, in which no simulated time may pass.
  while (!gateway.isAsked && outcome === undefined) await settle();
  for (let second = 0; second < seconds && outcome === undefined; second++) {
    at(second, gateway);
    runtime.advance(1_000);
    await settle();
  }
  if (outcome === undefined) throw new Error('the session still runs');
  return { outcome: await running, told };
}

describe('a sandbox session whose account does not answer', () => {
  it('tells the cause at once, makes no step, and fails after the stated time', async () => {
    const { outcome, told } = await run('fails', 600, { accountPatienceMs: 120_000 }, () => {});
    expect(outcome).toBeInstanceOf(Error);
    expect((outcome as Error).message).toMatch(/^the account could not be recovered within 120 s, and nothing was traded; the last message was: .*502 Bad Gateway$/); // prettier-ignore
    expect([...told.messages][0]).toMatch(/^the request for open orders failed and is repeated, the session ends if there is no answer within 120 s: .*502 Bad Gateway$/); // prettier-ignore
    for (const { steps, isRecovered, cash, value } of told.views)
      expect([steps, isRecovered, cash, value]).toEqual([0, false, NaN, NaN]);
  });

  it('steps once the account is known, and not before', async () => {
    const abort = new AbortController();
    const { outcome, told } = await run('heals', 900, { signal: abort.signal, accountPatienceMs: 600_000 }, (second, gateway) => {
      if (second === 200) gateway.isHealed = true;
      if (second === 500) abort.abort();
    }); // prettier-ignore
    const first = told.views.findIndex(({ isRecovered }) => isRecovered);
    expect(first).toBeGreaterThan(100);
    expect(told.views.slice(0, first).every(({ steps }) => steps === 0)).toBe(true);
    expect(outcome).toMatchObject({ session: { isRecovered: true, isSettled: true } });
    expect((outcome as RunResult).steps).toBeGreaterThan(0);
  });

  it('says so in its result when it is ended before', async () => {
    const abort = new AbortController();
    const { outcome } = await run('ended', 300, { signal: abort.signal }, (second) => {
      if (second === 20) abort.abort();
    });
    expect(outcome).toMatchObject({ steps: 0, session: { isRecovered: false, ended: 'it was told to end' } });
    expect((outcome as RunResult).warnings.join()).toContain('the session ended before its account was known');
  });

  it('fails with the error that its signal was aborted with', async () => {
    const abort = new AbortController();
    const { outcome } = await run('faulty', 300, { signal: abort.signal }, (second) => {
      if (second === 20) abort.abort(new RangeError('something else broke'));
    });
    expect(outcome).toBeInstanceOf(RangeError);
  });

  it('names each reason for which the stream of the account is away, once, and warns that it was away at the end', async () => {
    const abort = new AbortController();
    let lost: Lost | undefined;
    const { outcome, told } = await run('lost', 900, { signal: abort.signal }, (second) => {
      if (second % 10 === 0 && second > 200 && second < 260) lost!.lose('closed with code 1006');
      if (second % 10 === 0 && second >= 260) lost!.lose('Invalid API-key');
      if (second === 400) abort.abort();
    }, (market) => (lost = new Lost(market))); // prettier-ignore
    const reasons = [...told.messages].filter((text) => text.startsWith('the user stream is'));
    expect(reasons).toEqual([
      'the user stream is resyncing: closed with code 1006',
      'the user stream is resyncing: Invalid API-key',
    ]);
    expect((outcome as RunResult).warnings).toContain('the stream of the account was away at the end: Invalid API-key');
  });
});

describe('a sandbox session whose key is refused in the middle', () => {
  const cases = [
    ['for everything', 'all', false, "the session's key"],
    ['for everything, which its stream reports first', 'all', true, "the session's key"],
    ['for orders alone', 'orders', false, "orders of the session's key"],
  ] as const;
  it.each(cases)(
    '%s ends with one sentence, and sends nothing once it is known',
    async (name, refuses, isStream, what) => {
      let gateway: Refused | undefined;
      const strategy = isStream ? Eager : Busy;
      const { outcome } = await run(`refused ${name}`.replaceAll(/\W/g, '-'), 2_000, {}, (second) => {
      if (second < 200) return;
      gateway!.refuses = refuses;
      if (isStream && second === 200) gateway!.loseStream();
    }, (market) => (gateway = new Refused(market)), strategy); // prettier-ignore
      expect(outcome).toMatchObject({ code: 'key-refused' });
      const { message } = outcome as Error;
      expect(message).toMatch(
        /^the exchange refuses .* \(\d+ times in a row\), and the session has ended: .*Invalid API-key/,
      );
      expect(message).toContain(what);
    },
  );

  it('once, and then taken again, goes on', async () => {
    const abort = new AbortController();
    let gateway: Refused | undefined;
    let sentBefore = 0;
    const { outcome } = await run('refused-once', 2_000, { signal: abort.signal }, (second) => {
      if (second === 200) gateway!.loseStream();
      gateway!.refuses = second === 200 ? 'all' : 'nothing';
      if (second === 201) sentBefore = gateway!.sent;
      if (second === 900) abort.abort();
    }, (market) => (gateway = new Refused(market)), Busy); // prettier-ignore
    expect(outcome).toMatchObject({ session: { isSettled: true } });
    expect(gateway!.sent).toBeGreaterThan(sentBefore);
  });
});
