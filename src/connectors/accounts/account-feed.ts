/** Follows one account over an exchange's private socket: orders, fills, balances, positions and transactions. */
import {
  AuthError, Backoff, checkNames, ConfigError, ConnectorError, messageOf, ProtocolError, unknownName, type AccountEvent, type EventSink, type Network, type Runtime, type Socket, type StreamState, type Timer,
} from '../../core/index.ts'; // prettier-ignore
import { regionBlocked } from '../region-block.ts';
import { SinkQueue } from '../feeds/sink-queue.ts';
import { requestError } from '../sockets/request-error.ts';
import type { SymbolMap } from '../decoding/symbols.ts';
import { accountChannels, type AccountChannel, type AccountKeys, type AccountOutput, type AccountProtocol } from './account-protocol.ts'; // prettier-ignore
import { backpackAccount } from './venues/backpack.ts';
import { binanceAccount } from './venues/binance.ts';
import { bybitAccount } from './venues/bybit.ts';
import { hyperliquidAccount } from './venues/hyperliquid.ts';
import { krakenAccount } from './venues/kraken.ts';
import { okxAccount } from './venues/okx.ts';

/** Exchanges whose accounts can be followed without ccxt. */
export const accountProtocols: readonly AccountProtocol[] = [
  binanceAccount,
  okxAccount,
  bybitAccount,
  krakenAccount,
  hyperliquidAccount,
  backpackAccount,
];

/** One function for each kind of event. A callback that throws is reported and disturbs nothing else. */
export type AccountCallbacks = {
  readonly [C in AccountChannel]?: (event: Extract<AccountEvent, { type: C }>) => void;
} & {
  /** The stream changed its state; the reason is one sentence. While it was not `live`, events were missed. */
  readonly state?: (state: StreamState, reason: string) => void;
};

/** What to follow of one account. */
export interface AccountFeedOptions {
  /** The exchange's id, such as `okx`. */
  readonly exchange: string;
  /** The keys. They are sent to the exchange alone, and shown nowhere. */
  readonly keys: AccountKeys;
  /** What is followed. Default: all that the exchange sends. */
  readonly channels?: readonly AccountChannel[];
  /** Functions called for each event. Default: none. */
  readonly callbacks?: AccountCallbacks;
  /** Sinks that receive every event too, each through its own queue. Default: none. */
  readonly sinks?: readonly EventSink[];
  /** Another address of the socket, such as a test network's. Default: the exchange's own. */
  readonly url?: string;
  /** Another address of requests, for exchanges that want a token. Default: the exchange's own. */
  readonly restUrl?: string;
  /** Events that may wait for a slow sink before the oldest are dropped. Default 10,000. */
  readonly queueLimit?: number;
}

/** What an account feed works with. */
export interface AccountParts {
  readonly runtime: Runtime;
  readonly network: Network;
  /** The exchange's instruments; undefined where it names them as this package does. */
  readonly symbols: SymbolMap | undefined;
  readonly onError: (error: ConnectorError) => void;
}

const optionNames = ['exchange', 'keys', 'channels', 'callbacks', 'sinks', 'url', 'restUrl', 'queueLimit'];
/** How long an exchange may take to accept a login, milliseconds. */
const loginMs = 10_000;

/** The protocol of an exchange's accounts. @throws {ConfigError} If the options cannot be right. */
export function accountProtocolOf(options: AccountFeedOptions): AccountProtocol {
  checkNames('option of addAccount', options, optionNames);
  const { exchange, keys } = options;
  const protocol = accountProtocols.find(({ id }) => id === exchange);
  if (protocol === undefined) throw unknownName('exchange with account channels', exchange, accountProtocols.map(({ id }) => id)); // prettier-ignore
  checkNames('key of addAccount', keys, ['apiKey', 'secret', 'password']);
  for (const field of ['apiKey', ...protocol.needs] as const) {
    if (keys[field] === undefined || keys[field] === '') {
      throw new ConfigError(`${exchange} needs keys.${field}`, { context: { field: `keys.${field}` } });
    }
  }
  for (const channel of options.channels ?? []) {
    if (!accountChannels.includes(channel)) throw unknownName('account channel', channel, accountChannels);
    if (protocol.channels.includes(channel)) continue;
    throw new ConfigError(`${exchange} has no account channel '${channel}'; it has ${protocol.channels.join(', ')}`, {
      code: 'unknown-channel',
      context: { exchange, channel },
    });
  }
  if (options.channels?.length === 0) throw new ConfigError('channels must name at least one account channel');
  return protocol;
}

