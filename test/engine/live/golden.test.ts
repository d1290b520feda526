/** Sessions that version 0.1 wrote down: their journals are read and replayed to the same decisions, and their intents are read. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { fixedSize, type Order } from '../../../src/broker/index.ts';
import { Cerebro, Strategy, type CerebroOptions } from '../../../src/engine/index.ts';
import { StreamingFeed } from '../../../src/feeds/index.ts';
import { IntentStore, JournalReader } from '../../../src/store/index.ts';
import { instrument, symbol } from './local.ts';

/** The strategy of both sessions: brackets, groups, stops, withdrawals, validity, and an order that the cash does not cover. */
class Resting extends Strategy {
  readonly placed: Order[] = [];
  protected readonly trails: boolean = true;

  override next(): void {
    const { close, length } = { close: this.data.close.now, length: this.data.length };
    const phase = length % 40;
    if (phase === 1) this.buy({ size: 2 });
    if (phase === 5) {
      this.buyBracket({ type: 'limit', price: close - 1, size: 1, stopLoss: close - 4, takeProfit: close + 3 });
    }
    if (phase === 10) this.note(this.sell({ type: 'stop', price: close - 2, size: 1 }));
    if (phase === 12) this.note(this.buy({ type: 'stopLimit', price: close + 1, limitPrice: close + 2, size: 2 }));
    if (phase === 16 && this.trails) this.note(this.sell({ type: 'stopTrail', trailAmount: 3, size: 1 }));
    if (phase === 20) {
      const one = this.note(this.buy({ type: 'limit', price: close - 9, size: 1 }));
      this.note(this.sell({ type: 'limit', price: close + 9, size: 1, ...(one && { oco: one }) }));
    }
    if (phase === 22) this.note(this.buy({ type: 'limit', price: close - 20, size: 1, valid: { afterMs: 180_000 } }));
    if (phase === 24) this.note(this.buy({ size: 1_000_000 }));
    if (phase === 30) for (const order of this.placed) if (order.isAlive) this.cancel(order);
    if (phase === 35 && this.position.size !== 0) this.close();
  }

  private note(order: Order | undefined): Order | undefined {
    if (order !== undefined) this.placed.push(order);
    return order;
  }
}

/** The sandbox of 0.1 took no trailing stops. */
class Sent extends Resting {
  protected override readonly trails = false;
}

function cerebroOf(strategy: typeof Resting, options: CerebroOptions = {}): Cerebro {
  const feed = new StreamingFeed({ exchange: 'binance', symbol, timeframe: '1m', history: 0, instrument });
  return new Cerebro({ cash: 1_000_000, commission: 0.001, intrabar: 'openHighLowClose', ...options })
    .addSizer(fixedSize(2))
    .addData(feed)
    .addStrategy(strategy);
}

describe('sessions of version 0.1', () => {
  let folder: string;
  const file = (name: string): string => join(folder, name);
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'golden-'));
    for (const name of ['paper.journal', 'sandbox.journal', 'intents.db']) {
      writeFileSync(file(name), gunzipSync(readFileSync(join(import.meta.dirname, 'golden-0.1', `${name}.gz`))));
    }
  });
  afterAll(() => {
    rmSync(folder, { recursive: true });
  });

  const sessions = [
    { mode: 'paper', strategy: Resting, finalValue: 999_983.694, orders: 16 },
    { mode: 'sandbox', strategy: Sent, finalValue: 999_976.701, orders: 15 },
  ] as const;
  for (const { mode, strategy, finalValue, orders } of sessions) {
    it(`on ${mode} are replayed by Backtrader's rules, which 0.1 had, to the same decisions and the same value`, async () => {
      const replay = await cerebroOf(strategy).replayJournal(file(`${mode}.journal`));
      expect(replay.difference).toBeUndefined();
      expect(replay.cut).toBeUndefined();
      expect(replay.decisions).toBeGreaterThan(100);
      expect(replay.result).toMatchObject({ steps: 48, finalValue, settings: { rules: 'backtrader' } });
      const placed = replay.result.strategies[0]!.orders;
      expect(placed.length).toBe(orders);
      expect(placed.filter(({ status }) => status === 'margin').length).toBe(1);
    }, 60_000);
  }

  it('may name the rules that they had, and no others', async () => {
    const path = file('paper.journal');
    const named = await cerebroOf(Resting, { rules: 'backtrader' }).replayJournal(path);
    expect(named.difference).toBeUndefined();
    await expect(cerebroOf(Resting, { rules: 'exchange' }).replayJournal(path)).rejects.toThrow(
      `rules of the session in ${path} was "backtrader", here it is "exchange"`,
    );
  }, 60_000);

  it('differ where a strategy decides otherwise, whatever their messages say', async () => {
    class Changed extends Resting {
      override next(): void {
        super.next();
        if (this.data.length === 26) this.buy({ size: 3 });
      }
    }
    Object.defineProperty(Changed, 'name', { value: 'Resting' });
    const { difference } = await cerebroOf(Changed).replayJournal(file('paper.journal'));
    expect(JSON.parse(difference!.is!)).toMatchObject({ kind: 'order', side: 'buy', type: 'market', size: 3 });
  }, 60_000);

  it('have intents that are read as they were written', async () => {
    const reader = await JournalReader.open(file('sandbox.journal'));
    expect(reader.header).toMatchObject({ mode: 'sandbox', session: 'golden' });
    reader.close();
    const store = await IntentStore.open(file('intents.db'), 'golden');
    const intents = store.intents();
    store.close();
    expect(intents.length).toBeGreaterThan(8);
    expect(intents.map(({ number }) => number)).toEqual(intents.map((_, k) => k + 1));
    for (const { request } of intents) {
      expect(request.symbol).toBe(symbol);
      expect(['buy', 'sell']).toContain(request.side);
    }
  });
});
