/** Segments of a sweep in a folder and behind a web server, and what a worker says where they are not to be had. */
import { mkdtempSync, readdirSync, writeFileSync } from 'node:fs';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, expect, it } from 'vitest';

import { checkPlace, readSegment, writeSegment } from '../../../src/research/sweep/redis/segments.ts';

const hash = 'ab'.repeat(32);
const bytes = Uint8Array.from({ length: 300_000 }, (_, k) => k % 251);
const servers: Server[] = [];

afterEach(() => {
  for (const server of servers.splice(0)) {
    server.close();
    server.closeAllConnections();
  }
});

async function served(listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  servers.push(server);
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const read = (place: string, signal = new AbortController().signal): ReturnType<typeof readSegment> =>
  readSegment(place, hash, signal, 300);

it('come whole from a folder that several sweeps write to at once, and leave nothing beside', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'nextbar-segments-'));
  await Promise.all(Array.from({ length: 20 }, () => writeSegment(join(folder, 'deep'), hash, bytes)));
  expect(readdirSync(join(folder, 'deep'))).toEqual([`${hash}.arrow`]);
  expect(Uint8Array.from((await read(join(folder, 'deep'))).bytes)).toEqual(bytes);
});

it('say where they cannot be written or read', async () => {
  const file = join(mkdtempSync(join(tmpdir(), 'nextbar-segments-')), 'file');
  writeFileSync(file, '');
  await expect(writeSegment(file, hash, bytes)).rejects.toThrow(`the segments cannot be written to ${file}: `);
  await expect(read('/no/such/folder')).rejects.toThrow('the segment abababababab cannot be read from /no/such/folder: ENOENT'); // prettier-ignore
  expect(() => checkPlace('ftp://host/folder')).toThrow("segments must be a folder or an address such as http://HOST:8080, was 'ftp://host/folder'"); // prettier-ignore
  expect(() => checkPlace('http://')).toThrow('segments must be a folder');
  for (const place of ['segments', '/mnt/segments', 'C:\\segments', 'https://host:1/x']) checkPlace(place);
});

it('come whole from a web server, however slowly, if never silent', async () => {
  const address = await served((request, answer) => {
    expect(request.url).toBe(`/${hash}.arrow`);
    let at = 0;
    const next = (): void => {
      answer.write(bytes.subarray(at, (at += 60_000)));
      if (at < bytes.length) setTimeout(next, 100);
      else answer.end();
    };
    next();
  });
  expect(Uint8Array.from((await read(`${address}/`)).bytes)).toEqual(bytes);
});

it.each<readonly [string, RequestListener, string]>([
  ['answers 500', (_, answer) => answer.writeHead(500).end(), 'answered 500 for the segment abababababab'],
  ['never answers', () => undefined, 'the server sent nothing for 0.3 s'],
  ['stops in the middle', (_, answer) => answer.write(bytes.subarray(0, 1_000)), 'the server sent nothing for 0.3 s'],
  [
    'breaks off in the middle',
    (request, answer) => {
      answer.writeHead(200, { 'content-length': bytes.length });
      answer.write(bytes.subarray(0, 1_000), () => setTimeout(() => request.socket.destroy(), 50));
    },
    'cannot be fetched from 127.0.0.1:',
  ],
])('say that a web server %s', async (_, listener, sentence) => {
  await expect(read(await served(listener))).rejects.toThrow(sentence);
});

it('are no longer waited for once the worker ends', async () => {
  const address = await served(() => undefined);
  const abort = new AbortController();
  const asked = readSegment(address, hash, abort.signal);
  setTimeout(() => abort.abort(), 100);
  await expect(asked).rejects.toThrow('aborted');
});
