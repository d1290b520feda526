/** A service with faults in between, by a seed: windows of time in which sockets and requests go wrong. */
import {
  checkNames,
  ConfigError,
  seededRandom,
  unknownName,
  type HttpRequest,
  type HttpResponse,
  type Runtime,
  type ServedSocket,
  type Service,
  type SocketService,
} from '../../core/index.ts';
import { alteredRows, brokenAnswer, withoutSince } from './answers.ts';
import { answerFaults, connectionFaults, faultKinds, pageFaults, type FaultKind } from './kinds.ts';

/** A span of time in which a fault can strike. Times are milliseconds of the runtime's steady clock. */
export interface FaultWindow {
  /** What goes wrong. */
  readonly kind: FaultKind;
  /** From when, by that clock. */
  readonly from: number;
  /** Until when, by that clock. */
  readonly to: number;
  /** Strikes only sockets and requests whose URL contains this, such as `/ws-api` or `/api/v3/order`. Default: all of them. */
  readonly where?: string;
  /** Probability that it strikes, 0 to 1. Default: 1 for `refuse` and `silence`, 0.5 for requests, a few per cent for frames. */
  readonly chance?: number;
}

/** Draws `count` windows of faults between `from` and `to` from a seed. */
export function planFaults(
  seed: number,
  kinds: readonly FaultKind[],
  count: number,
  from: number,
  to: number,
  where?: string,
): FaultWindow[] {
  const random = seededRandom(seed);
  return Array.from({ length: count }, () => {
    const begin = from + random() * (to - from);
    return {
      kind: kinds[Math.floor(random() * kinds.length)]!,
      from: begin,
      to: Math.min(to, begin + 500 + random() * 8_000),
      ...(where !== undefined && { where }),
    };
  });
}

/** Options of FaultyService. What a frame means differs by exchange: the callbacks decide. */
export interface FaultyOptions {
  /** What goes wrong, and when. */
  readonly windows: readonly FaultWindow[];
  /** Seed of the random choices. */
  readonly seed: number;
  /** Whether a frame passes whatever happens. Default: no frame does. */
  readonly heartbeat?: (frame: string) => boolean;
  /** The frame with one size of a book changed; undefined when it holds no book, or when no client could detect the change. Default: undefined. */
  readonly corrupt?: (frame: string) => string | undefined;
  /** The answer as it was `lagMs` ago; undefined when the request is not for a book. Default: undefined. */
  readonly lagged?: (request: HttpRequest, lagMs: number) => HttpResponse | undefined;
}

/** A service of the local exchange that has faults while their windows are open. */
export class FaultyService implements Service {
  /** How often each kind struck. */
  readonly hits = Object.fromEntries(faultKinds.map((kind) => [kind, 0])) as Record<FaultKind, number>;
  readonly #service: Service;
  readonly #runtime: Runtime;
  readonly #options: FaultyOptions;
  readonly #random: () => number;
  /** The windows that are open until `#changesAt`, so that a frame is not compared with a day of them. */
  #open: readonly FaultWindow[] = [];
  #changesAt = -Infinity;

  /** @throws {ConfigError} If a window is not right. */
  constructor(service: Service, runtime: Runtime, options: FaultyOptions) {
    for (const window of options.windows) checkWindow(window);
    this.#service = service;
    this.#runtime = runtime;
    this.#options = options;
    this.#random = seededRandom(options.seed);
  }

  #on(kind: FaultKind, url: string): FaultWindow | undefined {
    const now = this.#runtime.elapsed();
    if (now >= this.#changesAt) this.#look(now);
    for (const window of this.#open) {
      if (window.kind === kind && (window.where === undefined || url.includes(window.where))) return window;
    }
    return undefined;
  }

