/** Offline soak: the network between sessions and their exchange is cut for an hour of its clock while orders work there and some fill. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

import { messageOf, systemRuntime } from '../../src/core/index.ts';
import { BarStore, listSeries } from '../../src/store/index.ts';
import type { Account } from '../../src/venue/exchange/index.ts';
import { cash, checkBooks, checkContract, checkIntents, checkTwin, crashKinds, env, funds, main, minute, openExchange, type CrashKind, type Said } from './sessions-crash.ts'; // prettier-ignore

/** What the session is called. */
const name = 'offline';

/** Keeps a bracket and purchases on both sides of the price, so that some are executed whichever way it moves. */
const strategy = `
import { Strategy } from 'nextbar';
export default class Ladder extends Strategy {
  static params = { units: 0.005, bracket: true, stops: true };
  own = [];
  next() {
    const { units, bracket, stops } = this.params;
    const now = this.data.close.now;
    const near = (percent) => Math.round(now * (1 + percent / 100));
    this.own = this.own.filter((order) => order.isAlive);
    if (this.own.length > 3) return;
    if (bracket && this.position.size === 0) this.own.push(...Object.values(this.buyBracket({ size: 2 * units, takeProfit: near(0.1), stopLoss: near(-0.15) }) ?? {}));
    for (const percent of [0.05, 0.2, 0.5]) {
      this.own.push(this.buy({ type: 'limit', price: near(-percent), size: units }));
      if (stops) this.own.push(this.buy({ type: 'stop', price: near(percent), size: units }));
    }
  }
}
`;

/** What a session that was offline came to. */
export interface OfflineRun {
  readonly kind: CrashKind;
  /** Bars of the session, one after the other and as the exchange has them. */
  readonly bars: number;
  readonly orders: number;
  /** Executions at the exchange while nothing of it could be reached; 0 on paper. */
  readonly unseenFills: number;
}

/**
 * Runs kinds of session, all four by default, through a cut of so many minutes of the exchange's clock.
 *
 * @throws At anything doubled, forgotten or not as the exchange has it, and at a bar that is neither there nor told.
 */
export async function soakOffline(
  minutes: number,
  speed: number,
  say: (line: string) => void,
  kinds: readonly CrashKind[] = crashKinds,
): Promise<OfflineRun[]> {
  const runs: OfflineRun[] = [];
  for (const kind of kinds) {
    const run = await offlineRun(minutes, speed, kind);
    runs.push(run);
    say(`${kind.mode}, ${kind.market}: ${run.bars} bars, ${run.orders} orders, ${run.unseenFills} unseen fills`);
  }
  return runs;
}

