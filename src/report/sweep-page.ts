/** The report of a sweep or a walk-forward: how the score depends on parameters, what the trials earned, and how much of the best is luck. */
import type { TrialCurve } from './gather/fan-curve.ts';
import { equityFan, heatOfPair, parallelCoordinates, scoreLine, type PicturedTrial } from './pictures/sweep.ts';
import { shortNumber } from './pictures/svg.ts';
import { hashText } from './hash.ts';
import { card, facts, pageOf, section, type Section } from './shell.ts';
import { escapeHtml } from './text/html.ts';
import { change, count, counted, directionOf, moment, percent, ratio } from './text/words.ts';
import { packageVersion } from '../core/index.ts';

/** A trial of a sweep, as `optimize` returns it. */
export interface SweptTrial extends PicturedTrial {
  /** Its number, from 0 in the order of the search. */
  readonly number: number;
  /** Its figures by name. */
  readonly stats: Readonly<Partial<Record<string, number>>>;
}

/** A sweep, as `optimize` returns it. */
export interface Swept {
  /** Name of the strategy. */
  readonly strategy: string;
  /** Every trial, and the parameters that were searched. */
  readonly trials: Iterable<SweptTrial> & {
    /** Names of the parameters that were searched. */
    readonly paramNames: readonly string[];
    /** How many trials there are. */
    readonly length: number;
  };
  /** The trials with a score, the best first. */
  readonly ranking: readonly SweptTrial[];
  /** How much of the best is luck; undefined where no trial has a score. */
  readonly luck: SweptLuck | undefined;
  /** What the trials next to the best one scored; undefined where none has a score. */
  readonly neighbourhood: SweptNeighbours | undefined;
  /** The name of what was looked for. */
  readonly metric: string;
  /** Whether more of it is better. */
  readonly direction: 'max' | 'min';
  /** Why the search ended. */
  readonly end: 'done' | 'patience' | 'stopped';
  /** How many trials there would have been. */
  readonly planned: number;
  /** Trials of this strategy in the registry from before. */
  readonly earlierTrials: number;
  /** How often held-out bars of this strategy were opened. */
  readonly holdoutOpened: number;
  /** Things worth knowing that are not errors, in sentences. */
  readonly warnings: readonly string[];
}

/** What a sweep says about its best trial; see `Luck` of nextbar/research. */
export interface SweptLuck {
  /** How many trials were run. */
  readonly trials: number;
  /** How many independent trials these count for. */
  readonly effectiveTrials: number;
  /** Mean correlation between the returns of the trials, from -1 to 1. */
  readonly correlation: number;
  /** Yearly Sharpe ratio of the best trial, by its daily returns. */
  readonly sharpe: number;
  /** The Sharpe ratio to be expected of the best of as many trials that are worth nothing. */
  readonly luckySharpe: number;
  /** Probability, from 0 to 1, that the best trial's true Sharpe ratio is above 0, were it the only trial. */
  readonly probabilisticSharpe: number;
  /** The same with the luck of the search taken out. Below 0.95 the search has shown nothing. */
  readonly deflatedSharpe: number;
  /** Probability, from 0 to 1, that the best in one half of history is at or below the median in the other; NaN with too little history. */
  readonly overfitting: number;
  /** Years of such returns after which the Sharpe ratio is above 0 with a confidence of 0.95. */
  readonly minTrackRecordYears: number;
  /** Years of history below which the best of as many worthless trials is expected to show the Sharpe ratio found. */
  readonly minBacktestYears: number;
  /** Years of history that there are. */
  readonly years: number;
}

/** What the trials next to the best one scored; see `Neighbourhood` of nextbar/research. */
export interface SweptNeighbours {
  /** How many there are: trials at most one step away in every parameter. */
  readonly neighbours: number;
  /** Their mean score; NaN without one. */
  readonly mean: number;
  /** Their worst score; NaN without one. */
  readonly worst: number;
  /** Their mean by the best, or the best by their mean where less is better: near 1 on a plateau, near 0 or below on a needle. */
  readonly stability: number;
}

