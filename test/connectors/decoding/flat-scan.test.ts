/** The scan by hand and JSON.parse say the same. */
import { existsSync, readFileSync } from 'node:fs';

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { BinanceParser } from '../../../src/connectors/protocols/binance/frames.ts';
import { BinanceParsed } from '../../../src/connectors/protocols/binance/parsed.ts';
import { textReader } from '../../../src/connectors/decoding/numbers.ts';
import type { ParserContext } from '../../../src/connectors/decoding/protocol.ts';
import { readRecording } from '../../../src/connectors/recordings/recording.ts';

/** The two ways to read a frame: what the scan says, undefined where it leaves the frame to JSON.parse, and what that says. */
function ways(): Readonly<Record<'scan' | 'parse', (frame: string) => unknown[] | undefined>> {
  let said: unknown[] = [];
  const context: ParserContext<string> = {
    numbers: textReader,
    bookTexts: true,
    unified: (name) => name,
    venueSymbols: [],
    out: {
      event: (event) => said.push(event),
      l3: () => {},
      book: (message) => said.push(message),
      answer: () => {},
      heartbeat: () => {},
      reply: () => {},
      counted: () => {},
    },
  };
  const parser = new BinanceParser('binance', context);
  const general = new BinanceParsed('binance', context);
  return {
    scan: (frame) => {
      said = [];
      if (parser.scanned(frame, 1)) return said;
      expect(said).toEqual([]);
      return undefined;
    },
    parse: (frame) => {
      said = [];
      general.frame(frame, 1);
      return said;
    },
  };
}

/** What a frame says by either way. */
function both(): (frame: string) => { scanned: unknown[] | undefined; parsed: unknown[] } {
  const { scan, parse } = ways();
  return (frame) => ({ scanned: scan(frame), parsed: parse(frame)! });
}

const price = fc
  .tuple(fc.integer({ min: 1, max: 99_999 }), fc.nat(99_999_999))
  .map(([a, b]) => `${a}.${String(b).padStart(8, '0')}`);
const rows = fc.array(fc.tuple(price, price), { maxLength: 5 });

describe('the scan', () => {
  it('says what JSON.parse says of any trade, quote and delta', () => {
    const read = both();
    const id = fc.nat(2 ** 31);
    fc.assert(
      fc.property(price, price, id, fc.boolean(), rows, rows, (p, q, n, m, b, a) => {
        for (const [stream, data] of [
          ['btcusdt@aggTrade', { e: 'aggTrade', E: n, s: 'BTCUSDT', a: n, p, q, f: 1, l: 2, T: n, m, M: true }],
          ['btcusdt@trade', { e: 'trade', E: n, s: 'BTCUSDT', t: n, p, q, b: 88, a: 50, T: n, m, M: true }],
          ['btcusdt@bookTicker', { u: n, s: 'BTCUSDT', b: p, B: q, a: q, A: p }],
          ['btcusdt@bookTicker', { e: 'bookTicker', u: n, s: 'BTCUSDT', b: p, B: q, a: q, A: p, T: n, E: n }],
          ['btcusdt@depth@100ms', { e: 'depthUpdate', E: n, s: 'BTCUSDT', U: n, u: n + 1, b, a }],
          ['btcusdt@depth@100ms', { e: 'depthUpdate', E: n, T: n, s: 'BTCUSDT', U: n, u: n + 1, pu: n - 1, b, a }],
        ] as const) {
          const { scanned, parsed } = read(JSON.stringify({ stream, data }));
          expect(scanned).toEqual(parsed);
          expect(parsed).toHaveLength(1);
        }
      }),
    );
  });

  it('leaves what it does not know to JSON.parse, without a word', () => {
    const read = both();
    for (const frame of [
      '{"result":null,"id":1}',
      '{"stream":"btcusdt@kline_1m","data":{"e":"kline","E":1,"s":"BTCUSDT","k":{"t":1,"T":59999,"i":"1m","o":"1","h":"1","l":"1","c":"1","v":"1","n":1,"x":true}}}',
    ]) {
      expect(read(frame).scanned).toBeUndefined();
    }
  });

  it('leaves a trade, a quote or a change that lacks a field to JSON.parse', () => {
    const { scan } = ways();
    for (const [stream, data, fields] of [
      ['x@aggTrade', { e: 'aggTrade', E: 1, s: 'X', a: 5, p: '1', q: '2', T: 3, m: true }, 'sapqTm'],
      ['x@trade', { e: 'trade', E: 1, s: 'X', t: 5, p: '1', q: '2', T: 3, m: false }, 'stpqTm'],
      ['x@bookTicker', { u: 1, s: 'X', b: '1', B: '2', a: '3', A: '4' }, 'usbBaA'],
      ['x@depth@100ms', { e: 'depthUpdate', E: 1, s: 'X', U: 2, u: 3, b: [], a: [] }, 'EsUuba'],
    ] as const) {
      expect(scan(JSON.stringify({ stream, data }))).toHaveLength(1);
      for (const field of fields)
        expect(scan(JSON.stringify({ stream, data: { ...data, [field]: undefined } })), field).toBeUndefined();
    }
  });

  it('leaves a trade whose maker is neither true nor false to JSON.parse', () => {
    const { scan, parse } = ways();
    const data = { e: 'trade', E: 1, s: 'X', t: 5, p: '1', q: '2', T: 3, m: 'yes' };
    const frame = JSON.stringify({ stream: 'x@trade', data });
    expect(scan(frame)).toBeUndefined();
    expect(() => parse(frame)).toThrow('m must be false or true, was "yes"');
  });

  it('leaves texts with escapes to JSON.parse, wherever they stand', () => {
    const read = both();
    const data = { e: 'trade', E: 1, s: 'BTCUSDT', t: 5, p: '10.5', q: '1.0', T: 1, m: true, x: '' };
    for (const text of ['a"b', '"', 'a\\', '\n'])
      for (const key of ['s', 'x']) {
        const { scanned, parsed } = read(JSON.stringify({ stream: 'btcusdt@trade', data: { ...data, [key]: text } }));
        expect([scanned, parsed.length]).toEqual([undefined, 1]);
      }
  });

  it('never reads more from a frame that was cut than JSON.parse does', () => {
    const frame =
      '{"stream":"btcusdt@trade","data":{"e":"trade","E":1,"s":"BTCUSDT","t":5,"p":"10.5","q":"1.0","T":1,"m":true,"M":true}}';
    const read = both();
    for (let i = 0; i < frame.length; i++) expect(() => read(frame.slice(0, i))).toThrow();
  });

  const folder = '../shared/recordings';
  it.skipIf(!existsSync(folder))(
    'says what JSON.parse says of every frame of the recordings (skipped where they are absent)',
    () => {
      for (const name of ['binance_spot_btcusdt', 'binance_futures', 'binance']) {
        const read = both();
        let fast = 0;
        let frames = 0;
        for (const line of readRecording(name, readFileSync(`${folder}/${name}.jsonl.gz`)).lines) {
          if (line.dir !== 'in') continue;
          const { scanned, parsed } = read(line.data!);
          frames++;
          if (scanned === undefined) continue;
          fast++;
          if (JSON.stringify(scanned) !== JSON.stringify(parsed)) expect(scanned).toEqual(parsed);
        }
        expect(fast / frames).toBeGreaterThan(0.9);
      }
    },
  );
});
