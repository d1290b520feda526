/** Faults on demand: what goes wrong between a program and an exchange, by plan or by seed. */
import { checkNames, ConfigError, seededRandom, unknownName } from '../core/index.ts';

/** Faults of the connection: the request is answered so, or not at all. */
export const connectionFaults = [
  'too-many-requests', 'banned', 'region-block', 'server-error', 'bad-gateway', 'maintenance', 'web-page', 'empty-body',
  'broken-json', 'hang', 'hang-in-body', 'reset',
] as const; // prettier-ignore
export type ConnectionFault = (typeof connectionFaults)[number];

/** Faults of the data: the answer is well formed and its rows are not as asked. */
export const pageFaults = ['short-page', 'overlap', 'duplicate', 'disorder', 'ignore-since'] as const;
export type PageFault = (typeof pageFaults)[number];

/** Faults of the answer: what was asked is done, and the one who asked does not learn it. Nothing comes, or a web page. */
export const answerFaults = ['lost-answer', 'spoiled-answer'] as const;
export type AnswerFault = (typeof answerFaults)[number];
export type FaultKind = ConnectionFault | PageFault | AnswerFault;

/** A fault that strikes certain requests. */
export interface PlannedFault {
  readonly kind: FaultKind;
  /** Strikes only paths that contain this. */
  readonly path?: string;
  /** Strikes only requests of this method, such as `POST`. */
  readonly method?: string;
  /** Lets this many matching requests pass first. Default 0. */
  readonly after?: number;
  /** Strikes this many requests. Default 1. */
  readonly times?: number;
  /** Seconds in the `Retry-After` of a 429, 418 or 503; without it there is no such header. */
  readonly retryAfter?: number;
}

/** Faults at random, the same for the same seed and the same order of requests. */
export interface RandomFaults {
  readonly seed: number;
  /** Share of requests that are struck, 0 to 1. */
  readonly rate: number;
  readonly kinds: readonly FaultKind[];
  readonly retryAfter?: number;
  /** Strikes only paths that contain this. */
  readonly path?: string;
}

export interface FaultOptions {
  readonly plan?: readonly PlannedFault[];
  readonly random?: RandomFaults;
  /** The venue's clock runs this far ahead (or, negative, behind). */
  readonly clockSkewMs?: number;
}

/** A fault that is about to happen. */
export interface Fault {
  readonly kind: FaultKind;
  readonly retryAfter: number | undefined;
}

/** Decides request by request what goes wrong, and counts it. */
export class Faults {
  readonly clockSkewMs: number;
  /** How often each kind has struck. */
  readonly struck = new Map<FaultKind, number>();
  readonly #plan: { readonly fault: PlannedFault; skip: number; left: number }[];
  readonly #random: RandomFaults | undefined;
  readonly #uniform: () => number;

  constructor(options: FaultOptions = {}) {
    checkFaults(options);
    this.clockSkewMs = options.clockSkewMs ?? 0;
    this.#plan = (options.plan ?? []).map((fault) => ({ fault, skip: fault.after ?? 0, left: fault.times ?? 1 }));
    this.#random = options.random;
    this.#uniform = seededRandom(options.random?.seed ?? 0);
  }

  /** The fault that strikes a request of this path, or undefined. */
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

/** Whether the rows of an answer are altered, rather than the connection. */
export function isPageFault(kind: FaultKind): kind is PageFault {
  return (pageFaults as readonly string[]).includes(kind);
}

/** Whether what was asked is done, and only its answer is not as it should be. */
export function isAnswerFault(kind: FaultKind): kind is AnswerFault {
  return (answerFaults as readonly string[]).includes(kind);
}

function checkFaults(options: FaultOptions): void {
  const known: readonly string[] = [...connectionFaults, ...pageFaults, ...answerFaults];
  checkNames('option of faults', options, ['plan', 'random', 'clockSkewMs']);
  for (const fault of options.plan ?? []) {
    checkNames('field of a planned fault', fault, ['kind', 'path', 'method', 'after', 'times', 'retryAfter']);
    if (!known.includes(fault.kind)) throw unknownName('fault', fault.kind, known);
  }
  if (options.random === undefined) return;
  checkNames('field of random faults', options.random, ['seed', 'rate', 'kinds', 'retryAfter', 'path']);
  for (const kind of options.random.kinds) if (!known.includes(kind)) throw unknownName('fault', kind, known);
  if (!(options.random.rate >= 0 && options.random.rate <= 1)) {
    throw new ConfigError(`rate of random faults must be from 0 to 1, was ${options.random.rate}`);
  }
}
