/** Every protocol: its script builds the venue's book, a loss is found out, and taking the guard away makes that fail. */
import { describe, expect, it } from 'vitest';

import type { MarketEvent } from '../../../src/core/index.ts';
import { textsOf } from '../../../src/connectors/decoding/book.ts';
import { textReader } from '../../../src/connectors/decoding/numbers.ts';
import type { Protocol } from '../../../src/connectors/decoding/protocol.ts';
import { protocols } from '../../../src/connectors/protocols/index.ts';
import { Stream } from '../../../src/connectors/decoding/frame-stream.ts';
import { quietOwner, quietSink } from '../quiet.ts';
import { scripts, type Script } from '../scripts.ts';

interface Played {
  readonly stream: Stream<string>;
  readonly events: MarketEvent<string>[];
  readonly voided: string[];
  readonly faults: string[];
}

/** Plays a script's frames through a protocol; `order` picks and arranges the deltas. */
function play(script: Script, protocol: Protocol, order: readonly number[]): Played {
  const events: MarketEvent<string>[] = [];
  const voided: string[] = [];
  const faults: string[] = [];
  const stream = new Stream<string>(
    { protocol, numbers: textReader, unified: (name) => (name === script.venueSymbol ? script.symbol : name) },
    { ...quietSink, event: (event) => events.push(event), error: (error) => faults.push(error.message) },
    {
      ...quietOwner,
      needBook: (_symbol, reason) => {
        if (reason !== 'first') voided.push(reason);
      },
    },
  );
  const frames = order.map((i) => script.deltas[i]!);
  if (protocol.book.source === 'request') {
    stream.frame(frames[0]!, 1);
    stream.bookAnswer(script.symbol, script.whole, 1);
    for (const frame of frames.slice(1)) stream.frame(frame, 1);
  } else for (const frame of [script.whole, ...frames]) stream.frame(frame, 1);
  return { stream, events, voided, faults };
}

/** Whether trouble (a lost delta, or an old push) is found out: the book is voided, or ends as it should. */
function guarded(script: Script, protocol: Protocol): boolean {
  if (script.guards === 'loss') return play(script, protocol, [0, 2]).voided.length > 0;
  const { stream } = play(script, protocol, [0, 2, 1]);
  return JSON.stringify(textsOf(stream.books.book(script.symbol)!.bids, 9)) === JSON.stringify(script.bids);
}

/** The protocol without its link rule, and without its checksum. */
function unguarded(protocol: Protocol): Protocol {
  const { link: _link, checksum: _checksum, ...book } = protocol.book;
  const { socketLink: _socketLink, ...rest } = protocol;
  return { ...rest, book: { ...book, link: () => 'apply' } };
}

it('has a script for every protocol', () => {
  expect(scripts.map((one) => one.protocol.id).sort()).toEqual(protocols.map((one) => one.id).sort());
});

