/** Risk rules: what an order is checked against before it is submitted, in every mode. */
import type { Side } from '../../core/index.ts';

/** An order that is about to be submitted. */
export interface RiskOrder {
  /** The data's name. */
  readonly data: string;
  /** The symbol of the data. */
  readonly symbol: string;
  /** The exchange of the data's instrument; empty where it is unknown. */
  readonly venue: string;
  /** Whether it buys or sells. */
  readonly side: Side;
  /** Units, positive. */
  readonly size: number;
  /** Its limit or stop, or the latest close for a market order. */
  readonly price: number;
  /** Its value, in the currency of value: quote units, unless the account counts in another, such as BTC. */
  readonly value: number;
  /**
   * Signed units of the data's position once it is executed, and with it the open orders that open in its direction. Datas of one account that trade the same
   * coin have one position.
   */
  readonly positionAfter: number;
  /** Whether it only makes a position smaller. */
  readonly reduces: boolean;
  /** The close of the data's latest bar, milliseconds UTC. */
  readonly dataTime: number;
}

/** The state of a run that rules may look at. */
export interface RiskState {
  /** The engine's clock, milliseconds UTC. */
  readonly time: number;
  /** Cash and positions at their latest closes. */
  readonly value: number;
  /** Value at the start of the UTC day. */
  readonly dayStartValue: number;
  /** The lowest value of the UTC day so far. */
  readonly dayLowValue: number;
  /** The highest value so far. */
  readonly peakValue: number;
  /** The deepest drawdown so far, as a fraction of the peak: 0.1 for 10 %. */
  readonly deepestFall: number;
  /** Orders of all strategies that may still be executed. */
  readonly openOrders: number;
  /** Datas with a position, or with an order that will open one. A coin that several datas of one account trade is counted once. */
  readonly openPositions: number;
  /**
   * Absolute value of positions and of open orders that open, over all datas, or those of one venue. A coin that several datas of one account trade is
   * counted once.
   */
  exposure(venue?: string): number;
  /** The same of one data. */
  exposureOf(data: string): number;
  /** Orders placed in the last `ms` milliseconds. */
  ordersWithin(ms: number): number;
  /** Closed trades, the latest last: when each closed, and its profit with fees. At least the latest 10,000 are kept. */
  readonly closedTrades: readonly {
    /** When it closed, milliseconds UTC. */
    readonly time: number;
    /** Its profit after fees. */
    readonly profit: number;
  }[];
}

/** A rule of risk: a name, and why it refuses an order. */
export interface RiskRule {
  /** Its name, which `order.rule` shows. */
  readonly name: string;
  /** Returns why an order is refused, or undefined to allow it. Allow orders that only reduce a position. */
  check(order: RiskOrder, state: RiskState): string | undefined;
}

/** Limits of one data. A limit that is left out does not apply. */
export interface DataLimits {
  /** Largest size of an order, in units. Default: no limit. */
  readonly maxOrderSize?: number;
  /**
   * Largest value of an order, in the currency of value: quote units, unless the account counts in another, such as BTC. Default: no
   * limit.
   */
  readonly maxOrderValue?: number;
  /** Largest size of a position, in units. Default: no limit. */
  readonly maxPositionSize?: number;
  /** Largest value of a position, in the currency of value. Default: no limit. */
  readonly maxPositionValue?: number;
  /** Largest value of position and opening orders, as a fraction of the account's value. Default: no limit. */
  readonly maxExposure?: number;
}

/** The limits of a run, as a plan file has them. A limit that is left out does not apply. */
export interface RiskPlan extends DataLimits {
  /** Limits of single datas, by name; they hold beside those of all. Default: none. */
  readonly datas?: Readonly<Record<string, DataLimits>>;
  /** Largest value of all positions and opening orders together, as a fraction of the account's value. Default: no limit. */
  readonly maxTotalExposure?: number;
  /** Largest value of positions and opening orders of one venue, as a fraction of the account's value. Default: no limit. */
  readonly maxVenueExposure?: number;
  /** Largest number of open orders. Default: no limit. */
  readonly maxOpenOrders?: number;
  /** Largest number of datas with a position; a coin that several datas of one account trade is counted once. Default: no limit. */
  readonly maxOpenPositions?: number;
  /** Largest number of orders within a span of time. Default: no limit. */
  readonly maxOrderRate?: {
    /** How many. */
    readonly orders: number;
    /** In how many milliseconds. */
    readonly perMs: number;
  };
  /** Opens nothing for a while after losses in a row. Default: no limit. */
  readonly cooldown?: {
    /** Losing trades in a row. */
    readonly losses: number;
    /** How long, in milliseconds since the last of them. */
    readonly waitMs: number;
  };
  /** Opens nothing for the rest of a UTC day that has lost this fraction. Default: no limit. */
  readonly maxDailyLoss?: number;
  /** Opens nothing once the value has fallen this fraction below its peak. Default: no limit. */
  readonly maxDrawdown?: number;
  /** Opens nothing on a data whose latest bar closed longer ago than this, in milliseconds. Default: no limit. */
  readonly maxDataAgeMs?: number;
}

const shown = (value: number): number => +value.toPrecision(8);
const percent = (fraction: number): string => `${shown(fraction * 100)} %`;

