/** Runs a live session from its command line to its summary: what `paper` and `trade` share. */
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { hostname } from 'node:os';

import { inFile } from '../config/place.ts';
import type { PaperModel } from '../../broker/index.ts';
import type { CcxtStoreOptions } from '../../connectors/ccxt/index.ts';
import { messageOf, TradingError, unknownName, type OrderGateway, type Runtime } from '../../core/index.ts';
import { keptKinds, type KeptKind } from '../../feeds/index.ts';
import type { RunResult, SessionControl, SessionView } from '../../engine/index.ts';
import { printable } from '../output/printable.ts';
import type { CommandContext, GivenOptions } from '../shell/command.ts';
import { version } from '../shell/version.ts';
import type { SessionAlerts } from '../alerts/session-alerts.ts';
import { cerebroOf } from './cerebro.ts';
import { ControlSocket } from './control-socket.ts';
import { SessionHome } from './session-home.ts';
import { listenToKeys } from './terminal/keys.ts';
import { NewsLines, OrderNews, ofStrategy, orderText } from './news.ts';
import { liveOptions, planOf, speedOf } from './options.ts';
import { checkFiles } from '../run/outputs.ts';
import { writeSessionReport } from '../run/session-report.ts';
import { keepPlan } from './plan-file.ts';
import { strategyNames, type LivePlan } from './plan.ts';
import { takeWarnings } from '../shell/node-warnings.ts';
import { ProcessEnd } from './process-end.ts';
import { earlierJournals, filesOf, type SessionFiles } from './session-files.ts';
import { chosenSources, loadChosen } from '../run/chosen-strategies.ts';
import { startWatchdog } from './watchdog.ts';
import { LiveScreen } from './terminal/screen.ts';
import { numberOption, spanOption, wholeNumber } from '../shell/options.ts';
import { usage } from '../shell/usage.ts';
import { painter } from '../shell/paint.ts';
import { loadBar } from '../output/progress.ts';
import { resultShape } from '../output/result-json.ts';
import { renderSummary } from '../output/summary.ts';

/**
 * How long the account may leave requests unanswered, and how long the end waits for answers to sent requests, in milliseconds of real
 * time.
 */
const [accountPatienceMs, settleMs] = [60_000, 30_000];
/** After how long a strategy that does not return counts as hung, and after how long its process is killed, in milliseconds. */
const [hungMs, hangLimitMs] = [5_000, 60_000];

/** Codes of errors that refuse a session before it has sent anything. */
const refusals: readonly (string | undefined)[] = ['owned', 'not-armed', 'live-refused'];

/** How often to look for commands of the HTTP API, in milliseconds. */
const inboxMs = 250;

/** How a mode reaches its exchange. */
export interface LiveRoute {
  readonly connection: Omit<CcxtStoreOptions, 'exchange'>;
  readonly isTestNetwork: boolean;
  readonly gateway?: OrderGateway;
  /** In mode live, instead of a gateway: options of the account's connection. */
  readonly account?: Omit<CcxtStoreOptions, 'exchange'>;
}

/** The kinds that `--keep` names; undefined without it. */
function keepOption(given: GivenOptions): readonly KeptKind[] | undefined {
  const text = given.get('keep');
  if (text === undefined) return undefined;
  if (text === 'none') return [];
  return text.split(',').map((name) => {
    const kind = keptKinds.find((one) => one === name.trim());
    if (kind === undefined) throw usage(unknownName('--keep', name.trim(), [...keptKinds, 'none']).message);
    return kind;
  });
}

