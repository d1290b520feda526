/** The user stream through ccxt: our own orders, executions and balances, opened again after every drop. */
import {
  AuthError,
  messageOf,
  type AccountEvent,
  type Runtime,
  type Timer,
  type StreamState,
  type StreamStatus,
} from '../../../core/index.ts';
import { Backoff } from '../../sockets/pacing.ts';
import type { CcxtExchange, CcxtTrade } from '../connection/exchange.ts';
import type { ConditionalOrders } from './conditional-orders.ts';
import { balancesOf, fillOf, venueOrderOf } from './order-rows.ts';
import { streamsConditionalsApart } from '../connection/venues.ts';
import { closeStreams } from '../streams/pro-methods.ts';
import type { CcxtStore } from '../connection/store.ts';

const firstBackoffMs = 500;
const capBackoffMs = 30_000;
/** Where an exchange does not confirm a subscription, it counts as confirmed after this long without an error, milliseconds. */
const quietMs = 3_000;

/** Watches one account. */
export class UserStream {
  private readonly store: CcxtStore;
  private readonly runtime: Runtime;
  private readonly emit: (event: AccountEvent | StreamStatus) => void;
  private readonly conditionals: ConditionalOrders;
  private readonly backoff: Backoff;
  private readonly now: () => number;
  private readonly delays = new Set<Timer>();
  private opened = -Infinity;
  private isStopped = false;
  private state: StreamState = 'connecting';
  private reason = '';

  constructor(
    store: CcxtStore,
    runtime: Runtime,
    now: () => number,
    emit: (event: AccountEvent | StreamStatus) => void,
    conditionals: ConditionalOrders,
  ) {
    this.conditionals = conditionals;
    this.now = now;
    this.store = store;
    this.runtime = runtime;
    this.emit = emit;
    this.backoff = new Backoff(runtime, firstBackoffMs, capBackoffMs);
  }

  /** Resolves when the stream is subscribed for the first time, or the first attempt has failed; it keeps trying by itself. */
  async open(): Promise<void> {
    const exchange = await this.store.open();
    this.keepDelays(exchange);
    this.opened = this.now();
    await new Promise<void>((resolve) => {
      void this.run(exchange, resolve);
    });
  }

  /** Ends the stream and its sockets; nothing is emitted from now on. */
  async stop(): Promise<void> {
    this.isStopped = true;
    for (const timer of this.delays) timer.cancel();
    this.delays.clear();
    const exchange = await this.store.open();
    await closeStreams(exchange, this.runtime);
  }

  /**
   * ccxt renews logins by timers of twenty minutes that nothing clears: kept here, they end with the stream and do not keep the process
   * alive.
   */
  private keepDelays(exchange: CcxtExchange): void {
    const ccxt = exchange as unknown as {
      delay: (ms: number, act: unknown, ...parts: readonly unknown[]) => void;
      spawn: (act: unknown, ...parts: readonly unknown[]) => unknown;
    };
    ccxt.delay = (ms, act, ...parts) => {
      if (this.isStopped) return;
      const timer = this.runtime.after(ms, () => {
        this.delays.delete(timer);
        ccxt.spawn(act, ...parts);
      });
      this.delays.add(timer);
    };
  }

  private async run(exchange: CcxtExchange, tried: () => void): Promise<void> {
    while (!this.hasStopped()) {
      const life = { isOver: false };
      try {
        await this.listen(exchange);
        const pumps = [
          this.pump(life, () => this.orders(exchange)),
          this.pump(life, () => this.fills(exchange)),
          this.pump(life, () => this.balances(exchange)),
          ...(streamsConditionalsApart(exchange.id) ? [this.pump(life, () => this.orders(exchange, true))] : []),
        ];
        const settled = this.settle(exchange).then(() => {
          if (life.isOver || this.hasStopped()) return;
          this.backoff.reset();
          this.say('live', 'the account listens');
          tried();
        });
        await Promise.all([...pumps, settled]);
      } catch (error) {
        if (!this.hasStopped()) this.say('resyncing', messageOf(error), error instanceof AuthError);
      }
      life.isOver = true;
      tried();
      if (!this.hasStopped()) await this.runtime.sleep(this.backoff.next());
    }
  }

  /** Reads one answer after another until it is stopped. */
  private async pump(life: { readonly isOver: boolean }, next: () => Promise<readonly AccountEvent[]>): Promise<void> {
    while (!life.isOver && !this.hasStopped()) {
      const events = await this.store.callOnce('watch the account', next);
      if (this.hasStopped()) return;
      for (const event of events) this.emit(event);
    }
  }

