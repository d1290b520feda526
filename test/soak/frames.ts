/** Mutated frames over all protocols: whatever a socket brings, nothing crashes, and no event breaks a rule of the gate. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { readRecording } from '../../src/connectors/index.ts';
import { Stream } from '../../src/connectors/decoding/frame-stream.ts';
import { floatReader } from '../../src/connectors/decoding/numbers.ts';
import { findProtocol, protocols } from '../../src/connectors/protocols/index.ts';
import { frameText } from '../../src/connectors/recordings/recording.ts';
import { seededRandom } from '../../src/core/index.ts';
import { scripts } from '../connectors/scripts.ts';
import { broken } from './gate-rules.ts';

/** How long, and with which seed. */
export interface FuzzOptions {
  readonly seconds: number;
  readonly seed?: number;
}

/** What the frames came to. */
export interface FuzzResult {
  readonly frames: number;
  readonly events: number;
  readonly refused: number;
  readonly faults: number;
  /** Frames by protocol. */
  readonly protocols: Readonly<Record<string, number>>;
  readonly wrong: readonly string[];
}

const own = new URL('../golden/recordings/own/', import.meta.url).pathname;
const shared = new URL('../../../shared/recordings/', import.meta.url).pathname;
const venueIds: Readonly<Record<string, string>> = {
  huobi: 'htx',
  binance_us: 'binanceus',
  binance_futures: 'binanceusdm',
};
const mostFrames = 300;

/** Sound frames of every protocol: those written by hand, and those of recordings where these are. */
function seeds(): Map<string, string[]> {
  const frames = new Map<string, string[]>(protocols.map(({ id }) => [id, []]));
  for (const { protocol, whole, deltas, events } of scripts) {
    frames.get(protocol.id)!.push(whole, ...deltas, ...events.map(({ frame }) => frame));
  }
  for (const folder of [own, shared]) {
    for (const name of existsSync(folder) ? readdirSync(folder) : []) {
      if (!name.endsWith('.jsonl.gz')) continue;
      const recording = readRecording(name, readFileSync(join(folder, name)));
      const venue = recording.meta.exchange.toLowerCase();
      const list = frames.get(findProtocol(venueIds[venue] ?? venue)?.id ?? '');
      if (list === undefined) continue;
      const lines = recording.lines.filter((line) => line.dir === 'in' && (line.data?.length ?? 0) < 20_000);
      const step = Math.max(1, Math.floor(lines.length / mostFrames));
      for (let i = 0; i < lines.length; i += step) list.push(frameText(lines[i]!));
    }
  }
  return frames;
}

const nonsense = [
  '-5.5', '0', '', '""', '"0x10"', '"1e400"', '1e400', '-1', 'null', 'true', '{}', '[]', '"NaN"', '"Infinity"', '-0', '1e-400', '9007199254740993',
  '"99999999999999999999999999"', '1893456000000', '"2030-01-01T00:00:00Z"', '"abc"', '[[]]', '[null,null]', '-1e308', '"1,5"', '" 1"',
]; // prettier-ignore

/** A frame with one to three things changed: a value, a byte, a piece cut out, doubled or put elsewhere. */
export function mutated(frame: string, random: () => number): string {
  const pick = (count: number): number => Math.floor(random() * count);
  let text = frame;
  for (let times = 1 + pick(3); times > 0; times--) {
    const kind = pick(8);
    const [from, to] = [pick(text.length + 1), pick(text.length + 1)].sort((a, b) => a - b) as [number, number];
    if (kind < 4) {
      // A value: a number, or a text that holds one.
      const values = [...text.matchAll(/"-?\d+(?:\.\d+)?(?:e-?\d+)?"|-?\d+(?:\.\d+)?(?:e-?\d+)?/gi)];
      const value = values[pick(values.length)];
      if (value === undefined) continue;
      const bare = nonsense[pick(nonsense.length)]!;
      const quoted = value[0].startsWith('"') && !bare.startsWith('"') && random() < 0.7 ? `"${bare}"` : bare;
      text = text.slice(0, value.index) + quoted + text.slice(value.index + value[0].length);
    } else if (kind === 4) text = text.slice(0, from) + String.fromCharCode(pick(256)) + text.slice(from + 1);
    else if (kind === 5) text = text.slice(0, from) + text.slice(Math.min(to, from + 40));
    else if (kind === 6) text = text.slice(0, from) + text.slice(from, Math.min(to, from + 40)) + text.slice(from);
    else text = text.slice(0, from);
  }
  return text;
}

/** Feeds mutated frames among sound ones to every protocol in turn. */
export async function fuzzFrames({ seconds, seed = 1 }: FuzzOptions): Promise<FuzzResult> {
  const random = seededRandom(seed);
  const frames = seeds();
  const wrong: string[] = [];
  const rejections: string[] = [];
  const onRejection = (reason: unknown): void => void rejections.push(`unhandled rejection: ${String(reason)}`);
  process.on('unhandledRejection', onRejection);
  const counts = { frames: 0, events: 0, refused: 0, faults: 0 };
  const byProtocol: Record<string, number> = {};
  const began = performance.now();
  // Later than every recording: their times are old, and none lies ahead.
  let receiveTime = Date.UTC(2027, 0, 1);
  while (performance.now() - began < seconds * 1_000 && wrong.length < 20) {
    for (const protocol of protocols) {
      const list = frames.get(protocol.id)!;
      const stream: Stream<number> = new Stream<number>(
        { protocol, numbers: floatReader, unified: (name) => name },
        {
          event: (event) => {
            counts.events++;
            const problem = broken(event);
            if (problem !== undefined) wrong.push(`${protocol.id}: ${problem}`);
          },
          status: () => {},
          gap: () => {},
          wire: () => {},
          refused: () => void counts.refused++,
          error: () => void counts.faults++,
        },
        {
          send: () => {},
          needBook: (symbol) => {
            if (protocol.parseBook !== undefined && random() < 0.5) {
              const whole = scripts.find((one) => one.protocol === protocol)!.whole;
              stream.bookAnswer(symbol, random() < 0.5 ? mutated(whole, random) : whole, receiveTime);
            }
          },
          bookLive: () => {},
          tradesMissing: () => {},
          socketGap: () => {},
          standbyData: () => {},
        },
      );
      for (let i = 0; i < 200; i++) {
        receiveTime += 50;
        const frame = list[Math.floor(random() * list.length)]!;
        const sent = random() < 0.6 ? mutated(frame, random) : frame;
        const at = performance.now();
        try {
          stream.frame(sent, receiveTime);
          if (protocol.parseTrades !== undefined && random() < 0.02) stream.tradesAnswer('X', sent, receiveTime);
        } catch (error) {
          wrong.push(`${protocol.id}: threw ${String(error)} at ${sent.slice(0, 200)}`);
        }
        if (performance.now() - at > 5_000) wrong.push(`${protocol.id}: took seconds over ${sent.slice(0, 200)}`);
        counts.frames++;
      }
      stream.disconnected();
      byProtocol[protocol.id] = (byProtocol[protocol.id] ?? 0) + 200;
    }
    // Rejections show between turns.
    await new Promise((resolve) => setImmediate(resolve));
  }
  process.off('unhandledRejection', onRejection);
  return { ...counts, protocols: byProtocol, wrong: [...wrong, ...rejections] };
}
