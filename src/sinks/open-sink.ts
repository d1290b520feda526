/** Opens a sink by a short text such as `jsonl:events.jsonl`, or by a block of fields as in a configuration file. */
import {
  checkNames,
  ConfigError,
  messageOf,
  timeframe,
  TradingError,
  unknownName,
  type EventSink,
} from '../core/index.ts';
import { aggregated, barsOf, renko, throttle, topOfBook, type Aggregation } from './aggregations.ts';
import { BatchingSink, checkBatch, type BatchOptions, type BatchWriter } from './batching-sink.ts';
import { volumesBy, type InstrumentOf, type VolumeOf } from './volume.ts';

/** Every kind of sink that a text can name. */
export const sinkKinds = [
  'jsonl', 'sqlite', 'parquet', 'arrow', 'tcp', 'udp', 'unix', 'ws', 'redis', 'zmq', 'postgres',
  'store',
] as const; // prettier-ignore

/** A kind of sink. */
export type SinkKind = (typeof sinkKinds)[number];

/** Aggregations of events before they are written. */
export interface SinkAggregations {
  /** Milliseconds between updates of a state, such as best prices. Default: every update is written. */
  readonly throttle?: number;
  /** Whether to write best prices instead of books. Default false. */
  readonly topOfBook?: boolean;
  /** Write closed bars of this length, such as `1m`, instead of trades. Default: trades are written. */
  readonly bars?: string;
  /** Write Renko bricks of this height, in quote units, instead of trades. Default: trades are written. */
  readonly renko?: number;
}

/** A sink as a block of fields. */
export interface SinkSpec extends Omit<BatchOptions, 'onError' | 'runtime'> {
  /** Its kind and target, such as `jsonl:events.jsonl` or `redis://127.0.0.1:6379`. */
  readonly to: string;
  /**
   * Redis: name of the stream (default `nextbar`). PostgreSQL: name of the table (default `market_events`). Store: where the events come
   * from, if not from the exchange itself, such as `127.0.0.1:8787`.
   */
  readonly name?: string;
  /** Redis: about how many entries are kept (default 1,000,000). */
  readonly maxLength?: number;
  /** ZeroMQ: `publish` (default) or `push`. */
  readonly pattern?: 'publish' | 'push';
  /** How events are aggregated before they are written. Default: they are written as they come. */
  readonly aggregate?: SinkAggregations;
}

const specNames = [
  'to',
  'name',
  'maxLength',
  'pattern',
  'aggregate',
  'batchSize',
  'flushMs',
  'queueLimit',
  'policy',
  'attempts',
  'retryMs',
] as const;

/** The fields of a block that are not those of every batch. */
const ownNames: readonly string[] = ['to', 'name', 'maxLength', 'pattern', 'aggregate'];

/** Options of opening a sink. */
export interface OpenSinkOptions extends Pick<BatchOptions, 'onError' | 'runtime'> {
  /**
   * The instruments of the stream, such as `handler.instrumentOf`: where trades count contracts and the exchange's bars units of the base
   * (OKX, HTX), bars of trades need the size of a contract. Without it no such bars are made, and a warning says so.
   */
  readonly instrumentOf?: InstrumentOf;
}

/** An open sink with its counters. */
export interface OpenSink extends EventSink {
  /** Where it writes, without secrets. */
  readonly name: string;
  /** What it has done so far. */
  readonly counters: BatchingSink['counters'];
  /** Writes all waiting events. */
  flush(): Promise<void>;
  close(): Promise<void>;
}

/**
 * Opens a sink. Missing files and databases are made. Servers need not run yet, and a port that the sink itself listens on must be free.
 *
 * @param spec - A text, or a block of fields.
 * @param options - What is done about errors, clock and timers, and the instruments that bars are made of.
 * @throws {ConfigError} If the kind, a field or the target is wrong, or a package is missing.
 */
export async function openSink(
  spec: string | SinkSpec,
  { instrumentOf, ...options }: OpenSinkOptions = {},
): Promise<OpenSink> {
  checkSink(spec);
  const { to, name, maxLength, pattern, aggregate, ...batch }: SinkSpec =
    typeof spec === 'string' ? { to: spec } : spec;
  const [kind, target] = parsed(to);
  const writer = await opened(kind, to, () =>
    writerOf(kind, target, { name, maxLength, pattern }, volumesBy(instrumentOf)),
  );
  // A columnar file needs many rows to be worth its overhead.
  const usual: BatchOptions = kind === 'parquet' || kind === 'arrow' ? { batchSize: 20_000, flushMs: 10_000 } : {};
  const sink = new BatchingSink(writer, { ...usual, ...batch, ...options });
  const front = aggregated(sink, aggregationsOf(aggregate ?? {}, volumesBy(instrumentOf)));
  return {
    name: sink.name,
    get counters() {
      return sink.counters;
    },
    write: (event) => front.write(event),
    flush: () => sink.flush(),
    close: () => sink.close(),
  };
}

