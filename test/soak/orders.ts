/** Soak of orders: sandbox sessions on a simulated exchange, whose network loses what it can, killed at any moment. */
import type { BrokerInput, LiveContext } from '../../src/broker/index.ts';
import { SimulatedRuntime, seededRandom } from '../../src/core/index.ts';
import { check, checkReplay, placeForeign } from './orders-check.ts';
import { KeptIntents, OrderSession, nextDeed } from './orders-session.ts';
import { SimulatedGateway, SimulatedVenue, type FaultRates } from './orders-venue.ts';

/** What a run came to. */
export interface OrderRun {
  readonly seed: number;
  readonly orders: number;
  readonly fills: number;
  readonly kills: number;
  readonly voids: number;
  readonly hits: Readonly<Record<string, number>>;
}

/** One seeded schedule of faults and kills. @throws At anything that is not as the exchange has it. */
export async function runOrders(seed: number): Promise<OrderRun> {
  const random = seededRandom(seed * 7919 + 13);
  const runtime = new SimulatedRuntime(seed, Date.UTC(2026, 0, 5));
  const venue = new SimulatedVenue(runtime, random() < 0.5 ? 'received' : 'quote');
  const some = (most: number): number => (random() < 0.3 ? 0 : random() * most);
  const rates: FaultRates = {
    lostRequest: some(0.1),
    lateRequest: some(0.1),
    lostAnswer: some(0.1),
    limited: some(0.05),
    lostEvent: some(0.05),
    twiceEvent: some(0.1),
    hasLists: seed % 3 !== 0,
    gapSeconds: random() < 0.3 ? Infinity : 5 + random() * 30,
  };
  const intents = new KeptIntents(`soak ${seed}`);
  const hits: Record<string, number> = {};
  const kills = Math.floor(random() * 4);
  placeForeign(venue);
  let session: OrderSession | undefined;
  for (let life = 0; life <= kills; life++) {
    const isLast = life === kills;
    const gateway = new SimulatedGateway(venue, rates);
    session = await live({ gateway, intents, venue, runtime, random, seed, isLast });
    for (const name of Object.keys(gateway.hits)) hits[name] = (hits[name] ?? 0) + gateway.hits[name]!;
    checkReplay(session, seed);
  }
  check(session!, intents, venue, seed);
  const voids = intents.intents().filter(({ state }) => state === 'void').length;
  return { seed, orders: intents.rows.size, fills: venue.account.fills.length, kills, voids, hits };
}

interface Life {
  readonly gateway: SimulatedGateway;
  readonly intents: KeptIntents;
  readonly venue: SimulatedVenue;
  readonly runtime: SimulatedRuntime;
  readonly random: () => number;
  readonly seed: number;
  readonly isLast: boolean;
}

/** One life of the session: from the start to its kill, or, the last one, until everything is settled. */
async function live(life: Life): Promise<OrderSession> {
  const { gateway, intents, venue, runtime, random, seed, isLast } = life;
  const session = new OrderSession({ gateway, intents });
  const state = { isDead: false };
  const isDead = (): boolean => state.isDead;
  const queue: BrokerInput[] = [];
  const context: LiveContext = {
    runtime,
    push: (input) => {
      if (!isDead()) queue.push(structuredClone(input));
    },
  };
  const die = (): void => {
    state.isDead = true;
    gateway.kill();
  };
  // Kills come at any moment: between two events, or inside a write of the journal.
  const deadline = isLast ? Infinity : runtime.now() + random() * 40_000;
  const diesInJournal = !isLast && random() < 0.5;
  intents.dies = () => {
    if (isDead()) return true;
    if (diesInJournal && random() < 0.03) die();
    return isDead();
  };
  session.first = intents.intents().reduce((last, { number }) => Math.max(last, number), 0) + 1;
  const start = runtime.now();
  const tradesFor = 30_000 + random() * 30_000;
  void session.broker.connect(context);
  let deedDue = 0;
  let isOpened = false;
  for (let turn = 0; !isDead(); turn++) {
    await runtime.advanceAsync(1 + random() * 40, settle);
    if (runtime.now() >= deadline) die();
    // A kill inside a turn leaves what is behind it undone.
    for (let input = queue.shift(); input !== undefined && !isDead(); input = queue.shift())
      session.let({ what: 'input', input });
    if (isDead()) break;
    if (turn % 8 === 0) session.let({ what: 'clock', now: runtime.now() });
    if (isDead() || !session.broker.isReady) {
      if (runtime.now() - start > 600_000) throw new Error(`seed ${seed}: the session was never ready`);
      continue;
    }
    if (!isOpened) {
      isOpened = true;
      session.let({ what: 'bar', close: venue.price });
      continue;
    }
    const age = runtime.now() - start;
    if (age < tradesFor) {
      if (runtime.now() < deedDue) continue;
      deedDue = runtime.now() + random() * 1_500;
      if (random() < 0.1) session.let({ what: 'bar', close: venue.price });
      if (!isDead()) session.let(nextDeed(session, venue.price, random));
      continue;
    }
    const alive = session.orders.flatMap((order, ref) => (order.isAlive ? [ref] : []));
    if (turn % 50 === 0)
      for (const ref of alive) if (!isDead() && session.orders[ref]!.isAlive) session.let({ what: 'cancel', ref });
    if (alive.length === 0) break;
    if (age > tradesFor + 900_000) throw new Error(`seed ${seed}: orders ${alive.join(', ')} were never settled`);
  }
  if (!isDead()) {
    // Whatever comes late must not change anything any more.
    for (let rest = 0; rest < 40; rest++) {
      await runtime.advanceAsync(500, settle);
      for (let input = queue.shift(); input !== undefined; input = queue.shift()) session.let({ what: 'input', input });
      session.let({ what: 'clock', now: runtime.now() });
    }
    die();
  }
  intents.dies = () => false;
  return session;
}

/** Lets everything run that is ready to. */
async function settle(): Promise<void> {
  for (let k = 0; k < 8; k++) await Promise.resolve();
}

/** Runs seeds one after another. @throws With every seed that failed. */
export async function soakOrders(seeds: number, say: (line: string) => void, first = 1): Promise<OrderRun[]> {
  const runs: OrderRun[] = [];
  const failures: string[] = [];
  for (let seed = first; seed < first + seeds; seed++) {
    try {
      runs.push(await runOrders(seed));
    } catch (error) {
      failures.push(error instanceof Error ? error.message : String(error));
    }
    if (seed % 100 === 0) say(`${seed} schedules, ${failures.length} failed`);
  }
  if (failures.length > 0)
    throw new Error(`${failures.length} schedules failed:\n  ${failures.slice(0, 20).join('\n  ')}`);
  return runs;
}
