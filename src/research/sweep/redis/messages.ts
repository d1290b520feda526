/** What travels over Redis: the job, its bars, chunks and outcomes, each signed with the operator's key. */
import { createHash, createHmac, timingSafeEqual } from 'node:crypto';

import { ConfigError, type Bars } from '../../../core/index.ts';
import { encodeArrow, loadArrow } from '../../../store/index.ts';
import type { Chunk, ChunkOutcome } from '../chunk.ts';
import type { PortableJob } from '../portable.ts';
import type { Arithmetic } from './arithmetic.ts';

/** Text with its signature. */
export interface Signed {
  readonly text: string;
  readonly signature: string;
}

/** Signs a text for one purpose: a signed chunk cannot be passed off as a job. */
export function sign(key: string, purpose: string, text: string): Signed {
  return { text, signature: createHmac('sha256', key).update(`${purpose}\n${text}`).digest('hex') };
}

/** The text, if it was signed with this key for this purpose; undefined otherwise. */
export function verified(key: string, purpose: string, { text = '', signature }: Partial<Signed>): string | undefined {
  const own = Buffer.from(sign(key, purpose, text).signature, 'hex');
  const given = Buffer.from(signature ?? '', 'hex');
  return own.length === given.length && timingSafeEqual(own, given) ? text : undefined;
}

/** SHA-256 of bytes or text, hexadecimal. */
export function sha256(content: string | Uint8Array): string {
  return createHash('sha256').update(content).digest('hex');
}

/** A job without its bars and its module's address: those are named by their hashes. */
export interface SentJob {
  /** The version of nextbar that the sweep runs: another could answer otherwise. */
  readonly version: string;
  /** How the process of the sweep computes. */
  readonly arithmetic: Arithmetic;
  readonly job: Omit<PortableJob, 'datas' | 'module' | 'computed'>;
  /** The bars of each data: an Arrow segment by its SHA-256. */
  readonly datas: readonly (Omit<PortableJob['datas'][number], 'bars'> & { readonly segment: string })[];
  /** SHA-256 of the strategy's bundled source. */
  readonly bundle: string;
}

/** Numbers that JSON has no words for, kept apart from texts. */
function replaced(_key: string, value: unknown): unknown {
  return typeof value === 'number' && !Number.isFinite(value) ? { $number: String(value) } : value;
}

function revived(_key: string, value: unknown): unknown {
  const marked = value as { readonly $number?: string } | null;
  return typeof marked === 'object' && marked?.$number !== undefined ? Number(marked.$number) : value;
}

/** A value as text; infinities and NaN survive. */
export function toText(value: unknown): string {
  return JSON.stringify(value, replaced);
}

/** The value of a text. */
export function fromText<T>(text: string): T {
  return JSON.parse(text, revived) as T;
}

/** Bars as an Arrow segment, as the bar store writes it. */
export async function toSegment(bars: Bars): Promise<Uint8Array> {
  return encodeArrow(await loadArrow(), bars);
}

/** The bars of a segment. @throws {ConfigError} If its bytes are not those that the hash names. */
export async function fromSegment(bytes: Uint8Array, hash: string, place: string): Promise<Bars> {
  if (sha256(bytes) !== hash) {
    throw new ConfigError(`the segment ${hash.slice(0, 12)} from ${place} is damaged: its checksum does not match`, {
      code: 'damaged-segment',
    });
  }
  const table = (await loadArrow()).tableFromIPC(bytes);
  return Object.fromEntries(
    table.schema.fields.map(({ name }) => [name, Float64Array.from(table.getChild(name)!.toArray() as Float64Array)]),
  ) as unknown as Bars;
}

/** The key by which a chunk is known: the same trials of the same job are one chunk, whoever asks and however often. */
export function chunkKey(job: string, chunk: Chunk): string {
  return `${job.slice(0, 24)}-${chunk.first}-${sha256(toText(chunk.params)).slice(0, 16)}`;
}

/** An outcome as text. */
export function outcomeText({ first, scores, stats, returns, errors, reads = [] }: ChunkOutcome): string {
  const packed = (values: Float64Array): string =>
    Buffer.from(values.buffer, values.byteOffset, values.byteLength).toString('base64');
  return toText({ first, scores: packed(scores), stats: packed(stats), returns: packed(returns), errors, reads });
}

/** The outcome of a text. */
export function outcomeOf(text: string): ChunkOutcome {
  const { first, scores, stats, returns, errors, reads = [] } = fromText<{ readonly first: number; readonly scores: string; readonly stats: string; readonly returns: string; readonly errors: ChunkOutcome['errors']; readonly reads?: ChunkOutcome['reads'] }>(text); // prettier-ignore
  const unpacked = (packed: string): Float64Array => {
    const bytes = Buffer.from(packed, 'base64');
    const values = new Float64Array(bytes.length / 8);
    new Uint8Array(values.buffer).set(bytes);
    return values;
  };
  return { first, scores: unpacked(scores), stats: unpacked(stats), returns: unpacked(returns), errors, reads };
}
