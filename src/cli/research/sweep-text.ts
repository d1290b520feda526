/** A sweep in words: the best trials, and how much of the best is luck. */
import { formatTime } from '../../core/index.ts';
import type { OpenedBars } from '../../report/index.ts';
import type { OptimizeResult, Trial, WalkForwardResult } from '../../research/index.ts';
import { table } from '../output/table.ts';
import { percent as percentOf } from '../output/words.ts';

/** How long something takes, such as `2 m 5 s`. */
export function spanText(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1_000));
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  return minutes < 60 ? `${minutes} m ${seconds % 60} s` : `${Math.floor(minutes / 60)} h ${minutes % 60} m`;
}

/** A score: one without bounds is said to be so. */
function scoreText(value: number | undefined): string {
  return value === Infinity ? 'infinite' : value === -Infinity ? '-infinite' : figure(value);
}

/** A parameter, with every digit that it takes to run it again, up to eight of a fraction. */
function paramText(value: unknown): string {
  if (typeof value === 'number' && !Number.isInteger(value)) return String(Number(value.toPrecision(8)));
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** Parameters by name. */
function paramsText(params: Readonly<Record<string, unknown>>): string {
  return Object.entries(params)
    .map(([name, value]) => `${name}=${paramText(value)}`)
    .join(' ');
}

/** A number with four significant digits. */
export function figure(value: number | undefined): string {
  if (value === undefined || Number.isNaN(value)) return '-';
  if (!Number.isFinite(value)) return value > 0 ? 'never' : '-';
  return Math.abs(value) >= 1e5 ? value.toFixed(0) : String(Number(value.toPrecision(4)));
}

function percent(value: number | undefined): string {
  return percentOf(value, 1);
}

/** The sweep as text. */
export function sweepText(result: OptimizeResult, rows: number): string {
  const { strategy, trials, ranking, metric, end, planned, resumed, took } = result;
  const own = trials.length - resumed;
  const rate = own > 0 && took > 0 ? `, ${figure((own / took) * 1_000)} a second` : '';
  const lines = [
    `${strategy}: ${trials.length} ${trials.length === 1 ? 'trial' : 'trials'} in ${spanText(took)}${rate}` +
      (resumed > 0 ? `, ${resumed} of them from an earlier sweep` : ''),
  ];
  if (end === 'stopped') lines.push(`stopped with ${planned - trials.length} of ${planned} trials left`);
  if (end === 'patience')
    lines.push(`ended early: no better trial was found for a while; ${planned - trials.length} trials were left out`);
  if (ranking.length > 0) lines.push('', tableOf(ranking.slice(0, rows), trials.paramNames, metric).trimEnd());
  if (ranking.length > rows) lines.push(`  ... and ${ranking.length - rows} more: write them all with --csv-out FILE`);
  lines.push('', ...luckLines(result));
  for (const warning of result.warnings) lines.push('', `warning: ${warning}`);
  return `${lines.join('\n')}\n`;
}

function tableOf(best: readonly Trial[], names: readonly string[], metric: string): string {
  const hasSharpe = metric !== 'sharpe';
  const head = ['trial', ...names, metric, 'return', ...(hasSharpe ? ['sharpe'] : []), 'max drawdown', 'trades'];
  const rows = best.map(({ number, params, score, stats }) => [
    String(number),
    ...names.map((name) => paramText(params[name])),
    scoreText(score),
    percent(stats.totalReturn),
    ...(hasSharpe ? [figure(stats.sharpe)] : []),
    percent(stats.maxDrawdown),
    String(stats.trades ?? '-'),
  ]);
  return table([head, ...rows], { indent: 2, align: head.map(() => 'right' as const) });
}

function needText(record: number, search: number): string {
  if (!Number.isFinite(record) || !Number.isFinite(search)) return 'no length of it would show a Sharpe ratio above 0';
  return `such a record needs ${figure(record)} years, and a search so wide ${figure(search)}`;
}

/** How much of the best trial is luck, always with the number of trials. */
function luckLines({ luck, neighbourhood, trials, earlierTrials, holdoutOpened }: OptimizeResult): string[] {
  if (luck === undefined) return [`no trial of ${trials.length} has a score`];
  const shown = luck.deflatedSharpe >= 0.95;
  const rows: [string, string, string][] = [
    [
      'deflated Sharpe',
      percent(luck.deflatedSharpe),
      shown ? 'the odds that the best is better than luck' : 'below 95 %: the search has shown nothing',
    ],
    [
      'Sharpe of the best',
      figure(luck.sharpe),
      luck.effectiveTrials === 1
        ? 'a worthless trial would show 0'
        : `the best of ${figure(luck.effectiveTrials)} worthless trials would show ${figure(luck.luckySharpe)}`,
    ],
    [
      'trials',
      String(luck.trials),
      luck.trials === 1
        ? 'nothing was chosen: there is no luck of a search to take out'
        : `count for ${figure(luck.effectiveTrials)}: their returns correlate by ${figure(luck.correlation)}`,
    ],
    [
      'overfitting',
      percent(luck.overfitting),
      'how often the best of one half of history is at or below the median in the other',
    ],
    ['history', `${figure(luck.years)} years`, needText(luck.minTrackRecordYears, luck.minBacktestYears)],
  ];
  if (neighbourhood !== undefined && neighbourhood.neighbours > 0) {
    rows.push([
      'neighbours',
      scoreText(neighbourhood.mean),
      neighbourhood.neighbours === 1
        ? 'the only trial next to the best'
        : `mean of the ${neighbourhood.neighbours} trials next to the best, worst ${scoreText(neighbourhood.worst)}`,
    ]);
  }
  if (earlierTrials > 0)
    rows.push([
      'tried before',
      String(earlierTrials),
      'with other parameters or on other markets, by the registry: counted above',
    ]);
  if (holdoutOpened > 0)
    rows.push([
      'held-out bars',
      `opened ${holdoutOpened === 1 ? 'once' : `${holdoutOpened} times`}`,
      'after the first time they are in sample',
    ]);
  return ['How much of the best is luck:', table(rows, { indent: 2 }).trimEnd()];
}

/** The sweep as plain data for JSON. */
export function sweepJson({
  strategy, metric, direction, end, planned, resumed, luck, neighbourhood, best, study, warnings, trials, earlierTrials, holdoutOpened,
}: OptimizeResult): Record<string, unknown> {
  const about = { strategy, metric, direction, end, planned, resumed, study, best, luck, neighbourhood };
  return { ...about, earlierTrials, holdoutOpened, warnings, trials: [...trials] };
} // prettier-ignore

/** The walk-forward as text. */
export function walkText(walked: WalkForwardResult, wanted: number): string {
  const { folds, totalReturn, efficiency, trials, warnings } = walked;
  const [first] = folds;
  if (first === undefined) return 'stopped before the first stretch was traded\n';
  const { strategy, metric, earlierTrials, holdoutOpened } = first.search;
  const resumed = folds.reduce((sum, { search }) => sum + search.resumed, 0);
  const head = ['traded from', 'to', 'parameters', `${metric} before`, 'return', 'trades', 'deflated Sharpe'];
  const rows = folds.map(({ testStart, testEnd, params, trainScore, testReturn, testTrades, search }) => [
    formatTime(testStart),
    formatTime(testEnd),
    params === undefined ? 'none had a score' : paramsText(params),
    scoreText(trainScore),
    percent(testReturn),
    String(testTrades),
    percent(search.luck?.deflatedSharpe),
  ]);
  const align = head.map((_, k) => (k < 3 ? ('left' as const) : ('right' as const)));
  const lines = [
    `${strategy}: ${folds.length} of ${wanted} stretches, ${trials} trials` +
      (resumed > 0 ? `, ${resumed} of them from an earlier walk` : ''),
    '',
    table([head, ...rows], { indent: 2, align }).trimEnd(),
    '',
    `Out of sample: ${percent(totalReturn)} in all${Number.isNaN(efficiency) ? '' : `, a growth of ${figure(efficiency)} times that in sample`}.`,
  ];
  if (folds.length < wanted) lines.splice(1, 0, 'stopped before the last stretch');
  if (earlierTrials > 0)
    lines.push(
      `Tried before: ${earlierTrials} trials with other parameters or on other markets, by the registry; deflated Sharpe ratios count them.`,
    );
  if (holdoutOpened > 0)
    lines.push(
      `Held-out bars were opened ${holdoutOpened === 1 ? 'once' : `${holdoutOpened} times`}: after the first time they are in sample.`,
    );
  for (const warning of warnings) lines.push('', `warning: ${warning}`);
  return `${lines.join('\n')}\n`;
}

/** The walk-forward as plain data for JSON. */
export function walkJson({
  folds,
  totalReturn,
  efficiency,
  sharpe,
  trials,
  warnings,
}: WalkForwardResult): Record<string, unknown> {
  const [first] = folds;
  return {
    strategy: first?.search.strategy,
    metric: first?.search.metric,
    totalReturn,
    efficiency,
    sharpe,
    trials,
    earlierTrials: first?.search.earlierTrials ?? 0,
    holdoutOpened: first?.search.holdoutOpened ?? 0,
    warnings,
    folds: folds.map(({ search, ...fold }) => ({
      ...fold,
      trials: search.trials.length,
      luck: search.luck,
      study: search.study,
    })),
  };
}

/** The result over held-out bars, and how often they were opened. */
export function openedText({ from, params, stats, opened }: OpenedBars): string {
  const seen =
    opened === 1 ? 'opened for the first time' : `opened ${opened} times: after the first time they are in sample`;
  return `\nHeld-out bars from ${formatTime(from)}, ${seen}:\n  ${paramsText(params)}: return ${percent(stats['totalReturn'])}, sharpe ${figure(stats['sharpe'])}, max drawdown ${percent(stats['maxDrawdown'])}, ${String(stats['trades'] ?? 0)} trades\n`;
}
