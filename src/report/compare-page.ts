/** The comparison of runs as a page: figures side by side, curves over each other, what differs marked. */
import { toLevels } from './columns/levels.ts';
import { compareRuns, shortHash, type ComparedRun, type Comparison } from './compare.ts';
import { hashText } from './hash.ts';
import type { MetricGroup } from './metrics.ts';
import type { PerformanceModel } from './model.ts';
import { chartPlace, pageOf, section, type Section } from './shell.ts';
import { escapeHtml } from './text/html.ts';
import { amount, change, count, counted, directionOf, moment } from './text/words.ts';
import { packageVersion } from '../core/index.ts';

/** Trades of a run that are listed because no other run made them. */
const mostListed = 200;

/** The page of a comparison, in pieces. */
export async function comparePage(
  runs: readonly ComparedRun[],
  options: { readonly title?: string; readonly theme?: 'dark' | 'light' } = {},
): Promise<string[]> {
  const comparison = compareRuns(runs);
  const chunks = new Map<string, string>();
  const title = options.title ?? `${counted(runs.length, 'run')} compared`;
  const performance = performanceOf(runs, chunks);
  const sections: Section[] = [
    ...(performance === undefined ? [] : [section('performance', 'Performance', 'Value of each portfolio as a share of its start.', chartPlace('data-performance', 'Value of each portfolio over time'))]),
    metricsSection(comparison),
    differencesSection(comparison),
    tradesSection(comparison),
  ]; // prettier-ignore
  const tiles = runs.map(
    ({ name, run }) => `<div class="tile"><dt>${escapeHtml(name)}</dt><dd class="${directionOf(run.stats['totalReturn'])}">${change(run.stats['totalReturn'])}</dd><dd class="sub"><small>${escapeHtml(run.strategy)}, ${count(run.stats['trades'])} trades</small></dd></div>`,
  ); // prettier-ignore
  return pageOf({
    title: `${title} · nextbar`,
    hero: `<p class="eyebrow">Comparison</p><h1>${escapeHtml(title)}</h1><p class="lead">${runs.map(({ name, run }) => `${escapeHtml(name)}: ${escapeHtml(run.strategy)}, ${moment(Math.floor(run.time / 1000) * 1000)}, hash ${shortHash(run.hash)}`).join('<br>')}</p><dl class="tiles">${tiles.join('')}</dl>`,
    sections,
    footer: `<p>Made by nextbar ${escapeHtml(packageVersion())}.</p><p>Charts by <a href="https://www.tradingview.com/" rel="noreferrer">TradingView</a> Lightweight Charts™, Apache License 2.0.</p>`,
    model: { version: packageVersion(), title, key: hashText(title).slice(0, 12), prices: [], performance, tables: [] },
    chunks,
    theme: options.theme,
  });
}

/** The curves on one axis of time: the clocks of all of them, each curve with its latest value. */
function performanceOf(runs: readonly ComparedRun[], chunks: Map<string, string>): PerformanceModel | undefined {
  const details = runs.map(({ detail }) => detail);
  const clocks = [...new Set(details.flatMap((detail) => detail?.time ?? []))].sort((a, b) => a - b);
  if (clocks.length < 2) return undefined;
  const columns = details.map((detail, k) => {
    const values = new Float64Array(clocks.length).fill(NaN);
    const start = runs[k]!.run.stats['startValue'] ?? detail?.value[0] ?? 1;
    let at = -1;
    clocks.forEach((clock, i) => {
      while (detail !== undefined && at + 1 < detail.time.length && detail.time[at + 1]! <= clock) at++;
      const isOver = detail === undefined || clock > (detail.time.at(-1) ?? -Infinity);
      if (at >= 0 && !isOver) values[i] = detail.value[at]! / start - 1;
    });
    return { name: `run${k}`, values, fold: 'last' as const, decimals: 6 };
  });
  const time = { name: 'time', values: Float64Array.from(clocks), fold: 'last' as const, decimals: 0 };
  return {
    steps: toLevels('steps', [time, ...columns], chunks),
    curves: runs.map(({ name }, k) => ({ column: `run${k}`, label: name, pane: 'value', style: 'line', colour: k, kind: 'percent' })),
  }; // prettier-ignore
}

