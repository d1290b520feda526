/** Recordings of feeds through ccxt: the events that came are played back as they were, into playbacks, sources and commands. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, afterEach, expect, it } from 'vitest';

import { channels, type StreamEvent } from '../../../src/core/index.ts';
import { floatReader, Playback, readRecording, Recorder, recordedProtocol, textReader } from '../../../src/connectors/index.ts'; // prettier-ignore
import { RecordingSource } from '../../../src/feeds/index.ts';
import { closeAll, follow, openVenue, until } from '../loopback.ts';

const folder = mkdtempSync(join(tmpdir(), 'ccxt-recording-'));
afterEach(closeAll);
afterAll(() => {
  rmSync(folder, { recursive: true });
});

/** Everything that a playback hands on, in order. */
function played(bytes: Uint8Array, depth?: number): { events: StreamEvent[]; tops: unknown[] } {
  const recording = readRecording('made', bytes);
  const events: StreamEvent[] = [];
  const tops: unknown[] = [];
  const protocol = recordedProtocol(recording, recording.meta.exchange);
  const playback = new Playback<number>(recording, { protocol, numbers: floatReader, ...(depth !== undefined && { depth }) }, {
    event: (event, book) => {
      events.push(event);
      if (event.type === 'book') tops.push([book!.bids.price(0), book!.asks.length]);
    },
    status: (event) => void events.push(event),
    gap: (event) => void events.push(event),
  }); // prettier-ignore
  for (const line of recording.lines) playback.line(line);
  return { events, tops };
}

it('plays back every event, state and gap of a live feed through ccxt, in order and to the last digit', async () => {
  const path = join(folder, 'live.jsonl.gz');
  const venue = await openVenue();
  const recorder = new Recorder(path, {
    exchange: 'binance',
    subscription: { trade: ['BTC/USDT'], book: ['BTC/USDT'] },
  });
  const followed = await follow(venue, 'ccxt', { channels: ['trade', 'book'] }, { recorder });
  await until(() => followed.events.filter(({ type }) => type === 'trade').length > 5);
  venue.sockets.hangUp();
  await until(() => followed.feed.counts.reconnects > 0);
  await until(() => followed.feed.state('book', 'BTC/USDT') === 'live');
  await followed.handler.stop();
  await recorder.close();
  const bytes = readFileSync(path);
  const { events, tops } = played(bytes);
  const asJson = (all: readonly StreamEvent[]): unknown => JSON.parse(JSON.stringify(all));
  expect(events.length).toBeGreaterThan(10);
  expect(asJson(events)).toEqual(asJson(followed.events));
  expect(tops.length).toBe(followed.events.filter(({ type }) => type === 'book').length);

  const source = new RecordingSource({ exchange: 'binance', recording: readRecording('live', bytes) });
  const states = [...source.events([{ channel: 'trade', symbol: 'BTC/USDT' }])].flatMap((event) =>
    event.type === 'status' ? [event.state] : [],
  );
  expect(states.filter((state) => state === 'connecting').length).toBeGreaterThan(1);
  expect(states.at(-1)).toBe('down');
}, 60_000);

const stamp = { exchange: 'kucoin', symbol: 'BTC/USDT', time: 1, receiveTime: 2 };
const made = (rows: readonly object[]): Buffer =>
  gzipSync(
    [
      { t: 0, dir: 'meta', format: 1, exchange: 'kucoin', subscription: { book: ['BTC-USDT'] } },
      ...rows.map((event) => ({ t: 1, dir: 'event', conn: 'kucoin.ccxt', data: JSON.stringify(event) })),
    ]
      .map((row) => JSON.stringify(row))
      .join('\n'),
  );
const book = { type: 'book', kind: 'snapshot', ...stamp, bids: [[10, 1], [9, 2]], asks: [[11, 1], [12, 2]] }; // prettier-ignore

it('plays events of exchanges that have no connector here, books cut to a depth', () => {
  const { events, tops } = played(made([book]), 1);
  expect(events).toMatchObject([{ type: 'book', bids: [[10, 1]], asks: [[11, 1]] }]);
  expect(tops).toEqual([[10, 1]]);
});

it('passes on an event of every channel', () => {
  const rows = channels.map((type) => (type === 'book' ? book : { type, ...stamp }));
  expect(played(made(rows)).events.map(({ type }) => type)).toEqual(channels);
});

it('names a line that is no event, numbers that events do not have, and frames that nothing here can read', () => {
  expect(() => played(made([{ price: 1 }]))).toThrow('a recorded event must be an object with a type, was {"price":1}');
  const recording = readRecording('made', made([book]));
  expect(() => new Playback(recording, { numbers: textReader }, { event: () => {} })).toThrow(
    "recorded events have floats: numbers must be 'number', was 'text'",
  );
  const frames = { ...recording, lines: [{ t: 1, dir: 'in', conn: 'a', data: '{}' } as const] };
  expect(() => recordedProtocol(frames, 'krakn')).toThrow("unknown exchange 'krakn': did you mean 'kraken'?");
  const playback = new Playback(frames, { numbers: floatReader }, { event: () => {} });
  expect(() => {
    playback.line(frames.lines[0]!);
  }).toThrow('the recording holds frames of kucoin, which nextbar has no connector of its own for');
});