/** One account while it is followed. */
export class AccountFeed {
  /** The exchange's id. */
  readonly exchange: string;
  readonly #protocol: AccountProtocol;
  readonly #options: AccountFeedOptions;
  readonly #parts: AccountParts;
  readonly #channels: readonly AccountChannel[];
  readonly #sinks: readonly SinkQueue<number>[];
  readonly #backoff: Backoff;
  #socket: Socket | undefined;
  #state: StreamState = 'connecting';
  #timers: Timer[] = [];
  #isStopped = false;
  /** Counts connections, so that a late event of an old one is ignored. */
  #turn = 0;

  /** @internal */
  constructor(protocol: AccountProtocol, options: AccountFeedOptions, parts: AccountParts) {
    this.exchange = protocol.id;
    this.#protocol = protocol;
    this.#options = options;
    this.#parts = parts;
    this.#channels = options.channels ?? protocol.channels;
    this.#backoff = new Backoff(parts.runtime, 500, 60_000);
    const owner = {
      threw: (consumer: string, cause: unknown) => {
        this.#report(`${consumer} threw`, cause);
      },
      overflowed: (dropped: number) => {
        this.#report(`a sink is too slow: ${dropped} account events were dropped`);
      },
    };
    this.#sinks = (options.sinks ?? []).map((sink) => new SinkQueue(sink, options.queueLimit ?? 10_000, owner));
  }

  /** Where the stream stands. */
  get state(): StreamState {
    return this.#state;
  }

  /** Events by sink: written, dropped and failed. */
  get sinkCounts(): readonly {
    /** Events written. */
    readonly written: number;
    /** Events dropped because the sink could not keep up. */
    readonly dropped: number;
    /** Events that the sink failed to write. */
    readonly failed: number;
  }[] {
    return this.#sinks.map(({ counts }) => counts);
  }

  /** Connects, and connects again whenever the socket closes. */
  start(): void {
    if (!this.#isStopped && this.#turn === 0) this.#connect();
  }

  /** Closes the socket and the sinks. */
  async stop(): Promise<void> {
    if (this.#isStopped) return;
    this.#isStopped = true;
    this.#leave();
    this.#move('down', 'stopped');
    await Promise.all(this.#sinks.map((sink) => sink.close()));
  }

  #connect(): void {
    const turn = ++this.#turn;
    const { token } = this.#protocol;
    if (token === undefined) {
      this.#open(turn, '');
      return;
    }
    const request = token.request(this.#options.keys, this.#parts.runtime.now());
    const { restUrl } = this.#options;
    const url = restUrl === undefined ? request.url : restUrl + new URL(request.url).pathname;
    this.#parts.network.request({ ...request, url }, (response) => {
      if (turn !== this.#turn || this.#isStopped) return;
      if (response.status !== 200) {
        this.#retry(messageOf(requestError(this.exchange, 'a token for its account channels', response)));
        return;
      }
      let value: string;
      try {
        value = token.read(response.text);
      } catch (error) {
        this.#refuse(messageOf(error));
        return;
      }
      this.#open(turn, value);
    });
  }

  #open(turn: number, token: string): void {
    const { runtime, network } = this.#parts;
    const { keys, url } = this.#options;
    const protocol = this.#protocol;
    let isIn = protocol.login === undefined;
    const isCurrent = (): boolean => turn === this.#turn && !this.#isStopped;
    const subscribe = (): void => {
      for (const frame of protocol.subscribe(this.#channels, keys, runtime.now(), token)) socket.send(frame);
    };
    const admitted = (): void => {
      if (!isIn) {
        isIn = true;
        subscribe();
      }
      this.#backoff.reset();
      this.#move('live', 'the exchange sends the account');
    };
    const socket = network.connect(url ?? protocol.url, {
      opened: () => {
        if (!isCurrent()) return;
        try {
          if (protocol.login !== undefined) socket.send(protocol.login(keys, runtime.now()));
          else subscribe();
        } catch (error) {
          this.#refuse(messageOf(error));
          return;
        }
        if (protocol.isOpen === true) admitted();
        this.#ping(socket, turn);
      },
      frame: (data) => {
        if (isCurrent()) this.#read(typeof data === 'string' ? data : Buffer.from(data).toString('utf8'), admitted);
      },
      closed: (reason, refusal) => {
        if (!isCurrent()) return;
        if (refusal?.status === 451) this.#block();
        else this.#retry(`the socket closed: ${reason}`);
      },
    });
    this.#socket = socket;
    this.#timers.push(
      runtime.after(loginMs, () => {
        if (isCurrent() && this.#state !== 'live') this.#retry(`the exchange did not accept the login within ${loginMs / 1000} s`); // prettier-ignore
      }),
    );
  }

  #ping(socket: Socket, turn: number): void {
    const { ping } = this.#protocol;
    if (ping === undefined) return;
    const timer = this.#parts.runtime.after(ping.everyMs, () => {
      if (turn !== this.#turn || this.#isStopped) return;
      socket.send(ping.text);
      this.#timers = this.#timers.filter((one) => one !== timer);
      this.#ping(socket, turn);
    });
    this.#timers.push(timer);
  }

  #read(frame: string, admitted: () => void): void {
    const { symbols, runtime } = this.#parts;
    const output: AccountOutput = {
      exchange: this.exchange,
      receiveTime: runtime.now(),
      symbol: (venueSymbol, isContract) => unifiedOf(symbols, venueSymbol, isContract),
      event: (event) => {
        this.#emit(event);
      },
      admitted,
      refused: (reason) => {
        this.#refuse(reason);
      },
    };
    try {
      this.#protocol.read(frame, output);
    } catch (error) {
      // A frame that cannot be read is one lost message, not a reason to lose those that follow.
      const text = `${this.exchange}: cannot read a message of the account: ${messageOf(error)}`;
      this.#parts.onError(new ProtocolError(this.#clean(text)));
    }
  }