/** A walk-forward, as `walkForward` returns it. */
export interface Walked {
  /** The stretches, the earliest first. */
  readonly folds: readonly {
    /** Open of the first bar that was searched, milliseconds UTC. */
    readonly trainStart: number;
    /** End of the searched stretch, excluded, milliseconds UTC. */
    readonly trainEnd: number;
    /** Open of the first bar that was traded, milliseconds UTC. */
    readonly testStart: number;
    /** End of the traded stretch, excluded, milliseconds UTC. */
    readonly testEnd: number;
    /** The best parameters of the search, by name; undefined where no trial had a score, and nothing was traded. */
    readonly params: Readonly<Record<string, unknown>> | undefined;
    /** What the search reached in sample; undefined where no trial had a score. */
    readonly trainScore: number | undefined;
    /** Return of the stretch out of sample, as a fraction. */
    readonly testReturn: number;
    /** Closed trades out of sample. */
    readonly testTrades: number;
    /** The search. */
    readonly search: Swept;
  }[];
  /** Closes of the traded bars, milliseconds UTC. */
  readonly time: ArrayLike<number>;
  /** Value of the account out of sample at these closes, in its currency. */
  readonly value: ArrayLike<number>;
  /** Return out of sample over all stretches, as a fraction. */
  readonly totalReturn: number;
  /** Return out of sample of a year by that in sample, both compounded; NaN where the latter is not above 0. */
  readonly efficiency: number;
  /** Trials of all searches together. */
  readonly trials: number;
}

/** Bars that were held out, once they have been opened. */
export interface OpenedBars {
  /** The first moment that was held out, milliseconds UTC. */
  readonly from: number;
  /** The parameters that were run over them, by name. */
  readonly params: Readonly<Record<string, unknown>>;
  /** Figures of that run, by name. */
  readonly stats: Readonly<Partial<Record<string, number>>>;
  /** How often they have been opened, this time included. */
  readonly opened: number;
}

/** Options of the report of a sweep. */
export interface SweepReportOptions {
  /** The heading. Default: the name of the strategy. */
  readonly title?: string;
  /** `dark` or `light`. Default: what the reader's system prefers. */
  readonly theme?: 'dark' | 'light';
  /** The command line that made the sweep. Default: not shown. */
  readonly command?: string;
  /** Equity of some trials, spread over the ranking: the fan. Default: no fan. */
  readonly curves?: readonly TrialCurve[];
  /** Equity of the best trial. Default: not drawn. */
  readonly best?: TrialCurve;
  /** The first moment of bars that no trial read, milliseconds UTC. Default: none were held out. */
  readonly holdout?: number;
  /** The held-out bars, where they have been opened. Default: not opened. */
  readonly openedHoldout?: OpenedBars;
}

/** Trials that are listed. */
const mostListed = 200;
/** Heat maps that are drawn. */
const mostPairs = 6;

/** The page of a sweep, in pieces. */
export async function sweepPage(swept: Swept, options: SweepReportOptions = {}): Promise<string[]> {
  const { trials, ranking, metric, strategy } = swept;
  const names = trials.paramNames;
  const all = [...trials];
  const sign = swept.direction === 'max' ? 1 : -1;
  const pairs = names.flatMap((up, k) => names.slice(0, k).map((across): [string, string] => [across, up]));
  const maps = pairs.slice(0, mostPairs).map((pair) => card(`${pair[0]} and ${pair[1]}`, `${pair[0]} across, ${pair[1]} up. Mean ${metric} of the trials in each cell: the stronger the colour, the better.`, heatOfPair(pair, all, metric, sign))); // prettier-ignore
  const left = pairs.length > mostPairs ? `The first ${mostPairs} of ${pairs.length} pairs of parameters.` : '';
  const lines = names.slice(0, 8).map((name) => card(name, `${metric} of every trial by ${name}.`, scoreLine(name, all, metric))); // prettier-ignore
  const [best] = ranking;
  const sections: Section[] = [
    luckSection(swept, options),
    ...(maps.length === 0 ? [] : [section('maps', 'Heat maps', left, `<div class="grid2">${maps.join('')}</div>`)]),
    section('parameters', 'Parameters', '', `<div class="grid2">${card('Parallel coordinates', 'Each trial is a line through its parameters to its score; the best ten stand out.', parallelCoordinates(names, ranking, metric), 'wide')}${lines.join('')}</div>`),
    ...(options.curves === undefined ? [] : [section('equity', 'Equity', 'Where the curves of the trials lie: 90 of 100 in the wide band, half in the narrow one, the median as a line; blue is the best trial.', card('Equity fan', `${counted(options.curves.length, 'trial')}, spread over the ranking; shares of the start.`, equityFan(options.curves, options.best), 'wide'))]),
    trialsSection(swept),
  ]; // prettier-ignore
  const title = options.title ?? strategy;
  return frameOf(title, options, sections, `<p class="eyebrow">Sweep · ${escapeHtml(metric)}</p><h1>${escapeHtml(title)}</h1><p class="lead">${counted(trials.length, 'trial')} of ${count(swept.planned)}${swept.end === 'done' ? '' : swept.end === 'patience' ? ', ended early for want of a better one' : ', stopped'}. ${best === undefined ? 'No trial has a score.' : `The best: ${escapeHtml(paramText(best.params))}.`}</p>${tiles(swept)}${warned(swept.warnings)}`); // prettier-ignore
}

