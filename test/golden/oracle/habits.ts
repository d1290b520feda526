/**
 * Backtrader's habits that nextbar leaves behind, acted out as a user of nextbar would, so that what follows can be compared.
 *
 * Where one of them decides a scenario, everything after it would differ. Each act is written down and counts as a difference
 * that is declared, with the item of the list of faults; the orders it touches are declared too, for the bars it touches.
 */
import type { Order } from 'nextbar';
import type { Mismatch } from './compare.ts';
import type { Declaration, KindName } from './declared.ts';
import type { Outputs, Scenario } from './scenario.ts';

/** What the habits need of the strategy that acts them out. */
export interface Actor {
  now(): number;
  readonly scenario: Pick<Scenario, 'name' | 'broker' | 'log'> & { readonly outputs?: Outputs };
  /** Withdraws an order; false when it is over already. */
  cancel(order: Order): boolean;
}

interface Family {
  readonly parent: Order;
  readonly children: Order[];
}

export class Habits {
  /** One for each act: what Backtrader does, and what nextbar does when left alone. */
  readonly acts: Mismatch[] = [];
  readonly declarations: Declaration[] = [];
  private readonly actor: Actor;
  private readonly families = new Map<Order, Family>();
  private readonly groups = new Map<Order, Order[]>();
  private readonly rounds = new Map<Order, number>();
  private readonly ended = new Set<Order>();
  private readonly lapsed = new Map<Family, number>();
  private readonly told = new Set<Order>();
  private readonly orphanedAt = new Map<readonly Order[], number>();
  /** Exits that wait in Backtrader though their entry was canceled, by their family. */
  private readonly waiting = new Map<Family, readonly Order[]>();

  constructor(actor: Actor) {
    this.actor = actor;
  }

  /** The order after which another works. */
  parentOf(order: Order): Order | undefined {
    const parent = this.families.get(order)?.parent;
    return parent === order ? undefined : parent;
  }

  /** Takes note of an order that was made. */
  made(order: Order, parent: Order | undefined, oco: Order | undefined): void {
    if (parent !== undefined) {
      const family = this.families.get(parent) ?? { parent, children: [] };
      family.children.push(order);
      this.families.set(parent, family).set(order, family);
    }
    if (oco === undefined) return;
    const group = this.groups.get(oco) ?? [oco];
    group.push(order);
    this.groups.set(oco, group).set(order, group);
    this.rounds.set(order, this.round(group));
  }

  /**
   * The order whose group a new one joins. In Backtrader a group that is done takes new members and begins anew with them; in
   * nextbar it is over, and so is the order that joins it.
   */
  groupFor(oco: Order | undefined): Order | undefined {
    if (oco === undefined) return undefined;
    const group = this.groups.get(oco) ?? [oco];
    this.groups.set(oco, group);
    const fresh = group.slice(1 + group.findLastIndex((member) => this.isDone(member)));
    if (fresh.length === group.length) return oco;
    // One that is partly executed works on and ends what joins; nextbar, left alone, ends that at once.
    if (fresh.length === 0 && group.some((member) => !this.isOver(member))) return oco;
    this.act('joinFinished', `oco of order ${oco.ref}`, 'begins anew', 'is over');
    return fresh[0];
  }

  /** Cancels as Backtrader does: an order that has not been looked at stays, and a bracket goes with any of its orders. */
  cancel(order: Order): void {
    if (order.status === 'created' && this.actor.scenario.broker?.checksubmit !== false) {
      this.act('cancelAtOnce', `cancel of order ${order.ref}`, 'ignored', 'canceled');
      return;
    }
    // A cancel is told in the bar after it.
    this.endWaiting(order, 'Canceled', this.actor.now() + 1);
    if (this.end(order)) this.endFamily(order, 'canceled');
  }

