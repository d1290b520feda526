/** Runs a live session from its command line to its summary: what `paper` and `trade` share. */
import type { CcxtStoreOptions } from '../../connectors/ccxt/index.ts';
import { messageOf, type OrderGateway, type Runtime } from '../../core/index.ts';
import type { RunResult, SessionView } from '../../engine/index.ts';
import type { Output, CommandContext, GivenOptions } from '../shell/command.ts';
import { version } from '../shell/version.ts';
import { cerebroOf } from './cerebro.ts';
import { NewsLines, OrderNews } from './news.ts';
import { planOf, speedOf } from './options.ts';
import { keepPlan } from './plan-file.ts';
import type { LivePlan } from './plan.ts';
import { filesOf } from './session-files.ts';
import { LiveScreen } from './screen.ts';
import { spanOption, wholeNumber } from '../shell/options.ts';
import { usage } from '../shell/usage.ts';
import { painter } from '../shell/paint.ts';
import { loadBar } from '../output/progress.ts';
import { resultShape } from '../output/result-json.ts';
import { renderSummary } from '../output/summary.ts';

/** How a mode reaches its exchange. */
export interface LiveRoute {
  readonly connection: Omit<CcxtStoreOptions, 'exchange'>;
  readonly isTestNetwork: boolean;
  readonly gateway?: OrderGateway;
}

/** Runs a session until its end, and says what came of it. @returns The exit code. */
export async function startLive(
  mode: LivePlan['mode'],
  given: GivenOptions,
  context: CommandContext,
  routeOf: (plan: LivePlan, runtime: Runtime) => Promise<LiveRoute>,
): Promise<number> {
  const plan = await planOf(mode, given);
  const files = filesOf(mode, given, context);
  const speed = speedOf(given);
  const runtime = await clockOf(given.get('url'), speed, context.runtime);
  const route = await routeOf(plan, runtime);
  const isReal = !route.isTestNetwork && !given.has('url');
  const { connection, isTestNetwork, gateway } = route;
  const cerebro = await cerebroOf(plan, { runtime, connection, isTestNetwork, ...(!isReal && { folder: files.bars }) });
  const paint = painter(context.stdout, context.env);
  const title = [
    paint.bold(plan.strategy), mode, plan.exchange, ...(given.has('url') ? [given.get('url')!] : []),
  ].join('  '); // prettier-ignore
  const watch = given.has('quiet') ? undefined : watchOf(given, context, title);
  let now = runtime.now();
  if (watch !== undefined) {
    const report = (order: Parameters<NewsLines['order']>[0]): void => {
      watch.order(order, now);
    };
    cerebro.addAnalyzer(OrderNews, { report }, 'OrderNews');
  }
  keepPlan(plan, files);
  const progress = await loadBar(context.stderr, context.runtime);
  const ending = new AbortController();
  const release = onInterrupt(context, ending, context.stderr);
  const began = context.runtime.elapsed();
  const [span, steps] = [spanOption(given, 'for'), wholeNumber(given, 'steps', 1)];
  let result: RunResult;
  try {
    result = await cerebro.run({
      mode,
      signal: ending.signal,
      session: files.name,
      clockMs: Math.round(1_000 * Math.min(speed, 60)),
      ...(span !== undefined && { until: runtime.now() + span }),
      ...(steps !== undefined && { maxSteps: steps }),
      ...(!given.has('no-journal') && { journal: files.journal }),
      ...(gateway && { gateway, intents: files.intents }),
      ...(given.has('keep-orders') && { earlierOrders: 'keep' as const }),
      onLoad: (name, load) => {
        if (watch !== undefined && !given.has('json')) progress.show(name, load);
      },
      onUpdate: (view) => {
        progress.clear();
        // Before the first event there is no exchange's time yet.
        now = Number.isFinite(view.now) ? view.now : runtime.now();
        watch?.view({ ...view, now });
      },
    });
  } finally {
    release();
  }
  watch?.end(resultShape(result, version()));
  if (watch === undefined || given.has('json')) return 0;
  const took = context.runtime.elapsed() - began;
  context.stdout.write(renderSummary(result, { took, isSynthetic: false }, context));
  // A demonstration replays its session itself, and its folder is gone afterwards.
  if (result.session?.journal !== undefined && context.env['NEXTBAR_NO_HINTS'] === undefined) {
    const elsewhere = given.has('sessions') ? ` --sessions ${given.get('sessions')!}` : '';
    context.stdout.write(`  replay with: nextbar replay ${files.name}${elsewhere}\n\n`);
  }
  return 0;
}

/** The exchange's clock: this machine's, or one that runs as fast as the local exchange's does. */
async function clockOf(url: string | undefined, speed: number, runtime: Runtime): Promise<Runtime> {
  if (speed === 1 || url === undefined) return runtime;
  const { FastRuntime } = await import('../../venue/index.ts');
  const asked = runtime.elapsed();
  const answer = await fetch(`${url}/api/v3/time`).catch((cause: unknown) => {
    throw usage(`no local exchange answers at ${url}: ${messageOf(cause)}`);
  });
  const { serverTime } = (await answer.json()) as { readonly serverTime?: number };
  if (typeof serverTime !== 'number') throw usage(`${url} is no local exchange: it told no time`);
  return new FastRuntime(runtime, speed, serverTime + ((runtime.elapsed() - asked) * speed) / 2);
}

/** What shows a session while it runs: a screen on a terminal, else lines. */
function watchOf(
  given: GivenOptions,
  { stdout, runtime, env }: CommandContext,
  title: string,
): {
  view(view: SessionView): void;
  order(order: Parameters<NewsLines['order']>[0], now: number): void;
  end(result: unknown): void;
} {
  const isJson = given.has('json');
  if (isJson || stdout.isTTY !== true) return new NewsLines(stdout, isJson);
  return new LiveScreen(stdout, runtime, title, painter(stdout, env));
}

/** The first Ctrl-C ends the session, the second the process. Gives what takes that back. */
function onInterrupt(context: CommandContext, ending: AbortController, stderr: Output): () => void {
  context.leaveInterrupts();
  const interrupted = (): void => {
    if (ending.signal.aborted) process.exit(130);
    stderr.write('\nending: once more to stop at once\n');
    ending.abort();
  };
  process.on('SIGINT', interrupted);
  process.on('SIGTERM', interrupted);
  return () => {
    process.off('SIGINT', interrupted);
    process.off('SIGTERM', interrupted);
  };
}
