/** The kill switch of a session: limits that, once broken, flatten and pause it. */
import { ConfigError, checkNames } from '../../../core/index.ts';

/** The limits of a session: when one is broken, it cancels its orders, closes its positions and pauses. A limit that is left out does not apply. */
export interface SessionLimits {
  /** Largest fall of the value from its peak, as a fraction of the peak: 0.2 for 20 %. Default: no limit. */
  readonly maxDrawdown?: number | undefined;
  /** Largest loss since the first value of the day (UTC), as a fraction of that. Default: no limit. */
  readonly maxDailyLoss?: number | undefined;
  /** Largest position of each symbol, in units, long or short. Default: no limit. */
  readonly maxPosition?: Readonly<Record<string, number>> | undefined;
  /** Largest value of all positions together, as a fraction of the account's value. Default: no limit. */
  readonly maxExposure?: number | undefined;
  /** Most orders within a minute. Default: no limit. */
  readonly maxOrdersPerMinute?: number | undefined;
  /** How long the stream of a data may be down, in milliseconds. Default: no limit. */
  readonly maxStaleMs?: number | undefined;
}

const names = [
  'maxDrawdown', 'maxDailyLoss', 'maxPosition', 'maxExposure', 'maxOrdersPerMinute', 'maxStaleMs',
] as const; // prettier-ignore

const [minuteMs, dayMs] = [60_000, 86_400_000];

/** Throws a ConfigError for limits that cannot be right. */
export function checkLimits(limits: SessionLimits): void {
  checkNames('limit', limits, names);
  for (const field of ['maxDrawdown', 'maxDailyLoss'] as const) {
    const value = limits[field];
    if (value === undefined || (value > 0 && value < 1)) continue;
    throw wrong(field, 'a fraction above 0 and below 1, 0.2 for 20 %', value);
  }
  for (const field of ['maxExposure', 'maxOrdersPerMinute', 'maxStaleMs'] as const) {
    const value = limits[field];
    if (value === undefined || (Number.isFinite(value) && value > 0)) continue;
    throw wrong(field, 'a number above 0', value);
  }
  for (const [symbol, units] of Object.entries(limits.maxPosition ?? {})) {
    if (!(Number.isFinite(units) && units >= 0)) throw wrong(`maxPosition of ${symbol}`, 'a number of units', units);
  }
}

/** What the switch looks at. */
export interface WatchedSession {
  /** The exchange's time, milliseconds UTC. */
  readonly now: number;
  readonly value: number;
  readonly grossValue: number;
  /** Orders placed so far. */
  readonly orders: number;
  readonly datas: readonly { readonly symbol: string; readonly size: number; readonly isLive: boolean }[];
}

/** Watches the limits of one session. It keeps no clock of its own, so that a replay trips at the same input. */
export class KillSwitch {
  #limits: SessionLimits;
  #peak = -Infinity;
  #day = NaN;
  #dayStart = NaN;
  readonly #placed: { readonly time: number; readonly orders: number }[] = [];
  /** By symbol: since when its stream has been away. */
  readonly #away = new Map<string, number>();

  constructor(limits: SessionLimits) {
    this.#limits = limits;
  }

  /** The limits of the run that goes on with the session. */
  limit(limits: SessionLimits): void {
    this.#limits = limits;
  }

  /** Counts from here on, as after `resume`: earlier losses and orders no longer count. */
  rearm(): void {
    this.#peak = -Infinity;
    this.#dayStart = NaN;
    this.#day = NaN;
    this.#placed.length = 0;
    this.#away.clear();
  }

  /** Which limit is broken, in words; undefined while none is. */
  check(session: WatchedSession): string | undefined {
    const { maxPosition, maxExposure } = this.#limits;
    // Before the first tick of its clock a session has no time: nothing can be late yet.
    if (!Number.isFinite(session.now)) return undefined;
    const loss = this.#lossOf(session);
    if (loss !== undefined) return loss;
    for (const { symbol, size } of session.datas) {
      const most = maxPosition?.[symbol];
      if (most !== undefined && Math.abs(size) > most * (1 + 1e-9)) {
        return `the position of ${size} ${symbol} is beyond the limit of ${most}`;
      }
    }
    const { value, grossValue } = session;
    if (maxExposure !== undefined && grossValue > maxExposure * value) {
      return `positions worth ${percent(grossValue / value)} of the account are beyond the limit of ${percent(maxExposure)}`;
    }
    return this.#rateOf(session) ?? this.#staleOf(session);
  }

  #lossOf({ value, now }: WatchedSession): string | undefined {
    const { maxDrawdown, maxDailyLoss } = this.#limits;
    if (!Number.isFinite(value)) return undefined;
    this.#peak = Math.max(this.#peak, value);
    const day = Math.floor(now / dayMs);
    if (day !== this.#day) {
      this.#day = day;
      this.#dayStart = value;
    }
    const fall = 1 - value / this.#peak;
    if (maxDrawdown !== undefined && fall > maxDrawdown) {
      return `the drawdown of ${percent(fall)} is beyond the limit of ${percent(maxDrawdown)}`;
    }
    const loss = 1 - value / this.#dayStart;
    if (maxDailyLoss === undefined || !(loss > maxDailyLoss)) return undefined;
    return `the loss of ${percent(loss)} since midnight UTC is beyond the limit of ${percent(maxDailyLoss)}`;
  }

  #rateOf({ now, orders }: WatchedSession): string | undefined {
    const { maxOrdersPerMinute } = this.#limits;
    if (maxOrdersPerMinute === undefined) return undefined;
    const placed = this.#placed;
    if (placed.at(-1)?.orders !== orders) placed.push({ time: now, orders });
    while (placed.length > 1 && placed[1]!.time <= now - minuteMs) placed.shift();
    const rate = orders - placed[0]!.orders;
    return rate > maxOrdersPerMinute
      ? `${rate} orders within a minute are beyond the limit of ${maxOrdersPerMinute}`
      : undefined;
  }

  #staleOf({ now, datas }: WatchedSession): string | undefined {
    const { maxStaleMs } = this.#limits;
    if (maxStaleMs === undefined) return undefined;
    for (const { symbol, isLive } of datas) {
      if (isLive) this.#away.delete(symbol);
      else if (!this.#away.has(symbol)) this.#away.set(symbol, now);
      const since = this.#away.get(symbol) ?? now;
      if (now - since <= maxStaleMs) continue;
      return `the stream of ${symbol} has been away for ${Math.round((now - since) / 1000)} s, beyond the limit of ${Math.round(maxStaleMs / 1000)} s`;
    }
    return undefined;
  }
}

function percent(fraction: number): string {
  return `${+(fraction * 100).toFixed(2)} %`;
}

function wrong(field: string, wanted: string, seen: unknown): ConfigError {
  return new ConfigError(`${field} must be ${wanted}, was ${String(seen)}`, { context: { field } });
}