/** Runs a session until its end and shows its result. @returns The exit code: 1 when the result may not be the account's. */
export async function startLive(
  mode: LivePlan['mode'],
  given: GivenOptions,
  context: CommandContext,
  routeOf: (plan: LivePlan, runtime: Runtime) => Promise<LiveRoute>,
): Promise<number> {
  checkFiles(given, ['report']);
  const plan = await planOf(mode, given);
  const files = filesOf(mode, given, context);
  const { env } = context;
  const limitsFile = given.get('limits');
  const limits =
    limitsFile === undefined ? undefined : await (await import('./limits-file.ts')).readLimits(limitsFile, env);
  const resume = mode === 'paper' ? earlierJournals(files) : [];
  const speed = speedOf(given);
  const runtime = await clockOf(given.get('url'), speed, context.runtime);
  const route = await routeOf(plan, runtime);
  const isReal = !route.isTestNetwork && !given.has('url');
  const { connection, isTestNetwork, gateway, account } = route;
  const sendsOrders = gateway !== undefined || account !== undefined;
  if (mode === 'live' && !given.has('session'))
    throw usage('--session is missing: a session with real orders has a name');
  const program = mode === 'live' ? await programOf(plan) : undefined;
  const deadManMs = spanOption(given, 'dead-man');
  const approval = spanOption(given, 'approval');
  const model = modelOf(given);
  if (given.has('wait')) {
    const { exchangeIsBack } = await import('./wait.ts');
    const tell = (text: string): void => void context.stderr.write(`${printable(text)}\n`);
    await exchangeIsBack(plan.exchange, connection, {
      runtime: context.runtime,
      signal: new AbortController().signal,
      tell,
    });
  }
  const folder = given.get('folder') ?? (isReal ? undefined : files.bars);
  const keep = keepOption(given);
  const cerebro = await inFile(given.get('plan'), plan.accounts, () =>
    cerebroOf(plan, {
      runtime,
      connection,
      isTestNetwork,
      ...(folder !== undefined && { folder }),
      ...(keep && { keep }),
    }),
  );
  const paint = painter(context.stdout, context.env);
  const title = [
    paint.bold(strategyNames(plan)), mode, plan.exchange, ...(given.has('url') ? [given.get('url')!] : []),
  ].join('  '); // prettier-ignore
  const watch = given.has('quiet') ? undefined : watchOf(given, context, title);
  let now = runtime.now();
  // Read before the session is locked: wrong values end the command at once.
  const share = numberOption(given, 'share');
  const [span, steps] = [spanOption(given, 'for'), wholeNumber(given, 'steps', 1)];
  if (span !== undefined && span < 1) throw usage(`--for must be at least 1ms, was ${given.get('for')!}`);
  const hangLimit = spanOption(given, 'hang-limit') ?? hangLimitMs;
  const alertsFile = given.get('alerts');
  if (alertsFile !== undefined)
    await (await import('../alerts/session-alerts.ts')).SessionAlerts.check(alertsFile, env);
  const { exchange, symbols } = plan;
  const strategy = strategyNames(plan);
  const state = { pid: process.pid, host: hostname(), since: context.runtime.now(), mode, strategy, exchange, symbols };
  const home = await SessionHome.enter(files.folder, files.name, state, () => {
    keepPlan(plan, files);
  });
  let control: SessionControl | undefined;
  let alerts: SessionAlerts | undefined;
  const log = new NewsLines({ write: (text) => home.log(text) }, true);
  cerebro.addAnalyzer(OrderNews, {
    report: (order, name) => {
      // Messages of earlier runs were reported then.
      if (control === undefined && resume.length > 0) return;
      const strategy = plan.strategies.length > 1 ? name : undefined;
      log.order(order, now, strategy);
      board.order(order, ofStrategy(strategy, orderText(order)));
      alerts?.order(order, strategy);
      watch?.order(order, now, strategy);
    },
  }, 'OrderNews'); // prettier-ignore
  const { SessionBoard, SessionInbox } = await import('../../server/live/index.ts');
  const facts = { folder: files.folder, name: files.name, mode, strategy, exchange, accepts: ['stop', 'flatten'] };
  const board = new SessionBoard(facts, context.runtime);
  const waiting = new SessionInbox(files.folder, context.runtime, (kind, text) => {
    board.note(kind, text);
    if (kind === 'signal') log.message(text, now);
  });
  waiting.drop('it arrived while the session was not running');
  const inbox = context.runtime.every(inboxMs, () => {
    if (control !== undefined) waiting.deliver(control);
  });
  const socket = await ControlSocket.open(home.socket, () => control).catch((error: unknown) => {
    inbox.cancel();
    home.leave(context.runtime.now(), messageOf(error), 1);
    throw error;
  });
  const progress = await loadBar(context.stderr, context.runtime);
  const end = await ProcessEnd.take(context);
  const releaseKeys =
    watch instanceof LiveScreen
      ? listenToKeys(process.stdin, {
          runtime: context.runtime,
          control: () => control,
          tell: (text) => {
            watch.message(text, now);
            watch.redraw();
          },
          interrupt: () => process.kill(process.pid, 'SIGINT'),
        })
      : (): void => {};
  const restore = takeWarnings(({ message }) => {
    if (watch === undefined) context.stderr.write(`warning: ${printable(message)}\n`);
    else watch.message(`warning: ${message}`, now);
  });
  const endWatchdog = startWatchdog(
    {
      folder: files.folder,
      session: files.name,
      intents: sendsOrders ? files.intents : undefined,
      hungMs,
      limitMs: hangLimit,
      onReturn: () => {
        end.listen();
      },
    },
    context.runtime,
  );
  const began = context.runtime.elapsed();
  let result: RunResult;
  try {
    if (alertsFile !== undefined) {
      const failed = (text: string): void => {
        log.message(text, now);
        watch?.message(text, now);
      };
      const { SessionAlerts } = await import('../alerts/session-alerts.ts');
      alerts = await SessionAlerts.open(alertsFile, files.name, env, () => control, failed);
    }
    result = await cerebro.run({
      mode,
      signal: end.signal,
      // The wait is real time, so a fast clock makes it longer.
      settleMs: Math.round(settleMs * speed),
      ...(sendsOrders && { accountPatienceMs: Math.round(accountPatienceMs * speed) }),
      ...(share !== undefined && { accountShare: share }),
      session: files.name,
      state: files.state,
      ...(limits !== undefined && { limits }),
      ...(model !== undefined && { paper: model }),
      ...(approval !== undefined && { approvalMs: Math.round(approval * speed) }),
      ...(resume.length > 0 && { resume }),
      clockMs: Math.round(1_000 * Math.min(speed, 60)),
      ...(span !== undefined && { forMs: Math.round(span) }),
      ...(steps !== undefined && { maxSteps: steps }),
      ...(!given.has('no-journal') && { journal: files.journal }),
      ...(sendsOrders && { intents: files.intents }),
      ...(gateway && { gateway }),
      ...(account && { account, allowRealOrders: given.has('allow-real-orders'), arming: files.arming }),
      ...(program !== undefined && { program }),
      ...(deadManMs !== undefined && { deadManMs: Math.round(deadManMs * speed) }),
      ...(given.has('keep-orders') && { earlierOrders: 'keep' as const }),
      onLoad: (name, load) => {
        if (watch !== undefined && !given.has('json')) progress.show(name, load);
      },
      onControl: (given) => {
        control = given;
      },
      onUpdate: (view) => {
        progress.clear();
        // Before the first event the exchange's time is unknown.
        now = Number.isFinite(view.now) ? view.now : runtime.now();
        log.view({ ...view, now });
        alerts?.view(view);
        board.view(view);
        watch?.view({ ...view, now });
      },
    });
  } catch (error) {
    progress.clear();
    // A refused session has sent nothing: the orders belong to the session that holds the lock.
    const isRefused = error instanceof TradingError && refusals.includes(error.code);
    if (sendsOrders && !isRefused) await listOpenOrders(files, context);
    log.message(`the session failed: ${messageOf(error)}`, now);
    await alerts?.end('error', messageOf(error));
    home.leave(context.runtime.now(), `it failed: ${messageOf(error)}`, 1);
    board.end(`it failed: ${messageOf(error)}`);
    throw error;
  } finally {
    inbox.cancel();
    waiting.drop('the session had ended');
    control = undefined;
    await socket.close();
    releaseKeys();
    end.release();
    restore();
    await endWatchdog();
  }
  watch?.end(resultShape(result, version()));
  const { isRecovered, isSettled, ended } = result.session!;
  const code = isRecovered && isSettled ? end.exitCode : 1;
  log.end(resultShape(result, version()));
  await alerts?.end('end', ended);
  board.end(ended);
  home.leave(context.runtime.now(), ended, code);
  // The end is printed first: a report that cannot be written must not hide how the session ended.
  const report = (): Promise<void> =>
    writeSessionReport({ name: mode === 'paper' ? 'paper' : 'trade', given, options: liveOptions }, plan, files.name, result); // prettier-ignore
  if (watch === undefined || given.has('json')) {
    const texts = result.warnings.filter((text) => text.startsWith('the session ended before'));
    for (const text of texts) context.stderr.write(`warning: ${printable(text)}\n`);
    await report();
    return code;
  }
  const took = context.runtime.elapsed() - began;
  context.stdout.write(renderSummary(result, { took, isSynthetic: false }, context));
  // A demonstration replays its session itself and removes its folder.
  if (result.session?.journal !== undefined && context.env['NEXTBAR_NO_HINTS'] === undefined) {
    const elsewhere = given.has('sessions') ? ` --sessions ${given.get('sessions')!}` : '';
    context.stdout.write(`  replay with: nextbar replay ${files.name}${elsewhere}\n\n`);
  }
  await report();
  return code;
}

