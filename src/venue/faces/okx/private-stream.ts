/** OKX's private stream: a signed login, then the channels of orders and of the account. */
import type { ServedSocket } from '../../../core/index.ts';
import { fillsBy, isStop, isUntriggered, type Account, type Exchange, type OrderReport } from '../../exchange/index.ts';
import { algoFields } from './algos.ts';
import { balanceFields, orderEvent } from './fields.ts';
import { isOkxSignature, okxPassphrase } from './trading.ts';

interface Client {
  account: Account | undefined;
  readonly channels: Map<string, object>;
}

type Arg = Readonly<Record<string, string | undefined>>;

/** Sockets that log in as accounts of an exchange. */
export class OkxPrivateStream {
  readonly #exchange: Exchange;
  readonly #now: () => number;
  readonly #checksTime: boolean;
  readonly #clients = new Map<ServedSocket, Client>();

  constructor(exchange: Exchange, now: () => number, checksTime: boolean) {
    this.#exchange = exchange;
    this.#now = now;
    this.#checksTime = checksTime;
    exchange.listenToAccounts({
      report: (report) => {
        this.#report(report);
      },
      balances: (account, assets) => {
        this.#push(account, 'account', () => balanceFields(account, assets));
      },
      deposit: (account, asset) => {
        this.#push(account, 'account', () => balanceFields(account, [asset]));
      },
    });
  }

  /** Connected sockets. */
  get sockets(): Iterable<ServedSocket> {
    return this.#clients.keys();
  }

  opened(socket: ServedSocket): void {
    this.#clients.set(socket, { account: undefined, channels: new Map() });
  }

  closed(socket: ServedSocket): void {
    this.#clients.delete(socket);
  }

  /** A frame from a client: a login, or a subscription. */
  frame(socket: ServedSocket, op: string | undefined, args: readonly Arg[]): void {
    const client = this.#clients.get(socket);
    if (client === undefined) return;
    const send = (message: object): void => {
      socket.send(JSON.stringify(message));
    };
    if (op === 'login') {
      const refusal = this.#login(client, args[0] ?? {});
      send(refusal === undefined ? { event: 'login', code: '0', msg: '', connId: 'local' } : { event: 'error', ...refusal, connId: 'local' }); // prettier-ignore
      return;
    }
    for (const arg of args) {
      const { account } = client;
      const { channel = '' } = arg;
      if (account === undefined) send({ event: 'error', code: '60011', msg: 'Please log in' });
      else if (!['orders', 'account', 'positions', 'orders-algo'].includes(channel)) {
        send({ event: 'error', code: '60018', msg: `Wrong URL or channel:${channel} doesn't exist` });
      } else if (op === 'subscribe') {
        client.channels.set(channel, arg);
        send({ event: 'subscribe', arg, connId: 'local' });
        if (channel === 'account') send({ arg, data: [balanceFields(account, account.assets)] });
      } else {
        client.channels.delete(channel);
        send({ event: 'unsubscribe', arg, connId: 'local' });
      }
    }
  }

  /** Logs a client in; the refusal otherwise. */
  #login(client: Client, { apiKey = '', passphrase, timestamp = '', sign }: Arg): object | undefined {
    const account = this.#exchange.accountOf(apiKey);
    if (account === undefined) return { code: '60005', msg: 'Invalid apiKey' };
    if (passphrase !== okxPassphrase) return { code: '60024', msg: 'Wrong passphrase' };
    if (this.#checksTime && Math.abs(Number(timestamp) * 1_000 - this.#now()) > 30_000) {
      return { code: '60006', msg: 'Timestamp request expired' };
    }
    if (!isOkxSignature(account, `${timestamp}GET/users/self/verify`, sign))
      return { code: '60007', msg: 'Invalid sign' };
    client.account = account;
    return undefined;
  }

  #report(report: OrderReport): void {
    const account = this.#exchange.account(report.account);
    const { order, kind } = report;
    const instrument = this.#exchange.instruments.find(({ symbol }) => symbol === order.symbol)!;
    // Of an algo order its channel says that it waits, was triggered, or ended before that; the order that it became says the rest.
    const isTrigger = isStop(order.type) && kind === 'NEW';
    if (isUntriggered(order) || isTrigger) this.#push(account, 'orders-algo', () => algoFields(order, instrument));
    if (!isUntriggered(order)) this.#push(account, 'orders', () => orderEvent(report, instrument, fillsBy(account, order)));
  } // prettier-ignore

  /** Sends a row to every client of an account that follows a channel. */
  #push(account: Account, channel: string, rowOf: () => object): void {
    let row: object | undefined;
    for (const [socket, client] of this.#clients) {
      const arg = client.channels.get(channel);
      if (client.account !== account || arg === undefined) continue;
      row ??= rowOf();
      socket.send(JSON.stringify({ arg: { ...arg, uid: '1' }, data: [row] }));
    }
  }
}
