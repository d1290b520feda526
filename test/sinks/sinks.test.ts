/** Sinks: bounded queues with a policy, retries, keys, and what arrives in files, databases and sockets. */
import { appendFileSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { createSocket } from 'node:dgram';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';

import { SimulatedRuntime, type StreamEvent } from '../../src/core/index.ts';
import {
  aggregated, barsOf, BatchingSink, EventIterator, keyed, metricsText, openSink, renko, StreamGauge, throttle, topOfBook, type BatchOptions, type KeyedEvent,
} from '../../src/sinks/index.ts'; // prettier-ignore
import { openSqlite } from '../../src/store/index.ts';

const folder = mkdtempSync(join(tmpdir(), 'sinks-'));
afterAll(() => {
  rmSync(folder, { recursive: true });
});

const stamp = { exchange: 'binance', symbol: 'BTC/USDT', receiveTime: 1_700_000_000_000 };
function trade(id: number, price = 10, time = 1_700_000_000_000): StreamEvent {
  return { type: 'trade', ...stamp, time, id: String(id), side: 'buy', price, size: 1, backfill: false };
}
function quote(bid: number, receiveTime = stamp.receiveTime): StreamEvent {
  return {
    type: 'quote',
    ...stamp,
    receiveTime,
    time: undefined,
    bid,
    bidSize: 1,
    ask: bid + 1,
    askSize: 1,
    sequence: undefined,
  };
}
function book(kind: 'snapshot' | 'delta', bids: [number, number][], asks: [number, number][] = []): StreamEvent {
  return { type: 'book', kind, ...stamp, time: undefined, bids, asks, sequence: undefined, checksum: undefined };
}

/** A writer that keeps what it is given; it rejects while `isDown`. */
function memory(options: BatchOptions = {}): {
  sink: BatchingSink;
  written: KeyedEvent[];
  state: { isDown: boolean; hold: Promise<void> | undefined };
} {
  const written: KeyedEvent[] = [];
  const state: { isDown: boolean; hold: Promise<void> | undefined } = { isDown: false, hold: undefined };
  const sink = new BatchingSink(
    {
      name: 'memory',
      write: async (batch) => {
        await state.hold;
        if (state.isDown) throw new Error('down');
        written.push(...batch);
      },
    },
    { retryMs: 1, flushMs: 1, ...options },
  );
  return { sink, written, state };
}

describe('a batching sink', () => {
  it('writes every event once and in order, also after failures', async () => {
    const { sink, written, state } = memory({ batchSize: 7 });
    state.isDown = true;
    for (let i = 0; i < 50; i++) void sink.write(trade(i));
    await new Promise((resolve) => setTimeout(resolve, 20));
    state.isDown = false;
    await sink.flush();
    expect(written.map(({ event }) => Number((event as { id: string }).id))).toEqual(
      Array.from({ length: 50 }, (_, i) => i),
    );
    expect(sink.counters).toMatchObject({ written: 50, dropped: 0, failed: 0, queued: 0 });
    expect(sink.counters.retries).toBeGreaterThan(0);
  });

  it('makes the feed wait when its queue is full and its policy is block', async () => {
    const { sink, written, state } = memory({ batchSize: 2, queueLimit: 4 });
    let release = (): void => undefined;
    state.hold = new Promise((resolve) => { release = resolve; }); // prettier-ignore
    let taken = 0;
    const producer = (async () => {
      for (let i = 0; i < 30; i++) {
        await sink.write(trade(i));
        taken++;
      }
    })();
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(taken).toBeLessThan(10);
    release();
    await producer;
    await sink.flush();
    expect(written).toHaveLength(30);
  });

  it('drops the oldest, or conflates states and never prints, by its policy', async () => {
    for (const policy of ['dropOldest', 'conflate'] as const) {
      const { sink, written, state } = memory({ batchSize: 1, queueLimit: 5, policy });
      let release = (): void => undefined;
      state.hold = new Promise((resolve) => { release = resolve; }); // prettier-ignore
      void sink.write(trade(0));
      void sink.write(book('snapshot', [[10, 1]], [[12, 1]])); // prettier-ignore
      for (let i = 1; i <= 20; i++) {
        void sink.write(quote(i));
        void sink.write(book('delta', [[10, i], [9, 0]])); // prettier-ignore
      }
      void sink.write(trade(1));
      release();
      await sink.flush();
      const { counters } = sink;
      if (policy === 'dropOldest') expect(counters.dropped).toBeGreaterThan(30);
      else {
        expect(counters.dropped).toBe(0);
        const states = written.map(({ event }) => event);
        expect(states.filter((one) => one.type === 'trade')).toHaveLength(2);
        expect(states.findLast((one) => one.type === 'quote')).toMatchObject({ bid: 20 });
        expect(states.filter((one) => one.type === 'book').at(-1)).toMatchObject({ bids: expect.arrayContaining([[10, 20]]) as unknown }); // prettier-ignore
      }
      expect(written.length + counters.dropped + counters.conflated).toBe(43);
    }
  });

  it('keeps its queue bounded however long its target is away', async () => {
    const { sink, state } = memory({ batchSize: 10, queueLimit: 100, policy: 'dropOldest', attempts: 1_000 });
    state.isDown = true;
    for (let i = 0; i < 5_000; i++) void sink.write(trade(i));
    expect(sink.counters.queued).toBeLessThanOrEqual(100);
    await sink.close();
    expect(sink.counters.queued).toBe(0);
  });

  it('closes within its time although its target hangs, and counts what it has not taken', async () => {
    const runtime = new SimulatedRuntime(1);
    const errors: string[] = [];
    const { sink, state } = memory({ runtime, batchSize: 10, onError: ({ message }) => errors.push(message) });
    state.hold = new Promise(() => undefined);
    for (let id = 0; id < 35; id++) void sink.write(trade(id));
    const closed = sink.close();
    runtime.advance(11_000);
    await closed;
    expect(sink.counters).toMatchObject({ written: 0, failed: 35, queued: 0 });
    expect(errors).toEqual(['35 events could not be written to memory: not written within 10 s of closing']);
  });

  it('gives up the rest with the first batch that fails while it closes', async () => {
    const { sink, state } = memory({ batchSize: 10, attempts: 2 });
    state.isDown = true;
    for (let id = 0; id < 500; id++) void sink.write(trade(id));
    await sink.close();
    expect(sink.counters).toMatchObject({ written: 0, failed: 500, queued: 0 });
    expect(sink.counters.retries).toBeLessThan(60);
  });

  it('names an option that does not fit', async () => {
    await expect(openSink({ to: `jsonl:${join(folder, 'x.jsonl')}`, polcy: 'block' } as never)).rejects.toThrow(
      "unknown field of a sink 'polcy': did you mean 'policy'?",
    );
    await expect(openSink('jsnol:x')).rejects.toThrow("unknown kind of sink 'jsnol': did you mean 'jsonl'?");
    await expect(openSink('tcp:nowhere')).rejects.toThrow('must name host and port');
    await expect(openSink('tcp://me:hunter2@somewhere')).rejects.toThrow("was 'tcp://***@somewhere'");
    const file = join(folder, 'a-file');
    appendFileSync(file, '');
    for (const kind of ['jsonl', 'sqlite', 'parquet', 'arrow']) {
      const to = `${kind}:${join(file, 'x')}`;
      await expect(openSink(to)).rejects.toThrow(`the sink ${to} cannot be opened: `);
    }
  });
});

it('the key of an event is the same for the same event, and by id for trades', () => {
  expect(keyed(trade(7)).key).toBe('binance:BTC/USDT:trade:7');
  expect(keyed(quote(1)).key).toBe(keyed(quote(1)).key);
  expect(keyed(quote(1)).key).not.toBe(keyed(quote(2)).key);
});

describe('files and databases', () => {
  it('append JSON lines, and mend a line that a crash cut short', async () => {
    const path = join(folder, 'events.jsonl');
    const first = await openSink(`jsonl:${path}`);
    await first.write(trade(1));
    await first.close();
    appendFileSync(path, '{"key":"torn');
    const second = await openSink(path);
    await second.write(trade(2));
    await second.close();
    const lines = readFileSync(path, 'utf8').trimEnd().split('\n').map((line) => JSON.parse(line) as { id: string; key: string }); // prettier-ignore
    expect(lines.map(({ id }) => id)).toEqual(['1', '2']);
    expect(lines[0]!.key).toBe('binance:BTC/USDT:trade:1');
  });

  it('keep each event once in SQLite', async () => {
    const path = join(folder, 'events.db');
    for (let i = 0; i < 2; i++) {
      const sink = await openSink(`sqlite:${path}`);
      for (let id = 0; id < 10; id++) await sink.write(trade(id));
      await sink.close();
    }
    const database = await openSqlite(path);
    expect(database.statement('SELECT count(*) AS n, max(symbol) AS symbol FROM events').get()).toEqual({
      n: 10,
      symbol: 'BTC/USDT',
    });
    database.close();
  });

  it.each(['parquet', 'arrow'] as const)('write %s files that read back', async (form) => {
    const sink = await openSink(`${form}:${join(folder, form)}`);
    for (let id = 0; id < 5; id++) await sink.write(trade(id, 10 + id));
    await sink.write(book('snapshot', [[10, 1]]));
    await sink.close();
    const place = join(folder, form, 'binance', 'BTC-USDT', 'trade');
    const [file] = readdirSync(place);
    expect(readdirSync(place)).toHaveLength(1);
    expect(existsSync(join(folder, form, 'binance', 'BTC-USDT', 'book'))).toBe(true);
    let prices: unknown[];
    if (form === 'parquet') {
      const { asyncBufferFromFile, parquetReadObjects } = await import('hyparquet');
      prices = (await parquetReadObjects({ file: await asyncBufferFromFile(join(place, file!)) })).map(
        (row) => row['price'] as unknown,
      );
    } else {
      const { tableFromIPC } = await import('apache-arrow');
      prices = [...tableFromIPC(readFileSync(join(place, file!))).getChild('price')!] as unknown[];
    }
    expect(prices).toEqual([10, 11, 12, 13, 14]);
  });
});

it('a file of columns never replaces another that begins with the same event', async () => {
  const place = join(folder, 'again');
  for (const last of [5, 3]) {
    const sink = await openSink(`arrow:${place}`);
    for (let id = 0; id < last; id++) await sink.write({ ...trade(id), id: `a/b:${id}` } as StreamEvent);
    await sink.close();
  }
  const files = readdirSync(join(place, 'binance', 'BTC-USDT', 'trade'));
  const { tableFromIPC } = await import('apache-arrow');
  const rows = files.map(
    (file) => tableFromIPC(readFileSync(join(place, 'binance', 'BTC-USDT', 'trade', file))).numRows,
  );
  expect(rows.sort()).toEqual([3, 5]);
});

describe('sockets', () => {
  it('send lines over TCP, and again after the other side came back', async () => {
    const lines: string[] = [];
    const clients = new Set<Socket>();
    const listen = (port: number): Promise<Server> =>
      new Promise((resolve) => {
        const server = createServer((socket) => {
          clients.add(socket);
          let text = '';
          socket.on('data', (data) => {
            text += data.toString();
            const parts = text.split('\n');
            text = parts.pop()!;
            lines.push(...parts);
          });
        }).listen(port, '127.0.0.1', () => { resolve(server); }); // prettier-ignore
      });
    let server = await listen(0);
    const { port } = server.address() as { port: number };
    const sink = await openSink({ to: `tcp://127.0.0.1:${port}`, flushMs: 1, retryMs: 5 });
    await sink.write(trade(1));
    await sink.flush();
    for (let i = 0; i < 200 && lines.length < 1; i++) await new Promise((resolve) => setTimeout(resolve, 10));
    for (const client of clients) client.destroy();
    await new Promise((resolve) => server.close(resolve));
    await new Promise((resolve) => setTimeout(resolve, 20));
    await sink.write(trade(2));
    await new Promise((resolve) => setTimeout(resolve, 30));
    server = await listen(port);
    await sink.close();
    for (let i = 0; i < 100 && lines.length < 2; i++) await new Promise((resolve) => setTimeout(resolve, 10));
    expect(new Set(lines.map((line) => (JSON.parse(line) as { key: string }).key))).toEqual(
      new Set(['binance:BTC/USDT:trade:1', 'binance:BTC/USDT:trade:2']),
    );
    for (const client of clients) client.destroy();
    server.close();
  });

  it('send datagrams', async () => {
    const socket = createSocket('udp4');
    const seen = new Promise<string>((resolve) => socket.on('message', (data) => { resolve(data.toString()); })); // prettier-ignore
    await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve));
    const sink = await openSink(`udp://127.0.0.1:${socket.address().port}`);
    await sink.write(trade(1));
    await sink.close();
    expect(JSON.parse(await seen)).toMatchObject({ type: 'trade', id: '1' });
    socket.close();
  });

  it('fan out to WebSocket clients, each with what it asked for', async () => {
    const sink = await openSink({ to: 'ws://127.0.0.1:0', flushMs: 1 });
    const open = (query: string): Promise<{ socket: WebSocket; texts: string[] }> =>
      new Promise((resolve) => {
        const texts: string[] = [];
        const socket = new WebSocket(`${sink.name}/${query}`);
        socket.on('message', (data: Buffer) => texts.push(data.toString()));
        socket.on('open', () => { resolve({ socket, texts }); }); // prettier-ignore
      });
    const [all, trades] = [await open(''), await open('?type=trade')];
    await sink.write(trade(1));
    await sink.write(quote(5));
    await sink.flush();
    for (let i = 0; i < 100 && all.texts.length < 2; i++) await new Promise((resolve) => setTimeout(resolve, 10));
    expect(all.texts).toHaveLength(2);
    expect(trades.texts.map((text) => (JSON.parse(text) as { type: string }).type)).toEqual(['trade']);
    await sink.close();
  });
});

