/** Segments of bars outside of Redis: a folder that the sweep writes to, and that workers read as a folder or over HTTP. */
import { mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { ConfigError, messageOf, systemRuntime, makeFolders } from '../../../core/index.ts';

/** How long a web server may send nothing, in milliseconds. */
const silentMs = 30_000;

/**
 * Writes a segment whole or not at all: workers may read it at any time, and other sweeps may write it.
 *
 * @throws {ConfigError} If the folder cannot be written to.
 */
export async function writeSegment(folder: string, hash: string, bytes: Uint8Array): Promise<void> {
  try {
    makeFolders(folder);
    const own = await mkdtemp(join(folder, `${hash.slice(0, 12)}-`));
    try {
      const partial = join(own, fileOf(hash));
      await writeFile(partial, bytes);
      await rename(partial, join(folder, fileOf(hash)));
    } finally {
      await rm(own, { recursive: true, force: true });
    }
  } catch (cause) {
    throw new ConfigError(`the segments cannot be written to ${folder}: ${messageOf(cause)}`, { code: 'io-error', cause }); // prettier-ignore
  }
}

/**
 * The bytes of a segment. Whether they are those of its hash is for the reader to check.
 *
 * @param place - The folder, or the http address that serves it.
 * @param silent - How long a web server may send nothing, in milliseconds.
 * @throws {ConfigError} With one sentence if the place does not have it.
 */
export async function readSegment(
  place: string,
  hash: string,
  signal: AbortSignal,
  silent = silentMs,
): Promise<{ readonly bytes: Uint8Array; readonly from: string }> {
  const short = hash.slice(0, 12);
  if (!/^https?:\/\//.test(place)) {
    const bytes = await readFile(join(place, fileOf(hash))).catch((cause: unknown) => {
      throw noSegment(`the segment ${short} cannot be read from ${place}: ${messageOf(cause)}`, cause);
    });
    return { bytes, from: place };
  }
  const { host } = new URL(place);
  const abort = new AbortController();
  const hush = (): void => {
    abort.abort(new Error(`the server sent nothing for ${silent / 1_000} s`));
  };
  let timer = systemRuntime.after(silent, hush);
  try {
    const answer = await fetch(`${place.replace(/\/$/, '')}/${fileOf(hash)}`, {
      signal: AbortSignal.any([signal, abort.signal]),
    });
    if (!answer.ok) throw noSegment(`${host} answered ${answer.status} for the segment ${short}`);
    const parts: Uint8Array[] = [];
    for await (const part of answer.body ?? []) {
      timer.cancel();
      timer = systemRuntime.after(silent, hush);
      parts.push(part as Uint8Array);
    }
    return { bytes: Buffer.concat(parts), from: host };
  } catch (cause) {
    if (cause instanceof ConfigError) throw cause;
    throw noSegment(`the segment ${short} cannot be fetched from ${host}: ${reasonOf(cause)}`, cause);
  } finally {
    timer.cancel();
  }
}

/** @throws {ConfigError} If a place of segments is neither a folder's path nor an http address. */
export function checkPlace(place: string): void {
  const isHttp = /^https?:/i.test(place);
  if (isHttp ? !URL.canParse(place) : /^[a-z][a-z0-9+.-]+:\/\//i.test(place))
    throw new ConfigError(`segments must be a folder or an address such as http://HOST:8080, was '${place}'`, { context: { field: 'segments' } }); // prettier-ignore
}

/** The error of a worker that lacks the bars of a sweep. */
export function noSegment(reason: string, cause?: unknown): ConfigError {
  return new ConfigError(reason, { code: 'no-segment', cause });
}

function fileOf(hash: string): string {
  return `${hash}.arrow`;
}

/** Why a request failed: `fetch failed` says less than its cause. */
function reasonOf(error: unknown): string {
  return messageOf(error instanceof Error && error.cause !== undefined ? error.cause : error);
}