  /** Declares, at the end of a run, what is left of exits that waited: nothing, or that one of them expired and ended the others. */
  finished(): void {
    const rows = this.actor.scenario.outputs?.events ?? [];
    for (const exits of [...this.waiting.values()]) {
      const lapse = rows.find((row) => row['status'] === 'Expired' && exits.some(({ ref }) => ref === row['ref']));
      const expired = exits.find(({ ref }) => ref === lapse?.['ref']);
      if (expired !== undefined) this.endWaiting(expired, 'Expired', lapse!['bar'] as number);
      else
        this.declareAt(
          this.orphanedAt.get(exits)!,
          exits.map(({ ref }) => `events[${ref} Canceled]`),
        );
    }
  }

  /** Hears of an order what its strategy is told. */
  heard(order: Order): void {
    if (this.isDone(order)) this.endLater(order);
    if (order.status === 'expired') this.lapse(order);
    else if (order.status === 'canceled' && order.filled > 0) this.endFamily(order, 'canceled');
    else if (order.status === 'canceled') this.orphan(order);
    if (!order.isAlive) this.told.add(order);
  }

  /** Withdraws an order that Backtrader would refuse; its family goes with it. */
  refuse(order: Order, isAtOpen: boolean): void {
    const family = this.families.get(order);
    const members = family?.parent === order ? [order, ...family.children] : [order];
    const fields = members.flatMap((member) => {
      const theirs = member === order ? 'Margin' : 'Rejected';
      return [`events[${member.ref} ${theirs}]`, `events[${member.ref} Canceled]`];
    });
    const bars = isAtOpen ? ([0, 0] as const) : ([1, 1] as const);
    const what = `check of order ${order.ref}`;
    this.act('refusedInPassing', what, 'refused', 'accepted', [...fields, 'events.order'], bars);
    this.end(order);
  }

  /** An order made at the open. Backtrader has the whole bar by then and takes its close for the price of the moment. */
  foresaw(order: Order): void {
    this.declare('lookAhead', [`issued[${order.ref} `]);
  }

  /** The value by Backtrader's count of automatic margins, where it is another: at the present price, not at the entry's. */
  valued(value: number, theirs: number): void {
    if (Math.abs(value - theirs) > 1e-6) this.declare('marginValue', ['value'], [0, 0], theirs);
  }

  /** A step that Backtrader takes for the first of the warm ones again, since a slow data has not moved. */
  startedAgain(): void {
    const { scenario } = this.actor;
    const bar = this.actor.now();
    if (scenario.log?.includes('ohlcv_chg') === true) return;
    const logs = { next_log: scenario.outputs?.next_log, ind_log: scenario.outputs?.ind_log };
    const fields = Object.entries(logs).flatMap(([name, rows]) =>
      rows?.some((row) => row[0] === bar && row[1] === 'nextstart') === true ? [`${name}[${bar}]`] : [],
    );
    if (fields.length > 0) this.declare('startAgain', fields, [0, 0], 'nextstart');
  }

  /** Whether an order is over, as far as its strategy has been told or has seen to it. */
  isOver(order: Order): boolean {
    return !order.isAlive || this.ended.has(order);
  }

  private isDone(order: Order): boolean {
    return this.isOver(order) || order.filled > 0;
  }

  private end(order: Order): boolean {
    const isEnded = this.actor.cancel(order);
    if (isEnded) this.ended.add(order);
    return isEnded;
  }

  /** The round of a group in which an order joined; it begins anew whenever it takes a member after it was done. */
  private round(group: readonly Order[]): number {
    const last = group.findLastIndex((member) => this.isDone(member));
    return last < 0 ? 0 : last + 1;
  }

  /** A member of an earlier round that is executed further ends those of a later one. */
  private endLater(order: Order): void {
    const round = this.rounds.get(order) ?? 0;
    const later = (this.groups.get(order) ?? []).filter(
      (member) => (this.rounds.get(member) ?? 0) > round && !this.isDone(member) && this.end(member),
    );
    if (later.length === 0) return;
    const fields = [...later.map(({ ref }) => `events[${ref} Canceled]`), 'events.order'];
    this.act('oldMember', `group of order ${order.ref}`, 'ends', 'works on', fields, [0, 1]);
  }

