/** Soak of orders through real ccxt on loopback: the local exchange loses answers and connections, sessions die and come back. */
import type { BrokerInput } from '../../src/broker/index.ts';
import { CcxtGateway } from '../../src/connectors/ccxt/orders/gateway.ts';
import { seededRandom, systemRuntime, type IntentJournal, type Runtime } from '../../src/core/index.ts';
import { Faults, VenueServer } from '../../src/venue/index.ts';
import { BinanceApi, serviceApi } from '../../src/venue/index.ts';
import { check, checkReplay, placeForeign } from './orders-check.ts';
import { KeptIntents, OrderSession, nextDeed } from './orders-session.ts';
import { SimulatedVenue, venueKeys } from './orders-venue.ts';

/** On loopback nothing is under way for longer. */
export const loopbackLateMs = 1_500;
const timeoutMs = 400;

/** The local exchange with its crowd, on loopback. */
export interface LoopbackVenue {
  readonly venue: SimulatedVenue;
  readonly url: string;
  readonly server: VenueServer;
  /** Drops every socket. */
  drop(): void;
  close(): Promise<void>;
}

/** Starts it, with faults at random where a rate is given. */
export async function loopbackVenue(seed: number, rate: number): Promise<LoopbackVenue> {
  const runtime: Runtime = { ...systemRuntime, random: seededRandom(seed) };
  const venue = new SimulatedVenue(runtime, 'received');
  placeForeign(venue);
  const face = new BinanceApi(systemRuntime, venue.exchange, { exchange: venue.exchange });
  const server = new VenueServer().mount(
    serviceApi('binance', face, { sockets: ['/stream', '/ws'], paths: ['/api/', '/sapi/', '/fapi/', '/dapi/'] }),
  );
  if (rate > 0) {
    const kinds = [
      'lost-answer', 'spoiled-answer', 'lost-answer', 'spoiled-answer', 'reset', 'bad-gateway', 'server-error', 'web-page', 'hang',
    ] as const; // prettier-ignore
    server.faults = new Faults({ random: { seed, rate, kinds, path: '/api/v3/' } });
  }
  const url = await server.listen();
  return {
    venue,
    url,
    server,
    drop: () => {
      for (const { socket } of [...face.clients]) socket.close('dropped');
    },
    close: async () => {
      venue.stop();
      face.stop();
      await server.close();
    },
  };
}

/** How a session's life went. */
export interface LifeOptions {
  readonly url: string;
  readonly intents: IntentJournal;
  readonly random: () => number;
  readonly price: () => number;
  /** How long it trades, in milliseconds. */
  readonly tradesFor: number;
  /** Whether it then withdraws everything and waits until all is settled; else it is thrown away. */
  readonly settles: boolean;
  /** Called at every turn. */
  readonly turn?: () => void;
}

/** One life of a session through real ccxt. */
export async function liveThroughCcxt(options: LifeOptions): Promise<OrderSession> {
  const { url, intents, random, price, tradesFor, settles } = options;
  const gateway = new CcxtGateway({ exchange: 'binance', url, ...venueKeys, timeoutMs, rateLimitMs: 0 });
  const session = new OrderSession({ gateway, intents }, loopbackLateMs);
  session.first = intents.intents().reduce((last, { number }) => Math.max(last, number), 0) + 1;
  const state = { isDead: false, failure: undefined as unknown };
  const queue: BrokerInput[] = [];
  const push = (input: BrokerInput): void => {
    if (!state.isDead) queue.push(structuredClone(input));
  };
  session.broker.connect({ runtime: systemRuntime, push }).catch((error: unknown) => {
    state.failure = error;
  });
  let openedAt = Infinity;
  let deedDue = 0;
  const start = systemRuntime.now();
  for (let turn = 0; ; turn++) {
    await systemRuntime.sleep(2 + random() * 8);
    options.turn?.();
    if (state.failure !== undefined) throw state.failure as Error;
    for (let input = queue.shift(); input !== undefined; input = queue.shift()) session.let({ what: 'input', input });
    const now = systemRuntime.now();
    if (turn % 5 === 0) session.let({ what: 'clock', now });
    if (now - start > 120_000) throw new Error('the session was never settled');
    if (!session.broker.isReady) continue;
    if (openedAt === Infinity) {
      openedAt = now;
      session.let({ what: 'bar', close: price() });
      continue;
    }
    if (now - openedAt < tradesFor) {
      if (now < deedDue) continue;
      deedDue = now + random() * 40;
      session.let(nextDeed(session, price(), random));
      continue;
    }
    if (!settles) break;
    const alive = session.orders.flatMap((order, ref) => (order.isAlive ? [ref] : []));
    if (alive.length === 0) break;
    if (turn % 20 === 0)
      for (const ref of alive) if (session.orders[ref]!.isAlive) session.let({ what: 'cancel', ref });
  }
  state.isDead = true;
  await session.broker.disconnect();
  return session;
}

/** What a schedule came to. */
export interface CcxtRun {
  readonly orders: number;
  readonly fills: number;
  readonly faults: number;
  readonly lives: number;
}

/** One schedule. @throws At anything that is not as the exchange has it. */
export async function runThroughCcxt(seed: number): Promise<CcxtRun> {
  const random = seededRandom(seed * 104_729 + 7);
  const loopback = await loopbackVenue(seed, 0.04 + random() * 0.1);
  const { venue, server, url } = loopback;
  const intents = new KeptIntents(`loopback ${seed}`);
  const lives = 1 + Math.floor(random() * 3);
  try {
    for (let life = 1; life <= lives; life++) {
      const session = await liveThroughCcxt({
        url,
        intents,
        random,
        price: () => venue.price,
        tradesFor: 800 + random() * 1_500,
        settles: life === lives,
        turn: () => {
          if (random() < 0.003) loopback.drop();
        },
      });
      checkReplay(session, seed, loopbackLateMs);
      if (life === lives) check(session, intents, venue, seed);
    }
  } finally {
    await loopback.close();
  }
  const faults = [...server.faults.struck.values()].reduce((all, count) => all + count, 0);
  return { orders: intents.rows.size, fills: venue.account.fills.length, faults, lives };
}

/** Runs schedules one after another. @throws With every one that failed. */
export async function soakOrdersThroughCcxt(schedules: number, say: (line: string) => void): Promise<CcxtRun[]> {
  const runs: CcxtRun[] = [];
  const failures: string[] = [];
  for (let seed = 1; seed <= schedules; seed++) {
    try {
      runs.push(await runThroughCcxt(seed));
    } catch (error) {
      failures.push(`seed ${seed}: ${error instanceof Error ? error.message : String(error)}`);
    }
    if (seed % 10 === 0) say(`${seed} schedules, ${failures.length} failed`);
  }
  if (failures.length > 0) throw new Error(`${failures.length} schedules failed:\n  ${failures.join('\n  ')}`);
  return runs;
}
