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
 * What goes wrong with sockets and market data: `drop` the socket closes; `silence` no data, heartbeats go on; `gap` single frames are lost;
 * `duplicate` they come twice; `reorder` two change places; `slow` they come late, all together; `garbage` what is no message comes between;
 * `cut` half a frame, then the socket closes; `corrupt` a size in a book is wrong; `refuse` no socket opens; `lag` HTTP answers with an old
 * book; `error` HTTP fails; `hang` HTTP never answers, and nothing is done.
 */
export const streamFaults = [
  'drop', 'silence', 'gap', 'duplicate', 'reorder', 'slow', 'garbage', 'cut', 'corrupt', 'refuse', 'lag', 'error', 'hang',
] as const; // prettier-ignore

/**
 * What goes wrong with requests, such as orders. Not carried out: `hang` no answer, `limited` 429 and `banned` 418 with a Retry-After, `page`
 * a web page with status 200. Carried out: `lost` no answer, `spoiled` a web page instead of it, `late` the answer comes after 2 to 30
 * seconds.
 */
export const requestFaults = ['hang', 'limited', 'banned', 'page', 'lost', 'spoiled', 'late'] as const;

export type StreamFault = (typeof streamFaults)[number] | (typeof requestFaults)[number];

/** A fault that is on for a time. Times are by the runtime's steady clock. */
export interface FaultWindow {
  readonly kind: StreamFault;
  readonly from: number;
  readonly to: number;
  /** Strikes only sockets and requests whose URL contains this, such as `/ws-api` or `/api/v3/order`. */
  readonly where?: string;
  /** How often it strikes, 0 to 1. Default: always for what is on or off, half of the requests, some of the frames. */
  readonly chance?: number;
}

/** Windows of faults in a span, drawn from a seed. */
export function planFaults(
  seed: number,
  kinds: readonly StreamFault[],
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

/** Lets a venue's face work through faults. It does not know what the frames mean, but how to tell a heartbeat and how to spoil a book. */
export interface FaultyOptions {
  readonly windows: readonly FaultWindow[];
  readonly seed: number;
  /** Whether a frame goes through whatever happens. Default: none does. */
  readonly heartbeat?: (frame: string) => boolean;
  /** The frame with one size of a book changed; undefined where it holds no book or nothing could notice. Default: undefined. */
  readonly corrupt?: (frame: string) => string | undefined;
  /** The answer as it was `lagMs` ago; undefined where the request is not for a book. Default: undefined. */
  readonly lagged?: (request: HttpRequest, lagMs: number) => HttpResponse | undefined;
}

export class FaultyService implements Service {
  /** How often each kind struck. */
  readonly hits = Object.fromEntries([...streamFaults, ...requestFaults].map((kind) => [kind, 0])) as Record<
    StreamFault,
    number
  >;
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

  #on(kind: StreamFault, url: string): FaultWindow | undefined {
    const now = this.#runtime.elapsed();
    return this.#options.windows.find(
      (window) =>
        window.kind === kind &&
        now >= window.from &&
        now < window.to &&
        (window.where === undefined || url.includes(window.where)),
    );
  }

  #strikes(kind: StreamFault, chance: number, url: string): boolean {
    const window = this.#on(kind, url);
    if (window === undefined || this.#random() >= (window.chance ?? chance)) return false;
    this.hits[kind]++;
    return true;
  }

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
    if (this.#strikes('hang', 0.5, url)) return;
    if (this.#strikes('error', 0.5, url)) {
      answer(this.#random() < 0.5 ? { status: 503, text: '<html>Service Unavailable</html>', headers: {} } : webPage);
      return;
    }
    const before = this.#refusal(url);
    if (before !== undefined) {
      answer(before);
      return;
    }
    if (this.#on('lag', url) !== undefined) {
      const old = this.#options.lagged?.(request, 200 + this.#random() * 4000);
      if (old !== undefined) {
        this.hits.lag++;
        answer(old);
        return;
      }
    }
    const after = this.#afterwards(url, answer);
    this.#service.request(request, after);
  }

  /** An answer instead of the service's; what was asked is not done. */
  #refusal(url: string): HttpResponse | undefined {
    if (this.#strikes('page', 0.5, url)) return webPage;
    for (const [kind, status] of [['limited', 429], ['banned', 418]] as const) {
      if (!this.#strikes(kind, 0.5, url)) continue;
      const headers = { 'content-type': 'application/json', 'retry-after': String(1 + Math.floor(this.#random() * 3)) };
      return { status, text: '{"code":-1003,"msg":"Too many requests."}', headers };
    }
    return undefined;
  } // prettier-ignore

  /** What becomes of the answer to something that is done. */
  #afterwards(url: string, answer: (response: HttpResponse) => void): (response: HttpResponse) => void {
    if (this.#strikes('lost', 0.5, url)) return () => {};
    if (this.#strikes('spoiled', 0.5, url)) {
      return () => {
        answer(webPage);
      };
    }
    if (!this.#strikes('late', 0.5, url)) return answer;
    const ms = 2_000 + this.#random() * 28_000;
    return (response) => {
      this.#runtime.after(ms, () => {
        answer(response);
      });
    };
  }
}

const webPage: HttpResponse = {
  status: 200,
  text: '<html>maintenance</html>',
  headers: { 'content-type': 'text/html' },
};