function metricsSection({ runs, metrics }: Comparison): Section {
  const groups: MetricGroup[] = ['Return', 'Risk', 'Trades', 'Costs and use'];
  const head = `<thead><tr><th scope="col"><span class="hidden">Figure</span></th>${runs.map(({ name }) => `<th scope="col">${escapeHtml(name)}</th>`).join('')}</tr></thead>`;
  const cards = groups.map((group) => {
    const rows = metrics
      .filter(({ metric }) => metric.group === group)
      .map(({ metric, values, best }) => `<tr><th scope="row" title="${escapeHtml(metric.about)}">${metric.label}</th>${values.map((value, k) => `<td class="${best.includes(k) ? 'best' : ''}" data-stat="${metric.key}" data-value="${value ?? ''}">${escapeHtml(metric.text(value))}</td>`).join('')}</tr>`); // prettier-ignore
    return `<div class="card long"><h3>${group}</h3><div class="scroll" tabindex="0" role="region" aria-label="Figures: ${group}"><table class="metrics sides">${head}<tbody>${rows.join('')}</tbody></table></div></div>`;
  });
  return section('metrics', 'Metrics', 'The best of each row is green.', cards.join(''));
}

function differencesSection({ runs, differences }: Comparison): Section {
  const head = `<thead><tr><th scope="col"><span class="hidden">Setting</span></th>${runs.map(({ name }) => `<th scope="col">${escapeHtml(name)}</th>`).join('')}</tr></thead>`;
  const rows = differences.map(({ name, values }) => `<tr class="differs"><th scope="row">${escapeHtml(name)}</th>${values.map((value) => `<td>${escapeHtml(value)}</td>`).join('')}</tr>`); // prettier-ignore
  const inner = differences.length === 0 ? '<p class="note">Nothing: the same strategy, parameters, settings and bars.</p>' : `<div class="scroll" tabindex="0" role="region" aria-label="Differences"><table class="metrics sides">${head}<tbody>${rows.join('')}</tbody></table></div>`; // prettier-ignore
  return section('differences', 'What differs', '', `<div class="card long">${inner}</div>`);
}

function tradesSection({ runs, ownTrades, isOwn }: Comparison): Section {
  const cards = runs.map(({ name, detail }, k) => {
    if (detail === undefined) return `<div class="card"><h3>${escapeHtml(name)}</h3><p class="note">Its trades were not kept.</p></div>`; // prettier-ignore
    const own = detail.trades.filter((_, at) => isOwn[k]![at]);
    const rows = own
      .slice(0, mostListed)
      .map(({ data, isLong, openTime, closeTime, pnlNet, exit }) => `<tr><td>${moment(openTime)}</td><td>${Number.isFinite(closeTime) ? moment(closeTime) : '-'}</td><td>${escapeHtml(data)}</td><td>${isLong ? 'long' : 'short'}</td><td class="number ${pnlNet < 0 ? 'down' : 'up'}">${amount(pnlNet, 2)}</td><td>${escapeHtml(exit)}</td></tr>`); // prettier-ignore
    const table = own.length === 0 ? '' : `<div class="scroll" tabindex="0" role="region" aria-label="Trades of ${escapeHtml(name)} alone"><table class="data"><thead><tr>${['Opened', 'Closed', 'Data', 'Side', 'Profit', 'Exit by'].map((text) => `<th scope="col"><span class="cell">${text}</span></th>`).join('')}</tr></thead><tbody>${rows.join('')}</tbody></table></div>`; // prettier-ignore
    const more = own.length > mostListed ? `, the first ${mostListed} of them` : '';
    return `<div class="card long"><h3>${escapeHtml(name)}</h3><p class="note">${count(ownTrades[k])} of ${counted(detail.allTrades, 'trade')} were made by this run alone${more}.</p>${table}</div>`;
  });
  return section(
    'trades',
    'Trades',
    'Trades that no other run made at the same moments, side and data.',
    cards.join(''),
  );
}