  /** The first child to expire takes the others along; in nextbar those that expire in the same bar do so by themselves. */
  private lapse(order: Order): void {
    const family = this.families.get(order);
    if (family === undefined || order === family.parent) return;
    const bar = this.actor.now();
    if (this.lapsed.get(family) === bar) {
      const fields = [`events[${order.ref} Canceled]`, `events[${order.ref} Expired]`, 'events.order'];
      this.act('expireTogether', `expiry of order ${order.ref}`, 'canceled', 'expires', fields);
      return;
    }
    this.lapsed.set(family, bar);
    this.endFamily(order, 'expired');
  }

  /** An entry that its OCO group canceled leaves its exits waiting; one that was withdrawn takes them along. */
  private orphan(entry: Order): void {
    const family = this.families.get(entry);
    if (family?.parent !== entry || this.ended.has(entry) || !this.groups.has(entry)) return;
    const exits = family.children.filter((child) => !this.told.has(child) && !this.ended.has(child));
    if (exits.length === 0) return;
    this.waiting.set(family, exits);
    this.orphanedAt.set(exits, this.actor.now());
    this.act('entryEnds', `exits of order ${entry.ref}`, 'wait', 'end', ['events.order']);
  }

  /** One exit that waits is canceled or expires, and the others end with it. */
  private endWaiting(order: Order, how: 'Canceled' | 'Expired', bar: number): void {
    const family = this.families.get(order);
    const exits = family === undefined ? undefined : this.waiting.get(family);
    if (family === undefined || exits?.includes(order) !== true) return;
    this.waiting.delete(family);
    const others = exits.filter((one) => one !== order).map(({ ref }) => `events[${ref} Canceled]`);
    this.declareAt(bar, [`events[${order.ref} ${how}]`, ...others, 'events.order']);
    if (how === 'Expired') this.declareAt(this.orphanedAt.get(exits)!, [`events[${order.ref} Canceled]`]);
  }

  private declareAt(bar: number, fields: readonly string[]): void {
    this.declarations.push({ scenario: this.actor.scenario.name, kind: 'entryEnds', fields, bars: [bar, bar] });
  }

  private endFamily(order: Order, how: 'canceled' | 'expired'): void {
    const family = this.families.get(order);
    if (family === undefined) return;
    const others = [family.parent, ...family.children].filter((one) => one !== order && !this.isOver(one));
    const gone = others.filter((one) => this.isOver(one) || this.end(one));
    if (gone.length === 0) return;
    const late = how === 'expired' ? [...gone.map(({ ref }) => `events[${ref} Canceled]`), 'events.order'] : [];
    this.act('familyEnds', `bracket of order ${order.ref}`, 'ends', 'works on', late, [0, late.length > 0 ? 1 : 0]);
  }

  /** Writes an act down, and declares it with the fields it touches in the bars `span`, counted from the present one. */
  private act(
    kind: KindName,
    what: string,
    expected: string,
    got: string,
    fields: readonly string[] = [],
    span: readonly [number, number] = [0, 0],
  ): void {
    const field = `habit: ${what}`;
    this.acts.push({ bar: this.actor.now(), field, expected, got });
    this.declare(kind, [field]);
    if (fields.length > 0) this.declare(kind, fields, span);
  }

  private declare(
    kind: KindName,
    fields: readonly string[],
    [from, to]: readonly [number, number] = [0, 0],
    expected?: unknown,
  ): void {
    const bar = this.actor.now();
    const scenario = this.actor.scenario.name;
    const bars = [bar + from, bar + to] as const;
    this.declarations.push({ scenario, kind, fields, bars, ...(expected !== undefined && { expected }) });
  }
}
