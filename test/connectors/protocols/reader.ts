/** Reads frames of an exchange one by one, and collects what each says before books are linked and events are checked. */
import type { MarketEvent } from '../../../src/core/index.ts';
import { textReader } from '../../../src/connectors/decoding/numbers.ts';
import type {
  BookMessage,
  L3Message,
  Parser,
  Protocol,
  Subscription,
} from '../../../src/connectors/decoding/protocol.ts';
import { protocols } from '../../../src/connectors/protocols/index.ts';

/** What one frame says: every kind apart, and answers as `[ok, text]`. */
export interface Said {
  readonly events: MarketEvent<string>[];
  readonly books: BookMessage[];
  readonly l3: L3Message[];
  readonly answers: (readonly [ok: boolean, text: string])[];
  readonly replies: string[];
  readonly counted: number[];
  heartbeats: number;
}

/** When every frame of these tests arrives, milliseconds UTC. */
export const receiveTime = 12_345;

/** The protocol of an exchange. */
export function protocolNamed(id: string): Protocol {
  return protocols.find((one) => one.id === id)!;
}

/**
 * A parser of one socket, and a function that returns what a frame says. `names` are unified names by the exchange's; `bookTexts` keeps the
 * exchange's digits of books.
 */
export function readerOf(
  protocol: Protocol,
  names: Readonly<Record<string, string>> = {},
  bookTexts = true,
): { readonly parser: Parser; readonly read: (frame: string | object) => Said } {
  let said: Said;
  const parser = protocol.parser<string>({
    numbers: textReader,
    bookTexts,
    unified: (name) => names[name] ?? name,
    venueSymbols: Object.keys(names),
    out: {
      event: (event) => said.events.push(event),
      book: (message) => said.books.push(message),
      l3: (message) => said.l3.push(message),
      answer: (ok, text) => said.answers.push([ok, text]),
      heartbeat: () => said.heartbeats++,
      reply: (frame) => said.replies.push(frame),
      counted: (sequence) => said.counted.push(sequence),
    },
  });
  return {
    parser,
    read: (frame) => {
      said = { events: [], books: [], l3: [], answers: [], replies: [], counted: [], heartbeats: 0 };
      parser.frame(typeof frame === 'string' ? frame : JSON.stringify(frame), receiveTime);
      return said;
    },
  };
}

/** Subscriptions to channels of one instrument. */
export function subscriptionsTo(
  symbol: string,
  venueSymbol: string,
  channels: readonly Subscription['channel'][],
  timeframe?: string,
): Subscription[] {
  return channels.map((channel) => ({ channel, symbol, venueSymbol, timeframe }));
}

/** Frames as the objects that they are. */
export function objectsOf(frames: readonly string[]): unknown[] {
  return frames.map((frame) => JSON.parse(frame) as unknown);
}