/** The page of a walk-forward, in pieces. */
export async function walkPage(walked: Walked, options: SweepReportOptions = {}): Promise<string[]> {
  const { folds, time, value } = walked;
  const strategy = folds[0]?.search.strategy ?? 'Walk-forward';
  const title = options.title ?? strategy;
  const metric = folds[0]?.search.metric ?? 'score';
  const rows = folds.map(({ trainStart, trainEnd, testStart, testEnd, params, trainScore, testReturn, testTrades, search }, k) => `<tr><th scope="row">${k + 1}</th><td>${moment(trainStart)} to ${moment(trainEnd)}</td><td>${moment(testStart)} to ${moment(testEnd)}</td><td>${params === undefined ? 'none had a score' : escapeHtml(paramText(params))}</td><td class="number">${ratio(trainScore)}</td><td class="number ${directionOf(testReturn)}" data-value="${testReturn}">${change(testReturn)}</td><td class="number">${count(testTrades)}</td><td class="number">${count(search.trials.length)}</td><td class="number">${percent(search.luck?.deflatedSharpe, 1)}</td></tr>`); // prettier-ignore
  const table = `<div class="scroll" tabindex="0" role="region" aria-label="Table of stretches"><table class="data"><thead><tr>${['#', 'Searched', 'Traded', 'Parameters', `${metric} in sample`, 'Return', 'Trades', 'Trials', 'Deflated'].map((text, k) => `<th scope="col"${k > 3 ? ' class="number"' : ''}><span class="cell">${escapeHtml(text)}</span></th>`).join('')}</tr></thead><tbody>${rows.join('')}</tbody></table></div>`; // prettier-ignore
  const sections: Section[] = [
    section('equity', 'Out of sample', 'The stretches that were traded with what was found before them, one after the other.', card('Equity', 'As a share of the start.', equityFan([], { time, value }), 'wide')),
    section('folds', 'Stretches', '', `<div class="card long">${table}</div>`),
    ...(options.openedHoldout === undefined && options.holdout === undefined ? [] : [section('holdout', 'Held-out bars', '', `<div class="card">${facts(holdoutFacts(folds[0]?.search.holdoutOpened ?? 0, options))}</div>`)]),
  ]; // prettier-ignore
  const box = (name: string, text: string, number: number, small: string): string => `<div class="tile"><dt>${name}</dt><dd data-metric="${name}" data-value="${number}">${escapeHtml(text)}</dd><dd class="sub"><small>${escapeHtml(small)}</small></dd></div>`; // prettier-ignore
  const boxes = [
    box('Return out of sample', change(walked.totalReturn), walked.totalReturn, counted(folds.length, 'stretch').replace('stretchs', 'stretches')),
    box('Efficiency', ratio(walked.efficiency), walked.efficiency, Number.isNaN(walked.efficiency) ? 'nothing grew in sample' : 'growth out of sample by that in sample'),
    box('Trials', count(walked.trials), walked.trials, 'of all searches'),
  ]; // prettier-ignore
  const warnings = [...new Set(folds.flatMap(({ search }) => search.warnings))];
  return frameOf(title, options, sections, `<p class="eyebrow">Walk-forward · ${escapeHtml(metric)}</p><h1>${escapeHtml(title)}</h1><p class="lead">Parameters were chosen on one stretch of history and traded on the next.</p><dl class="tiles">${boxes.join('')}</dl>${warned(warnings)}`); // prettier-ignore
}

