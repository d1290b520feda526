/** OKX's private stream: a signed login, then the channels of orders and of the account. */
import type { ServedSocket } from '../../../core/index.ts';
import { fillsBy, isStop, isUntriggered, type Account, type Exchange, type OrderReport } from '../../exchange/index.ts';
import type { MarketInstrument } from '../../market-data.ts';
import type { UnifiedAccount, UnifiedExchanges } from '../unified-account.ts';
import { algoFields } from './algos.ts';
import { positionRows } from './contracts.ts';
import { balanceFields, kindOf, orderEvent } from './fields.ts';
import { isOkxSignature, okxPassphrase } from './trading.ts';

interface Client {
  own: UnifiedAccount | undefined;
  readonly channels: Map<string, object>;
}

type Arg = Readonly<Record<string, string | undefined>>;

/** Sockets that log in as accounts of an exchange. */
export class OkxPrivateStream {
  readonly #exchanges: UnifiedExchanges;
  readonly #now: () => number;
  readonly #checksTime: boolean;
  readonly #clients = new Map<ServedSocket, Client>();

  constructor(exchanges: UnifiedExchanges, now: () => number, checksTime: boolean) {
    this.#exchanges = exchanges;
    this.#now = now;
    this.#checksTime = checksTime;
    exchanges.listenToAccounts((exchange) => ({
      report: (report) => {
        this.#report(exchange, report);
      },
      balances: (account, assets) => {
        this.#push(account, 'account', (own) => [balanceFields(own, assets)]);
      },
      deposit: (account, asset) => {
        this.#push(account, 'account', (own) => [balanceFields(own, [asset])]);
      },
      contract: ({ account, asset, positions }) => {
        this.#push(account, 'account', (own) => [balanceFields(own, [asset])]);
        const isChanged = (symbol: string, side: string): boolean => positions.some((one) => one.symbol === symbol && one.side === side);
        if (positions.length > 0) this.#push(account, 'positions', (own) => positionRows(own, ({ symbol, side }) => isChanged(symbol, side)));
      },
    }));
  } // prettier-ignore

  /** Connected sockets. */
  get sockets(): Iterable<ServedSocket> {
    return this.#clients.keys();
  }

  opened(socket: ServedSocket): void {
    this.#clients.set(socket, { own: undefined, channels: new Map() });
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
      const { own } = client;
      const { channel = '' } = arg;
      if (own === undefined) send({ event: 'error', code: '60011', msg: 'Please log in' });
      else if (!['orders', 'account', 'positions', 'orders-algo'].includes(channel)) {
        send({ event: 'error', code: '60018', msg: `Wrong URL or channel:${channel} doesn't exist` });
      } else if (op === 'subscribe') {
        client.channels.set(channel, arg);
        send({ event: 'subscribe', arg, connId: 'local' });
        if (channel === 'account') send({ arg, data: [balanceFields(own, own.assets)] });
        if (channel === 'positions') send({ arg, data: positionRows(own, ({ lots }) => lots !== 0) });
      } else {
        client.channels.delete(channel);
        send({ event: 'unsubscribe', arg, connId: 'local' });
      }
    }
  }

  /** Logs a client in; returns the refusal when it is not admitted. */
  #login(client: Client, { apiKey = '', passphrase, timestamp = '', sign }: Arg): object | undefined {
    const account = this.#exchanges.accountOf(apiKey);
    if (account === undefined) return { code: '60005', msg: 'Invalid apiKey' };
    if (passphrase !== okxPassphrase) return { code: '60024', msg: 'Wrong passphrase' };
    if (this.#checksTime && Math.abs(Number(timestamp) * 1_000 - this.#now()) > 30_000) {
      return { code: '60006', msg: 'Timestamp request expired' };
    }
    if (!isOkxSignature(account, `${timestamp}GET/users/self/verify`, sign))
      return { code: '60007', msg: 'Invalid sign' };
    client.own = account;
    return undefined;
  }

  #report(exchange: Exchange, report: OrderReport): void {
    const account = exchange.account(report.account);
    const place = { exchange, account };
    const { order, kind } = report;
    const instrument = this.#exchanges.instrument(order.symbol);
    // The channel of algo orders reports that one waits, was triggered or ended before that; the order that it became reports the rest.
    const isTrigger = isStop(order.type) && kind === 'NEW';
    if (isUntriggered(order) || isTrigger) this.#push(account, 'orders-algo', () => [algoFields(place, order, instrument)], instrument);
    if (!isUntriggered(order)) this.#push(account, 'orders', () => [orderEvent(place, report, instrument, fillsBy(account, order))], instrument);
  } // prettier-ignore

  /** Sends rows to every client of an account that follows a channel, for the kind of the instrument that they are about. */
  #push(account: Account, channel: string, rowsOf: (own: UnifiedAccount) => object[], instrument?: MarketInstrument): void {
    let rows: object[] | undefined;
    for (const [socket, { own, channels }] of this.#clients) {
      const arg = channels.get(channel) as Arg | undefined;
      if (own?.owns(account) !== true || arg === undefined) continue;
      const { instType = 'ANY' } = arg;
      if (instrument !== undefined && instType !== 'ANY' && instType !== kindOf(instrument)) continue;
      rows ??= rowsOf(own);
      socket.send(JSON.stringify({ arg: { ...arg, uid: '1' }, data: rows }));
    }
  } // prettier-ignore
}