  /** Subscribes, where ccxt can confirm it; elsewhere the watch methods subscribe by themselves. */
  private async listen(exchange: CcxtExchange): Promise<void> {
    const { authenticate } = exchange as { authenticate?: (params: object) => Promise<unknown> };
    if (!saysWhenItListens(exchange) || authenticate === undefined) return;
    await this.store.callOnce('subscribe to the account', () =>
      authenticate.call(exchange, { type: isContracts(exchange) ? 'future' : 'spot' }),
    );
  }

  /** Resolves when the watch methods are subscribed: at once after a confirmed subscription, else when they had time to fail. */
  private async settle(exchange: CcxtExchange): Promise<void> {
    await this.runtime.sleep(saysWhenItListens(exchange) ? 0 : quietMs);
    // The address alone subscribes to contracts: they stream as soon as its socket is open.
    if (isContracts(exchange)) await this.store.callOnce('open the stream of the account', () => connected(exchange));
  }

  private async orders(exchange: CcxtExchange, isConditional = false): Promise<AccountEvent[]> {
    const rows = await (isConditional
      ? exchange.watchOrders(undefined, undefined, undefined, { trigger: true })
      : exchange.watchOrders());
    const receiveTime = this.now();
    return rows.flatMap((given): AccountEvent[] => {
      try {
        this.conditionals.note(given);
        const row = this.conditionals.asSent(given);
        if (row === given && this.conditionals.isPassed(given)) return [];
        const { id, clientId, symbol, side, type, status, price, size, filled, time } = venueOrderOf(
          row,
          '',
          exchange.id,
        );
        const stamp = { exchange: exchange.id, symbol, time, receiveTime };
        return [
          {
            type: 'order',
            ...stamp,
            id,
            clientId,
            side,
            orderType: type,
            status,
            price,
            size,
            filled,
            reason: undefined,
          },
        ];
      } catch {
        // An order whose report cannot be read is looked up instead.
        return [];
      }
    });
  }

  private async fills(exchange: CcxtExchange): Promise<AccountEvent[]> {
    const rows = await exchange.watchMyTrades();
    const receiveTime = this.now();
    // A subscription to Hyperliquid begins with executions of the past: those before this stream are listed, not streamed.
    const news = exchange.id === 'hyperliquid' ? rows.filter(({ timestamp = 0 }) => timestamp >= this.opened) : rows;
    return news.flatMap((row) => fillOf(this.conditionals.ofSent(withFeePaid(row)), exchange.id, receiveTime) ?? []);
  }

  private async balances(exchange: CcxtExchange): Promise<AccountEvent[]> {
    return balancesOf(await exchange.watchBalance(), exchange.id, this.now());
  }

  private say(state: StreamState, reason: string, isKeyRefused = false): void {
    // A stream that stays down may have another reason now, such as a refused key.
    if (this.state === state && (state === 'live' || this.reason === reason)) return;
    this.state = state;
    this.reason = reason;
    const { exchange } = this.store;
    // Statuses name a channel; the account's own stream has none of the public ones.
    const code = isKeyRefused ? { code: 'auth' as const } : {};
    this.emit({ type: 'status', exchange, symbol: '', channel: 'trade', state, reason, ...code, time: this.now() });
  }

  private hasStopped(): boolean {
    return this.isStopped;
  }
}

/** An execution whose fee is the amount paid. OKX states the amount received: ccxt turns the sign in answers, but not on the stream. */
function withFeePaid(row: CcxtTrade): CcxtTrade {
  const { fillFee } = ((row as { readonly info?: unknown }).info ?? {}) as { readonly fillFee?: string };
  const { fee } = row;
  if (fillFee === undefined || fee?.cost === undefined || fee.cost !== Number(fillFee)) return row;
  return { ...row, fee: { ...fee, cost: 0 - fee.cost } };
}

/** ccxt's binance waits for the answer to its subscription; other classes confirm nothing. */
function saysWhenItListens({ id }: CcxtExchange): boolean {
  return id.startsWith('binance');
}

/** Whether a ccxt class is of Binance's contracts, whose user-data streams have listen keys. */
function isContracts({ id }: CcxtExchange): boolean {
  return id === 'binanceusdm' || id === 'binancecoinm';
}

/** Resolves when the sockets of the account are open. */
async function connected(exchange: CcxtExchange): Promise<void> {
  const { clients = {} } = exchange as {
    readonly clients?: Readonly<Record<string, { readonly connected?: Promise<unknown> }>>;
  };
  const own = Object.entries(clients).filter(([url]) => url.includes('listenKey=') || url.includes('/private/'));
  for (const [, client] of own) await client.connected;
}