/**
 * Checks a sink without opening it, so that nothing is made for the first of several when a later one is wrong.
 *
 * @throws {ConfigError} If the kind, a field or the form of the target is wrong.
 */
export function checkSink(spec: string | SinkSpec): void {
  if (typeof spec !== 'string') checkNames('field of a sink', spec, specNames);
  checkSpec(spec);
  const block: SinkSpec = typeof spec === 'string' ? { to: spec } : spec;
  const [kind, target] = parsed(block.to);
  if (kind === 'tcp' || kind === 'udp' || kind === 'ws') hostAndPort(target);
  const form = forms[kind];
  if (form !== undefined && !form.test(target)) throw new ConfigError(`the sink of kind ${kind} must name an address such as ${targets[kind]}`, { context: { field: 'to' } }); // prettier-ignore
  aggregationsOf(block.aggregate ?? {}, volumesBy(undefined));
  checkBatch(kind, Object.fromEntries(Object.entries(block).filter(([name]) => !ownNames.includes(name))));
}

/** Checks the fields of a block by themselves. */
function checkSpec(spec: string | SinkSpec): void {
  if (typeof spec === 'string') return;
  const { to, name, maxLength, pattern, aggregate } = spec as Readonly<Record<keyof SinkSpec, unknown>>;
  const wrong = (field: string, expected: string, seen: unknown): ConfigError =>
    new ConfigError(`${field} of a sink must be ${expected}, was ${typeof seen === 'string' ? `'${seen}'` : JSON.stringify(seen)}`, { context: { field } }); // prettier-ignore
  if (typeof to !== 'string') throw wrong('to', `a text such as ${targets.jsonl}`, to);
  if (name !== undefined && (typeof name !== 'string' || name === '')) throw wrong('name', 'a text', name);
  if (maxLength !== undefined && !(Number.isInteger(maxLength) && (maxLength as number) >= 1))
    throw wrong('maxLength', 'a whole number above 0', maxLength);
  if (pattern !== undefined && pattern !== 'publish' && pattern !== 'push')
    throw unknownName('pattern of a sink', typeof pattern === 'string' ? pattern : JSON.stringify(pattern), [
      'publish',
      'push',
    ]);
  if (aggregate !== undefined && (typeof aggregate !== 'object' || aggregate === null))
    throw wrong('aggregate', 'a block of fields', aggregate);
}

/** What each kind is written as. */
const targets: Readonly<Record<SinkKind, string>> = {
  jsonl: 'jsonl:events.jsonl', sqlite: 'sqlite:market.db', parquet: 'parquet:market', arrow: 'arrow:market', tcp: 'tcp://127.0.0.1:9000',
  udp: 'udp://127.0.0.1:9000', unix: 'unix:/run/market.sock', ws: 'ws://127.0.0.1:9001', redis: 'redis://127.0.0.1:6379',
  zmq: 'zmq:tcp://127.0.0.1:5555', postgres: 'postgres://user@127.0.0.1/market', store: 'store:market',
}; // prettier-ignore

const schemes: Readonly<Record<string, SinkKind>> = {
  jsonl: 'jsonl', sqlite: 'sqlite', parquet: 'parquet', arrow: 'arrow', tcp: 'tcp', udp: 'udp', unix: 'unix', ws: 'ws', redis: 'redis', rediss: 'redis',
  zmq: 'zmq', postgres: 'postgres', postgresql: 'postgres', store: 'store',
}; // prettier-ignore
const endings: Readonly<Record<string, SinkKind>> = {
  '.jsonl': 'jsonl',
  '.ndjson': 'jsonl',
  '.db': 'sqlite',
  '.sqlite': 'sqlite',
};

/** Kind and target of a text: `jsonl:x`, `tcp://host:port`, or a file whose ending names the kind. */
function parsed(to: string): [SinkKind, string] {
  if (to === '') throw new ConfigError(`a sink must be named, such as ${targets.jsonl}, was ''`, { context: { field: 'to' } }); // prettier-ignore
  const [, scheme = '', rest = ''] = /^([a-z]+):(.+)$/i.exec(to) ?? [];
  const kind = schemes[scheme.toLowerCase()];
  const bare = kind ?? schemes[to.replace(/:(\/\/)?$/, '').toLowerCase()];
  if (bare !== undefined && /^(\/\/)?$/.test(rest)) {
    const lacks = ['tcp', 'udp', 'ws', 'redis', 'zmq', 'postgres'].includes(bare) ? 'address' : 'file or folder';
    throw new ConfigError(`the sink '${to}' names no ${lacks}: write it as ${targets[bare]}`, { context: { field: 'to' } }); // prettier-ignore
  }
  if (kind !== undefined) return [kind, ['redis', 'postgres', 'tcp', 'udp', 'ws'].includes(kind) ? to : rest];
  const byEnding = endings[/\.[a-z]+$/i.exec(to)?.[0].toLowerCase() ?? ''];
  if (byEnding !== undefined && scheme === '') return [byEnding, to];
  throw unknownName('kind of sink', scheme === '' ? to : scheme, sinkKinds);
}

