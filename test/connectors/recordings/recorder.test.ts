/** What is recorded is what crossed the wire, and replays to the same events. */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, expect, it } from 'vitest';

import { SimulatedRuntime, type MarketEvent } from '../../../src/core/index.ts';
import { floatReader } from '../../../src/connectors/decoding/numbers.ts';
import { playAtSpeed, readRecording, Recorder, Playback } from '../../../src/connectors/index.ts';
import { binance } from '../../../src/connectors/protocols/binance/spot.ts';
import { collecting, during, local, settle } from '../local.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'recorder-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

async function recorded(path: string): Promise<MarketEvent[]> {
  const recorder = new Recorder(path, { exchange: 'binance' });
  const one = local({ recorder, faults: [{ kind: 'drop', from: 8_000, to: 9_000 }, { kind: 'garbage', from: 3_000, to: 6_000 }] }); // prettier-ignore
  const sink = collecting();
  await during(
    one,
    one.handler.addFeed({
      exchange: 'binance',
      symbols: ['BTC/USDT'],
      channels: ['trade', 'book', 'quote'],
      sinks: [sink],
    }),
  );
  one.handler.start();
  await one.pass(20_000);
  const stopping = one.handler.stop();
  await one.pass(100);
  await stopping;
  expect(existsSync(path)).toBe(false);
  await recorder.close();
  return sink.events.filter(
    (event): event is MarketEvent => event.type === 'trade' || event.type === 'book' || event.type === 'quote',
  );
}

it('replays to the events of the live run, with the receive times of then', async () => {
  const path = join(folder, 'a.jsonl.gz');
  const live = await recorded(path);
  const recording = readRecording('a', readFileSync(path));
  const replayed: MarketEvent[] = [];
  const playback = new Playback(
    recording,
    { protocol: binance, numbers: floatReader },
    { event: (event) => replayed.push(event) },
  );
  for (const line of recording.lines) playback.line(line);
  const round = (events: readonly MarketEvent[]): unknown[] =>
    events.map((event) => ({ ...event, receiveTime: Math.round(event.receiveTime) }));
  const kinds = (events: readonly MarketEvent[], type: string): unknown[] =>
    round(events.filter((event) => event.type === type && !(event.type === 'trade' && event.backfill)));
  expect(kinds(replayed, 'book').length).toBeGreaterThan(100);
  for (const type of ['book', 'quote', 'trade']) expect(kinds(replayed, type)).toEqual(kinds(live, type));
});

it('plays at the speed of the recording, or a multiple', async () => {
  const path = join(folder, 'a.jsonl.gz');
  await recorded(path);
  const recording = readRecording('a', readFileSync(path));
  const playback = new Playback(recording, { protocol: binance, numbers: floatReader }, { event: () => {} });
  const runtime = new SimulatedRuntime(1);
  let ended: number | undefined;
  void playAtSpeed(playback, recording.lines, runtime, 10).then(() => {
    ended = runtime.elapsed();
  });
  await runtime.advanceAsync(60_000, settle);
  const length = (recording.lines.at(-1)!.t! - recording.lines[0]!.t!) * 1000;
  expect(ended!).toBeGreaterThan(length / 10 - 1);
  expect(ended!).toBeLessThan(length / 10 + 1);
});

it('refuses what is no recording, with the line', () => {
  expect(() => readRecording('x', Buffer.from('{"dir":"meta","exchange":"a","t":1}\nnonsense\n'))).toThrow(
    /recording x line 2 is not JSON: nonsense/,
  );
  expect(() => readRecording('x', Buffer.from('{"dir":"in","conn":"a","t":1,"data":""}\n'))).toThrow(
    /must begin with a meta line/,
  );
});

it('refuses a file that cannot be made, and makes a folder that is missing', async () => {
  const file = join(folder, 'file');
  writeFileSync(file, '');
  expect(() => new Recorder(join(file, 'a.gz'), { exchange: 'binance' })).toThrow(/cannot be written: E/);
  const path = join(folder, 'no', 'such', 'folder.gz');
  const recorder = new Recorder(path, { exchange: 'binance' });
  recorder.line(1, { dir: 'open', conn: 'a' });
  await recorder.close();
  expect(existsSync(path)).toBe(true);
});

it('never replaces a recording: the next one has a number in its name', async () => {
  const path = join(folder, 'a.jsonl.gz');
  const written: string[] = [];
  for (let k = 0; k < 3; k++) {
    const recorder = new Recorder(path, { exchange: 'binance' });
    recorder.wire(1_000, 'one', 'in', `frame ${k}`, 'ws://x');
    await recorder.close();
    written.push(recorder.path);
  }
  expect(written).toEqual([path, join(folder, 'a-2.jsonl.gz'), join(folder, 'a-3.jsonl.gz')]);
  const frames = written.map((one) => readRecording(one, readFileSync(one)).lines[0]!.data);
  expect(frames).toEqual(['frame 0', 'frame 1', 'frame 2']);
});

it('leaves nothing where nothing was recorded', async () => {
  const path = join(folder, 'a.jsonl.gz');
  const recorder = new Recorder(path, { exchange: 'binance' });
  await recorder.discard();
  expect([existsSync(path), existsSync(`${path}.part`)]).toEqual([false, false]);
});

it('removes the folders it made where nothing was recorded, but no others', async () => {
  const recorder = new Recorder(join(folder, 'made', 'deep', 'a.jsonl.gz'), { exchange: 'binance' });
  await recorder.discard();
  expect([existsSync(join(folder, 'made')), existsSync(folder)]).toEqual([false, true]);
});

it('reads what a killed process has left, up to its last whole line', async () => {
  const path = join(folder, 'a.jsonl.gz');
  const recorder = new Recorder(path, { exchange: 'binance' });
  // A line that was written more than two seconds ago is in the file.
  for (let k = 0; k < 50; k++) recorder.wire(k * 3_000, 'one', 'in', `frame ${k}`, 'ws://x');
  const left = `${path}.part`;
  await expect.poll(() => readRecording(left, readFileSync(left)).lines.length, { timeout: 20_000 }).toBe(50);
  const bytes = readFileSync(left);
  const cut = readRecording(left, bytes.subarray(0, bytes.length - 30)).lines;
  expect(cut.length).toBeGreaterThan(40);
  expect(cut.map(({ data }) => data)).toEqual(cut.map((_, k) => `frame ${k}`));
  await recorder.close();
});

it('names a damaged recording in one sentence', async () => {
  const path = join(folder, 'a.jsonl.gz');
  const recorder = new Recorder(path, { exchange: 'binance' });
  recorder.wire(1_000, 'one', 'in', 'frame', 'ws://x');
  await recorder.close();
  const bytes = readFileSync(path);
  bytes.fill(255, 12, 40);
  expect(() => readRecording('a', bytes)).toThrow(/^recording a is damaged: /);
});