function frameOf(
  title: string,
  options: SweepReportOptions,
  sections: readonly Section[],
  hero: string,
): Promise<string[]> {
  const command = options.command === undefined ? '' : `<p>Command: <code>${escapeHtml(options.command)}</code></p>`;
  return pageOf({
    title: `${title} · nextbar`,
    hero,
    sections,
    footer: `<p>Made by nextbar ${escapeHtml(packageVersion())}.</p>${command}<p>Past results, simulated ones above all, say little about future ones; the best of many says less.</p>`,
    model: { version: packageVersion(), title, key: hashText(title).slice(0, 12), prices: [], performance: undefined, tables: [] }, // prettier-ignore
    chunks: new Map(),
    theme: options.theme,
  });
}

function tiles({ ranking, luck, metric, trials }: Swept): string {
  const [best] = ranking;
  const tile = (name: string, text: string, value: number | undefined, small: string, tone = ''): string => `<div class="tile"><dt>${escapeHtml(name)}</dt><dd${tone === '' ? '' : ` class="${tone}"`} data-metric="${escapeHtml(name)}" data-value="${value ?? ''}">${escapeHtml(text)}</dd><dd class="sub"><small>${escapeHtml(small)}</small></dd></div>`; // prettier-ignore
  const deflated = luck?.deflatedSharpe;
  return `<dl class="tiles">${[
    tile(`Best ${metric}`, ratio(best?.score), best?.score, best === undefined ? '' : `trial ${best.number}`),
    tile('Deflated Sharpe', percent(deflated, 1), deflated, deflated !== undefined && deflated >= 0.95 ? 'better than luck' : 'below 95 %: nothing is shown', deflated !== undefined && deflated >= 0.95 ? 'up' : 'down'),
    tile('Trials', count(luck?.trials ?? trials.length), luck?.trials ?? trials.length, luck === undefined ? '' : `count for ${independent(luck.effectiveTrials)}`),
    tile('Overfitting', percent(luck?.overfitting, 1), luck?.overfitting, 'at or below the median elsewhere'),
    tile('Return of the best', change(best?.stats['totalReturn']), best?.stats['totalReturn'], `${count(best?.stats['trades'])} trades`),
  ].join('')}</dl>`; // prettier-ignore
}

function luckSection(swept: Swept, options: SweepReportOptions): Section {
  const { luck, neighbourhood, earlierTrials, holdoutOpened, trials } = swept;
  const isAlone = luck?.trials === 1;
  const rows: [string, string][] =
    luck === undefined
      ? [['Trials', `${count(trials.length)}, none with a score`]]
      : [
          ['Trials', `<b data-luck="trials" data-value="${luck.trials}">${count(luck.trials)}</b>${isAlone ? ': nothing was chosen, and there is no luck of a search to take out' : `, which count for ${independent(luck.effectiveTrials)}: their returns correlate by ${ratio(luck.correlation)}`}`],
          ['Sharpe ratio of the best', `${ratio(luck.sharpe)}; ${isAlone ? 'a worthless trial would show 0' : `the best of as many worthless trials would show ${ratio(luck.luckySharpe)}`}`],
          ['Probabilistic Sharpe ratio', `${percent(luck.probabilisticSharpe, 1)}: the odds that the best is above 0, were it the only trial`],
          ['Deflated Sharpe ratio', `<b data-luck="deflatedSharpe" data-value="${luck.deflatedSharpe}">${percent(luck.deflatedSharpe, 1)}</b>: the same with the luck of the search taken out`],
          ['Probability of overfitting', Number.isNaN(luck.overfitting) ? 'not known: too few trials or too little history' : `${percent(luck.overfitting, 1)}: how often the best of one half of history is at or below the median in the other`],
          ['Neighbours of the best', neighboursText(neighbourhood)],
          ['History', `${ratio(luck.years)} years; such a record needs ${needed(luck.minTrackRecordYears)}, and a search so wide ${needed(luck.minBacktestYears)}`],
        ]; // prettier-ignore
  if (earlierTrials > 0) rows.push(['Tried before', `${counted(earlierTrials, 'trial')} with other parameters or on other markets, by the registry: counted above`]); // prettier-ignore
  rows.push(...holdoutFacts(holdoutOpened, options));
  return section('luck', 'How much is luck', 'What the number of trials makes of the best one.', `<div class="card">${facts(rows)}</div>`); // prettier-ignore
}