/** A writer, or one sentence why its file or folder cannot be opened. The address may hold a password: only targets of files are named. */
async function opened(kind: SinkKind, to: string, open: () => Promise<BatchWriter>): Promise<BatchWriter> {
  try {
    return await open();
  } catch (cause) {
    if (cause instanceof TradingError) throw cause;
    const isFile = ['jsonl', 'sqlite', 'parquet', 'arrow', 'store'].includes(kind);
    throw new ConfigError(`the sink ${isFile ? to : kind} cannot be opened: ${messageOf(cause)}`, { context: { field: 'to' }, cause }); // prettier-ignore
  }
}

async function writerOf(
  kind: SinkKind,
  target: string,
  { name, maxLength, pattern }: { readonly [K in 'name' | 'maxLength' | 'pattern']: SinkSpec[K] | undefined },
  volumeOf: VolumeOf,
): Promise<BatchWriter> {
  switch (kind) {
    case 'jsonl':
      return new (await import('./writers/json-lines.ts')).JsonLinesWriter(target);
    case 'sqlite':
      return (await import('./writers/sqlite.ts')).SqliteWriter.open(target);
    case 'parquet':
    case 'arrow':
      return new (await import('./writers/segments.ts')).SegmentWriter(target, kind);
    case 'tcp':
      return new (await import('./writers/socket.ts')).StreamSocketWriter(hostAndPort(target));
    case 'unix':
      return new (await import('./writers/socket.ts')).StreamSocketWriter({ path: target });
    case 'udp': {
      const { host, port } = hostAndPort(target);
      return new (await import('./writers/socket.ts')).UdpWriter(host, port);
    }
    case 'ws': {
      const { host, port } = hostAndPort(target);
      return (await import('./writers/web-socket.ts')).WebSocketWriter.open(host, port);
    }
    case 'redis':
      return (await import('./writers/redis.ts')).RedisWriter.open(target, name ?? 'nextbar', maxLength ?? 1_000_000);
    case 'zmq':
      return (await import('./writers/zeromq.ts')).ZeromqWriter.open(target, pattern ?? 'publish');
    case 'store':
      return (await import('./writers/store.ts')).StoreWriter.open(target, name, volumeOf);
    case 'postgres':
      return (await import('./writers/postgres.ts')).PostgresWriter.open(target, name ?? 'market_events');
  }
}

/** What the address of a server looks like. It may hold a password, so that no message shows it. */
const forms: Partial<Readonly<Record<SinkKind, RegExp>>> = {
  redis: /^rediss?:\/\//i,
  zmq: /^(tcp|ipc|inproc):\/\/./i,
  postgres: /^postgres(ql)?:\/\/./i,
};

function hostAndPort(target: string): { readonly host: string; readonly port: number } {
  const [, host = '', port = ''] = /^[a-z]+:\/\/(\[[^\]]+\]|[^:/]+):(\d+)/i.exec(target) ?? [];
  const scheme = target.slice(0, target.indexOf(':')).toLowerCase() as SinkKind;
  if (host === '' || port === '') throw new ConfigError(`a sink must name host and port, such as ${targets[scheme]}, was '${target.replace(/\/\/.*@/, '//***@')}'`, { context: { field: 'to' } }); // prettier-ignore
  if (!(Number(port) <= 65_535)) throw new ConfigError(`the port of a sink must be at most 65535, was ${port}`, { context: { field: 'to' } }); // prettier-ignore
  return { host: host.replaceAll(/[[\]]/g, ''), port: Number(port) };
}

function aggregationsOf(wanted: SinkAggregations, volumeOf: VolumeOf): Aggregation[] {
  checkNames('aggregation of a sink', wanted, ['throttle', 'topOfBook', 'bars', 'renko']);
  const top: unknown = wanted.topOfBook;
  if (top !== undefined && typeof top !== 'boolean') throw new ConfigError(`aggregate.topOfBook of a sink must be true or false, was ${JSON.stringify(top)}`, { context: { field: 'topOfBook' } }); // prettier-ignore
  return [
    ...(wanted.topOfBook === true ? [topOfBook()] : []),
    ...(wanted.bars !== undefined ? [barsOf(checkedLength(wanted.bars), volumeOf)] : []),
    ...(wanted.renko !== undefined ? [renko(wanted.renko, volumeOf)] : []),
    ...(wanted.throttle !== undefined ? [throttle(wanted.throttle)] : []),
  ];
}

/** A length of bars. @throws {ConfigError} If it is none, naming the field. */
function checkedLength(bars: unknown): string {
  try {
    if (typeof bars === 'string') timeframe(bars);
  } catch {
    throw new ConfigError(`aggregate.bars of a sink must be a timeframe such as 1m, 4h or 1d, was '${String(bars)}'`, { context: { field: 'bars' } }); // prettier-ignore
  }
  if (typeof bars === 'string') return bars;
  throw new ConfigError(`aggregate.bars of a sink must be a timeframe such as 1m, was ${JSON.stringify(bars)}`, { context: { field: 'bars' } }); // prettier-ignore
}