describe.each(scripts.map((script) => [script.protocol.id, script] as const))('%s', (_id, script) => {
  const { protocol } = script;

  it("builds the venue's book from its frames", () => {
    const { stream, voided, faults } = play(script, protocol, [0, 1, 2]);
    const book = stream.books.book(script.symbol)!;
    expect(faults).toEqual([]);
    expect(voided).toEqual([]);
    expect(textsOf(book.bids, 9)).toEqual(script.bids);
    expect(textsOf(book.asks, 9)).toEqual(script.asks);
  });

  it('leaves a repeated frame', () => {
    // Where a socket's or a book's messages are not numbered for themselves a repetition is a gap, or is applied twice.
    if (['coinbase', 'kraken', 'bitfinex'].includes(protocol.id)) return;
    const { stream, voided } = play(script, protocol, [0, 1, 1, 2]);
    expect(voided).toEqual([]);
    expect(textsOf(stream.books.book(script.symbol)!.bids, 9)).toEqual(script.bids);
  });

  it(script.guards === 'loss' ? 'finds out that a delta was lost' : 'leaves a push that is older than the book', () => {
    expect(guarded(script, protocol)).toBe(true);
  });

  it('would not find out without its guard', () => {
    expect(guarded(script, unguarded(protocol))).toBe(false);
  });

  it('says what its other frames say', () => {
    const { stream, events } = play(script, protocol, [0, 1, 2]);
    for (const { frame, says } of script.events) {
      events.length = 0;
      stream.frame(frame, 12_345);
      expect(events).toHaveLength(says.length);
      says.forEach((said, i) => {
        expect(events[i]).toMatchObject({ exchange: protocol.id, symbol: script.symbol, receiveTime: 12_345, ...said });
      });
    }
  });

  it('reports a frame that it cannot read and goes on', () => {
    const { stream, faults, events } = play(script, protocol, [0, 1, 2]);
    for (const bad of ['{"', '<html>', '']) stream.frame(bad, 1);
    expect(faults).toHaveLength(3);
    expect(faults[1]).toContain('<html>');
    events.length = 0;
    stream.frame(script.events[0]!.frame, 2);
    expect(events.length).toBeGreaterThan(0);
  });

  it('asks for what it serves and leaves it again', () => {
    const subscriptions = protocol.channels.map((channel) => ({
      channel,
      symbol: script.symbol,
      venueSymbol: script.venueSymbol,
      timeframe: Object.keys(protocol.timeframes)[0]!,
    }));
    const frames = protocol.subscribe(subscriptions, 1, 0);
    expect(frames.length).toBeGreaterThan(0);
    for (const frame of frames) expect(() => JSON.parse(frame) as unknown).not.toThrow();
    // Some venues replace all that a socket carries, others want their own number of a stream, which the parser knows.
    const isByStream = protocol.replacesSubscriptions === true || protocol.id === 'bitfinex';
    if (!isByStream) expect(protocol.unsubscribe(subscriptions, 1, 0).length).toBeGreaterThan(0);
    for (const one of subscriptions) expect(protocol.endpoint(one)).toMatch(/^wss:\/\//);
  });
});

describe('guards that only some venues have', () => {
  it('finds a wrong size by the checksum of Kraken and OKX, where no number tells', () => {
    for (const id of ['kraken', 'okx']) {
      const script = scripts.find((one) => one.protocol.id === id)!;
      const wrong = {
        ...script,
        deltas: [script.deltas[0].replace('5.0', '5.1'), script.deltas[1], script.deltas[2]] as const,
      };
      expect(play(wrong, script.protocol, [0, 1, 2]).voided[0]).toMatch(
        /^checksum: the venue's is -?\d+, the book's is -?\d+$/,
      );
      const { checksum: _checksum, ...book } = script.protocol.book;
      expect(play(wrong, { ...script.protocol, book }, [0, 1, 2]).voided).toEqual([]);
    }
  });

  it('finds a wrong size by the checksum that Bitfinex sends by itself', () => {
    const script = scripts.find((one) => one.protocol.id === 'bitfinex')!;
    const [first, ...others] = script.deltas;
    const wrong = { ...script, deltas: [first.replace('[9,1,2]', '[9,1,2.5]'), ...others] as const };
    const { checksum: _checksum, ...book } = script.protocol.book;
    const found = [script.protocol, { ...script.protocol, book }].map((protocol) => {
      const { stream, voided } = play(wrong, protocol, [0, 1, 2]);
      stream.frame(script.events[0]!.frame, 1);
      return voided.map((reason) => reason.split(':')[0]);
    });
    expect(found).toEqual([['checksum'], []]);
  });

  it('takes the checksum 0 of OKX as none', () => {
    const script = scripts.find((one) => one.protocol.id === 'okx')!;
    const zero = script.deltas[0].replace(/"checksum":-?\d+/, '"checksum":0');
    expect(
      play({ ...script, deltas: [zero, script.deltas[1], script.deltas[2]] }, script.protocol, [0, 1, 2]).voided,
    ).toEqual([]);
  });

  it('takes the restart of a Bybit book as a whole one', () => {
    const script = scripts.find((one) => one.protocol.id === 'bybit')!;
    const { stream, voided } = play(script, script.protocol, [0, 1, 2]);
    stream.frame(script.whole.replace('"u":50', '"u":1').replace('snapshot', 'delta'), 2);
    expect(voided).toEqual([]);
    expect(stream.books.book(script.symbol)!.bids.length).toBe(2);
  });

  it("voids every book of a Coinbase socket when the socket's own row of numbers has a hole", () => {
    const script = scripts.find((one) => one.protocol.id === 'coinbase')!;
    const { stream, voided } = play(script, script.protocol, [0, 1, 2]);
    stream.frame('{"channel":"heartbeats","timestamp":"2024-01-01T00:00:00Z","sequence_num":9,"events":[]}', 3);
    expect(voided).toEqual(['gap: after message 3 of the socket came 9']);
    expect(stream.books.book(script.symbol)).toBeUndefined();
  });

  it("answers HTX's ping with the same number", () => {
    const script = scripts.find((one) => one.protocol.id === 'htx')!;
    const sent: string[] = [];
    const parser = script.protocol.parser({
      numbers: textReader,
      bookTexts: true,
      unified: (name) => name,
      venueSymbols: [],
      out: {
        event: () => {},
        l3: () => {},
        book: () => {},
        answer: () => {},
        heartbeat: () => {},
        counted: () => {},
        reply: (frame) => sent.push(frame),
      },
    });
    parser.frame('{"ping":1618678075001}', 1);
    expect(sent).toEqual(['{"pong":1618678075001}']);
  });

  it("leaves what Binance's insurance fund and deleveraging print", () => {
    const script = scripts.find((one) => one.protocol.id === 'binanceusdm')!;
    const { stream, events } = play(script, script.protocol, [0, 1, 2]);
    events.length = 0;
    const print =
      '{"stream":"btcusdt@trade","data":{"e":"trade","E":2,"T":1,"s":"BTCUSDT","t":5,"p":"10","q":"1","X":"ADL","m":true}}';
    stream.frame(print, 1);
    expect(events).toEqual([]);
    stream.frame(print.replace('ADL', 'MARKET'), 1);
    expect(events).toHaveLength(1);
  });
});
