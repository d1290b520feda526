/** The future cannot be reached: no property, accessor, symbol or prototype in a strategy's hands leads to a later bar. */
import { inspect } from 'node:util';

import { describe, expect, it } from 'vitest';

import { BarsDataFeed, Cerebro, DrawDown, Strategy, TradeAnalyzer, sma, type Line } from 'nextbar';
import { BuySellObserver } from 'nextbar/analyzers';
import { createBars } from 'nextbar/feeds';
import { superTrend, zigZag } from 'nextbar/indicators';

const hour = 3_600_000;
const count = 400;
const now = 200;

/** Every price of a bar occurs in that bar alone, so that a number says which bar it is from. */
const bars = createBars(count);
for (let i = 0; i < count; i++) {
  bars.time[i] = Date.UTC(2024, 0, 1) + i * hour;
  bars.open[i] = 10_000 + i + 0.25;
  bars.high[i] = 20_000 + i + 0.25;
  bars.low[i] = 5_000 + i + 0.25;
  bars.close[i] = 15_000 + i + 0.25;
  bars.volume[i] = 1_000_000 + i + 0.25;
}
const later = new Set(
  [bars.open, bars.high, bars.low, bars.close, bars.volume].flatMap((column) => [...column.subarray(now + 1)]),
);

/** The ways from `root` to a value of a later bar, each as the properties it passes. */
function waysToLater(root: unknown): { ways: string[]; seen: number } {
  const ways: string[] = [];
  const seen = new Set<unknown>();
  const queue: { value: unknown; way: string }[] = [{ value: root, way: 'strategy' }];
  const visit = (value: unknown, way: string): void => {
    if (typeof value === 'number') {
      if (later.has(value)) ways.push(`${way} = ${value}`);
    } else if (value !== null && (typeof value === 'object' || typeof value === 'function') && !seen.has(value)) {
      seen.add(value);
      queue.push({ value, way });
    }
  };
  for (let one = queue.shift(); one !== undefined; one = queue.shift()) {
    const { value, way } = one;
    if (ArrayBuffer.isView(value)) {
      const at = [...new Float64Array(value.buffer, 0, value.buffer.byteLength >> 3)].findIndex((number) =>
        later.has(number),
      );
      if (at >= 0) ways.push(`${way}[${at}]`);
      continue;
    }
    if (value instanceof Map) {
      for (const [key, inner] of value) {
        visit(key, `${way}.key`);
        visit(inner, `${way}.get`);
      }
    }
    if (value instanceof Set) for (const inner of value) visit(inner, `${way}.item`);
    for (
      let holder: unknown = value;
      holder !== null && holder !== Object.prototype && holder !== Function.prototype;
    ) {
      for (const key of Reflect.ownKeys(holder as object)) {
        let inner: unknown;
        try {
          inner = Reflect.get(holder as object, key, value);
        } catch {
          continue;
        }
        visit(inner, `${way}.${String(key)}`);
      }
      holder = Object.getPrototypeOf(holder);
    }
  }
  return { ways, seen: seen.size };
}

/** What a strategy is given, kept where the walk begins. */
class Explorer extends Strategy {
  readonly fast: Line = sma(this.data.close, 3);
  readonly slow = this.datas[1]!.close.onto(this.data);
  found: { ways: string[]; seen: number } = { ways: ['not looked'], seen: 0 };
  json = '';
  notified: unknown[] = [];
  given: unknown;

  constructor(context: ConstructorParameters<typeof Strategy>[0]) {
    super(context);
    this.given = context;
  }

  override start(): void {
    this.notified.push(this.addTimer({ when: '12:00' }));
  }

  override notifyOrder(...all: unknown[]): void {
    this.notified.push(...all);
  }

  override notifyTrade(...all: unknown[]): void {
    this.notified.push(...all);
  }

  override next(): void {
    const index = this.data.length - 1;
    if (index % 20 === 0)
      this.notified.push(
        this.buyBracket({ size: 0.01, stopLoss: this.data.close.now * 0.5, takeProfit: this.data.close.now * 2 }),
      );
    if (index % 20 === 10) this.notified.push(this.close());
    if (index % 30 === 0) this.notified.push(this.sell({ type: 'limit', price: 1e9, size: 0.01 }));
    if (index !== now) return;
    this.data.close.window(5);
    this.found = waysToLater(this);
    this.json = JSON.stringify([
      this.data.close,
      this.data,
      this.fast,
      this.slow,
      this.broker,
      this.notified,
      this.datas,
    ]);
  }
}