  /** Finds the windows that are open, and when the next one opens or closes. */
  #look(now: number): void {
    const { windows } = this.#options;
    this.#open = windows.filter(({ from, to }) => now >= from && now < to);
    this.#changesAt = Math.min(...windows.flatMap(({ from, to }) => [from, to]).filter((at) => at > now));
  }

  #strikes(kind: FaultKind, chance: number, url: string): boolean {
    const window = this.#on(kind, url);
    if (window === undefined || this.#random() >= (window.chance ?? chance)) return false;
    this.hits[kind]++;
    return true;
  }

  /** Takes a client's socket, unless a fault refuses it. */
  accept(url: string, socket: ServedSocket): SocketService | undefined {
    if (this.#strikes('refuse', 1, url)) return undefined;
    // A socket that a fault closes is closed for the service too.
    let handler: SocketService | undefined = undefined as SocketService | undefined;
    const ending: ServedSocket = {
      send: (frame) => {
        socket.send(frame);
      },
      close: (reason) => {
        socket.close(reason);
        handler?.closed();
      },
    };
    handler = this.#service.accept(url, this.#faulty(ending, url));
    return handler;
  }

  #faulty(socket: ServedSocket, url: string): ServedSocket {
    let held: string | Uint8Array | undefined;
    let delayed: (string | Uint8Array)[] | undefined;
    const pass = (frame: string | Uint8Array): void => {
      if (delayed !== undefined) delayed.push(frame);
      else socket.send(frame);
    };
    const send = (frame: string | Uint8Array): void => {
      const text = typeof frame === 'string' ? frame : '';
      if (this.#options.heartbeat?.(text) === true) {
        socket.send(frame);
        return;
      }
      if (this.#strikes('drop', 0.02, url)) {
        socket.close('dropped');
        return;
      }
      if (this.#strikes('silence', 1, url) || this.#strikes('gap', 0.05, url)) return;
      if (this.#strikes('cut', 0.02, url)) {
        socket.send(text.slice(0, Math.floor(text.length / 2)));
        socket.close('closed in mid-frame');
        return;
      }
      if (this.#strikes('garbage', 0.05, url))
        socket.send(
          ['{"', '<html>502 Bad Gateway</html>', '\u0000\u0001', 'null', '[]', '{"data":{}}'][
            Math.floor(this.#random() * 6)
          ]!,
        );
      if (this.#on('corrupt', url) !== undefined && this.#random() < 0.1) {
        const spoiled = this.#options.corrupt?.(text);
        if (spoiled !== undefined) {
          this.hits.corrupt++;
          pass(spoiled);
          return;
        }
      }
      if (delayed === undefined && this.#strikes('slow', 0.02, url)) {
        delayed = [];
        this.#runtime.after(500 + this.#random() * 2500, () => {
          const late = delayed!;
          delayed = undefined;
          for (const one of late) socket.send(one);
        });
      }
      if (held === undefined && this.#strikes('reorder', 0.05, url)) {
        held = frame;
        return;
      }
      pass(frame);
      if (held !== undefined) {
        pass(held);
        held = undefined;
      }
      if (this.#strikes('duplicate', 0.05, url)) pass(frame);
    };
    return {
      send,
      close: (reason) => {
        socket.close(reason);
      },
    };
  }

  request(request: HttpRequest, answer: (response: HttpResponse) => void): void {
    const { url } = request;
    for (const kind of connectionFaults) {
      if (!this.#strikes(kind, 0.5, url)) continue;
      const isLimit = kind === 'too-many-requests' || kind === 'banned';
      const retryAfter = isLimit ? 1 + Math.floor(this.#random() * 3) : undefined;
      const broken = brokenAnswer({ kind, retryAfter });
      if (broken !== undefined) answer(broken);
      return;
    }
    if (this.#on('old-book', url) !== undefined) {
      const old = this.#options.lagged?.(request, 200 + this.#random() * 4000);
      if (old !== undefined) {
        this.hits['old-book']++;
        answer(old);
        return;
      }
    }
    const after = this.#afterwards(url, answer);
    const isUnbounded = this.#strikes('ignore-since', 0.5, url);
    this.#service.request(isUnbounded ? { ...request, url: withoutSince(url) } : request, after);
  }

  /** Receives the service's answer, and passes on what the client is to see of it. */
  #afterwards(url: string, answer: (response: HttpResponse) => void): (response: HttpResponse) => void {
    for (const kind of answerFaults) {
      if (!this.#strikes(kind, 0.5, url)) continue;
      if (kind !== 'late-answer') {
        const broken = brokenAnswer({ kind, retryAfter: undefined });
        return () => {
          if (broken !== undefined) answer(broken);
        };
      }
      const ms = 2_000 + this.#random() * 28_000;
      return (response) => {
        this.#runtime.after(ms, () => {
          answer(response);
        });
      };
    }
    for (const kind of pageFaults) {
      if (kind === 'ignore-since' || !this.#strikes(kind, 0.5, url)) continue;
      return (response) => {
        answer({ ...response, text: alteredRows({ kind, retryAfter: undefined }, response.text) });
      };
    }
    return answer;
  }
}

function checkWindow(window: FaultWindow): void {
  checkNames('field of a fault window', window, ['kind', 'from', 'to', 'where', 'chance']);
  const { kind, from, to, chance = 0 } = window;
  if (!faultKinds.includes(kind)) throw unknownName('fault', kind, faultKinds);
  if (!(from <= to)) throw new ConfigError(`from of a fault window must not be after its to, were ${from} and ${to}`);
  if (!(chance >= 0 && chance <= 1))
    throw new ConfigError(`chance of a fault window must be from 0 to 1, was ${chance}`);
}
