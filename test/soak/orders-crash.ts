/** Crash soak of orders: a trading process is killed with SIGKILL again and again, and nothing is doubled or forgotten. */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { seededRandom } from '../../src/core/index.ts';
import { IntentStore } from '../../src/store/intents.ts';
import { loopbackVenue, type LoopbackVenue } from './orders-ccxt.ts';
import { checkBooks, checkIntents } from './orders-check.ts';

const child = fileURLToPath(new URL('orders-crash-child.ts', import.meta.url));

/** What a crash soak came to. */
export interface OrderCrashes {
  readonly kills: number;
  readonly orders: number;
  readonly fills: number;
  /** Intents that were written and whose orders never reached the exchange. */
  readonly voids: number;
  readonly rounds: number;
}

/** Kills in rounds of ten: each round has an exchange and a session of its own. @throws At anything that is not as the exchange has it. */
export async function crashOrders(kills: number, say: (line: string) => void): Promise<OrderCrashes> {
  const sum = { kills: 0, orders: 0, fills: 0, voids: 0, rounds: 0 };
  for (let round = 1; sum.kills < kills; round++) {
    const folder = mkdtempSync(join(tmpdir(), 'orders-crash-'));
    const loopback = await loopbackVenue(round, 0.02);
    try {
      const count = Math.min(10, kills - sum.kills);
      const { orders, voids } = await crashRound(loopback, folder, round, count);
      sum.orders += orders;
      sum.voids += voids;
      sum.kills += count;
      sum.rounds++;
      sum.fills += loopback.venue.account.fills.length;
      say(`${sum.kills} kills, ${sum.orders} orders`);
    } finally {
      await loopback.close();
      rmSync(folder, { recursive: true, force: true });
    }
  }
  return sum;
}

async function crashRound(
  { url, venue }: LoopbackVenue,
  folder: string,
  round: number,
  kills: number,
): Promise<{ readonly orders: number; readonly voids: number }> {
  const random = seededRandom(round * 31 + 5);
  const path = join(folder, 'intents.sqlite');
  const name = `crash ${round}`;
  const run = (life: number, word: 'trade' | 'settle', kill?: Kill): Promise<string> =>
    runChild([url, path, name, String(round * 1_000 + life), word, String(venue.price)], kill);
  for (let life = 1; life <= kills; life++) {
    // One in four dies while it finds out what the life before left, the others while they trade.
    const word = random() < 0.25 ? 'up' : 'trading';
    await run(life, 'trade', { word, afterMs: random() * 1_500 });
  }
  const said = JSON.parse((await run(0, 'settle')).trim().split('\n').at(-1)!) as { cash: number; size: number };
  const intents = await IntentStore.open(path, name);
  const fail = (text: string): never => {
    throw new Error(`round ${round}: ${text}`);
  };
  checkIntents(intents, venue, fail);
  checkBooks(said, venue, fail);
  const all = intents.intents();
  intents.close();
  return { orders: all.length, voids: all.filter(({ state }) => state === 'void').length };
}

/** When a session is killed: so long after it said this word. */
interface Kill {
  readonly word: string;
  readonly afterMs: number;
}

/** Runs a session; gives what it said. */
function runChild(args: readonly string[], kill: Kill | undefined): Promise<string> {
  return new Promise((resolve, reject) => {
    const running = spawn(process.execPath, ['--import', 'tsx', '--conditions=source', child, ...args], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let said = '';
    let complaint = '';
    let isKilled = false;
    running.stdout.on('data', (chunk: Buffer) => {
      said += chunk.toString();
      if (kill === undefined || isKilled || !said.includes(kill.word)) return;
      isKilled = true;
      setTimeout(() => running.kill('SIGKILL'), kill.afterMs);
    });
    running.stderr.on('data', (chunk: Buffer) => {
      complaint += chunk.toString();
    });
    running.on('exit', (code, signal) => {
      if (code === 0 || signal === 'SIGKILL') resolve(said);
      else reject(new Error(`a session ended with ${code ?? signal ?? ''}: ${complaint.slice(0, 2_000)}`));
    });
  });
}
