/** What goes wrong between a venue and its clients, by a seed: kinds, times and counts. */
import {
  seededRandom,
  type HttpRequest,
  type HttpResponse,
  type Runtime,
  type ServedSocket,
  type Service,
  type SocketService,
} from '../../core/index.ts';

/**
 * `drop` the socket closes; `silence` no data, heartbeats go on; `gap` single frames are lost; `duplicate` they come twice; `reorder` two change
 * places; `slow` they come late, all together; `garbage` what is no message comes between; `cut` half a frame, then the socket closes; `corrupt` a
 * size in a book is wrong; `refuse` no socket opens; `lag` HTTP answers with an old book; `error` HTTP fails; `hang` HTTP never answers.
 */
export type FaultKind =
  | 'drop' | 'silence' | 'gap' | 'duplicate' | 'reorder' | 'slow' | 'garbage' | 'cut' | 'corrupt' | 'refuse' | 'lag' | 'error' | 'hang'; // prettier-ignore

export const faultKinds = [
  'drop', 'silence', 'gap', 'duplicate', 'reorder', 'slow', 'garbage', 'cut', 'corrupt', 'refuse', 'lag', 'error', 'hang',
] as const satisfies readonly FaultKind[]; // prettier-ignore

/** A fault that is on for a time. Times are by the runtime's steady clock. */
export interface FaultWindow {
  readonly kind: FaultKind;
  readonly from: number;
  readonly to: number;
}

/** Windows of faults in a span, drawn from a seed. */
export function planFaults(
  seed: number,
  kinds: readonly FaultKind[],
  count: number,
  from: number,
  to: number,
): FaultWindow[] {
  const random = seededRandom(seed);
  return Array.from({ length: count }, () => {
    const begin = from + random() * (to - from);
    return {
      kind: kinds[Math.floor(random() * kinds.length)]!,
      from: begin,
      to: Math.min(to, begin + 500 + random() * 8_000),
    };
  });
}

/** Lets a venue's face work through faults. It does not know what the frames mean, but how to tell a heartbeat and how to spoil a book. */
export interface FaultyOptions {
  readonly windows: readonly FaultWindow[];
  readonly seed: number;
  heartbeat(frame: string): boolean;
  /** The frame with one size of a book changed; undefined where it holds no book or nothing could notice. */
  corrupt(frame: string): string | undefined;
  /** The answer as it was `lagMs` ago; undefined where the request is not for a book. */
  lagged(request: HttpRequest, lagMs: number): HttpResponse | undefined;
}

export class FaultyService implements Service {
  /** How often each kind struck. */
  readonly hits: Record<FaultKind, number> = {
    drop: 0, silence: 0, gap: 0, duplicate: 0, reorder: 0, slow: 0, garbage: 0, cut: 0, corrupt: 0, refuse: 0, lag: 0, error: 0, hang: 0,
  }; // prettier-ignore
  readonly #service: Service;
  readonly #runtime: Runtime;
  readonly #options: FaultyOptions;
  readonly #random: () => number;

  constructor(service: Service, runtime: Runtime, options: FaultyOptions) {
    this.#service = service;
    this.#runtime = runtime;
    this.#options = options;
    this.#random = seededRandom(options.seed);
  }

  #on(kind: FaultKind): boolean {
    const now = this.#runtime.elapsed();
    return this.#options.windows.some((window) => window.kind === kind && now >= window.from && now < window.to);
  }

  #strikes(kind: FaultKind, chance: number): boolean {
    if (!this.#on(kind) || this.#random() >= chance) return false;
    this.hits[kind]++;
    return true;
  }

  accept(url: string, socket: ServedSocket): SocketService | undefined {
    if (this.#strikes('refuse', 1)) return undefined;
    return this.#service.accept(url, this.#faulty(socket));
  }

  #faulty(socket: ServedSocket): ServedSocket {
    let held: string | Uint8Array | undefined;
    let delayed: (string | Uint8Array)[] | undefined;
    const pass = (frame: string | Uint8Array): void => {
      if (delayed !== undefined) delayed.push(frame);
      else socket.send(frame);
    };
    const send = (frame: string | Uint8Array): void => {
      const text = typeof frame === 'string' ? frame : '';
      if (this.#options.heartbeat(text)) {
        socket.send(frame);
        return;
      }
      if (this.#strikes('drop', 0.02)) {
        socket.close('dropped');
        return;
      }
      if (this.#strikes('silence', 1) || this.#strikes('gap', 0.05)) return;
      if (this.#strikes('cut', 0.02)) {
        socket.send(text.slice(0, Math.floor(text.length / 2)));
        socket.close('closed in mid-frame');
        return;
      }
      if (this.#strikes('garbage', 0.05))
        socket.send(
          ['{"', '<html>502 Bad Gateway</html>', '\u0000\u0001', 'null', '[]', '{"data":{}}'][
            Math.floor(this.#random() * 6)
          ]!,
        );
      if (this.#on('corrupt') && this.#random() < 0.1) {
        const spoiled = this.#options.corrupt(text);
        if (spoiled !== undefined) {
          this.hits.corrupt++;
          pass(spoiled);
          return;
        }
      }
      if (delayed === undefined && this.#strikes('slow', 0.02)) {
        delayed = [];
        this.#runtime.after(500 + this.#random() * 2500, () => {
          const late = delayed!;
          delayed = undefined;
          for (const one of late) socket.send(one);
        });
      }
      if (held === undefined && this.#strikes('reorder', 0.05)) {
        held = frame;
        return;
      }
      pass(frame);
      if (held !== undefined) {
        pass(held);
        held = undefined;
      }
      if (this.#strikes('duplicate', 0.05)) pass(frame);
    };
    return {
      send,
      close: (reason) => {
        socket.close(reason);
      },
    };
  }

  request(request: HttpRequest, answer: (response: HttpResponse) => void): void {
    if (this.#strikes('hang', 0.5)) return;
    if (this.#strikes('error', 0.5)) {
      answer(
        this.#random() < 0.5
          ? { status: 503, text: '<html>Service Unavailable</html>', headers: {} }
          : { status: 200, text: '<html>maintenance</html>', headers: {} },
      );
      return;
    }
    if (this.#on('lag')) {
      const old = this.#options.lagged(request, 200 + this.#random() * 4000);
      if (old !== undefined) {
        this.hits.lag++;
        answer(old);
        return;
      }
    }
    this.#service.request(request, answer);
  }
}
