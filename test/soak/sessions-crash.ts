/** Crash soak of whole sessions: `nextbar paper` and `trade` are killed again and again while requests and streams fail, and must come back as they were. */
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

export const main = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));
const keys = { apiKey: 'soak-key', secret: 'soak-secret' };
/** What a round trades, and where its orders go. */
export interface CrashKind {
  readonly mode: 'paper' | 'sandbox';
  readonly market: 'spot' | 'perpetual';
}

/** Both modes on both markets. */
export const crashKinds: readonly CrashKind[] = [
  { mode: 'sandbox', market: 'spot' },
  { mode: 'paper', market: 'spot' },
  { mode: 'sandbox', market: 'perpetual' },
  { mode: 'paper', market: 'perpetual' },
];

export const env = {
  BINANCE_SANDBOX_API_KEY: keys.apiKey,
  BINANCE_SANDBOX_SECRET: keys.secret,
  BINANCEUSDM_SANDBOX_API_KEY: keys.apiKey,
  BINANCEUSDM_SANDBOX_SECRET: keys.secret,
  NEXTBAR_NO_HINTS: '1',
};
export const minute = 60_000;
export const funds = 100_000;
export const cash = 10_000;

/** Buys and closes in turn, with a resting order now and then. */
const strategy = `
import { Strategy } from 'nextbar';
export default class InAndOut extends Strategy {
  static params = { units: 0.01, rests: true };
  next() {
    const { units, rests } = this.params;
    if (this.position.size === 0) this.buy({ size: units });
    else this.close();
    if (rests && this.data.length % 3 === 0) this.buy({ type: 'limit', price: Math.round(this.data.close.now * 0.9), size: units });
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
  /** Rounds whose last life ended flat, so that the money could be compared too. */
  readonly flat: number;
}

/** Kills in rounds of ten, each with an exchange and a session of its own. @throws At anything that is not as the exchange has it. */
export async function crashSessions(
  kills: number,
  speed: number,
  say: (line: string) => void,
  kind: CrashKind = crashKinds[0]!,
): Promise<SessionCrashes> {
  const sum = { kills: 0, rounds: 0, orders: 0, fills: 0, faults: 0, flat: 0 };
  for (let round = 1; sum.kills < kills; round++) {
    const count = Math.min(10, kills - sum.kills);
    const done = await crashRound(round, speed, count, kind);
    sum.kills += count;
    sum.rounds++;
    sum.orders += done.orders;
    sum.fills += done.fills;
    sum.faults += done.faults;
    sum.flat += done.flat;
    say(
      `${kind.mode}, ${kind.market}: ${sum.kills} kills, ${sum.orders} orders, ${sum.fills} fills, ${sum.faults} faults`,
    );
  }
  return sum;
}

async function crashRound(
  round: number,
  speed: number,
  kills: number,
  kind: CrashKind,
): Promise<Omit<SessionCrashes, 'kills' | 'rounds'>> {
  const random = seededRandom(round * 7_919 + speed + crashKinds.indexOf(kind) * 104_729);
  const folder = mkdtempSync(join(tmpdir(), 'sessions-crash-'));
  writeFileSync(join(folder, 'in-and-out.mjs'), strategy);
  const { exchange, account, sizeDecimals } = await openExchange(round, speed, kind);
  const struck = failQuestions(exchange, round);
  try {
    const isPerpetual = kind.market === 'perpetual';
    if (isPerpetual)
      writeFileSync(join(folder, 'plan.yaml'), `account: { cash: { USDT: ${funds} }, leverage: 3, margin: cross }\n`);
    const args = [
      ...(kind.mode === 'paper' ? ['paper'] : ['trade', '--sandbox']), 'in-and-out.mjs',
      '--exchange', isPerpetual ? 'binanceusdm' : 'binance', '--symbol', isPerpetual ? 'BTC/USDT:USDT' : 'BTC/USDT',
      '--timeframe', speed === 1 ? '3s' : '15s', '--history', '0', '--url', exchange.url, '--speed', String(speed),
      '--session', `crash-${round}`, ...(isPerpetual ? ['--plan', 'plan.yaml', '--param', 'rests=false'] : ['--cash', String(cash)]), '--json',
    ]; // prettier-ignore
    for (let life = 1; life <= kills; life++) {
      // One in four dies while it starts or recovers, the others while they trade.
      const isEarly = random() < 0.25;
      const word =
        kind.mode === 'paper'
          ? isEarly
            ? '"event"'
            : '"status":"completed"'
          : isEarly
            ? 'the request for'
            : '"status":"completed"';
      checkLife(await runSession(args, folder, { word, afterMs: random() * 1_500 }), kind, round, life);
    }
    // The last life ends by itself: what it then holds must be what the exchange has.
    const last = await runSession([...args, '--steps', '4'], folder, undefined);
    checkLife(last, kind, round, kills + 1);
    if (kind.mode === 'paper') {
      const orders = await checkTwin(last, folder, round);
      return { orders, fills: orders, faults: struck(), flat: 1 };
    }
    const orders = await checkIntents(folder, round, account);
    if (isPerpetual) {
      const flat = checkContract(last, account, round, sizeDecimals);
      await checkTwin(last, folder, round, ['--url', exchange.url, '--speed', String(speed)]);
      return { orders, fills: account.fills.length, faults: struck(), flat };
    }
    checkBooks(last, account, round);
    return { orders, fills: account.fills.length, faults: struck(), flat: 1 };
  } finally {
    await exchange.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** An exchange with one account for a kind of session; `cuts`: sockets are closed every ten seconds. */
export async function openExchange(
  seed: number,
  speed: number,
  { market: traded }: CrashKind,
  cuts = true,
): Promise<{ exchange: LocalExchange; market: BarMarket; account: Account; sizeDecimals: number }> {
  const now = Math.floor(systemRuntime.now() / minute) * minute;
  const raw = generateBars({ seed, timeframe: '1m', start: now - 60 * minute, count: 3_000 });
  const grid = gridOf(raw);
  const isPerpetual = traded === 'perpetual';
  const coin = { symbol: 'BTC/USDT', base: 'BTC', quote: 'USDT', ...grid };
  const instrument = isPerpetual ? { ...coin, symbol: 'BTC/USDT:USDT', settle: 'USDT' } : coin;
  const runtime = new FastRuntime(systemRuntime, speed, systemRuntime.now());
  const market = new BarMarket(runtime, {
    series: [{ instrument, bars: onGrid(raw, grid).bars, timeframe: '1m' }],
    accounts: [{ name: 'me', ...keys, balances: { USDT: String(funds) } }],
    tradesPerBar: 240,
    // Fees in quote leave no remainder of a position.
    ...(isPerpetual ? { contracts: { fundingEveryMs: 5 * minute } } : { feeIn: 'quote' as const }),
  });
  const ends = cuts ? { lifetimeMs: 10_000 * speed } : {};
  const exchange = await openLocalExchange({ runtime, market, checksTime: false, ...ends });
  const account = [...market.exchange.accounts].find(({ name }) => name === 'me')!;
  return { exchange, market, account, sizeDecimals: grid.sizeDecimals };
}

/** A third of the questions about account and bars fail, in every way that ends soon. @returns How many were struck. */
function failQuestions({ server }: LocalExchange, seed: number): () => number {
  const kinds = ['bad-gateway', 'server-error', 'reset', 'web-page', 'lost-answer', 'spoiled-answer'] as const;
  const faults = new Faults({ random: { seed, rate: 0.33, kinds } });
  const next = faults.next.bind(faults);
  faults.next = (path, method) => {
    const isQuestion =
      method === 'GET' &&
      /\/f?api\/v\d\/(?:account|balance|openOrders|myTrades|userTrades|order|positionRisk|income|klines)\b/.test(path);
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
export type Said = readonly { readonly event: string; readonly [field: string]: unknown }[];

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
function checkLife(said: Said, { mode }: CrashKind, round: number, life: number): void {
  // On paper there is no account to know.
  if (mode === 'paper') return;
  const recovered = said.findIndex(({ event }) => event === 'recovered');
  const first = said.findIndex(({ event }) => event === 'step' || event === 'order');
  if (first >= 0 && (recovered < 0 || first < recovered)) {
    throw new Error(`round ${round}, life ${life}: ${said[first]!.event} before the account was known`);
  }
}

/** Every order of the exchange was meant once, and none is doubled. @returns How many there are. */
export async function checkIntents(
  folder: string,
  round: number,
  { orders }: Account,
  session = `crash-${round}`,
): Promise<number> {
  const store = await IntentStore.open(join(folder, `sessions/${session}/intents.db`), session);
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
export function checkBooks(said: Said, account: Account, round: number): void {
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

/** The result with which the last life ended. */
interface EndResult {
  readonly finalCash: number;
  readonly finalValue: number;
  readonly session: { readonly holdings: Record<string, number> };
  readonly strategies: readonly { readonly orders: Readonly<Record<string, number>> }[];
}

function endOf(said: Said, round: number): EndResult {
  const end = said.at(-1) as unknown as { event: string; result: EndResult } | undefined;
  if (end?.event !== 'end') throw new Error(`round ${round}: the last life has no result`);
  return end.result;
}

/** The session played from all its journals in one life, which was never killed, is as its last life ended. @returns How many orders it had. */
export async function checkTwin(
  said: Said,
  folder: string,
  round: number,
  more: readonly string[] = [],
  name = `crash-${round}`,
): Promise<number> {
  const { finalCash, finalValue, session, strategies } = endOf(said, round);
  // The exchange is in this process: waiting must not block it.
  const twin = await new Promise<{ status: number | null; stdout: string }>((resolve) => {
    const child = spawn(process.execPath, [main, 'recover', name, '--json', ...more], {
      cwd: folder,
      env: { ...process.env, ...env },
    });
    let stdout = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (stdout += text));
    child.on('close', (status) => {
      resolve({ status, stdout });
    });
  });
  if (twin.status !== 0) throw new Error(`round ${round}: recover exits with ${twin.status}: ${twin.stdout}`);
  const { cash, value, holdings } = JSON.parse(twin.stdout) as {
    cash: number;
    value: number;
    holdings: Record<string, number>;
  };
  const [was, is] = [
    JSON.stringify([cash, value, holdings]),
    JSON.stringify([finalCash, finalValue, session.holdings]),
  ];
  if (was !== is) throw new Error(`round ${round}: the unkilled twin has ${was}, the session ${is}`);
  return Object.values(strategies[0]!.orders).reduce((all, count) => all + count, 0);
}

/** Holdings, and when flat the wallet, against the exchange's. @returns 1 where the money was compared. */
export function checkContract(said: Said, account: Account, round: number, sizeDecimals: number): number {
  const { finalCash, session } = endOf(said, round);
  const lots = account.fills.reduce((sum, { order: { side }, size }) => sum + (side === 'buy' ? size : -size), 0);
  const mine = session.holdings['BTC/USDT:USDT']!;
  const lotsOfMine = mine * 10 ** sizeDecimals;
  if (Math.abs(lotsOfMine - lots) > 1e-6)
    throw new Error(`round ${round}: ${lotsOfMine} lots are held, by the exchange ${lots}`);
  if (mine !== 0) return 0;
  const { free, locked } = account.holding('USDT');
  const wallet = Number(balanceText(free + locked));
  if (Math.abs(finalCash - wallet) > 1e-6)
    throw new Error(`round ${round}: cash is ${finalCash}, by the exchange ${wallet}`);
  return 1;
}