it('an iterator hands events to a loop, counts what the loop was too slow for, and ends with the feed', async () => {
  const events = new EventIterator(3);
  for (let i = 0; i < 5; i++) events.write(trade(i));
  events.close();
  const seen: string[] = [];
  for await (const event of events) seen.push((event as { id: string }).id);
  expect(seen).toEqual(['2', '3', '4']);
  expect(events.dropped).toBe(2);
});

describe('on the way to a sink', () => {
  const through = (events: readonly StreamEvent[], ...made: Parameters<typeof aggregated>[1]): StreamEvent[] => {
    const out: StreamEvent[] = [];
    const sink = aggregated({ write: (event) => void out.push(event) }, made);
    for (const event of events) void sink.write(event);
    return out;
  };

  it('trades become closed bars', () => {
    const out = through(
      [trade(1, 10, 60_000), trade(2, 12, 61_000), trade(3, 9, 119_999), trade(4, 11, 120_000)],
      barsOf('1m'),
    );
    expect(out).toEqual([expect.objectContaining({ type: 'bar', start: 60_000, end: 120_000, open: 10, high: 12, low: 9, close: 9, volume: 3, tradeCount: 3, closed: true })]); // prettier-ignore
  });

  it('trades become Renko bricks, two for a turn', () => {
    const out = through(
      [10, 11, 12.5, 11.5, 10, 9].map((price, i) => trade(i, price)),
      renko(1),
    ) as { open: number; close: number }[];
    expect(out.map(({ open, close }) => [open, close])).toEqual([[10, 11], [11, 12], [11, 10], [10, 9]]); // prettier-ignore
  });

  it('books become best prices, told when they change', () => {
    const out = through([book('snapshot', [[10, 1], [9, 1]], [[11, 1]]), book('delta', [[9, 5]]), book('delta', [[10, 0]])], topOfBook()); // prettier-ignore
    expect(out).toMatchObject([
      { type: 'quote', bid: 10, ask: 11 },
      { type: 'quote', bid: 9, bidSize: 5 },
    ]);
  });

  it('states are throttled and trades are not', () => {
    const out = through([quote(1, 0), quote(2, 500), trade(1), quote(3, 1_000)], throttle(1_000));
    expect(out.map((event) => ('bid' in event ? event.bid : event.type))).toEqual([1, 'trade', 3]);
  });
});

