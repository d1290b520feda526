/** User-data streams of contracts: listen keys, and the sockets that were opened with them. */
import { createHash } from 'node:crypto';

import type { Runtime, ServedSocket, Timer } from '../../../core/index.ts';
import { StatusRefusal } from '../binance/request.ts';
import type { Account, Exchange } from '../../exchange/index.ts';
import type { MarketInstrument } from '../../market-data.ts';
import { accountUpdate, configUpdate, orderEvents } from './user-events.ts';

/** How long a listen key is valid without being renewed. */
const validMs = 3_600_000;

interface Key {
  readonly account: Account;
  readonly text: string;
  ends: Timer;
}

export class UserStreams {
  readonly #runtime: Runtime;
  readonly #exchange: Exchange;
  readonly #keys = new Map<string, Key>();
  readonly #sockets = new Map<ServedSocket, Key>();
  #count = 0;

  constructor(runtime: Runtime, exchange: Exchange) {
    this.#runtime = runtime;
    this.#exchange = exchange;
    const listed = (symbol: string): MarketInstrument => exchange.instruments.find((one) => one.symbol === symbol)!;
    exchange.listenToAccounts({
      report: (report) => {
        for (const event of orderEvents(report, listed(report.order.symbol))) this.#push(report.account, event);
      },
      contract: (change) => {
        this.#push(change.account.name, accountUpdate(change, exchange.contracts!, listed));
      },
    });
  }

  get sockets(): Iterable<ServedSocket> {
    return this.#sockets.keys();
  }

  /** A key of the account: the same one while it is valid, as at Binance, and valid for an hour from now. */
  open(account: Account): string {
    const known = [...this.#keys.values()].find((key) => key.account === account);
    if (known !== undefined) {
      this.#renew(known);
      return known.text;
    }
    const text = createHash('sha256').update(`${account.apiKey} ${++this.#count}`).digest('hex');
    this.#keys.set(text, { account, text, ends: this.#endLater(text) });
    return text;
  }

  /** @throws {StatusRefusal} When the account has no key. */
  renew(account: Account): string {
    const key = [...this.#keys.values()].find((one) => one.account === account);
    if (key === undefined) throw new StatusRefusal(400, -1125, 'This listenKey does not exist.');
    this.#renew(key);
    return key.text;
  }

  close(account: Account): void {
    for (const key of [...this.#keys.values()]) if (key.account === account) this.#end(key.text);
  }

  #renew(key: Key): void {
    key.ends.cancel();
    key.ends = this.#endLater(key.text);
  }

  #endLater(text: string): Timer {
    return this.#runtime.after(validMs, () => {
      this.#end(text);
    });
  }

  #end(text: string): void {
    const key = this.#keys.get(text);
    if (key === undefined) return;
    key.ends.cancel();
    this.#keys.delete(text);
    const event = JSON.stringify({ e: 'listenKeyExpired', E: this.#exchange.now(), listenKey: text });
    for (const [socket, one] of this.#sockets) if (one === key) socket.send(event);
  }

  /** Whether a socket with this key is served. */
  accept(text: string, socket: ServedSocket): boolean {
    const key = this.#keys.get(text);
    if (key === undefined) return false;
    this.#sockets.set(socket, key);
    return true;
  }

  closed(socket: ServedSocket): void {
    this.#sockets.delete(socket);
  }

  /** Notifies an account of leverage that it has set. */
  configured(account: Account, symbol: string): void {
    const one = this.#exchange.instruments.find((each) => each.symbol === symbol)!;
    const { leverage } = this.#exchange.contracts!.of(account).settings(symbol);
    this.#push(account.name, configUpdate(one, leverage, this.#exchange.now()));
  }

  stop(): void {
    for (const { ends } of this.#keys.values()) ends.cancel();
  }

  #push(account: string, event: object): void {
    let text: string | undefined;
    for (const [socket, key] of this.#sockets) {
      if (key.account.name === account) socket.send((text ??= JSON.stringify(event)));
    }
  }
}
