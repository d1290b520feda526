/** The terminal view of streams: it fits whatever terminal it is on, its colours are colours, and a book whose stream is away says so. */
import { describe, expect, it } from 'vitest';

import { painter } from '../../../src/cli/shell/paint.ts';
import { StreamView } from '../../../src/cli/stream/view.ts';
import { SimulatedRuntime, type StreamEvent } from '../../../src/core/index.ts';
import { StreamGauge, type OpenSink } from '../../../src/sinks/index.ts';

/** A terminal of some size, and the last drawing on it. */
class Terminal {
  readonly isTTY = true;
  readonly columns: number;
  readonly rows: number;
  drawn = '';

  constructor(columns: number, rows: number) {
    this.columns = columns;
    this.rows = rows;
  }

  write(text: string): void {
    this.drawn = text;
  }

  /** The lines that are to be seen, without colours. */
  get lines(): string[] {
    const shown = this.drawn.replace(/\u001b\[[\d;]*[A-Za-z]|\r/g, '');
    return shown.split('\n').slice(0, -1);
  }
}

const sink = (name: string): OpenSink =>
  ({
    name,
    counters: { written: 10, dropped: 0, conflated: 0, failed: 0, retries: 0, batches: 1, queued: 2 },
  }) as unknown as OpenSink;

function open(columns: number, rows: number, symbols = 1, sinks: readonly OpenSink[] = []) {
  const terminal = new Terminal(columns, rows);
  const runtime = new SimulatedRuntime(1);
  const gauge = new StreamGauge(runtime);
  const paint = painter(terminal, { FORCE_COLOR: '1' });
  const view = new StreamView(terminal, paint, runtime, 'nextbar stream  binance', { gauge, sinks });
  const send = (event: object): void => {
    const whole = { exchange: 'binance', time: 1, receiveTime: 5, ...event } as unknown as StreamEvent;
    gauge.write(whole);
    view.write(whole);
  };
  for (let k = 0; k < symbols; k++) {
    const symbol = k === 0 ? 'BTC/USDT' : `S${k}/USDT:USDT`;
    for (const channel of ['trade', 'book', 'quote']) send({ type: 'status', channel, symbol, state: 'connecting', reason: 'start' });
    const level = (price: number): [number, number] => [price, 0.5];
    const side = (from: number, step: number): [number, number][] => Array.from({ length: 30 }, (_, i) => level(from + i * step));
    send({ type: 'book', kind: 'snapshot', symbol, bids: side(100, -1), asks: side(101, 1) });
    for (let t = 0; t < 20; t++) send({ type: 'trade', symbol, id: String(t), price: 100 + t, size: 1, side: 'buy' });
    for (const channel of ['trade', 'book', 'quote']) send({ type: 'status', channel, symbol, state: 'live', reason: 'data' });
  }
  const draw = (): string[] => {
    runtime.advance(250);
    return terminal.lines;
  };
  return { terminal, view, send, draw };
} // prettier-ignore

describe('the view of streams', () => {
  it.each([
    [80, 24, 2],
    [120, 40, 2],
    [80, 24, 500],
    [40, 10, 3],
  ])('fits a terminal of %i by %i, with the streams of %i symbols', (columns, rows, symbols) => {
    const sinks = Array.from({ length: 12 }, (_, k) => sink(`jsonl:${'/long'.repeat(40)}/${k}`));
    const { view, draw, terminal } = open(columns, rows, symbols, sinks);
    view.news('x'.repeat(300));
    const lines = draw();
    expect(lines.length).toBeLessThan(rows);
    for (const line of lines) expect(line.length).toBeLessThan(columns);
    expect(lines[0]).toContain('nextbar stream');
    const before = lines.length;
    draw();
    expect(terminal.drawn.startsWith(`\u001b[${before}A`)).toBe(true);
    view.close();
  });

  it('has the streams, the book, the trades and messages on 80 by 24, and says how many it leaves out', () => {
    const { draw, view } = open(80, 24, 4);
    view.news('a message');
    const text = draw().join('\n');
    for (const part of [/^exchange +symbol/m, /^binance +BTC\/USDT +trade +live/m, /^and \d+ more streams$/m, /book of binance BTC\/USDT/, /spread 1/, /^trades$/m, /a message/])
      expect(text).toMatch(part);
    view.close();
  }); // prettier-ignore

  it('colours states, and shows the escapes of foreign texts as text', () => {
    const { draw, view, terminal, send } = open(120, 40);
    send({ type: 'status', channel: 'trade', symbol: 'EVIL\u001b[2J', state: 'live', reason: 'data' });
    view.news('said \u001b[2J');
    draw();
    expect(terminal.drawn).toContain('\u001b[32mlive\u001b[39m');
    expect(terminal.drawn).not.toContain('\u001b[2J');
    expect(terminal.lines.join('\n')).toContain('EVIL\\u001b[2J');
    view.close();
  });

  it('says of a book whose stream is away that it is as it was, and names a loss', () => {
    const { draw, view, send } = open(120, 40);
    send({ type: 'status', channel: 'book', symbol: 'BTC/USDT', state: 'down', reason: 'closed' });
    send({ type: 'gap', channel: 'trade', symbol: 'BTC/USDT', from: 5, to: 9, reason: 'the socket closed' });
    send({ type: 'gap', channel: 'trade', symbol: 'BTC/USDT', reason: 'no ids' });
    const text = draw().join('\n');
    expect(text).toContain('book of binance BTC/USDT, as it was: the stream is down');
    expect(text).toContain('trade BTC/USDT: lost 5 to 9 (the socket closed)');
    expect(text).toContain('trade BTC/USDT: events are lost (no ids)');
    expect(text).toMatch(/trade +live .*2 gaps/);
    send({ type: 'status', channel: 'book', symbol: 'BTC/USDT', state: 'live', reason: 'whole book' });
    expect(draw().join('\n')).not.toContain('as it was');
    view.close();
  });

  it('keeps what the streams were when the command ends', () => {
    const { draw, view, send } = open(120, 40);
    view.hold();
    send({ type: 'status', channel: 'trade', symbol: 'BTC/USDT', state: 'down', reason: 'stopped' });
    expect(draw().join('\n')).toMatch(/trade +live/);
    view.close();
  });
});