it('measures are what was seen, as Prometheus reads them', async () => {
  const runtime = new SimulatedRuntime(1);
  const gauge = new StreamGauge(runtime);
  gauge.write({
    type: 'status',
    exchange: 'binance',
    symbol: 'BTC/USDT',
    channel: 'trade',
    state: 'live',
    reason: '',
    time: 0,
  });
  gauge.write(trade(1, 10, stamp.receiveTime - 40));
  gauge.write({
    type: 'gap',
    exchange: 'binance',
    symbol: 'BTC/USDT',
    channel: 'trade',
    from: '1',
    to: '3',
    reason: '',
    time: 0,
  });
  const { sink } = memory();
  const text = await metricsText({ gauge, sinks: [sink] });
  expect(text).toContain('nextbar_stream_events_total{exchange="binance",symbol="BTC/USDT",channel="trade"} 1');
  expect(text).toContain('nextbar_stream_lag_seconds{exchange="binance",symbol="BTC/USDT",channel="trade"} 0.04');
  expect(text).toContain('nextbar_stream_live{exchange="binance",symbol="BTC/USDT",channel="trade"} 1');
  expect(text).toContain('nextbar_stream_gaps_total{exchange="binance",symbol="BTC/USDT",channel="trade"} 1');
  expect(text).toContain('nextbar_sink_dropped_total{sink="memory"} 0');
  for (const [, name, kind] of text.matchAll(/^# TYPE (\w+) (\w+)$/gm)) expect(kind).toBe(name!.endsWith('_total') ? 'counter' : 'gauge'); // prettier-ignore
  const board = readFileSync(new URL('../../docs/grafana-streams.json', import.meta.url), 'utf8');
  const asked = new Set(board.match(/nextbar_(?:stream|sink)_\w+/g));
  expect(asked.size).toBeGreaterThan(9);
  for (const name of asked) expect(text).toContain(`# TYPE ${name} `);
});
