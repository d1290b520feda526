/** A sandbox session books funding when the exchange pays it, at whatever times that is: once each, over restarts and lists that lag behind. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { createBars, type Bars, type VenuePayment } from '../../../src/core/index.ts';
import { Cerebro, Strategy, type RunResult } from '../../../src/engine/index.ts';
import { StreamingFeed } from '../../../src/feeds/index.ts';
import type { Data } from '../../../src/lines/index.ts';
import { balanceText } from '../../../src/venue/index.ts';
import { bothVenues, DirectVenue, perpInstrument, perpSymbol, type BothVenues } from './contracts.ts';
import { drive, minute, start } from './tape.ts';

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'funding-times-'));
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

/** A minute each from 400 to 400, by way of 402 and 398. */
function flat(count: number): Bars {
  const bars = createBars(count);
  for (let i = 0; i < count; i++) bars.time[i] = start + i * minute;
  for (const column of [bars.open, bars.close]) column.fill(400);
  bars.high.fill(402);
  bars.low.fill(398);
  bars.volume.fill(1_000);
  return bars;
}

/** A venue whose list of payments shows each of them only after a while, and which may not say when funding is due. */
class LaggingVenue extends DirectVenue {
  lagMs = 0;
  saysNext = true;
  now: () => number = () => 0;
  asked = 0;

  override async payments(symbol: string, since: number): Promise<readonly VenuePayment[]> {
    this.asked++;
    return (await super.payments(symbol, since)).filter(({ time }) => time + this.lagMs <= this.now());
  }

  override nextFunding(symbol: string): Promise<number | undefined> {
    return this.saysNext ? super.nextFunding(symbol) : Promise.resolve(undefined);
  }
}

/** Holds 3 contracts from the first bar of a live stream on, and notes what they have paid by the close of each bar. */
class Holds extends Strategy<typeof Holds.params> {
  static readonly params = { opens: true };
  readonly paid = new Map<number, number>();
  #isLive = false;
  #hasOpened = false;

  override notifyData(_data: Data, state: string): void {
    this.#isLive = state === 'live';
  }

  override next(): void {
    if (this.params.opens && this.#isLive && !this.#hasOpened) this.#hasOpened = this.buy({ size: 3 }) !== undefined;
    this.paid.set((this.data.time - start) / minute, Math.round(1e6 * (this.position.fundingPaid ?? 0)) / 1e6);
  }
}

interface Rig {
  readonly venues: BothVenues;
  readonly gateway: LaggingVenue;
  run(until: number, opens?: boolean): Promise<{ readonly result: RunResult; readonly paid: Map<number, number> }>;
}

function rig(name: string, funding: object): Rig {
  const venues = bothVenues(flat(400), flat(400), '1m', start - 5_000, funding);
  const { runtime, network, perp } = venues;
  const gateway = new LaggingVenue('binanceusdm', perp);
  gateway.now = () => runtime.now();
  venues.start();
  const run = async (until: number, opens = true): ReturnType<Rig['run']> => {
    const feed = new StreamingFeed({
      exchange: 'binanceusdm', symbol: perpSymbol, timeframe: '1m', history: 0, instrument: perpInstrument, closedBars: false,
      staleMs: { trade: 600_000, quote: 600_000 },
    }); // prettier-ignore
    const cerebro = new Cerebro({ account: { cash: { USDT: 1e8 }, leverage: 5 }, runtime }).addData(feed);
    cerebro.setInstrument(feed.name, perpInstrument).addStrategy(Holds, { opens });
    network.isUsed = false;
    const running = cerebro.run({
      mode: 'sandbox', clockMs: 1_000, network, session: name, gateway, intents: join(folder, `${name}.db`), until: start + until * minute,
    }); // prettier-ignore
    const result = await drive(runtime, running, 1_000, () => {
      if (!network.isUsed) runtime.advance(0.1);
      return network.isUsed;
    });
    return { result, paid: (result.strategies[0]!.strategy as unknown as Holds).paid };
  };
  return { venues, gateway, run };
}

/** What the exchange booked, oldest first: when, in minutes, and how much. */
function booked({ venues }: Rig): (readonly [number, number])[] {
  const { exchange } = venues.perp;
  return exchange
    .contracts!.of(exchange.account('own'))
    .incomes.filter(({ type }) => type === 'FUNDING_FEE')
    .map(({ time, amount }) => [(time - start) / minute, Number(balanceText(amount))]);
}

const told = ({ account }: RunResult): (readonly [number, number])[] =>
  account!.funding.map(({ time, amount }) => [(time - start) / minute, amount]);

describe('funding in a sandbox session', () => {
  it('every ten minutes is booked with the bar that it falls due in, and goes on after a restart', async () => {
    const one = rig('ten', { fundingRate: 0.001, fundingEveryMs: 10 * minute });
    const first = await one.run(55);
    // 3 at 400 pay 0.1 % of 1,200: 1.2 each time.
    const due = booked(one).map(([at]) => at);
    expect(due.length).toBeGreaterThan(2);
    expect(new Set(due.slice(1).map((at, k) => at - due[k]!))).toEqual(new Set([10]));
    for (const [at, paid] of first.paid) {
      // A bar that opens at a minute closes one later: it has what was due by its open, which is listed at once.
      const before = due.filter((time) => time <= at).length;
      if (at > due[0]!) expect(paid, `bar ${at}`).toBeCloseTo(1.2 * before, 9);
    }
    expect(told(first.result)).toEqual(booked(one));
    while (one.venues.runtime.now() < start + 78 * minute) one.venues.runtime.advance(1_000);
    const second = await one.run(115, false);
    expect(second.result.session).toMatchObject({ isRecovered: true });
    expect(told(second.result)).toEqual(booked(one));
    expect(booked(one).length).toBeGreaterThan(8);
    for (const [at, paid] of second.paid) {
      expect(paid, `bar ${at}`).toBeCloseTo(1.2 * booked(one).filter(([time]) => time <= at).length, 9);
    }
  });

  it('at times of its own is booked soon after, though the list of payments lags half a minute behind', async () => {
    // Minutes 27, 31 and 53, when intervals change; then none for long.
    const funding = { [perpSymbol]: [27, 31, 53, 300].map((k) => ({ time: start + k * minute, rate: 0.001 })) };
    const one = rig('odd', { funding });
    one.gateway.lagMs = 30_000;
    const { result, paid } = await one.run(59);
    expect(booked(one)).toEqual([
      [27, -1.2],
      [31, -1.2],
      [53, -1.2],
    ]);
    expect(told(result)).toEqual(booked(one));
    // Asked again 75 seconds after it was due: with the second bar.
    expect([26, 29, 33, 52, 55].map((at) => paid.get(at))).toEqual([0, 1.2, 2.4, 2.4, 3.6]);
    // Four times for each payment and each whole hour, and once at the start.
    expect(one.gateway.asked).toBeLessThanOrEqual(4 * 4 + 1);
  });

  it('is booked after whole hours where the exchange does not say when it is due', async () => {
    const one = rig('hours', { funding: { [perpSymbol]: [{ time: start + 27 * minute, rate: 0.001 }] } });
    one.gateway.saysNext = false;
    const { result, paid } = await one.run(75);
    expect(told(result)).toEqual(booked(one));
    expect(booked(one)).toEqual([[27, -1.2]]);
    expect(paid.get(40)).toBe(0);
    expect([...paid.values()].at(-1)).toBe(1.2);
  });
});