/** The model of paper fills that `--fills`, `--queue` and `--latency` describe; undefined without them. */
function modelOf(given: GivenOptions): PaperModel | undefined {
  const [depth, queue, latency] = [given.get('fills'), given.get('queue'), spanOption(given, 'latency')];
  if (depth !== undefined && depth !== 'book' && depth !== 'touch')
    throw usage(unknownName('--fills', depth, ['book', 'touch']).message);
  if (queue !== undefined && queue !== 'conservative' && queue !== 'proportional')
    throw usage(unknownName('--queue', queue, ['conservative', 'proportional']).message);
  if ((depth ?? queue ?? latency) === undefined) return undefined;
  return {
    ...(depth && { depth }),
    ...(queue && { queue }),
    ...(latency !== undefined && { orderLatencyMs: latency }),
  };
}

/** A hash of every file that the strategies were compiled from. */
async function programOf(plan: LivePlan): Promise<string> {
  const hash = createHash('sha256');
  const files = plan.strategies.map(({ file }) => file);
  for (const { path, text } of chosenSources(files, await loadChosen(plan.strategies)))
    hash.update(`${path}\n${text}\n`);
  return hash.digest('hex');
}

/** Lists the orders of a failed session that may still be open, from its intents. */
async function listOpenOrders({ intents, name }: SessionFiles, { stderr }: CommandContext): Promise<void> {
  if (!existsSync(intents)) return;
  const { IntentStore } = await import('../../store/index.ts');
  const store = await IntentStore.open(intents, name);
  try {
    for (const { request, state } of store.intents()) {
      if (state !== 'written' && state !== 'accepted') continue;
      const { clientId, side, size, symbol, type, price, stopPrice } = request;
      const at = price ?? stopPrice;
      stderr.write(`open order: ${clientId} ${side} ${size} ${symbol} ${type}${at === undefined ? '' : ` ${at}`} (${state})\n`); // prettier-ignore
    }
  } finally {
    store.close();
  }
}

