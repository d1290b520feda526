/** A platform with one series of bars, as a process of its own: prints its address and a token, then its processor time for every line it reads. */
import { createInterface } from 'node:readline';
import { join } from 'node:path';

import { systemRuntime } from '../../../src/core/index.ts';
import { AuditLog, KeyRing, startServer, Tokens } from '../../../src/server/index.ts';
import { BarStore } from '../../../src/store/index.ts';
import { openTestDatabase } from '../../server/databases.ts';
import { dyadicBars } from './bars.ts';

const [folder = ''] = process.argv.slice(2);
const now = Date.now();
const database = await openTestDatabase(join(folder, 'platform.sqlite'), now);
const keys = await KeyRing.open({ path: join(folder, 'keys.json') }, now);
const tokens = new Tokens(database, keys, systemRuntime);
const audit = new AuditLog(join(folder, 'audit.jsonl'), systemRuntime);
const bars = dyadicBars(50_000, 3);
const store = await BarStore.open({ folder: join(folder, 'bars') });
const series = { exchange: 'binance', type: 'spot', symbol: 'BTC/USDT', timeframe: '1m' } as const;
await store.write(series, { start: bars.time[0]!, end: bars.time.at(-1)! + 60_000, source: 'binance' }, bars);
store.close();
const rateLimit = 100_000_000;
if (process.env['API_PROFILE'] !== undefined) process.once('SIGINT', () => process.exit(0));
const server = await startServer({ runtime: systemRuntime, database, tokens, audit, folder: join(folder, 'bars'), sessions: join(folder, 'sessions'), port: 0, rateLimit }); // prettier-ignore
const { token } = await tokens.issue({ subject: 'bench', scopes: ['read:bars'] });
console.log(JSON.stringify({ url: server.url, token, start: bars.time[0]! }));
createInterface({ input: process.stdin }).on('line', () => {
  console.log(JSON.stringify(process.cpuUsage()));
});
