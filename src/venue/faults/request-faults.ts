/** Faults of requests: which fault strikes which request, by plan or by seed. */
import { checkNames, ConfigError, seededRandom, unknownName } from '../../core/index.ts';
import { requestFaults, type RequestFault } from './kinds.ts';

/** A fault that strikes particular requests. */
export interface PlannedFault {
  /** What goes wrong. */
  readonly kind: RequestFault;
  /** Strikes only paths that contain this. Default: all paths. */
  readonly path?: string;
  /** Strikes only requests of this method, such as `POST`. Default: any method. */
  readonly method?: string;
  /** Lets this many matching requests pass first. Default 0. */
  readonly after?: number;
  /** Strikes this many requests. Default 1. */
  readonly times?: number;
  /** Seconds in the `Retry-After` header of a 429, 418 or 503. Default: no such header. */
  readonly retryAfter?: number;
}

/** Faults at random, the same for the same seed and the same order of requests. */
export interface RandomFaults {
  /** Seed of the random choices. */
  readonly seed: number;
  /** Share of requests that are struck, 0 to 1. */
  readonly rate: number;
  /** What may go wrong. */
  readonly kinds: readonly RequestFault[];
  /** Seconds that a refused client is asked to wait. Default: the header is left out. */
  readonly retryAfter?: number;
  /** Strikes only paths that contain this. Default: all paths. */
  readonly path?: string;
}

/** Faults of a server: planned, at random, or both. */
export interface FaultOptions {
  /** Faults by path and time. Default: none. */
  readonly plan?: readonly PlannedFault[];
  /** Faults at random. Default: none. */
  readonly random?: RandomFaults;
  /** How far the exchange's clock runs ahead of the real one, in milliseconds; negative is behind. Default 0. */
  readonly clockSkewMs?: number;
}

/** A fault that is about to strike. */
export interface Fault {
  /** What goes wrong. */
  readonly kind: RequestFault;
  /** Seconds that the client is asked to wait; undefined for none. */
  readonly retryAfter: number | undefined;
}

/** Decides request by request what goes wrong, and counts it. */
export class Faults {
  /** How far the exchange's clock is ahead, in milliseconds. */
  readonly clockSkewMs: number;
  /** How often each kind has struck. */
  readonly struck = new Map<RequestFault, number>();
  readonly #plan: { readonly fault: PlannedFault; skip: number; left: number }[];
  readonly #random: RandomFaults | undefined;
  readonly #uniform: () => number;

  /** @throws {ConfigError} If an option is unknown or out of its range. */
  constructor(options: FaultOptions = {}) {
    checkFaults(options);
    this.clockSkewMs = options.clockSkewMs ?? 0;
    this.#plan = (options.plan ?? []).map((fault) => ({ fault, skip: fault.after ?? 0, left: fault.times ?? 1 }));
    this.#random = options.random;
    this.#uniform = seededRandom(options.random?.seed ?? 0);
  }

  /** The fault that strikes a request for this path, or undefined. */
  next(path: string, method = 'GET'): Fault | undefined {
    const fault = this.#planned(path, method) ?? this.#drawn(path);
    if (fault !== undefined) this.struck.set(fault.kind, (this.struck.get(fault.kind) ?? 0) + 1);
    return fault;
  }

  #planned(path: string, method: string): Fault | undefined {
    for (const entry of this.#plan) {
      const { fault } = entry;
      if (entry.left === 0 || (fault.path !== undefined && !path.includes(fault.path))) continue;
      if (fault.method !== undefined && fault.method !== method) continue;
      if (entry.skip > 0) {
        entry.skip -= 1;
        continue;
      }
      entry.left -= 1;
      return { kind: fault.kind, retryAfter: fault.retryAfter };
    }
    return undefined;
  }

  #drawn(path: string): Fault | undefined {
    const random = this.#random;
    if (random === undefined || (random.path !== undefined && !path.includes(random.path))) return undefined;
    if (this.#uniform() >= random.rate) return undefined;
    const kind = random.kinds[Math.floor(this.#uniform() * random.kinds.length)];
    return kind === undefined ? undefined : { kind, retryAfter: random.retryAfter };
  }
}

/** Checks fault settings, which may come from another process as JSON. */
function checkFaults(options: FaultOptions): void {
  check('fault settings', options, isObject(options), 'an object');
  checkNames('option of faults', options, ['plan', 'random', 'clockSkewMs']);
  const { plan = [], random, clockSkewMs = 0 } = options;
  check('clockSkewMs', clockSkewMs, Number.isFinite(clockSkewMs), 'a number of milliseconds');
  check('plan', plan, Array.isArray(plan), 'a list of planned faults');
  for (const fault of plan) {
    check('a planned fault', fault, isObject(fault), 'an object');
    checkNames('field of a planned fault', fault, ['kind', 'path', 'method', 'after', 'times', 'retryAfter']);
    checkKind(fault.kind);
    checkText('path of a planned fault', fault.path);
    checkText('method of a planned fault', fault.method);
    const { after = 0, times = 1 } = fault;
    check('after of a planned fault', after, Number.isInteger(after) && after >= 0, 'a whole number from 0');
    check('times of a planned fault', times, Number.isInteger(times) && times >= 1, 'a whole number from 1');
    checkRetryAfter(fault.retryAfter);
  }
  if (random === undefined) return;
  check('random', random, isObject(random), 'an object');
  checkNames('field of random faults', random, ['seed', 'rate', 'kinds', 'retryAfter', 'path']);
  check('seed of random faults', random.seed, Number.isFinite(random.seed), 'a number');
  check('rate of random faults', random.rate, random.rate >= 0 && random.rate <= 1, 'from 0 to 1');
  check('kinds of random faults', random.kinds, Array.isArray(random.kinds) && random.kinds.length > 0, 'a list of at least one fault'); // prettier-ignore
  for (const kind of random.kinds) checkKind(kind);
  checkText('path of random faults', random.path);
  checkRetryAfter(random.retryAfter);
}

function checkKind(kind: string): void {
  if (!(requestFaults as readonly string[]).includes(kind))
    throw unknownName('fault', kind, [...new Set(requestFaults)]);
}

function checkText(field: string, value: unknown): void {
  check(field, value, value === undefined || typeof value === 'string', 'a text');
}

function checkRetryAfter(value: number | undefined): void {
  check(
    'retryAfter',
    value,
    value === undefined || (Number.isFinite(value) && value >= 0),
    'a number of seconds from 0',
  );
}

function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function check(field: string, value: unknown, isRight: boolean, what: string): void {
  if (isRight) return;
  throw new ConfigError(
    `${field} must be ${what}, was ${typeof value === 'number' ? String(value) : JSON.stringify(value)}`,
  );
}
