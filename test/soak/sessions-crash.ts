/** Crash soak of whole sessions: `nextbar trade` is killed again and again while account questions fail, and must come back as the exchange has it. */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { Decimal, seededRandom, systemRuntime } from '../../src/core/index.ts';
import { generateBars } from '../../src/feeds/index.ts';
import { IntentStore } from '../../src/store/index.ts';
import { BarMarket, FastRuntime, Faults, gridOf, onGrid, openLocalExchange, type LocalExchange } from '../../src/venue/index.ts'; // prettier-ignore
import { balanceText, type Account } from '../../src/venue/exchange/index.ts';

const main = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));
const keys = { apiKey: 'soak-key', secret: 'soak-secret' };
const env = { BINANCE_SANDBOX_API_KEY: keys.apiKey, BINANCE_SANDBOX_SECRET: keys.secret, NEXTBAR_NO_HINTS: '1' };
const minute = 60_000;
const funds = 100_000;
const cash = 10_000;

/** Buys and closes in turn, with a resting order now and then. */
const strategy = `
import { Strategy } from 'nextbar';
export default class InAndOut extends Strategy {
  static params = { units: 0.01 };
  next() {
    const { units } = this.params;
    if (this.position.size === 0) this.buy({ size: units });
    else this.close();
    if (this.data.length % 3 === 0) this.buy({ type: 'limit', price: Math.round(this.data.close.now * 0.9), size: units });
  }
}
`;

/** What a crash soak of sessions came to. */
export interface SessionCrashes {
  readonly kills: number;
  readonly rounds: number;
  readonly orders: number;
  readonly fills: number;
  readonly faults: number;
}

/** Kills in rounds of ten, each with an exchange and a session of its own. @throws At anything that is not as the exchange has it. */
export async function crashSessions(
  kills: number,
  speed: number,
  say: (line: string) => void,
): Promise<SessionCrashes> {
  const sum = { kills: 0, rounds: 0, orders: 0, fills: 0, faults: 0 };
  for (let round = 1; sum.kills < kills; round++) {
    const count = Math.min(10, kills - sum.kills);
    const done = await crashRound(round, speed, count);
    sum.kills += count;
    sum.rounds++;
    sum.orders += done.orders;
    sum.fills += done.fills;
    sum.faults += done.faults;
    say(`${sum.kills} kills, ${sum.orders} orders, ${sum.fills} fills, ${sum.faults} faults`);
  }
  return sum;
}

