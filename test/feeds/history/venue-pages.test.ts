/** Pages of Bybit, OKX, Coinbase and Hyperliquid by the venues' own rules, where the shared fake of them is at hand. */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { CcxtDataFeed } from '../../../src/feeds/index.ts';
import { temporaryFolder } from '../../venue/local.ts';

const script = fileURLToPath(new URL('../../../../shared/cases/fake-exchanges.mjs', import.meta.url));
const minute = 60_000;
const hour = 60 * minute;
const price = (time: number): number => 100 + ((time / minute) % 1000) / 10;

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

const venues = [
  ['bybit', 'BTC/USDT', '1m', 2_500],
  ['okx', 'BTC/USDT', '1m', 1_300],
  ['coinbase', 'BTC/USD', '1m', 1_000],
  ['hyperliquid', 'BTC/USDC:USDC', '1m', 3_000],
  ['bybit', 'BTC/USDT', '1h', 1_200],
  ['okx', 'BTC/USDT', '1h', 700],
] as const;

describe.skipIf(!existsSync(script))('pages by the rules of each venue', () => {
  let url = '';
  let end = (): void => {};
  beforeAll(async () => {
    const port = await freePort();
    const child = spawn(process.execPath, [script, String(port)], { stdio: ['ignore', 'pipe', 'ignore'] });
    await new Promise((resolve) => child.stdout.once('data', resolve));
    url = `http://127.0.0.1:${port}`;
    end = () => void child.kill();
  }, 60_000);
  afterAll(() => {
    end();
  });

  const control = (body: object): Promise<unknown> =>
    fetch(`${url}/ctl`, { method: 'POST', body: JSON.stringify(body) }).then((answer) => answer.json());

  it.each(venues)(
    '%s %s %s: %d bars with a hole, each once, the forming one left out',
    async (exchange, symbol, timeframe, count) => {
      const length = timeframe === '1m' ? minute : hour;
      const now = Date.now();
      const last = Math.floor(now / length) * length - 3 * length;
      const start = last - count * length;
      const hole = [start + 400 * length, start + 437 * length] as const;
      await control({
        holes: [hole],
        faults: [{ match: timeframe === '1m' ? '1' : '6', times: 1, kind: 'status', status: 503 }],
      });
      const folder = temporaryFolder();
      const load = async (): Promise<{ times: number[]; closes: number[]; requests: number }> => {
        const feed = new CcxtDataFeed({
        exchange, symbol, timeframe, start, end: last, folder, progress: false, connection: { url, rateLimitMs: 0, timeoutMs: 10_000, retry: { baseMs: 1 } },
      }); // prettier-ignore
        const bars = await feed.load();
        return { times: [...bars.time], closes: [...bars.close], requests: feed.counts!.requests };
      };
      const wanted: number[] = [];
      for (let time = start; time < last; time += length) if (time < hole[0] || time >= hole[1]) wanted.push(time);
      const first = await load();
      expect(first.times).toEqual(wanted);
      expect(first.closes).toEqual(wanted.map((time) => price(time + length - minute)));
      expect((await load()).requests).toBe(0);
    },
    120_000,
  );
});
