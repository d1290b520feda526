/** A network inside the process: messages travel as long as a seeded clock says. */
import type { HttpRequest, HttpResponse, Network, Socket, SocketEvents } from './network.ts';
import type { Runtime } from './runtime.ts';

/** A venue's end of a socket. */
export interface ServedSocket {
  /** Sends a frame to the client. */
  send(frame: string | Uint8Array): void;
  /** Closes the client's socket. */
  close(reason?: string): void;
}

/** What a venue does with one client's socket. */
export interface SocketService {
  /** Takes a frame from the client. */
  frame(text: string): void;
  /** The client has closed. */
  closed(): void;
}

/** A venue as the network sees it. `accept` returns undefined to refuse the socket. */
export interface Service {
  /** Takes a client's socket; undefined refuses it. */
  accept(url: string, socket: ServedSocket): SocketService | undefined;
  /** `answer` may be called later, or never. */
  request(request: HttpRequest, answer: (response: HttpResponse) => void): void;
}

/** How long messages travel. */
export interface SimulatedDelays {
  /** The shortest way of a message, in milliseconds. */
  readonly minMs: number;
  /** The longest way of a message, in milliseconds. */
  readonly maxMs: number;
}

/** A network inside the process. Frames of one socket and direction keep their order. */
export class SimulatedNetwork implements Network {
  readonly #runtime: Runtime;
  readonly #delays: SimulatedDelays;
  readonly #services: { readonly prefix: string; readonly service: Service }[] = [];

  constructor(runtime: Runtime, delays: SimulatedDelays = { minMs: 5, maxMs: 40 }) {
    this.#runtime = runtime;
    this.#delays = delays;
  }

  /** Serves every URL that begins with `prefix`. */
  serve(prefix: string, service: Service): void {
    this.#services.push({ prefix, service });
  }

  /** Opens a socket to the service that serves the URL; without one it closes as refused. */
  connect(url: string, events: SocketEvents): Socket {
    const service = this.#services.find((one) => url.startsWith(one.prefix))?.service;
    const runtime = this.#runtime;
    let state: 'connecting' | 'open' | 'closed' = 'connecting';
    let handler: SocketService | undefined;
    let lastDown = 0;
    let lastUp = 0;
    const end = (reason: string): void => {
      if (state === 'closed') return;
      state = 'closed';
      events.closed(reason);
    };
    const served: ServedSocket = {
      send: (frame) => {
        lastDown = this.#later(lastDown, () => {
          if (state === 'open') events.frame(frame);
        });
      },
      close: (reason = 'closed by the venue') => {
        lastDown = this.#later(lastDown, () => {
          end(reason);
        });
      },
    };
    runtime.after(this.#delay(), () => {
      if (state === 'closed') return;
      handler = service?.accept(url, served);
      if (handler === undefined) end('refused');
      else {
        state = 'open';
        events.opened();
      }
    });
    return {
      send: (text) => {
        if (state !== 'open') return;
        lastUp = this.#later(lastUp, () => {
          handler?.frame(text);
        });
      },
      close: () => {
        if (state === 'closed') return;
        state = 'closed';
        lastUp = this.#later(lastUp, () => {
          handler?.closed();
        });
      },
    };
  }

  /** Sends a request to the service that serves the URL; without one it is answered with status 0. */
  request(request: HttpRequest, done: (response: HttpResponse) => void): void {
    const service = this.#services.find((one) => request.url.startsWith(one.prefix))?.service;
    this.#runtime.after(this.#delay(), () => {
      const answer = (response: HttpResponse): void => {
        this.#runtime.after(this.#delay(), () => {
          done(response);
        });
      };
      if (service === undefined) answer({ status: 0, text: 'no such host', headers: {} });
      else service.request(request, answer);
    });
  }

  #delay(): number {
    return this.#delays.minMs + this.#runtime.random() * (this.#delays.maxMs - this.#delays.minMs);
  }

  /** Acts after a delay, but not before what was sent earlier. Returns when. */
  #later(notBefore: number, act: () => void): number {
    const now = this.#runtime.elapsed();
    const at = Math.max(notBefore, now + this.#delay());
    this.#runtime.after(at - now, act);
    return at;
  }
}