  #emit(event: AccountEvent): void {
    if (!this.#channels.includes(event.type)) return;
    const callback = this.#options.callbacks?.[event.type] as ((event: AccountEvent) => void) | undefined;
    try {
      callback?.(event);
    } catch (error) {
      this.#report(`the callback for ${event.type} threw`, error);
    }
    for (const sink of this.#sinks) sink.push(event);
  }

  /** The exchange refused the keys: another attempt with the same keys would fail too. */
  #refuse(reason: string): void {
    this.#leave();
    this.#turn++;
    const text = this.#clean(`${this.exchange} refused the account: ${reason}`);
    this.#move('down', text);
    this.#parts.onError(new AuthError(text, { context: { exchange: this.exchange } }));
  }

  /** The exchange does not serve this region: no further attempt helps. */
  #block(): void {
    this.#leave();
    this.#turn++;
    const blocked = regionBlocked(this.exchange);
    this.#move('down', blocked.message);
    this.#parts.onError(blocked);
  }

  #retry(reason: string): void {
    this.#leave();
    this.#turn++;
    this.#move('connecting', this.#clean(reason));
    this.#timers.push(
      this.#parts.runtime.after(this.#backoff.next(), () => {
        if (!this.#isStopped) this.#connect();
      }),
    );
  }

  #leave(): void {
    for (const timer of this.#timers) timer.cancel();
    this.#timers = [];
    this.#socket?.close();
    this.#socket = undefined;
  }

  #move(state: StreamState, reason: string): void {
    if (this.#state === state && state !== 'connecting') return;
    this.#state = state;
    try {
      this.#options.callbacks?.state?.(state, reason);
    } catch (error) {
      this.#report('the callback for state threw', error);
    }
  }

  #report(what: string, cause?: unknown): void {
    const why = cause === undefined ? '' : `: ${messageOf(cause)}`;
    this.#parts.onError(new ConnectorError(this.#clean(`${this.exchange}: ${what}${why}`), { code: 'consumer' }));
  }

  /** A text without the keys, which an exchange may have put into its answer. */
  #clean(text: string): string {
    const { apiKey, secret, password } = this.#options.keys;
    let clean = text;
    for (const value of [apiKey, secret, password]) if (value !== undefined && value !== '') clean = clean.replaceAll(value, '***'); // prettier-ignore
    return clean;
  }
}

/** The unified name of an exchange's symbol; where a spot and a derivative share it, the one that is meant. */
function unifiedOf(symbols: SymbolMap | undefined, venueSymbol: string, isContract: boolean | undefined): string {
  if (symbols === undefined) return venueSymbol;
  if (isContract === undefined) return symbols.unified(venueSymbol);
  for (const one of symbols.instruments) {
    if (one.venueSymbol === venueSymbol && (one.type !== 'spot') === isContract) return one.symbol;
  }
  return symbols.unified(venueSymbol);
}