function neighboursText(one: SweptNeighbours | undefined): string {
  if (one === undefined || one.neighbours === 0) {
    return 'none was tried next to it: whether the best is an isolated peak is not known';
  }
  const stands = Number.isFinite(one.stability) ? `, stability <b data-stability="${one.stability}">${ratio(one.stability)}</b>: near 1 on a plateau, near 0 or below on an isolated peak` : ''; // prettier-ignore
  return one.neighbours === 1
    ? `the only trial next to it scored ${ratio(one.mean)}${stands}`
    : `the ${count(one.neighbours)} trials next to it scored ${ratio(one.mean)} on average, the worst of them ${ratio(one.worst)}${stands}`;
}

/** A number of independent trials: whole from a hundred on. */
function independent(trials: number): string {
  return trials >= 100 ? count(Math.round(trials)) : shortNumber(trials);
}

function needed(years: number): string {
  return Number.isFinite(years) ? `${ratio(years)} years` : 'more years than there can be';
}

function holdoutFacts(before: number, { holdout, openedHoldout }: SweepReportOptions): [string, string][] {
  const rows: [string, string][] = [];
  if (holdout !== undefined) rows.push(['Held out', `bars from ${moment(holdout)} on: no trial read them`]);
  const opened = openedHoldout?.opened ?? before;
  if (opened > 0) {
    rows.push(['Held-out bars opened', `<b data-holdout="${opened}">${counted(opened, 'time')}</b>${opened > 1 ? ': after the first time they are in sample' : ''}`]); // prettier-ignore
  }
  if (openedHoldout !== undefined) {
    const { params, stats } = openedHoldout;
    rows.push(['There', `${escapeHtml(paramText(params))}: return ${change(stats['totalReturn'])}, Sharpe ratio ${ratio(stats['sharpe'])}, drawdown ${percent(stats['maxDrawdown'])}, ${count(stats['trades'])} trades`]); // prettier-ignore
  }
  return rows;
}

function trialsSection({ ranking, trials, metric }: Swept): Section {
  const names = trials.paramNames;
  const hasSharpe = metric !== 'sharpe';
  const head = ['Trial', ...names, metric, 'Return', ...(hasSharpe ? ['Sharpe'] : []), 'Max drawdown', 'Trades'];
  const rows = ranking.slice(0, mostListed).map(({ number, params, score, stats }) => `<tr><th scope="row">${number}</th>${names.map((name) => `<td class="number">${escapeHtml(valueText(params[name]))}</td>`).join('')}<td class="number" data-score="${score}">${ratio(score)}</td><td class="number ${directionOf(stats['totalReturn'])}">${change(stats['totalReturn'])}</td>${hasSharpe ? `<td class="number">${ratio(stats['sharpe'])}</td>` : ''}<td class="number">${percent(stats['maxDrawdown'])}</td><td class="number">${count(stats['trades'])}</td></tr>`); // prettier-ignore
  const about = ranking.length > mostListed ? `The best ${mostListed} of ${count(ranking.length)}; a file has all of them.` : counted(ranking.length, 'trial'); // prettier-ignore
  return section('trials', 'Trials', about, `<div class="card long"><div class="scroll" tabindex="0" role="region" aria-label="Table of trials"><table class="data"><thead><tr>${head.map((text, k) => `<th scope="col"${k > 0 ? ' class="number"' : ''}><span class="cell">${escapeHtml(text)}</span></th>`).join('')}</tr></thead><tbody>${rows.join('')}</tbody></table></div></div>`); // prettier-ignore
}

function warned(warnings: readonly string[]): string {
  return warnings.length === 0 ? '' : `<details class="card warned" open><summary>${counted(warnings.length, 'warning')}</summary><ul class="list">${warnings.map((text) => `<li>${escapeHtml(text)}</li>`).join('')}</ul></details>`; // prettier-ignore
}

function valueText(value: unknown): string {
  return typeof value === 'number' ? String(+value.toPrecision(6)) : typeof value === 'string' ? value : JSON.stringify(value); // prettier-ignore
}

function paramText(params: Readonly<Record<string, unknown>>): string {
  return Object.entries(params).map(([name, value]) => `${name} ${valueText(value)}`).join(', '); // prettier-ignore
}
