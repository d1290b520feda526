/** The recordings: this project's own always, the shared ones where they are. */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, describe, expect, it } from 'vitest';

import { textReader } from '../../../src/connectors/decoding/numbers.ts';
import { protocols } from '../../../src/connectors/protocols/index.ts';
import { readRecording } from '../../../src/connectors/recordings/recording.ts';
import { Playback } from '../../../src/connectors/recordings/playback.ts';
import { makeOwn } from './make-own.ts';
import { reportOf, runRecording, runRecordings } from './run.ts';

const own = 'test/golden/recordings/own';
const shared = '../shared/recordings';
const made = mkdtempSync(join(tmpdir(), 'recordings-'));

afterAll(() => {
  rmSync(made, { recursive: true });
});

describe('our own recordings', () => {
  it.each(['own_binance', 'own_okx'])('%s holds', (name) => {
    const result = runRecording(own, join(own, 'expected'), name);
    expect(result.lines).toEqual([]);
    expect(result.checks).toBeGreaterThan(30);
  });

  it.each(['binance', 'okx'] as const)('of %s are made again the same from the seed', async (id) => {
    await makeOwn(made, id);
    const read = (folder: string): unknown =>
      readRecording('x', readFileSync(join(folder, `own_${id}.jsonl.gz`))).lines;
    expect(read(made)).toEqual(read(own));
  });

  it('give the same events twice', () => {
    const recording = readRecording('own_okx', readFileSync(join(own, 'own_okx.jsonl.gz')));
    const events = (): string => {
      const all: unknown[] = [];
      const playback = new Playback(
        recording,
        { protocol: protocols.find((one) => one.id === 'okx')!, numbers: textReader },
        { event: (event) => all.push(event) },
      );
      for (const line of recording.lines) playback.line(line);
      return JSON.stringify(all);
    };
    expect(events().length).toBeGreaterThan(10_000);
    expect(events()).toBe(events());
  });

  it('fail with words that say what differs', () => {
    const folder = join(made, 'wrong');
    const results = runRecordings(own, folder);
    expect(reportOf(results)).toMatch(
      /skipped own_binance: no expected results at .*\n.*\n0 passed, 0 failed, 2 skipped$/,
    );
  });
});

describe.skipIf(!existsSync(shared))('the shared recordings (skipped where they are absent)', () => {
  const names = existsSync(shared) ? readdirSync(shared).filter((name) => name.endsWith('.jsonl.gz')).map((name) => name.replace('.jsonl.gz', '')) : []; // prettier-ignore

  it.each(names)('%s holds', (name) => {
    const result = runRecording(shared, join(shared, 'expected'), name);
    expect(result.lines).toEqual([]);
    expect(result.verdict).toBe('passed');
  });

  it('find a lost frame of each venue that numbers or checks its messages', () => {
    for (const [name, id] of [
      ['binance_spot_btcusdt', 'binance'],
      ['binance_futures', 'binanceusdm'],
      ['kraken', 'kraken'],
      ['coinbase', 'coinbase'],
      ['bitfinex', 'bitfinex'],
      ['deribit', 'deribit'],
      ['gateio', 'gate'],
    ] as const) {
      // prettier-ignore
      const recording = readRecording(name, readFileSync(join(shared, `${name}.jsonl.gz`)));
      const protocol = protocols.find((one) => one.id === id)!;
      const books = recording.lines
        .map((line, i) => ({ line, i }))
        .filter(
          ({ line }) =>
            line.dir === 'in' &&
            /depthUpdate|"book-1000"|l2_data|^\[\d+,\[[\d.]+,\d,|"type":"change"/.test(line.data ?? ''),
        );
      const voids = (lost: number): boolean => {
        let isVoided = false;
        const owner = { event: () => {}, voided: () => (isVoided = true) };
        const playback = new Playback(recording, { protocol, numbers: textReader }, owner);
        for (const [i, line] of recording.lines.entries()) if (i !== lost) playback.line(line);
        return isVoided;
      };
      // Of a quiet instrument the frame in the middle may be the last: then the one before it shows.
      const middle = books.slice(Math.floor(books.length / 2) - 5, Math.floor(books.length / 2) + 1).reverse();
      expect(
        middle.some(({ i }) => voids(i)),
        name,
      ).toBe(true);
    }
  });
});
