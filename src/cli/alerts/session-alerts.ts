/** The events of a running session as alerts, and the commands that chats send back. */
import type { Order } from '../../broker/index.ts';
import { systemRuntime, type Runtime } from '../../core/index.ts';
import type { SessionControl, SessionView, StrategyView } from '../../engine/index.ts';
import { readConfig } from '../config/read-config.ts';
import { priceText, sizeText } from '../output/digits.ts';
import { FreshMessages, ofStrategy, strategyOf } from '../live/news.ts';
import { amount, change, counted } from '../output/words.ts';
import { Alerts, alertsSchema } from './alerts.ts';
import { ChatCommands, DiscordChannels, TelegramChats, type ChatSource } from './chat-commands.ts';

/** Watches one session and sends its events. */
export class SessionAlerts {
  readonly #alerts: Alerts;
  readonly #chats: readonly ChatCommands[];
  readonly #runtime: Runtime;
  readonly #away = new Map<string, number>();
  readonly #stale = new Set<string>();
  readonly #filled = new Map<number, number>();
  /** Numbers of orders that wait, whose alerts have been sent. */
  #waiting = new Set<number>();
  #view: SessionView | undefined;
  readonly #messages = new FreshMessages();
  /** Halted instruments by the names of their datas, with the reason. */
  readonly #halted = new Map<string, string>();
  #paused: string | undefined;
  #fills = 0;
  #refused = 0;
  #dayValue = NaN;

  private constructor(alerts: Alerts, chats: readonly ChatCommands[], runtime: Runtime) {
    this.#alerts = alerts;
    this.#chats = chats;
    this.#runtime = runtime;
  }

  /** @throws {ConfigError} If a file of alerts is wrong. */
  static async check(path: string, env: Readonly<Record<string, string | undefined>>): Promise<void> {
    const config = await readConfig(path, alertsSchema, { env });
    // Addresses and templates are checked where they are used.
    new Alerts(config, '', systemRuntime, () => {});
  }

