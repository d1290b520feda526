/** Feeds through ccxt under seeded schedules of faults: what came, what was reported and what the exchange did must agree. */
import { seededRandom, systemRuntime, type Service, type StreamEvent } from '../../src/core/index.ts';
import { Faults } from '../../src/venue/faults/request-faults.ts';
import { closeAll, follow, openVenue, tradeIds, truthOf, type Followed, type Venue } from '../connectors/loopback.ts';

/** What can happen to a feed, each for a while. */
const kinds = [
  'hang-up', 'refuse', 'silence', 'gap', 'duplicate', 'reorder', 'too-many-requests', 'banned', 'hang', 'server-error', 'bad-gateway', 'broken-json',
  'reset', 'empty-body',
] as const; // prettier-ignore
type Kind = (typeof kinds)[number];
type WireKind = 'gap' | 'duplicate' | 'reorder';

const wireKinds: readonly Kind[] = ['gap', 'duplicate', 'reorder'];

/** What a schedule came to. */
export interface CcxtFaultRun {
  readonly seed: number;
  /** How often each fault happened. */
  readonly faults: Readonly<Partial<Record<Kind, number>>>;
  readonly trades: number;
  /** Trades that came late, fetched. */
  readonly backfilled: number;
  /** Trades that were reported as lost. */
  readonly lost: number;
  readonly reconnects: number;
  readonly doubles: number;
  /** What is not as it should be. */
  readonly wrong: readonly string[];
}

/** Frames between the exchange and ccxt: lost, doubled, or one behind the next, while a fault holds. */
class Wire {
  kind: WireKind | undefined;
  readonly #random: () => number;

  constructor(random: () => number) {
    this.#random = random;
  }

  around(service: Service): Service {
    return {
      request: service.request.bind(service),
      accept: (url, socket) => {
        let held: string | undefined;
        return service.accept(url, {
          ...socket,
          send: (frame) => {
            const kind = this.#random() < 0.4 ? this.kind : undefined;
            const isData = String(frame).includes('"e":');
            if (isData && kind === 'gap') return;
            if (isData && kind === 'reorder' && held === undefined) {
              held = frame as string;
              return;
            }
            socket.send(frame);
            if (isData && kind === 'duplicate') socket.send(frame);
            if (held === undefined) return;
            socket.send(held);
            held = undefined;
          },
        });
      },
    };
  }
}

/** Runs one schedule for `ms` and lets the feed come to rest after it. */
export async function runCcxtFaults(seed: number, ms: number): Promise<CcxtFaultRun> {
  const random = seededRandom(seed);
  const wire = new Wire(seededRandom(seed + 1_000));
  const venue = await openVenue({ seed, stepsPerSecond: 60, around: (service) => wire.around(service) });
  // An answer that does not come is given up after half a second here.
  const connection = { url: venue.url, config: { timeout: 500, options: { ws: { backoff: { base: 20, factor: 1, max: 20 }, cost: 0 } } } }; // prettier-ignore
  const followed = await follow(venue, 'ccxt', {
    connection,
    snapshotInterval: 0.2,
    staleMs: { trade: 400, book: 400 },
  });
  const faults: Partial<Record<Kind, number>> = {};
  try {
    await holds(() => isSettled(venue, followed, false), 10_000);
    const began = systemRuntime.elapsed();
    while (systemRuntime.elapsed() - began < ms) {
      const kind = kinds[Math.floor(random() * kinds.length)]!;
      faults[kind] = (faults[kind] ?? 0) + 1;
      strike(kind, venue, wire, Math.floor(random() * 1e6));
      await systemRuntime.sleep(60 + random() * 200);
      calm(venue, wire);
      await systemRuntime.sleep(random() * 120);
    }
    // Of the last trade nothing shows whether it came: some follow without a fault.
    await systemRuntime.sleep(400);
    venue.market.stop();
    await holds(() => isSettled(venue, followed, true), 40_000);
    return { seed, faults, ...judged(venue, followed) };
  } finally {
    await closeAll();
  }
}

function strike(kind: Kind, { server, sockets }: Venue, wire: Wire, seed: number): void {
  if (wireKinds.includes(kind)) wire.kind = kind as WireKind;
  else if (kind === 'hang-up') sockets.hangUp();
  else if (kind === 'silence') sockets.isSilent = true;
  else if (kind === 'refuse') {
    sockets.isRefusing = true;
    sockets.hangUp();
  } else {
    server.faults = new Faults({ random: { seed, rate: 0.7, kinds: [kind as 'hang'], retryAfter: 0.1 } });
    // A request is made when a stream breaks off.
    sockets.hangUp();
  }
}

function calm({ server, sockets }: Venue, wire: Wire): void {
  wire.kind = undefined;
  sockets.isSilent = false;
  sockets.isRefusing = false;
  server.faults = new Faults();
}

