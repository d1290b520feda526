/** Binance's WebSocket API: requests over a socket, and the user-data stream that is subscribed to by signature. */
import type { ServedSocket } from '../../../core/index.ts';
import type { Account } from '../../exchange/index.ts';
import type { MarketInstrument } from '../../market-data.ts';
import { askedBySocket, objectOf, signerOf } from './request.ts';
import type { Facts } from './market-answers.ts';
import { answerRoute, refusalAnswer, routeOf, tradable, type Answer } from './routes.ts';
import { accountPosition, balanceUpdate, executionReport } from './user-events.ts';

interface Client {
  readonly socket: ServedSocket;
  /** Accounts that are listened to, by the number of the subscription. */
  readonly subscriptions: Map<number, Account>;
}

export class SocketApi {
  readonly #facts: Facts;
  readonly #now: () => number;
  readonly #checksTime: boolean;
  readonly #clients = new Map<ServedSocket, Client>();
  #nextSubscription = 0;

  constructor(facts: Facts, now: () => number, checksTime: boolean) {
    this.#facts = facts;
    this.#now = now;
    this.#checksTime = checksTime;
    facts.exchange?.listenToAccounts({
      report: (report) => {
        this.#push(report.account, executionReport(report, this.#listed(report.order.symbol)));
      },
      balances: (account, assets, time) => {
        this.#push(account.name, accountPosition(account, assets, time));
      },
      deposit: (account, asset, amount, time) => {
        this.#push(account.name, balanceUpdate(asset, amount, time));
      },
    });
  }

  opened(socket: ServedSocket): void {
    this.#clients.set(socket, { socket, subscriptions: new Map() });
  }

  closed(socket: ServedSocket): void {
    this.#clients.delete(socket);
  }

  /** Who is connected. */
  get sockets(): Iterable<ServedSocket> {
    return this.#clients.keys();
  }

  frame(socket: ServedSocket, text: string): void {
    const client = this.#clients.get(socket);
    if (client === undefined) return;
    const request = objectOf(text);
    if (request === undefined) {
      socket.send(JSON.stringify({ id: null, status: 400, error: { code: -1135, msg: 'Error in JSON input.' } }));
      return;
    }
    const { status, body } = this.#answer(client, String(request['method']), paramsOf(request['params']));
    const outcome = status === 200 ? { result: body } : { error: body };
    socket.send(JSON.stringify({ id: request['id'] ?? null, status, ...outcome, rateLimits: [] }));
  }

  #answer(client: Client, method: string, params: Readonly<Record<string, unknown>>): Answer {
    const asked = askedBySocket(params, this.#now());
    if (method === 'userDataStream.subscribe.signature') {
      try {
        const account = signerOf(tradable(this.#facts.exchange), asked, this.#checksTime);
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
    const route = routeOf(method);
    if (route === undefined) {
      return { status: 400, body: { code: -1000, msg: `Unknown method '${method}'.` } };
    }
    return answerRoute(route, asked, this.#facts, this.#checksTime);
  }

  #push(account: string, event: object): void {
    for (const { socket, subscriptions } of this.#clients.values()) {
      for (const [subscriptionId, one] of subscriptions) {
        if (one.name === account) socket.send(JSON.stringify({ subscriptionId, event }));
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
