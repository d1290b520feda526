/** Binance's WebSocket API: requests over a socket, and user-data streams that are subscribed to by signature. */
import type { ServedSocket } from '../../../core/index.ts';
import type { Account } from '../../exchange/index.ts';
import type { MarketInstrument } from '../../market-data.ts';
import type { Facts } from './facts.ts';
import { objectOf, signerOf, socketRequest } from './request.ts';
import { answerRoute, refusalAnswer, routeOf, tradable, weightOf, type Answer } from './routes.ts';
import { eventInMicroseconds, inMicroseconds } from './time-unit.ts';
import { accountPosition, balanceUpdate, executionReport, listStatus } from './user-events.ts';

interface Client {
  readonly socket: ServedSocket;
  readonly isMicro: boolean;
  /** Accounts whose events it receives, by the number of the subscription. */
  readonly subscriptions: Map<number, Account>;
}

/** What the API needs from the service around it. */
export interface SocketApiOptions {
  readonly now: () => number;
  readonly checksTime: boolean;
  /** Counts the weight of a request; returns a refusal when too little is left. */
  readonly take: (weight: number, orders: number, apiKey: string | undefined) => Answer | undefined;
}

export class SocketApi {
  readonly #facts: Facts;
  readonly #options: SocketApiOptions;
  readonly #clients = new Map<ServedSocket, Client>();
  #nextSubscription = 0;

  constructor(facts: Facts, options: SocketApiOptions) {
    this.#facts = facts;
    this.#options = options;
    facts.exchange?.listenToAccounts({
      report: (report) => {
        this.#push(report.account, executionReport(report, this.#listed(report.order.symbol)));
      },
      list: (report) => {
        this.#push(report.list.account, listStatus(report, this.#listed(report.list.symbol)));
      },
      balances: (account, assets, time) => {
        this.#push(account.name, accountPosition(account, assets, time));
      },
      deposit: (account, asset, amount, time) => {
        this.#push(account.name, balanceUpdate(asset, amount, time));
      },
    });
  }

  opened(socket: ServedSocket, isMicro: boolean): void {
    this.#clients.set(socket, { socket, isMicro, subscriptions: new Map() });
  }

  closed(socket: ServedSocket): void {
    this.#clients.delete(socket);
  }

  /** Connected clients. */
  get sockets(): Iterable<ServedSocket> {
    return this.#clients.keys();
  }

  frame(socket: ServedSocket, text: string): void {
    const client = this.#clients.get(socket);
    if (client === undefined) return;
    const request = objectOf(text);
    if (request === undefined) {
      socket.send(JSON.stringify({ id: null, status: 400, error: { code: -1135, msg: 'Invalid JSON Request' } }));
      return;
    }
    const { method, params, returnRateLimits } = request;
    const { status, body } = this.#answer(client, String(method), paramsOf(params));
    const outcome = status === 200 ? { result: body } : { error: body };
    const rateLimits = returnRateLimits === false || paramsOf(params)['returnRateLimits'] === false ? {} : { rateLimits: [] };
    socket.send(JSON.stringify({ id: request['id'] ?? null, status, ...outcome, ...rateLimits }));
  } // prettier-ignore

  #answer(client: Client, method: string, params: Readonly<Record<string, unknown>>): Answer {
    const { now, checksTime, take } = this.#options;
    this.#facts.market.settle?.();
    const request = socketRequest(params, now());
    if (method === 'userDataStream.subscribe.signature') {
      try {
        const account = signerOf(tradable(this.#facts.exchange), request, checksTime);
        const subscriptionId = this.#nextSubscription++;
        client.subscriptions.set(subscriptionId, account);
        return { status: 200, body: { subscriptionId } };
      } catch (error) {
        return refusalAnswer(error);
      }
    }
    if (method === 'userDataStream.unsubscribe') {
      const id = params['subscriptionId'];
      if (id === undefined) client.subscriptions.clear();
      else client.subscriptions.delete(Number(id));
      return { status: 200, body: {} };
    }
    if (method === 'session.subscriptions') {
      return { status: 200, body: [...client.subscriptions.keys()].map((subscriptionId) => ({ subscriptionId })) };
    }
    if (method.startsWith('session.') || method === 'userDataStream.subscribe') {
      const msg = 'This operation is not supported: sessions need an Ed25519 key, and keys here are HMAC keys.';
      return { status: 400, body: { code: -1020, msg } };
    }
    const route = routeOf(method);
    if (route === undefined) {
      return { status: 400, body: { code: -1000, msg: `Unknown method '${method}'.` } };
    }
    const refused = take(weightOf(route, request.params), route.orders ?? 0, request.apiKey);
    if (refused !== undefined) return refused;
    const answer = answerRoute(route, request, this.#facts, checksTime, true);
    return client.isMicro ? { ...answer, body: inMicroseconds(answer.body, route.isKlines) } : answer;
  }

  #push(account: string, event: object): void {
    for (const { socket, isMicro, subscriptions } of this.#clients.values()) {
      for (const [subscriptionId, one] of subscriptions) {
        if (one.name !== account) continue;
        socket.send(JSON.stringify({ subscriptionId, event: isMicro ? eventInMicroseconds(event) : event }));
      }
    }
  }

  #listed(symbol: string): MarketInstrument {
    return this.#facts.exchange!.instruments.find((one) => one.symbol === symbol)!;
  }
}

function paramsOf(given: unknown): Readonly<Record<string, unknown>> {
  return typeof given === 'object' && given !== null ? (given as Readonly<Record<string, unknown>>) : {};
}
