/** Hours of a busy market with a fault a minute: books and trades are the venue's at the end, and memory stays where it was. */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

import { seededRandom, SimulatedNetwork, SimulatedRuntime, type StreamEvent } from '../../src/core/index.ts';
import { FeedHandler } from '../../src/connectors/index.ts';
import { FaultyService, socketFaults, type FaultKind, type FaultWindow } from '../../src/venue/index.ts';
import { SteadyVenue } from './steady-venue.ts';

/** What the hours came to. */
export interface StreamHours {
  readonly symbols: number;
  readonly frames: number;
  readonly events: number;
  readonly faults: number;
  readonly reconnects: number;
  readonly resyncs: number;
  readonly gapsTold: number;
  readonly missing: number;
  /** Resident memory in MB after a collection: the median of the first tenth after warming, and of the last tenth. */
  readonly rssMb: readonly [number, number];
  readonly heapMb: readonly [number, number];
  readonly cpuSeconds: number;
  readonly seconds: number;
  /** What is wrong; empty when all is well. */
  readonly wrong: readonly string[];
}

/** Trades of one symbol: the ids that came, in constant memory. */
class TradeLog {
  next: number | undefined;
  readonly missing = new Set<number>();
  doubles = 0;

  take(id: number): void {
    this.next ??= id;
    if (id >= this.next) {
      for (let lost = this.next; lost < id; lost++) this.missing.add(lost);
      this.next = id + 1;
    } else if (!this.missing.delete(id)) this.doubles++;
  }

  /** Ids that were reported as lost. */
  excuse(from: number, to: number): void {
    for (const id of this.missing) if (id >= from && id <= to) this.missing.delete(id);
  }
}

/** One fault in every minute but the last, for up to eight seconds. */
function faultEachMinute(seed: number, minutes: number): FaultWindow[] {
  const random = seededRandom(seed);
  // A size that is wrong cannot be noticed here: the venue has no checksum.
  const kinds: FaultKind[] = [...socketFaults.filter((kind) => kind !== 'corrupt'), 'server-error', 'hang'];
  return Array.from({ length: minutes - 1 }, (_, minute) => {
    const from = minute * 60_000 + 5_000 + random() * 40_000;
    return { kind: kinds[Math.floor(random() * kinds.length)]!, from, to: from + 500 + random() * 8_000 };
  });
}

/** Lets promises settle. */
function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** Follows `symbols` for `minutes` of simulated time at `perSecond` messages a second. */
export async function soakStreamHours(
  options: { minutes?: number; perSecond?: number; symbols?: number; seed?: number; faults?: boolean },
  say: (line: string) => void = () => {},
): Promise<StreamHours> {
  const { minutes = 120, perSecond = 2_000, symbols: count = 12, seed = 1, faults = true } = options;
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  const runtime = new SimulatedRuntime(seed);
  const network = new SimulatedNetwork(runtime);
  const venue = new SteadyVenue(runtime, { seed, symbols: count });
  const windows: FaultWindow[] = faults ? faultEachMinute(seed, minutes) : [];
  const service = new FaultyService(venue, runtime, { windows, seed });
  network.serve('wss://stream.binance.com', service);
  network.serve('https://api.binance.com', service);

  const wrong: string[] = [];
  const logs = new Map(venue.symbols.map(({ symbol }) => [symbol, new TradeLog()]));
  const sums = { events: 0, resyncs: 0, gapsTold: 0 };
  const take = (event: StreamEvent): void => {
    sums.events++;
    if (event.type === 'trade') logs.get(event.symbol)!.take(Number(event.id));
    else if (event.type === 'status' && event.state === 'resyncing') sums.resyncs++;
    else if (event.type === 'gap') {
      sums.gapsTold++;
      if (event.channel === 'trade')
        logs.get(event.symbol)!.excuse(Number(event.from ?? 0), Number(event.to ?? Infinity));
    }
  };
  const staleMs = { trade: 20_000, quote: 20_000, book: 20_000 };
  const handler = new FeedHandler({
    runtime,
    network,
    policy: { firstBackoffMs: 500, capBackoffMs: 8_000, stableMs: 8_000 },
  });
  // The second sink never keeps up: what it misses is counted and dropped.
  const adding = handler.addFeed({
    exchange: 'binance', symbols: venue.symbols.map(({ symbol }) => symbol), channels: ['trade', 'quote', 'book'], staleMs,
    sinks: [{ write: take }, { write: () => runtime.sleep(50) }], queueLimit: 1_000,
  }); // prettier-ignore
  await runtime.advanceAsync(500, settle);
  const feed = await adding;
  handler.start();
  await runtime.advanceAsync(2_000, settle);

  const pulseMs = 10;
  let owed = 0;
  runtime.every(pulseMs, () => {
    for (owed += (perSecond * pulseMs) / 1_000; owed >= 1; owed--) venue.step();
  });
  const began = performance.now();
  const cpu = process.cpuUsage();
  const rss: number[] = [];
  const heap: number[] = [];
  for (let minute = 0; minute < minutes; minute++) {
    for (let passed = 0; passed < 60_000; passed += 250) {
      runtime.advance(250);
      await settle();
    }
    collect();
    const { rss: resident, heapUsed } = process.memoryUsage();
    rss.push(resident / 1e6);
    heap.push(heapUsed / 1e6);
    if (minute % 10 === 9) {
      say(`${minute + 1} minutes, ${feed.counts.frames} frames, ${rss.at(-1)!.toFixed(0)} MB, ${Math.round((performance.now() - began) / 1_000)} s`); // prettier-ignore
    }
  }
  const { user, system } = process.cpuUsage(cpu);
  const seconds = (performance.now() - began) / 1_000;

  // The last frames arrive; nothing more happens.
  owed = -Infinity;
  await runtime.advanceAsync(15_000, settle);
  let missing = 0;
  for (const one of venue.symbols) {
    const book = feed.book(one.symbol);
    const truth = one.book();
    if (
      JSON.stringify(book?.bids) !== JSON.stringify(truth.bids) ||
      JSON.stringify(book?.asks) !== JSON.stringify(truth.asks)
    )
      wrong.push(`the book of ${one.symbol} is not the venue's: ${feed.state('book', one.symbol)}`);
    const log = logs.get(one.symbol)!;
    missing += log.missing.size;
    if (log.missing.size > 0) wrong.push(`${log.missing.size} trades of ${one.symbol} were lost, and no gap says so`);
    if (log.doubles > 0) wrong.push(`${log.doubles} trades of ${one.symbol} came twice`);
    if (log.next !== one.tradeId)
      wrong.push(`the last trade of ${one.symbol} is ${log.next! - 1}, not ${one.tradeId - 1}`);
  }
  const { frames, reconnects } = feed.counts;
  const stopping = handler.stop(100);
  await runtime.advanceAsync(1_000, settle);
  await stopping;
  const tenth = Math.max(1, Math.floor(minutes / 10));
  const ends = (values: readonly number[]): [number, number] => [median(values.slice(tenth, 2 * tenth)), median(values.slice(-tenth))]; // prettier-ignore
  return {
    symbols: count, frames, ...sums, faults: Object.values(service.hits).reduce((all, hits) => all + hits, 0), reconnects, missing,
    rssMb: ends(rss), heapMb: ends(heap), cpuSeconds: (user + system) / 1e6, seconds, wrong,
  }; // prettier-ignore
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? NaN;
}