/** How long the clock of a local exchange is watched. */
const watchMs = 250;
const timeoutMs = 10_000;

/**
 * The exchange's clock: this machine's, or one at the speed of the local exchange's.
 *
 * @throws {TradingError} If the clock at the address runs at another speed: the session would refuse what it sends, or wait for it.
 */
export async function clockOf(url: string | undefined, speed: number, runtime: Runtime): Promise<Runtime> {
  if (url === undefined) return runtime;
  // The first request opens the connection, and takes too long to tell the time.
  const answer = await timeAt(url, runtime).catch((cause: unknown) => {
    // A server that is away is told of, or waited for, where the session connects.
    if (speed === 1) return undefined;
    throw usage(`no local exchange answers at ${url}: ${messageOf(cause)}`);
  });
  if (speed !== 1 && answer === undefined)
    throw usage(`${url} is not a local exchange: it did not answer with its time`);
  if (answer === undefined) return runtime;
  const first = await timeAt(url, runtime).catch(() => undefined);
  await runtime.sleep(watchMs);
  const second = await timeAt(url, runtime).catch(() => undefined);
  if (first !== undefined && second !== undefined) {
    // Each time was read at some moment between its request and its answer.
    const moved = second.time - first.time;
    const [least, most] = [moved / (second.answered - first.asked), moved / (second.asked - first.answered)];
    if (moved > 0 && (speed * 1.5 < least || speed > most * 1.5)) {
      const about = Number(((least + most) / 2).toPrecision(2));
      throw usage(`--speed must be that of the exchange at ${url}, whose clock runs about ${about} times as fast as time, was ${speed}`); // prettier-ignore
    }
  }
  if (speed === 1) return runtime;
  const { FastRuntime } = await import('../../venue/index.ts');
  const { time, asked, answered } = second ?? answer;
  const sinceRead = runtime.elapsed() - (asked + answered) / 2;
  return new FastRuntime(runtime, speed, time + sinceRead * speed);
}

/** What the clock at an address shows, and between which moments of this machine it was read; undefined where it is no clock of a local exchange. */
async function timeAt(
  url: string,
  runtime: Runtime,
): Promise<{ readonly time: number; readonly asked: number; readonly answered: number } | undefined> {
  const asked = runtime.elapsed();
  const answer = await fetch(`${url}/api/v3/time`, { signal: AbortSignal.timeout(timeoutMs) });
  const said = (await answer.json().catch(() => undefined)) as { readonly serverTime?: number } | undefined;
  const time = said?.serverTime;
  return typeof time === 'number' ? { time, asked, answered: runtime.elapsed() } : undefined;
}

/** Shows a session while it runs: a screen on a terminal, else lines. */
function watchOf(
  given: GivenOptions,
  { stdout, runtime, env }: CommandContext,
  title: string,
): {
  view(view: SessionView): void;
  order(...facts: Parameters<NewsLines['order']>): void;
  message(text: string, now: number): void;
  end(result: unknown): void;
} {
  const isJson = given.has('json');
  if (isJson || stdout.isTTY !== true) return new NewsLines(stdout, isJson);
  return new LiveScreen(stdout, runtime, title, painter(stdout, env));
}