function limitRules(limits: DataLimits, data: string | undefined): RiskRule[] {
  const { maxOrderSize, maxOrderValue, maxPositionSize, maxPositionValue, maxExposure } = limits;
  const rules: RiskRule[] = [];
  const add = (name: string, check: RiskRule['check']): void => {
    rules.push({
      name,
      check: (order, state) => (data === undefined || order.data === data ? check(order, state) : undefined),
    });
  };
  if (maxOrderSize !== undefined)
    add('maxOrderSize', ({ size }) =>
      size > maxOrderSize ? `size must be at most ${maxOrderSize}, was ${shown(size)}` : undefined,
    );
  if (maxOrderValue !== undefined)
    add('maxOrderValue', ({ value, price, size }) =>
      value > maxOrderValue
        ? `value must be at most ${maxOrderValue}, was ${shown(value)}: the largest size is ${shown((maxOrderValue / value) * size)} at ${shown(price)}`
        : undefined,
    );
  if (maxPositionSize !== undefined)
    add('maxPositionSize', ({ positionAfter, reduces }) =>
      !reduces && Math.abs(positionAfter) > maxPositionSize
        ? `the position must be at most ${maxPositionSize}, and would be ${shown(positionAfter)}`
        : undefined,
    );
  if (maxPositionValue !== undefined)
    add('maxPositionValue', ({ positionAfter, value, size, reduces }) => {
      const after = Math.abs(positionAfter) * (value / size);
      return !reduces && after > maxPositionValue
        ? `the position must be worth at most ${maxPositionValue}, and would be worth ${shown(after)}`
        : undefined;
    });
  if (maxExposure !== undefined)
    add('maxExposure', ({ value, reduces, data: name }, state) =>
      overShare(reduces, state.exposureOf(name) + value, state.value, maxExposure, `'${name}'`),
    );
  return rules;
}

function overShare(reduces: boolean, exposure: number, value: number, most: number, of: string): string | undefined {
  if (reduces || exposure <= most * value) return undefined;
  return `the exposure in ${of} must be at most ${percent(most)} of the value, and would be ${percent(exposure / value)}`;
}

/** The rules of a plan, in the order they are checked. */
export function rulesOfPlan(plan: RiskPlan): readonly RiskRule[] {
  const { datas = {}, maxTotalExposure, maxVenueExposure, maxOpenOrders, maxOpenPositions, maxOrderRate } = plan;
  const { cooldown, maxDailyLoss, maxDrawdown, maxDataAgeMs } = plan;
  const rules = [
    ...limitRules(plan, undefined),
    ...Object.entries(datas).flatMap(([name, limits]) => limitRules(limits, name)),
  ];
  const add = (name: string, check: RiskRule['check']): void => {
    rules.push({ name, check });
  };
  if (maxTotalExposure !== undefined)
    add('maxTotalExposure', ({ value, reduces }, state) =>
      overShare(reduces, state.exposure() + value, state.value, maxTotalExposure, 'all datas'),
    );
  if (maxVenueExposure !== undefined)
    add('maxVenueExposure', ({ value, reduces, venue }, state) =>
      overShare(
        reduces,
        state.exposure(venue) + value,
        state.value,
        maxVenueExposure,
        venue === '' ? 'the venue' : venue,
      ),
    );
  if (maxOpenOrders !== undefined)
    add('maxOpenOrders', ({ reduces }, { openOrders }) =>
      !reduces && openOrders >= maxOpenOrders
        ? `at most ${maxOpenOrders} orders may be open, and ${openOrders} are`
        : undefined,
    );
  if (maxOpenPositions !== undefined)
    add('maxOpenPositions', ({ reduces, data }, state) =>
      !reduces && state.exposureOf(data) === 0 && state.openPositions >= maxOpenPositions
        ? `at most ${maxOpenPositions} datas may have a position, and ${state.openPositions} have`
        : undefined,
    );
  if (maxOrderRate !== undefined)
    add('maxOrderRate', ({ reduces }, state) => {
      const { orders, perMs } = maxOrderRate;
      const placed = state.ordersWithin(perMs);
      return !reduces && placed >= orders
        ? `at most ${orders} orders may be placed in ${perMs} ms, and ${placed} were`
        : undefined;
    });
  if (cooldown !== undefined) add('cooldown', (order, state) => coolingDown(order, state, cooldown));
  if (maxDailyLoss !== undefined)
    add('maxDailyLoss', ({ reduces }, { dayLowValue, dayStartValue }) => {
      const lost = 1 - dayLowValue / dayStartValue;
      return !reduces && lost >= maxDailyLoss
        ? `the day has lost ${percent(lost)}, and nothing is opened from ${percent(maxDailyLoss)} on`
        : undefined;
    });
  if (maxDrawdown !== undefined)
    add('maxDrawdown', ({ reduces }, { deepestFall }) =>
      !reduces && deepestFall >= maxDrawdown
        ? `the value fell ${percent(deepestFall)} below its peak: nothing is opened any more from ${percent(maxDrawdown)} on`
        : undefined,
    );
  if (maxDataAgeMs !== undefined)
    add('maxDataAgeMs', ({ reduces, dataTime, data }, { time }) =>
      !reduces && time - dataTime > maxDataAgeMs
        ? `the latest bar of '${data}' closed ${time - dataTime} ms ago, and may be at most ${maxDataAgeMs} ms old`
        : undefined,
    );
  return rules;
}

function coolingDown(
  { reduces }: RiskOrder,
  { closedTrades, time }: RiskState,
  { losses, waitMs }: NonNullable<RiskPlan['cooldown']>,
): string | undefined {
  if (reduces || closedTrades.length < losses) return undefined;
  const latest = closedTrades.slice(-losses);
  if (latest.some(({ profit }) => profit >= 0)) return undefined;
  const until = latest[losses - 1]!.time + waitMs;
  return time < until ? `${losses} losses in a row: nothing is opened for another ${until - time} ms` : undefined;
}
