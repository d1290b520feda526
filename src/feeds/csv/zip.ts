/** The files inside a zip archive, as exchanges publish their monthly bars. */
import { Readable } from 'node:stream';
import { createInflateRaw } from 'node:zlib';

const [endSignature, entrySignature, localSignature] = [0x06054b50, 0x02014b50, 0x04034b50];
const [stored, deflated] = [0, 8];

interface Entry {
  readonly name: string;
  readonly method: number;
  readonly packed: Buffer;
}

/** The bytes of all files of an archive one after another, in order of name, each ending with a line feed. */
export async function* unzipped(archive: Buffer): AsyncGenerator<Uint8Array> {
  const entries = entriesOf(archive).sort((a, b) => (a.name < b.name ? -1 : 1));
  for (const { method, packed } of entries) {
    const source = Readable.from([packed]);
    const chunks = method === deflated ? source.pipe(createInflateRaw({ chunkSize: 1 << 20 })) : source;
    for await (const chunk of chunks as AsyncIterable<Buffer>) {
      yield new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.length);
    }
  }
}

function entriesOf(archive: Buffer): Entry[] {
  const end = archive.lastIndexOf(Buffer.from([0x50, 0x4b, 0x05, 0x06]));
  if (end < 0 || archive.readUInt32LE(end) !== endSignature)
    throw new Error('it is not a zip archive, or it is cut short');
  const entries: Entry[] = [];
  let at = archive.readUInt32LE(end + 16);
  for (let left = archive.readUInt16LE(end + 10); left > 0; left--) {
    if (archive.readUInt32LE(at) !== entrySignature) throw new Error('its list of files is damaged');
    const [method, size] = [archive.readUInt16LE(at + 10), archive.readUInt32LE(at + 20)];
    const [nameLength, extra, comment] = [28, 30, 32].map((offset) => archive.readUInt16LE(at + offset)) as [
      number,
      number,
      number,
    ];
    const local = archive.readUInt32LE(at + 42);
    const name = archive.toString('utf8', at + 46, at + 46 + nameLength);
    at += 46 + nameLength + extra + comment;
    if (name.endsWith('/') || name.startsWith('__MACOSX')) continue;
    if (method !== stored && method !== deflated) throw new Error(`${name} is packed by an unknown method`);
    if (archive.readUInt32LE(local) !== localSignature) throw new Error(`${name} is not where the archive's list says`);
    const from = local + 30 + archive.readUInt16LE(local + 26) + archive.readUInt16LE(local + 28);
    entries.push({ name, method, packed: archive.subarray(from, from + size) });
  }
  if (entries.length === 0) throw new Error('it holds no file');
  return entries;
}