async function holds(condition: () => boolean, ms: number): Promise<void> {
  for (let waited = 0; waited < ms && !condition(); waited += 20) await systemRuntime.sleep(20);
}

function gapsOf(events: readonly StreamEvent[]): [number, number][] {
  return events.flatMap((event) => (event.type === 'gap' ? [[Number(event.from), Number(event.to)] as [number, number]] : [])); // prettier-ignore
}

/** Trades that neither came nor were reported as lost. */
function unexplained(venue: Venue, events: readonly StreamEvent[]): number[] {
  const { came, made } = tradeIds(venue, events, 'BTC/USDT');
  const known = new Set(came);
  const gaps = gapsOf(events);
  return made.filter((id) => !known.has(id) && !gaps.some(([from, to]) => id >= from && id <= to));
}

function isSettled(venue: Venue, { feed, events }: Followed, isStopped: boolean): boolean {
  const isLive = (['trade', 'book'] as const).every((channel) => feed.state(channel, 'BTC/USDT') === 'live');
  if (!isStopped) return isLive && events.some(({ type }) => type === 'trade');
  const book = feed.book('BTC/USDT');
  const truth = truthOf(venue, 'BTC/USDT');
  const isBook = JSON.stringify([book?.bids, book?.asks]) === JSON.stringify([truth.bids, truth.asks]);
  // A market that has stopped is silent, and its stream may be called so.
  return isBook && unexplained(venue, events).length === 0;
}

function judged(venue: Venue, { feed, events, errors }: Followed): Omit<CcxtFaultRun, 'seed' | 'faults'> {
  const wrong: string[] = [];
  const { came } = tradeIds(venue, events, 'BTC/USDT');
  const gaps = gapsOf(events);
  const missing = unexplained(venue, events);
  if (missing.length > 0) wrong.push(`trades ${missing.slice(0, 5).join(', ')} neither came nor were reported`);
  if (new Set(came).size !== came.length) wrong.push('a trade came twice');
  const both = came.filter((id) => gaps.some(([from, to]) => id >= from && id <= to));
  if (both.length > 0) wrong.push(`trades ${both.slice(0, 5).join(', ')} were reported as lost and came`);
  const book = feed.book('BTC/USDT');
  const truth = truthOf(venue, 'BTC/USDT');
  if (JSON.stringify([book?.bids, book?.asks]) !== JSON.stringify([truth.bids, truth.asks])) wrong.push('the book is not the exchange’s'); // prettier-ignore
  wrong.push(...ordered(events), ...stated(events));
  const { counts } = feed;
  const market = events.filter(({ type }) => type === 'trade' || type === 'book').length;
  if (counts.events !== market) wrong.push(`${counts.events} events were counted, ${market} came`);
  if (counts.tradeGaps !== gaps.length) wrong.push(`${counts.tradeGaps} gaps were counted, ${gaps.length} came`);
  const { callbackErrors, dropped } = counts;
  if (callbackErrors + dropped > 0) wrong.push(`${callbackErrors} callbacks threw, ${dropped} events were dropped`);
  if (Object.keys(counts.refused).length > 0) wrong.push(`events were refused: ${JSON.stringify(counts.refused)}`);
  if (errors.length > 0) wrong.push(`errors: ${errors.slice(0, 3).join(' | ')}`);
  const lost = gaps.reduce((sum, [from, to]) => sum + to - from + 1, 0);
  const backfilled = events.filter((event) => event.type === 'trade' && event.backfill).length;
  return { trades: came.length, backfilled, lost, reconnects: counts.reconnects, doubles: counts.tradeDoubles, wrong };
}

/** Trades that are not marked as late come in the order of their ids. */
function ordered(events: readonly StreamEvent[]): string[] {
  let last = -1;
  for (const event of events) {
    if (event.type !== 'trade' || event.backfill) continue;
    if (Number(event.id) < last) return [`trade ${event.id!} came after ${last} and is not marked as late`];
    last = Number(event.id);
  }
  return [];
}

/** Data come while their stream is said to be live, but for trades that are fetched. */
function stated(events: readonly StreamEvent[]): string[] {
  const states = new Map<string, string>();
  const before: string[] = [];
  for (const event of events) {
    if (event.type === 'status') {
      states.set(event.channel, event.state);
      before.push(`${event.channel} ${event.state}: ${event.reason}`);
    } else if (event.type === 'trade' || event.type === 'book') {
      const state = states.get(event.type);
      const isFetched = event.type === 'trade' && event.backfill;
      if (!isFetched && state !== 'live')
        return [`a ${event.type} came while its stream was ${state ?? 'not begun'}: ${before.slice(-4).join('; ')}`];
    }
  }
  return [];
}