async function crashRound(
  round: number,
  speed: number,
  kills: number,
): Promise<Omit<SessionCrashes, 'kills' | 'rounds'>> {
  const random = seededRandom(round * 7_919 + speed);
  const folder = mkdtempSync(join(tmpdir(), 'sessions-crash-'));
  writeFileSync(join(folder, 'in-and-out.mjs'), strategy);
  const { exchange, account } = await openExchange(round, speed);
  const struck = failAccountQuestions(exchange, round);
  try {
    const args = [
      'trade', '--sandbox', 'in-and-out.mjs', '--exchange', 'binance', '--symbol', 'BTC/USDT', '--timeframe', speed === 1 ? '3s' : '15s',
      '--history', '0', '--url', exchange.url, '--speed', String(speed), '--session', `crash-${round}`, '--cash', String(cash), '--json',
    ]; // prettier-ignore
    for (let life = 1; life <= kills; life++) {
      // One in four dies while it recovers, the others while they trade.
      const word = random() < 0.25 ? 'the request for' : '"status":"completed"';
      checkLife(await runSession(args, folder, { word, afterMs: random() * 1_500 }), round, life);
    }
    // The last life ends by itself: what it then holds must be what the exchange has.
    const last = await runSession([...args, '--steps', '3'], folder, undefined);
    checkLife(last, round, kills + 1);
    const orders = await checkIntents(folder, round, account);
    checkBooks(last, account, round);
    return { orders, fills: account.fills.length, faults: struck() };
  } finally {
    await exchange.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function openExchange(seed: number, speed: number): Promise<{ exchange: LocalExchange; account: Account }> {
  const now = Math.floor(systemRuntime.now() / minute) * minute;
  const raw = generateBars({ seed, timeframe: '1m', start: now - 60 * minute, count: 3_000 });
  const grid = gridOf(raw);
  const instrument = { symbol: 'BTC/USDT', base: 'BTC', quote: 'USDT', ...grid };
  const runtime = new FastRuntime(systemRuntime, speed, systemRuntime.now());
  const market = new BarMarket(runtime, {
    series: [{ instrument, bars: onGrid(raw, grid).bars, timeframe: '1m' }],
    accounts: [{ name: 'me', ...keys, balances: { USDT: String(funds) } }],
    tradesPerBar: 240,
    // Fees in quote leave no remainder of a position.
    feeIn: 'quote',
  });
  const exchange = await openLocalExchange({ runtime, market, checksTime: false });
  return { exchange, account: [...market.exchange.accounts].find(({ name }) => name === 'me')! };
}

/** A third of the questions about the account fail, in every way that ends soon. @returns How many were struck. */
function failAccountQuestions({ server }: LocalExchange, seed: number): () => number {
  const kinds = ['bad-gateway', 'server-error', 'reset', 'web-page', 'lost-answer', 'spoiled-answer'] as const;
  const faults = new Faults({ random: { seed, rate: 0.33, kinds } });
  const next = faults.next.bind(faults);
  faults.next = (path, method) => {
    const isQuestion = method === 'GET' && /\/api\/v3\/(?:account|openOrders|myTrades|order)\b/.test(path);
    return isQuestion ? next(path, method) : undefined;
  };
  server.faults = faults;
  return () => [...faults.struck.values()].reduce((all, count) => all + count, 0);
}

interface Kill {
  readonly word: string;
  readonly afterMs: number;
}

/** What a session said, line by line. */
type Said = readonly { readonly event: string; readonly [field: string]: unknown }[];

/** Runs a session, killed with SIGKILL after it said a word; a life that never says it is killed after half a minute. */
function runSession(args: readonly string[], cwd: string, kill: Kill | undefined): Promise<Said> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [main, ...args], { cwd, env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
    let [out, err] = ['', ''];
    let isKilled = false;
    const strike = (afterMs: number): void => {
      isKilled = true;
      setTimeout(() => child.kill('SIGKILL'), afterMs);
    };
    if (kill !== undefined) setTimeout(() => { if (!isKilled) strike(0); }, 30_000).unref(); // prettier-ignore
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      out += text;
      if (kill !== undefined && !isKilled && out.includes(kill.word)) strike(kill.afterMs);
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => (err += text));
    child.on('close', (code, signal) => {
      if (code !== 0 && signal !== 'SIGKILL') {
        reject(new Error(`a session ended with ${code ?? signal ?? ''}: ${err.slice(0, 2_000)}\n${out.slice(-1_000)}`));
        return;
      }
      const whole = out.slice(0, out.lastIndexOf('\n') + 1).trim();
      resolve(whole === '' ? [] : whole.split('\n').map((line) => JSON.parse(line) as Said[number]));
    });
  }); // prettier-ignore
}

/** No step and no order before the account was known. */
function checkLife(said: Said, round: number, life: number): void {
  const recovered = said.findIndex(({ event }) => event === 'recovered');
  const first = said.findIndex(({ event }) => event === 'step' || event === 'order');
  if (first >= 0 && (recovered < 0 || first < recovered)) {
    throw new Error(`round ${round}, life ${life}: ${said[first]!.event} before the account was known`);
  }
}

/** Every order of the exchange was meant once, and none is doubled. @returns How many there are. */
async function checkIntents(folder: string, round: number, { orders }: Account): Promise<number> {
  const store = await IntentStore.open(join(folder, `sessions/crash-${round}/intents.db`), `crash-${round}`);
  const known = new Set(store.intents().map(({ request }) => request.clientId));
  store.close();
  const seen = new Set<string>();
  for (const { clientId } of orders) {
    if (!known.has(clientId)) throw new Error(`round ${round}: order ${clientId} was never meant`);
    if (seen.has(clientId)) throw new Error(`round ${round}: order ${clientId} was doubled`);
    seen.add(clientId);
  }
  return orders.length;
}

/** Cash and holdings of the last result against the exchange's balances, to the last digit. */
function checkBooks(said: Said, account: Account, round: number): void {
  const end = said.at(-1) as unknown as { event: string; result: { finalCash: number; session: { holdings: Record<string, number> } } } | undefined;
  if (end?.event !== 'end') throw new Error(`round ${round}: the last life has no result`);
  const held = (asset: string): Decimal => {
    const { free, locked } = account.holding(asset);
    return new Decimal(balanceText(free + locked));
  };
  const quote = new Decimal(cash).add(held('USDT')).sub(funds).toNumber();
  if (end.result.finalCash !== quote) throw new Error(`round ${round}: cash is ${end.result.finalCash}, by the exchange ${quote}`);
  const base = held('BTC').toNumber();
  const mine = end.result.session.holdings['BTC/USDT'];
  if (mine !== base) throw new Error(`round ${round}: ${mine} BTC are held, by the exchange ${base}`);
} // prettier-ignore