async function offlineRun(minutes: number, speed: number, kind: CrashKind): Promise<OfflineRun> {
  const round = 1 + crashKinds.indexOf(kind);
  const folder = mkdtempSync(join(tmpdir(), 'offline-'));
  writeFileSync(join(folder, 'ladder.mjs'), strategy);
  const isPerpetual = kind.market === 'perpetual';
  const symbol = isPerpetual ? 'BTC/USDT:USDT' : 'BTC/USDT';
  if (isPerpetual)
    writeFileSync(join(folder, 'plan.yaml'), `account: { cash: { USDT: ${funds} }, leverage: 3, margin: cross }\n`);
  const { exchange, market, account, sizeDecimals } = await openExchange(round, speed, kind, false);
  const wire = await Wire.to(Number(new URL(exchange.url).port));
  const session = new Session(
    [
      ...(kind.mode === 'paper' ? ['paper'] : ['trade', '--sandbox']), 'ladder.mjs',
      '--exchange', isPerpetual ? 'binanceusdm' : 'binance', '--symbol', symbol, '--timeframe', '1m', '--history', '10',
      '--url', wire.url, '--speed', String(speed), '--session', name,
      ...(isPerpetual ? ['--plan', 'plan.yaml', '--param', 'bracket=false'] : ['--cash', String(cash)]), '--json',
    ],
    folder,
  ); // prettier-ignore
  try {
    const works = ({ event, order }: Said[number]): boolean =>
      event === 'order' && (order as { type: string; status: string }).status === 'accepted';
    await session.until(() => (kind.mode === 'paper' ? session.said.some(works) : [...account.open].length > 3));
    const before = account.fills.length;
    wire.cut();
    await systemRuntime.sleep((minutes * minute) / speed);
    // A quiet market may leave every order where it is for longer than that.
    for (let more = 0; kind.mode === 'sandbox' && account.fills.length === before && more < 60; more++)
      await systemRuntime.sleep(minute / speed);
    const unseenFills = account.fills.length - before;
    const stepsBefore = session.steps;
    await wire.mend();
    await session.until(() => session.isLive && session.steps >= stepsBefore + minutes + 2);
    // From here on nothing happens at the exchange that the session could not have seen.
    market.stop();
    await systemRuntime.sleep(2_000);
    session.child.kill('SIGINT');
    const said = await session.ended;
    const bars = await checkBars(folder, symbol, exchange.url);
    if (kind.mode === 'paper')
      return { kind, bars, orders: await checkTwin(said, folder, round, [], name), unseenFills: 0 };
    const orders = await checkIntents(folder, round, account, name);
    if (unseenFills === 0) throw new Error('nothing was executed while the network was cut');
    if (isPerpetual) checkContract(said, account, round, sizeDecimals);
    else checkBooks(said, account, round);
    checkOpen(said, account);
    await checkTwin(said, folder, round, ['--url', wire.url, '--speed', String(speed)], name);
    return { kind, bars, orders, unseenFills };
  } catch (error) {
    const last = session.said.slice(-3).map((line) => JSON.stringify(line).slice(0, 300));
    throw new Error(`${kind.mode}, ${kind.market}: ${messageOf(error)}\n${last.join('\n')}`, { cause: error });
  } finally {
    session.child.kill('SIGKILL');
    wire.close();
    await exchange.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The bars that the session kept, one after the other and as the exchange has them. @returns How many there are. */
async function checkBars(folder: string, symbol: string, url: string): Promise<number> {
  const store = await BarStore.open({ folder: join(folder, 'sessions', name, 'bars') });
  const [series] = listSeries(store);
  if (series === undefined) throw new Error('the session kept no bars');
  const kept = store.read(series, { start: -Infinity, end: Infinity });
  store.close();
  const first = kept.time[0]!;
  const path = symbol.includes(':') ? '/fapi/v1/klines' : '/api/v3/klines';
  const answer = await fetch(`${url}${path}?symbol=BTCUSDT&interval=1m&startTime=${first}&limit=1000`);
  const rows = (await answer.json()) as (string | number)[][];
  for (const [i, time] of kept.time.entries()) {
    if (time !== first + i * minute) throw new Error(`bar ${i} is that of ${time}, and not of ${first + i * minute}`);
    const { open, high, low, close, volume } = kept;
    const mine = [time, open[i]!, high[i]!, low[i]!, close[i]!, Number(volume[i]!.toFixed(8))];
    const own = rows[i]!.slice(0, 6).map(Number);
    if (mine.join() !== own.join()) throw new Error(`a bar is ${mine.join()}, and ${own.join()} at the exchange`);
  }
  return kept.time.length;
}

/** The session and the exchange know of the same open orders. */
function checkOpen(said: Said, account: Account): void {
  const end = said.at(-1) as unknown as { result: { session: { openOrders: readonly string[] } } };
  const mine = end.result.session.openOrders;
  const working = [...account.open].length;
  if (mine.length !== working) throw new Error(`${working} orders are open at the exchange, the session has ${mine.join('; ')}`); // prettier-ignore
}

/** A command line that runs, and what it has said. */
class Session {
  readonly said: { readonly event: string; readonly [field: string]: unknown }[] = [];
  readonly child: ChildProcess;
  readonly ended: Promise<Said>;
  steps = 0;
  isLive = false;

  constructor(args: readonly string[], cwd: string) {
    const child = spawn(process.execPath, [main, ...args], { cwd, env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
    this.child = child;
    let errors = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => (errors += text));
    createInterface({ input: child.stdout }).on('line', (line) => {
      const event = JSON.parse(line) as Said[number];
      this.said.push(event);
      if (event.event === 'step') this.steps = event['steps'] as number;
      if (event.event === 'stream') this.isLive = event['state'] === 'live';
    });
    this.ended = new Promise((resolve, reject) => {
      child.on('close', (code) => {
        if (code === 0) resolve(this.said);
        else reject(new Error(`the session ended with ${code}: ${errors}`));
      });
    });
    this.ended.catch(() => undefined);
  } // prettier-ignore

  /** Waits until something is so, for two minutes at most. */
  async until(isSo: () => boolean): Promise<void> {
    for (let waited = 0; !isSo(); waited += 50) {
      if (this.child.exitCode !== null) await this.ended;
      if (waited > 120_000) throw new Error('the session did not come so far within two minutes');
      await systemRuntime.sleep(50);
    }
  }
}

/** A line to a port of this machine that can be cut: what is open breaks off, and what is new is refused. */
class Wire {
  private readonly to: number;
  private readonly sockets = new Set<Socket>();
  private server: Server;
  private port = 0;

  private constructor(to: number) {
    this.to = to;
    this.server = this.make();
  }

  static async to(port: number): Promise<Wire> {
    const wire = new Wire(port);
    await wire.mend();
    return wire;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  cut(): void {
    this.server.close();
    for (const socket of this.sockets) socket.destroy();
  }

  async mend(): Promise<void> {
    this.server = this.make();
    await once(this.server.listen(this.port, '127.0.0.1'), 'listening');
    this.port = (this.server.address() as AddressInfo).port;
  }

  close(): void {
    this.cut();
  }

  private make(): Server {
    return createServer((near) => {
      const far = connect(this.to, '127.0.0.1');
      for (const [one, other] of [[near, far], [far, near]] as const) {
        this.sockets.add(one);
        one.on('error', () => undefined);
        one.on('close', () => {
          this.sockets.delete(one);
          other.destroy();
        });
        one.pipe(other);
      }
    });
  } // prettier-ignore
}
