/** A sandbox session that dies with an open position in a perpetual goes on with the position, margin and funding that the exchange keeps. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';

import { createBars, type AccountEvent, type Bars, type OrderRequest, type SendOutcome, type StreamStatus } from '../../../src/core/index.ts'; // prettier-ignore
import { Cerebro, Strategy, type RunResult } from '../../../src/engine/index.ts';
import { StreamingFeed } from '../../../src/feeds/index.ts';
import { balanceText } from '../../../src/venue/index.ts';
import { bothVenues, DirectVenue, perpInstrument, perpSymbol } from './contracts.ts';
import { drive, minute, start } from './tape.ts';

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'perp-recovery-'));
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

/** A minute each, up and down between 400 and 404. */
function minutes(count: number): Bars {
  const bars = createBars(count);
  for (let i = 0; i < count; i++) {
    const [open, close] = [400 + (i % 5), 400 + ((i + 1) % 5)];
    bars.time[i] = start + i * minute;
    bars.open[i] = open;
    bars.close[i] = close;
    bars.high[i] = Math.max(open, close);
    bars.low[i] = Math.min(open, close);
    bars.volume[i] = 1_000;
  }
  return bars;
}

/** A gateway whose process can be killed: from then on the exchange receives nothing of it, and it learns nothing. */
class Mortal extends DirectVenue {
  isDead = false;

  override open(emit: (event: AccountEvent | StreamStatus) => void): Promise<void> {
    return super.open((event) => {
      if (!this.isDead) emit(event);
    });
  }

  override send(request: OrderRequest): Promise<SendOutcome> {
    return this.isDead ? new Promise(() => {}) : super.send(request);
  }
}

/** Opens 3 contracts after its second bar, adds 1 after its fifth, and closes on a request. */
class Opens extends Strategy<typeof Opens.params> {
  static readonly params = { side: 1, opens: false, closesAt: 0 };
  #bars = 0;

  override next(): void {
    this.#bars++;
    const { side, opens, closesAt } = this.params;
    if (this.#bars === closesAt) this.close();
    if (!opens) return;
    const go = (size: number) => (side > 0 ? this.buy({ size }) : this.sell({ size }));
    if (this.#bars === 2) go(3);
    if (this.#bars === 5) go(1);
  }
}

it.each([
  ['long', 1, 'isolated'],
  ['short', -1, 'cross'],
] as const)('%s', async (name, side, margin) => {
  const bars = minutes(200);
  const funding = [12, 24, 60].map((k) => ({ time: start + k * minute, rate: 0.001 }));
  const venues = bothVenues(bars, bars, '1m', start - 5_000, { funding: { [perpSymbol]: funding } });
  const { runtime, network, perp } = venues;
  const books = join(folder, `${name}.db`);
  let gateway = new Mortal('binanceusdm', perp);
  const run = (until: number, params: Partial<typeof Opens.params> = {}): Promise<RunResult> => {
    const feed = new StreamingFeed({
      exchange: 'binanceusdm', symbol: perpSymbol, timeframe: '1m', history: 0, instrument: perpInstrument, closedBars: false,
      staleMs: { trade: 600_000, quote: 600_000 },
    }); // prettier-ignore
    const cerebro = new Cerebro({ account: { cash: { USDT: 1e8 }, leverage: 5, margin }, runtime }).addData(feed);
    cerebro.setInstrument(feed.name, { ...perpInstrument, funding }).addStrategy(Opens, { side, ...params });
    const running = cerebro.run({ mode: 'sandbox', clockMs: 1_000, network, session: name, gateway, intents: books, until });
    return drive(runtime, running, 1_000, () => {
      // Its sockets open in simulated milliseconds.
      if (!network.isUsed) runtime.advance(0.1);
      return network.isUsed;
    });
  }; // prettier-ignore
  venues.start();

  // Killed between two fundings: nothing is settled, canceled or written at the end.
  const first = run(start + 18 * minute, { opens: true });
  runtime.after(start + 15 * minute - runtime.now(), () => {
    gateway.isDead = true;
  });
  await first.catch(() => {});
  const account = perp.exchange.account('own');
  const held = perp.exchange.contracts!.of(account);
  const heldAt = (): number => held.position(perpSymbol, 'BOTH').lots / 1_000;
  expect(heldAt()).toBe(4 * side);

  // Funding at minute 24 falls due while no session runs.
  while (runtime.now() < start + 30 * minute) runtime.advance(1_000);
  gateway = new Mortal('binanceusdm', perp);
  const second = await run(start + 40 * minute);
  const data = second.strategies[0]!.strategy.data;
  const position = second.strategies[0]!.strategy.position;
  expect(second.session).toMatchObject({ isRecovered: true });
  expect(position.size).toBe(4 * side);
  expect(data.close.now).toBeGreaterThan(0);
  const incomes = held.incomes.filter(({ type }) => type === 'FUNDING_FEE');
  expect(incomes.length).toBe(2);
  expect(second.account!.funding.map(({ time }) => time)).toEqual(incomes.map(({ time }) => time));
  expect(second.account!.funding.reduce((sum, { amount }) => sum + amount, 0)).toBeCloseTo(incomes.reduce((sum, { amount }) => sum + Number(balanceText(amount)), 0), 8); // prettier-ignore
  const wallet = (): number => {
    const { free, locked } = account.holding('USDT');
    return Number(balanceText(free + locked));
  };
  expect(Number(second.account!.accounts[0]!.wallet['USDT'])).toBeCloseTo(wallet(), 8);
  // 3 at 402 and 1 at 404: entry 402.5, value 1,610, a fifth of it bound; 0.1 % of the value at the mark is paid twice.
  const own = held.position(perpSymbol, 'BOTH');
  expect(position.price).toBe(402.5);
  expect(Number(own.cost) / 1e8).toBe(1_610);
  expect(position.fundingPaid).toBeCloseTo(-Number(balanceText(incomes.reduce((sum, { amount }) => sum + amount, 0n))), 8); // prettier-ignore
  if (margin === 'isolated') {
    expect(position.margin).toBeCloseTo(Number(balanceText(own.margin)), 8);
    const theirs = perp.exchange.contracts!.margins.liquidationPrice(account, own);
    expect(position.liquidationPrice).toBeCloseTo(Number(balanceText(theirs)), 2);
  } else {
    expect(position.margin).toBeUndefined();
    // Where wallet and loss come to the 0.4 % of the value that must remain.
    expect(position.liquidationPrice).toBeCloseTo((wallet() + 1_610) / (4 * 1.004), 2);
  }

  const third = await run(start + 70 * minute, { closesAt: 2 });
  expect(third.strategies[0]!.strategy.position.size).toBe(0);
  expect(heldAt()).toBe(0);
  expect(Number(third.account!.accounts[0]!.wallet['USDT'])).toBeCloseTo(wallet(), 8);
});
