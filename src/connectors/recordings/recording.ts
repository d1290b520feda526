/** Recordings of raw traffic: one JSON object a line, gzipped, every frame exactly as it came. */
import { constants, gunzipSync } from 'node:zlib';

import { DataError, messageOf } from '../../core/index.ts';

/** The first line of a recording: where it is from. */
export interface RecordingMeta {
  /** Always `meta`. */
  readonly dir: 'meta';
  /** When the recording began, seconds UTC with fractions; null where it was not noted. */
  readonly t: number | null;
  /** Version of the format. */
  readonly format?: number;
  /** The exchange's id. */
  readonly exchange: string;
  /** Channel to symbols. */
  readonly subscription?: Readonly<Record<string, readonly string[]>>;
  /** What made the recording, such as `nextbar record`. */
  readonly origin?: string;
  /** Free text. */
  readonly notes?: readonly string[];
}

/** One frame or request on the wire, or, where ccxt opened the socket, one event that came through it. */
export interface RecordingLine {
  /** When it arrived or was sent, seconds UTC with fractions; null where it was not noted. */
  readonly t: number | null;
  /** Whether it was received, sent, is an answer to a request, or is an event, whose JSON is `data`. */
  readonly dir: 'open' | 'close' | 'out' | 'in' | 'http' | 'event';
  /** Which socket. */
  readonly conn: string;
  /** Address of the request or socket. */
  readonly url?: string;
  /** The payload as received; base64 of it when `enc` says so. */
  readonly data?: string;
  /** How `data` is encoded, where it is not plain text. */
  readonly enc?: 'base64';
  /** Method of the request. */
  readonly method?: string;
  /** Body of the request, where it had one. */
  readonly body?: string;
  /** HTTP status of the answer. */
  readonly status?: number;
  /** Whether it was shortened or masked by hand. */
  readonly edited?: string;
}

/** A recording in memory. */
export interface Recording {
  /** The file's name. */
  readonly name: string;
  /** Its first line. */
  readonly meta: RecordingMeta;
  /** Its frames and answers, in the order they arrived. */
  readonly lines: readonly RecordingLine[];
}

/**
 * A recording from its file's bytes.
 *
 * @throws {DataError} If a line is not JSON or the first is not the meta line.
 */
export function readRecording(name: string, bytes: Uint8Array): Recording {
  const { text, isCut } = contentOf(name, bytes);
  const rows = text.split('\n');
  // The last line of a recording whose process was killed may be half there.
  if (isCut) rows.pop();
  const lines: RecordingLine[] = [];
  let meta: RecordingMeta | undefined;
  let number = 0;
  for (const row of rows) {
    number++;
    if (row === '') continue;
    let parsed: RecordingLine | RecordingMeta;
    try {
      parsed = JSON.parse(row) as RecordingLine | RecordingMeta;
    } catch (cause) {
      throw new DataError(`recording ${name} line ${number} is not JSON: ${row.slice(0, 60)}`, { cause });
    }
    if (parsed.dir === 'meta') meta ??= parsed;
    else lines.push(parsed);
  }
  if (meta === undefined) throw new DataError(`recording ${name} must begin with a meta line`);
  return { name, meta, lines };
}

/** The text of a recording, and whether its end is missing. */
function contentOf(name: string, bytes: Uint8Array): { readonly text: string; readonly isCut: boolean } {
  if (bytes[0] !== 0x1f || bytes[1] !== 0x8b) return { text: Buffer.from(bytes).toString('utf8'), isCut: false };
  try {
    return { text: gunzipSync(bytes).toString('utf8'), isCut: false };
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'Z_BUF_ERROR')
      return { text: gunzipSync(bytes, { finishFlush: constants.Z_SYNC_FLUSH }).toString('utf8'), isCut: true };
    throw new DataError(`recording ${name} is damaged: ${messageOf(cause)}`, { cause });
  }
}

/** The text of an inbound line: binary frames decoded, gzip inflated. */
export function frameText(line: RecordingLine): string {
  const data = line.data ?? '';
  return line.enc === 'base64' ? inflated(Buffer.from(data, 'base64')) : data;
}

/** The text of a frame that may be binary and may be gzip. */
export function inflated(bytes: Uint8Array): string {
  return (bytes[0] === 0x1f && bytes[1] === 0x8b ? gunzipSync(bytes) : Buffer.from(bytes)).toString('utf8');
}
