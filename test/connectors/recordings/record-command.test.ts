/** `nextbar record` against the local exchange. */
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, expect, it } from 'vitest';

import { systemRuntime } from '../../../src/core/index.ts';
import { recordCommand } from '../../../src/cli/data/record.ts';
import { readRecording } from '../../../src/connectors/index.ts';
import { SeededMarket } from '../../../src/venue/index.ts';
import { VenueServer } from '../../../src/venue/index.ts';
import { BinanceApi, serviceApi } from '../../../src/venue/index.ts';
import { instruments } from '../local.ts';

const folder = mkdtempSync(join(tmpdir(), 'record-'));
afterAll(() => {
  rmSync(folder, { recursive: true });
});

async function recorded(
  operands: readonly string[],
  options: Readonly<Record<string, string>>,
): Promise<{ code: number; out: string; err: string }> {
  let out = '';
  let err = '';
  const code = await recordCommand.run(
    { operands, has: (name) => name in options, get: (name) => options[name], all: () => [] },
    {
      stdout: { write: (text) => (out += text) },
      stderr: { write: (text) => (err += text) },
      env: {},
      runtime: systemRuntime,
      leaveInterrupts: async () => {},
      onBrokenOutput: () => {},
    },
  );
  return { code, out, err };
}

it('writes what the venue sent, and says how much', async () => {
  const market = new SeededMarket(systemRuntime, { seed: 5, instruments, stepsPerSecond: 60, levels: 20 });
  const face = new BinanceApi(systemRuntime, market);
  const server = new VenueServer().mount(
    serviceApi('binance streams', face, { sockets: ['/stream'], paths: ['/api/v3/'] }),
  );
  const url = await server.listen();
  market.start();
  try {
    const path = join(folder, 'a.jsonl.gz');
    const { code, out, err } = await recorded(['binance', 'BTC/USDT'], { url, for: '1s', out: path });
    expect(code).toBe(0);
    expect(err).toContain('book BTC/USDT: live (whole book)');
    const { lines, meta } = readRecording('a', readFileSync(path));
    expect(out).toBe(`${lines.length} lines in ${path}\n`);
    expect(meta).toMatchObject({ exchange: 'binance', subscription: { trade: ['BTC/USDT'], book: ['BTC/USDT'] } });
    expect(new Set(lines.map((line) => line.dir))).toEqual(new Set(['http', 'open', 'out', 'in', 'close']));
  } finally {
    market.stop();
    face.stop();
    await server.close();
  }
});

it.each([
  [[], {}, /record takes an exchange and at least one symbol/],
  [['binanc', 'BTC/USDT'], {}, /unknown exchange 'binanc': did you mean 'binance'/],
  [['binance', 'BTC/USDT'], { channels: 'trade,boook' }, /unknown channel 'boook': did you mean 'book'/],
  [['binance', 'BTC/USDT'], { for: 'soon' }, /--for must be a span such as 30s, 10m or 8h, was 'soon'/],
] as const)('refuses %o %o', async (operands, options, message) => {
  await expect(recorded(operands, options)).rejects.toThrow(message);
  expect(existsSync('binanc.jsonl.gz')).toBe(false);
});
