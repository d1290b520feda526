/** Watching a strategy from outside: everything it does and is told, by the bar in which it happens. */
import {
  Cerebro,
  type Bars,
  type CerebroOptions,
  type Fill,
  type Order,
  type RunResult,
  type Strategy,
  type GivenParams,
  type StrategyClass,
  type Trade,
} from 'nextbar';
import { BarsDataFeed, Data } from 'nextbar';

/** One thing that happened. */
export interface Happening {
  /** The engine's clock: the latest close of any data. */
  readonly time: number;
  readonly what: string;
}

/** A data of a watched run. */
export interface WatchedData {
  readonly timeframe: string;
  readonly bars: Bars;
}

/** A run, and what happened in it. */
export interface Watched {
  readonly happenings: readonly Happening[];
  readonly result: RunResult;
}

/** Runs a strategy over bars and writes down its orders, notifications and the cash and value it sees. */
export async function watch<P extends object>(
  cls: StrategyClass<P>,
  params: GivenParams<P>,
  datas: readonly WatchedData[],
  options: CerebroOptions = {},
): Promise<Watched> {
  const happenings: Happening[] = [];
  const cerebro = new Cerebro({ commission: 0.001, slippage: 0.0002, ...options });
  for (const [k, data] of datas.entries()) cerebro.addData(new BarsDataFeed({ ...data, name: `data${k}` }));
  cerebro.addStrategy(watched(cls, happenings), params);
  const result = await cerebro.run();
  return { happenings, result };
}

/** The class with every hook written down. */
function watched<P extends object>(cls: StrategyClass<P>, log: Happening[]): StrategyClass<P> {
  const Base = cls as unknown as new (...args: unknown[]) => Strategy;
  class Watching extends Base {
    private made = 0;

    override prenext(): void {
      super.prenext();
      this.note();
    }

    override nextstart(): void {
      this.say('nextstart');
      super.nextstart();
    }

    override next(): void {
      super.next();
      this.note();
    }

    override notifyOrder(order: Order): void {
      this.say('order', orderFacts(order));
      super.notifyOrder(order);
    }

    override notifyTrade(trade: Trade): void {
      this.say('trade', { ...trade.toJSON() });
      super.notifyTrade(trade);
    }

    override notifyCashValue(cash: number, value: number): void {
      this.say('cash', { cash, value });
      super.notifyCashValue(cash, value);
    }

    private note(): void {
      for (; this.made < this.orderHistory.length; this.made++)
        this.say('made', orderFacts(this.orderHistory[this.made]!));
      this.say(
        'positions',
        this.datas.map((data) => (data.length === 0 ? 0 : this.getPosition(data).size)),
      );
    }

    private say(kind: string, facts: unknown = ''): void {
      const time = Math.max(...this.datas.map(({ closeTime }) => (Number.isNaN(closeTime) ? -Infinity : closeTime)));
      log.push({ time, what: `${kind} ${JSON.stringify(facts)}` });
    }
  }
  Object.defineProperty(Watching, 'name', { value: cls.name });
  return Watching as unknown as StrategyClass<P>;
}

/** An order without the objects it refers to. */
export function orderFacts(order: Order): object {
  const fields = { ...Object.fromEntries(Object.entries(order)), data: order.data.name };
  return { ...fields, fills: order.fills.map(fillFacts) };
}

/** A fill without its words, which are made of these numbers and slow to write. */
function fillFacts({
  time,
  size,
  price,
  closed,
  opened,
  commission,
  pnl,
  positionSize,
  rule,
  level,
  reached,
}: Fill): object {
  return { time, size, price, closed, opened, commission, pnl, positionSize, rule, level, reached };
}

/** A result as text: every order, trade, step and statistic in it. */
export function resultText(result: RunResult): string {
  return JSON.stringify(
    {
      ...result,
      strategies: result.strategies.map((one) => ({
        name: one.name,
        params: one.params,
        orders: one.orders.map(orderFacts),
        trades: one.trades,
        openTrades: one.openTrades,
        analyzers: one.analyzerResults(),
      })),
    },
    (_key, value: unknown) => {
      if (value instanceof Data) return value.name;
      if (value instanceof Float64Array) return Array.from(value);
      return typeof value === 'number' && !Number.isFinite(value) ? String(value) : value;
    },
  );
}
