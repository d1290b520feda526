/** Bybit's private stream: a signed login, then the topics of orders, executions and the wallet. */
import type { ServedSocket } from '../../../core/index.ts';
import { fillsBy, type Account } from '../../exchange/index.ts';
import type { UnifiedAccount, UnifiedExchanges } from '../unified-account.ts';
import { fundingExecutions, positionFields } from './contracts.ts';
import { brokeOff, isBack, protectingTopics } from './disconnections.ts';
import { fillFields, orderFields, walletFields } from './fields.ts';
import { isBybitSignature } from './trading.ts';

interface Client {
  own: UnifiedAccount | undefined;
  readonly topics: Set<string>;
}

const known: readonly string[] = ['order', 'execution', 'wallet', 'position', 'stopOrder', ...protectingTopics];

/** Sockets that log in as accounts of an exchange. */
export class BybitPrivateStream {
  readonly #exchanges: UnifiedExchanges;
  readonly #now: () => number;
  readonly #checksTime: boolean;
  readonly #clients = new Map<ServedSocket, Client>();
  #sent = 0;

  constructor(exchanges: UnifiedExchanges, now: () => number, checksTime: boolean) {
    this.#exchanges = exchanges;
    this.#now = now;
    this.#checksTime = checksTime;
    exchanges.listenToAccounts((exchange) => ({
      report: ({ account: name, order, fill }) => {
        const account = exchange.account(name);
        const instrument = exchanges.instrument(order.symbol);
        if (fill !== undefined) this.#push(account, 'execution', () => fillFields(fill, instrument));
        this.#push(account, 'order', () => orderFields(order, instrument, fillsBy(account, order)));
      },
      balances: (account, assets) => {
        this.#push(account, 'wallet', (own) => walletFields(own, assets, true));
      },
      deposit: (account, asset) => {
        this.#push(account, 'wallet', (own) => walletFields(own, [asset], true));
      },
      contract: ({ account, asset, positions, reason }) => {
        this.#push(account, 'wallet', (own) => walletFields(own, [asset], true));
        for (const position of positions) this.#push(account, 'position', (own) => positionFields(own, position));
        if (reason !== 'FUNDING_FEE') return;
        const [{ symbol } = { symbol: '' }] = positions;
        this.#push(account, 'execution', (own) => fundingExecutions(own).findLast((one) => one.symbol === symbol)!.fields);
      },
    }));
  } // prettier-ignore

  /** Connected sockets. */
  get sockets(): Iterable<ServedSocket> {
    return this.#clients.keys();
  }

  opened(socket: ServedSocket): void {
    this.#clients.set(socket, { own: undefined, topics: new Set() });
  }

  closed(socket: ServedSocket): void {
    const { own, topics } = this.#clients.get(socket) ?? {};
    this.#clients.delete(socket);
    if (own === undefined) return;
    for (const topic of protectingTopics) {
      const others = [...this.#clients.values()].filter((other) => other.own === own);
      if (topics!.has(topic) && !others.some((other) => other.topics.has(topic))) brokeOff(own, topic);
    }
  }

  /** A frame from a client. */
  frame(socket: ServedSocket, op: string | undefined, args: readonly unknown[], reqId: string | undefined): void {
    const client = this.#clients.get(socket);
    if (client === undefined) return;
    const send = (success: boolean, message: string): void => {
      const id = reqId === undefined ? {} : { req_id: reqId };
      socket.send(JSON.stringify({ success, ret_msg: message, op, ...id, conn_id: 'local' }));
    };
    if (op === 'ping') {
      socket.send(JSON.stringify({ req_id: reqId ?? '', op: 'pong', args: [String(this.#now())], conn_id: 'local' }));
    } else if (op === 'auth') {
      const refusal = this.#login(client, args.map(String));
      send(refusal === undefined, refusal ?? '');
    } else if (client.own === undefined) send(false, 'Request not authorized');
    else {
      const topics = args.map(String);
      const unknown = topics.find((topic) => !known.includes(topic));
      if (unknown !== undefined) {
        send(false, `error:handler not found,topic:${unknown}`);
        return;
      }
      for (const topic of topics) {
        if (op === 'subscribe' && protectingTopics.includes(topic)) isBack(client.own, topic);
        if (op === 'subscribe') client.topics.add(topic);
        else client.topics.delete(topic);
      }
      send(true, '');
    }
  }

  /** Logs a client in; returns the reason when it is refused. */
  #login(client: Client, [key = '', expires = '', sign]: readonly string[]): string | undefined {
    const account = this.#exchanges.accountOf(key);
    if (account === undefined) return 'API key is invalid.';
    if (this.#checksTime && !(Number(expires) > this.#now())) return 'Params Error: expires has passed';
    if (!isBybitSignature(account, `GET/realtime${expires}`, sign)) return 'Params Error: signature does not match';
    client.own = account;
    return undefined;
  }

  /** Sends a row to every client of an account that follows a topic. */
  #push(account: Account, topic: string, rowOf: (own: UnifiedAccount) => object): void {
    let text: string | undefined;
    for (const [socket, { own, topics }] of this.#clients) {
      if (own?.owns(account) !== true || !topics.has(topic)) continue;
      text ??= JSON.stringify({ id: String(++this.#sent), topic, creationTime: this.#now(), data: [rowOf(own)] });
      socket.send(text);
    }
  }
}