  /** @param control - The running session; undefined while it starts. */
  static async open(
    path: string,
    session: string,
    env: Readonly<Record<string, string | undefined>>,
    control: () => SessionControl | undefined,
    onFailure: (text: string) => void,
  ): Promise<SessionAlerts> {
    const config = await readConfig(path, alertsSchema, { env });
    // Alerts follow the system's clock, whatever clock the exchange has.
    const runtime = systemRuntime;
    const alerts = new Alerts(config, session, runtime, onFailure);
    const ask = (act: (session: SessionControl) => string): string => {
      const running = control();
      return running === undefined ? 'the session is still starting' : act(running);
    };
    const acts = {
      status: () => ask(({ view }) => statusText(session, view)),
      pause: (reason: string) => ask((one) => (one.pause(reason), `${session} pauses`)),
      resume: (reason: string) => ask((one) => (one.resume(reason), `${session} goes on`)),
      approve: (reason: string, ref?: number) => ask((one) => answered(session, one, 'approve', reason, ref)),
      decline: (reason: string, ref?: number) => ask((one) => answered(session, one, 'decline', reason, ref)),
      flatten: (reason: string) => ask((one) => (one.flatten(reason), `${session} closes its positions and pauses`)),
    };
    const sources = config.channels.flatMap((one): ChatSource[] => {
      if ('telegram' in one) return [new TelegramChats(one.telegram, runtime)];
      return 'discord' in one && typeof one.discord !== 'string' ? [new DiscordChannels(one.discord, runtime)] : [];
    });
    const chats = sources.map((source) => new ChatCommands(source, runtime, acts, onFailure));
    const opened = new SessionAlerts(alerts, chats, runtime);
    for (const chat of chats) chat.start();
    alerts.everyDay(() => opened.#summary());
    return opened;
  }

  /** An order changed. @param strategy - Its strategy, where the session has several. */
  order(order: Order, strategy?: string): void {
    const { ref, side, status, reason, filled, data } = order;
    const { symbol, instrument } = data;
    if (status === 'rejected' || status === 'margin') {
      this.#refused++;
      this.#alerts.tell('refused', { strategy, side, size: sizeText(order.size, instrument), symbol, status, reason });
    }
    const fill = order.lastFill;
    if (fill === undefined || filled === this.#filled.get(ref)) return;
    this.#filled.set(ref, filled);
    if (!order.isAlive) this.#filled.delete(ref);
    this.#fills++;
    const position = sizeText(fill.positionSize, instrument);
    this.#alerts.tell('fill', {
      strategy, side, size: sizeText(Math.abs(fill.size), instrument), symbol, price: priceText(fill.price, instrument), position,
      value: amount(this.#view?.value), tag: order.tag, reason: fill.reason,
    }); // prettier-ignore
  }

  view(view: SessionView): void {
    this.#view = view;
    if (Number.isNaN(this.#dayValue)) this.#dayValue = view.value;
    if (view.paused !== this.#paused) {
      this.#paused = view.paused;
      this.#alerts.tell('halt', { reason: view.paused ?? 'orders are taken again' });
    }
    for (const text of this.#messages.of(view.messages)) this.#alerts.tell('message', { text });
    for (const { name, symbol, halted } of view.datas) {
      if (halted === this.#halted.get(name)) continue;
      if (halted === undefined) this.#halted.delete(name);
      else this.#halted.set(name, halted);
      const reason = halted === undefined ? 'goes on' : `is halted: ${halted}`;
      this.#alerts.tell('halt', { reason: `trading in ${symbol} ${reason}` });
    }
    const waiting = view.waiting ?? [];
    for (const order of waiting) {
      if (this.#waiting.has(order.ref)) continue;
      const { ref, side, size, type, data } = order;
      const strategy = strategyOf(view, order);
      this.#alerts.tell('approval', {
        strategy,
        ref,
        side,
        size: sizeText(size, data.instrument),
        symbol: data.symbol,
        type,
      });
    }
    this.#waiting = new Set(waiting.map(({ ref }) => ref));
    const now = this.#runtime.elapsed();
    for (const { name, symbol, state } of view.datas) {
      if (state === 'live') {
        this.#away.delete(name);
        this.#stale.delete(name);
        continue;
      }
      if (!this.#away.has(name)) this.#away.set(name, now);
      const seconds = (now - this.#away.get(name)!) / 1000;
      if (seconds < this.#alerts.staleSeconds || this.#stale.has(name)) continue;
      this.#stale.add(name);
      this.#alerts.tell('stale', { symbol, state, seconds: Math.round(seconds) });
    }
  }

  /** The end of the session. */
  async end(kind: 'end' | 'error', reason: string): Promise<void> {
    for (const chat of this.#chats) chat.stop();
    this.#alerts.tell(kind, { reason, value: amount(this.#view?.value) });
    await this.#alerts.close();
  }

  #summary(): Record<string, string | number> {
    const value = this.#view?.value ?? NaN;
    const held = (this.#view?.datas ?? []).filter(({ position }) => position.size !== 0);
    const positions = held.map(({ symbol, position }) => `${sizeText(position.size)} ${symbol}`).join(', ');
    const facts = {
      value: amount(value), change: change(value / this.#dayValue - 1), fills: this.#fills, refused: this.#refused,
      positions: positions === '' ? 'nothing' : positions,
    }; // prettier-ignore
    this.#dayValue = value;
    this.#fills = this.#refused = 0;
    return facts;
  }
}

/** Approves or declines for a chat, and returns the answer. */
function answered(
  session: string,
  control: SessionControl,
  act: 'approve' | 'decline',
  reason: string,
  ref: number | undefined,
): string {
  const waiting = control.view.waiting ?? [];
  if (waiting.length === 0) return `${session}: no order waits`;
  if (ref === undefined && waiting.length > 1) {
    return `${session}: say which, ${waiting.map((one) => `${act} ${one.ref}`).join(', ')}`;
  }
  if (ref !== undefined && !waiting.some((one) => one.ref === ref)) return `${session}: no order ${ref} waits`;
  const number = ref ?? waiting[0]!.ref;
  control[act](reason, number);
  return `${session}: order ${number} ${act === 'approve' ? 'approved' : 'declined'}`;
}

/** A strategy among several, in one line. */
function strategyText({ name, sharesAccount, value, positions, orders }: StrategyView): string {
  const held = positions.filter(({ size }) => size !== 0).map(({ symbol, size, price }) => `${sizeText(size)} ${symbol} at ${priceText(price)}`); // prettier-ignore
  const money = sharesAccount ? '' : `equity ${amount(value)}, `;
  const working = orders.length === 0 ? '' : `, ${counted(orders.length, 'order')}`;
  return `${name}: ${money}${held.length === 0 ? 'flat' : held.join(', ')}${working}`;
}

function statusText(session: string, view: SessionView): string {
  if (!view.isRecovered) return `${session}: the account is not known yet`;
  const held = view.datas.map(({ symbol, price, state, position }) => {
    const size = position.size === 0 ? 'flat' : `${sizeText(position.size)} at ${priceText(position.price)}`;
    return `${symbol} ${priceText(price)} ${state}, ${size}`;
  });
  const state = view.paused ?? 'trading';
  const waits = (view.waiting ?? []).map((order) => {
    const { ref, side, size, data } = order;
    return `waits: ${ofStrategy(strategyOf(view, order), `${side} ${sizeText(size)} ${data.symbol}`)}, approve ${ref}`;
  });
  const apart = view.strategies.length > 1 ? view.strategies.map(strategyText) : [];
  const money = `equity ${amount(view.value)}, cash ${amount(view.cash)}`;
  return [`${session}: ${state}`, money, ...held, ...apart, ...waits].join('\n');
}