describe('a strategy', () => {
  it.each(['exchange', 'backtrader'] as const)(
    'reaches no later bar by any property, under the rules of %s',
    async (rules) => {
      const cerebro = new Cerebro({ cash: 1e6, rules });
      cerebro.addData(new BarsDataFeed({ bars, timeframe: '1h', symbol: 'BTC/USDT', name: 'btc' }));
      cerebro.resampleData('btc', '4h');
      cerebro.addStrategy(Explorer).addAnalyzer(DrawDown).addAnalyzer(TradeAnalyzer).addObserver(BuySellObserver);
      const { strategies } = await cerebro.run();
      const explorer = strategies[0]!.strategy;
      if (!(explorer instanceof Explorer)) throw new Error('the strategy of the run is not the explorer');
      expect(explorer.found.ways).toEqual([]);
      expect(explorer.found.seen).toBeGreaterThan(100);
      expect([...explorer.json.matchAll(/[\d.]+/g)].filter(([number]) => later.has(Number(number)))).toEqual([]);
    },
  );

  it('is caught when it does, so the walk is a walk', () => {
    expect(waysToLater({ a: { b: [1, bars.close[now + 5]] } }).ways).toHaveLength(1);
    expect(waysToLater({ column: bars.close }).ways).toHaveLength(1);
    expect(waysToLater({ column: bars.close.slice(0, now + 1) }).ways).toHaveLength(0);
  });
});

/** Everything that a strategy can make of what it holds at one bar, as texts. */
class Watcher extends Strategy {
  readonly lines: readonly Line[] = [
    sma(this.data.close, 3),
    superTrend(this.data, { period: 5 }).stop,
    zigZag(this.data, 0.01).pivot,
    this.datas[1]!.close.onto(this.data),
    this.datas[2]!.close,
  ];
  readonly shown: string[] = [];
  private readonly heard: unknown[] = [];

  override start(): void {
    this.addTimer({ when: '12:00' });
  }

  override notifyOrder(...all: unknown[]): void {
    this.heard.push(...all);
  }

  override notifyTimer(...all: unknown[]): void {
    this.heard.push(...all);
    this.#look();
  }

  override next(): void {
    if (this.data.length % 7 === 0) this.heard.push(this.buyBracket({ stopLoss: 1, takeProfit: 1e9 }));
    this.#look();
  }

  #look(): void {
    if (this.data.length - 1 !== now) return;
    const things = [this.datas, this.data.close, this.lines, this.broker, this.position, this.openOrders, this.heard];
    const ways: readonly ((value: object) => unknown)[] = [
      (value) => value,
      (value) => ({ ...value }),
      (value) => JSON.stringify(value),
      (value) => structuredClone(value),
      (value) => Object.getOwnPropertyDescriptors(value),
      (value) => Object.getOwnPropertyDescriptors(Object.getPrototypeOf(value)),
    ];
    for (const thing of things) for (const way of ways) this.#show(() => way(thing));
    // Reading as no rule of types allows it.
    const wrong: readonly unknown[] = [-1, -0.5, 1.5, NaN, Infinity, '-1', { valueOf: () => -1 }, [-1], null];
    for (const line of [this.data.close, ...this.lines]) {
      for (const name of ['ago', 'window', 'shift', 'at', 'get', 'slice', 'values'] as const) {
        const read = (line as unknown as Record<string, ((n: unknown) => unknown) | undefined>)[name];
        for (const n of wrong) this.#show(() => read?.call(line, n));
      }
    }
    this.#show(() => sma(this.data.close, 2).now);
  }

  #show(make: () => unknown): void {
    let made: unknown;
    try {
      made = make();
    } catch (error) {
      made = error;
    }
    this.shown.push(
      inspect(made, { depth: 8, showHidden: true, getters: true, maxArrayLength: null, maxStringLength: null }),
    );
  }
}

it('shows the same at a bar whatever bars come later, and however many', async () => {
  const shown: (readonly string[])[] = [];
  for (const [length, factor] of [
    [count, 1],
    [count - 57, 3],
  ] as const) {
    const own = createBars(length);
    for (let i = 0; i < length; i++) {
      const scale = i > now ? factor : 1;
      own.time[i] = bars.time[i]! + (i > now + 1 ? (factor - 1) * hour : 0);
      own.open[i] = bars.close[i]! * scale;
      own.close[i] = (bars.close[i]! + 300 * Math.sin(i)) * scale;
      own.high[i] = Math.max(own.open[i]!, own.close[i]!) + 5 * scale;
      own.low[i] = Math.min(own.open[i]!, own.close[i]!) - 5;
      own.volume[i] = bars.volume[i]! * scale;
    }
    const cerebro = new Cerebro({ cash: 1e6 });
    cerebro.addData(new BarsDataFeed({ bars: own, timeframe: '1h', symbol: 'BTC/USDT', name: 'btc' }));
    cerebro.resampleData('btc', '4h');
    cerebro.addData(new BarsDataFeed({ bars: own, timeframe: '1h', symbol: 'ETH/USDT', name: 'eth' }));
    cerebro.addStrategy(Watcher).addAnalyzer(DrawDown).addObserver(BuySellObserver);
    const { strategies } = await cerebro.run();
    const watcher = strategies[0]!.strategy;
    if (!(watcher instanceof Watcher)) throw new Error('the strategy of the run is not the watcher');
    shown.push(watcher.shown);
  }
  expect(shown[0]!.length).toBeGreaterThan(300);
  expect(shown[0]).toEqual(shown[1]);
});
