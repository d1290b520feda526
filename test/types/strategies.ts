/** What a strategy may say of its parameters, lines and orders, and what must not compile. */
import {
  Cerebro,
  crossover,
  sma,
  Strategy,
  type Line,
  type Order,
  type StrategyClass,
  type StrategyContext,
} from 'nextbar';

export class SmaCross extends Strategy<typeof SmaCross.params> {
  static readonly params = { fast: 10, slow: 30 };

  readonly fast = sma(this.data.close, this.params.fast);
  readonly slow: Line = sma(this.data.close, this.params.slow);
  readonly cross = crossover(this.fast, this.slow);

  override next(): void {
    if (this.cross.now > 0) this.buy();
    else if (this.cross.now < 0) this.close();
  }
}

/** A strategy meant to be extended is generic in its parameters. */
export class Base<P extends typeof Base.params = typeof Base.params> extends Strategy<P> {
  static readonly params = { risk: 0.01 };
  readonly risk: number = this.params.risk;
}

export class Derived extends Base<typeof Derived.params> {
  static override readonly params = { ...Base.params, side: 'both' as 'long' | 'short' | 'both' };
  readonly side: 'long' | 'short' | 'both' = this.params.side;
}

/** A strategy without parameters. */
export class Hold extends Strategy {
  override nextstart(): void {
    this.buy();
  }
}

const cerebro = new Cerebro({ cash: 10_000, commission: 0.001 });

cerebro.addStrategy(SmaCross);
cerebro.addStrategy(SmaCross, { fast: 5 }).addStrategy(Derived, { side: 'long', risk: 0.02 }).addStrategy(Hold);

// @ts-expect-error a parameter that does not exist
cerebro.addStrategy(SmaCross, { fats: 5 });
// @ts-expect-error a parameter of another type
cerebro.addStrategy(SmaCross, { fast: '5' });
// @ts-expect-error a word that the union does not have
cerebro.addStrategy(Derived, { side: 'sideways' });
// @ts-expect-error an instance is not a class
cerebro.addStrategy(cerebro);
// @ts-expect-error a strategy without parameters takes none
cerebro.addStrategy(Hold, { fast: 5 });
// @ts-expect-error nor has it any to search
cerebro.optStrategy(Hold, { fast: [5] });

/** A class takes the parameters of its own defaults, and no others. */
export const cls: StrategyClass<{ fast: number; slow: number }> = SmaCross;

export class Orders extends Strategy {
  first: Order | undefined;

  override next(): void {
    // The sizer may find nothing to do.
    // @ts-expect-error an order that may not be there
    const always: Order = this.buy();
    this.first = always;
    this.buy({ size: 1, type: 'limit', price: 100, valid: 'day' });
    this.sell({ type: 'stopLimit', price: 99, limitPrice: 98 });
    this.sell({ type: 'stopTrail', trailPercent: 0.02 });
    // @ts-expect-error a limit order needs a price
    this.buy({ type: 'limit' });
    // @ts-expect-error a stop-limit order needs both prices
    this.buy({ type: 'stopLimit', price: 99 });
    // @ts-expect-error a type that is none
    this.buy({ type: 'iceberg' });
    // @ts-expect-error an option that is none
    this.buy({ sizes: 1 });
    // @ts-expect-error a bracket of two numbers has no entry options
    this.buyBracket(95, 105);
    this.buyBracket({ stopLoss: 95, takeProfit: { price: 110, type: 'limit' } });
    this.orderTargetPercent(0.5);
    // @ts-expect-error now is read, not called
    this.data.close.now();
    // @ts-expect-error a line is no number
    if (this.data.close > 100) this.close();
    // @ts-expect-error a line is not an array
    this.sell({ size: this.data.close[0] });
    // @ts-expect-error the present is not for writing
    this.data.close.now = 1;
    // @ts-expect-error parameters are not for writing
    this.params.anything = 1;
  }

  // @ts-expect-error a hook that does not exist cannot be overridden
  override notifyOrders(): void {}
}

export class FrozenParams extends Strategy<typeof FrozenParams.params> {
  static readonly params = { period: 10 };

  override next(): void {
    // @ts-expect-error parameters of a run are fixed
    this.params.period = 20;
  }
}

/** The context goes through the constructor, for who writes one. */
export class WithConstructor extends Strategy<typeof WithConstructor.params> {
  static readonly params = { period: 10 };
  readonly average: Line;

  constructor(context: StrategyContext<typeof WithConstructor.params>) {
    super(context);
    this.average = sma(this.data.close, this.params.period);
  }
}
cerebro.addStrategy(WithConstructor, { period: 20 });
// @ts-expect-error the constructor's parameter is checked too
cerebro.addStrategy(WithConstructor, { periods: 20 });
