/** The encoded parts of the page, decoded when they are first needed and kept. */
import { decodeColumns, decodeText } from '../columns/decode.ts';
import type { Leveled } from '../columns/leveled.ts';

const columns = new Map<string, Promise<Float64Array[]>>();

/** Forgets what was decoded, of a page whose parts were replaced. */
export function forgetChunks(): void {
  columns.clear();
}

function textOf(name: string): string {
  return document.getElementById(`chunk-${name}`)?.textContent.trim() ?? '';
}

/** The columns of one chunk. */
export function loadChunk(name: string, specs: Leveled['columns']): Promise<Float64Array[]> {
  let found = columns.get(name);
  if (found === undefined) columns.set(name, (found = decodeColumns(textOf(name), specs)));
  return found;
}

/** A part of the page that is JSON. */
export async function loadJson(name: string): Promise<unknown> {
  return JSON.parse(await decodeText(textOf(name)));
}

/** The columns of a level for the points `from <= i < to`. */
export async function loadPoints(leveled: Leveled, level: number, from: number, to: number): Promise<Float64Array[]> {
  const { chunks, chunkPoints } = leveled.levels[level]!;
  const first = Math.floor(from / chunkPoints);
  const last = Math.floor(Math.max(from, to - 1) / chunkPoints);
  const parts = await Promise.all(chunks.slice(first, last + 1).map((name) => loadChunk(name, leveled.columns)));
  const start = from - first * chunkPoints;
  return leveled.columns.map((_, k) => {
    if (parts.length === 1) return parts[0]![k]!.subarray(start, start + to - from);
    const all = new Float64Array(to - from);
    let at = 0;
    parts.forEach((part, number) => {
      const base = (first + number) * chunkPoints;
      const piece = part[k]!.subarray(Math.max(0, from - base), Math.max(0, to - base));
      all.set(piece, at);
      at += piece.length;
    });
    return all;
  });
}
