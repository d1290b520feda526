/** The report of a run: every picture, table and number of it on one page. */
import { formatTime } from '../core/index.ts';
import { findingText } from '../feeds/index.ts';
import { partsOfResult, type RunResult, type StrategyResult } from '../engine/index.ts';
import type { Packing } from './columns/encode.ts';
import { toLevels } from './columns/levels.ts';
import { accountSection } from './account-section.ts';
import { curvesOf, periodReturns, type Curves } from './gather/curves.ts';
import { placedFills } from './gather/fills.ts';
import { pricesOf } from './gather/prices.ts';
import { mostRows, orderTable, tableModel, tradeTable } from './gather/tables.ts';
import { hashesOf, hashText } from './hash.ts';
import { metricDefinitions, type MetricGroup } from './metrics.ts';
import type { PerformanceModel, PriceModel, ReportModel } from './model.ts';
import { heatMap, rolling } from './pictures/returns.ts';
import { distribution, excursions, feesOverTime, fundingOverTime, picturedTrades, profitByExit, profitByHour, profitByTag, profitByWeekday } from './pictures/trades.ts'; // prettier-ignore
import { card, chartPlace, facts, pageOf, section, type Section } from './shell.ts';
import { highlight } from './text/highlight.ts';
import { escapeHtml } from './text/html.ts';
import { amount, change, count, counted, moment, percent, ratio, span } from './text/words.ts';
import { packageVersion } from '../core/index.ts';

/** Options of a report. */
export interface ReportOptions {
  /** The heading. Default: the names of the strategies. */
  readonly title?: string;
  /** The strategy's source, shown at the end of the page. Default: none. */
  readonly source?: {
    /** The name or path of its file, shown above the text. */
    readonly path: string;
    /** The text of its file. */
    readonly text: string;
  };
  /** `dark` or `light`. Default: what the reader's system prefers. */
  readonly theme?: 'dark' | 'light';
  /** The command line that made the run, shown with its versions. Default: not shown. */
  readonly command?: string;
  /** Tables of other findings about the run, such as its parity with a session; shown after the orders. Default: none. */
  readonly tables?: readonly ReportTable[];
  /** Where a page that follows a run asks for changes. Default: none, the page does not change. */
  readonly live?: string;
}

/** A table of a report. */
export interface ReportTable {
  /** Its heading. */
  readonly title: string;
  /** What it shows, in one sentence. */
  readonly about: string;
  /** The heads of its columns. */
  readonly columns: readonly string[];
  /** Its rows, as texts; a text that reads as a number is set to the right. */
  readonly rows: readonly (readonly string[])[];
}

/** Steps of the finest level of the portfolio's curves. */
const mostSteps = 20_000;

/** Datas that are shown below each other; of more, one is chosen. */
const mostTogether = 6;

/** Datas that the head names; of more, some are named and the rest counted. */
const mostNamed = 4;

/** Characters of a command that is shown at once. */
const mostOfCommand = 600;

/** The page of a run, in pieces. */
export async function runPage(result: RunResult, options: ReportOptions = {}): Promise<string[]> {
  const chunks = new Map<string, string>();
  const fills = placedFills(result);
  const curves = curvesOf(result);
  const packing = options.live === undefined ? 'small' : 'quick';
  const prices = pricesOf(result, chunks, packing);
  const trades = tradeTable(result);
  const orders = orderTable(result);
  const tables = [tableModel(trades, chunks), tableModel(orders, chunks)];
  const hashes = hashesOf(result);
  const performance = performanceOf(curves, chunks, packing);
  const title = options.title ?? [...new Set(result.strategies.map(({ name }) => name))].join(' + ');
  const model: ReportModel = {
    version: packageVersion(),
    title,
    key: hashText(`${title}|${result.datas.map(({ name }) => name).join('|')}`).slice(0, 12),
    prices,
    performance,
    tables,
    ...(options.live !== undefined && { live: options.live }),
  };
  const days = periodReturns(result, 'day');
  const pictured = picturedTrades(trades);
  const roll = rolling(days);
  const byTag = profitByTag(pictured);
  const payments = result.account?.funding ?? [];
  const currencies = [...new Set(payments.map(({ currency }) => currency))];
  const account = accountSection(result, fills);
  const sections: Section[] = [
    section('performance', 'Performance', 'Value of the portfolio beside buying and holding, its distance from the last peak, and what was at risk.', performance === undefined ? '<div class="card"><p class="note">A curve needs two steps or more.</p></div>' : chartPlace('data-performance', 'Value of the portfolio, drawdown and exposure over time')),
    ...(prices.length === 0 ? [] : [section('price', 'Prices and trades', 'Arrows are entries, rings are exits, lines are orders from placing to end; click a trade, or a row of the tables, to see it.', priceCards(prices, result))]),
    section('returns', 'Returns', '', `<div class="grid2">${card('By month', 'Return of each calendar month, UTC, and of the year.', heatMap(periodReturns(result, 'month')), 'wide')}${card('Rolling Sharpe ratio', 'Of the last 30 days, for a year.', roll.sharpe)}${card('Rolling volatility', 'Of the last 30 days, for a year.', roll.volatility)}</div>`),
    section('anatomy', 'Anatomy of the trades', '', `<div class="grid2">${[
      card('Distribution of results', 'Return of each closed trade after commission; the dashed line is the mean.', distribution(pictured)),
      card('Excursions', 'How far each trade went against the position (right) and for it (up) while it was open.', excursions(pictured)),
      card('Profit by exit', 'Net profit by what ended the trade.', profitByExit(pictured)),
      ...(byTag === undefined ? [] : [card('Profit by tag', 'Net profit by the tags of the orders.', byTag)]),
      card('Profit by hour', 'Net profit by the hour of entry, UTC.', profitByHour(pictured)),
      card('Profit by weekday', 'Net profit by the day of entry, UTC.', profitByWeekday(pictured)),
      card('Costs over time', 'Commission paid so far.', feesOverTime(fills, result.start, result.end)),
      ...currencies.map((currency) => card(currencies.length === 1 ? 'Funding over time' : `Funding over time, ${currency}`, `Funding received less funding paid, in ${currency}.`, fundingOverTime(payments.filter((one) => one.currency === currency), result.start, result.end))),
    ].join('')}</div>`),
    section('trades', 'Trades', rowsText(trades.total, tables[0]!.rows, 'trade'), '<div class="card long" data-table="trades"></div>'),
    section('orders', 'Orders', rowsText(orders.total, tables[1]!.rows, 'order'), '<div class="card long" data-table="orders"></div>'),
    ...(options.tables ?? []).map(givenTable),
    metricsSection(result),
    ...(account === undefined ? [] : [account]),
    setupSection(result, options, hashes),
    dataSection(result, hashes.datas),
    ...(options.source === undefined ? [] : [section('source', 'Strategy', escapeHtml(options.source.path), `<div class="card long"><pre class="source" tabindex="0"><code>${highlight(options.source.text)}</code></pre></div>`)]),
  ]; // prettier-ignore
  return pageOf({
    title: `${title} · nextbar`,
    hero: hero(result, title),
    sections,
    footer: `<p>Made by nextbar ${escapeHtml(packageVersion())}. Hash of the run: <code>${hashes.result}</code></p><p>Charts by <a href="https://www.tradingview.com/" rel="noreferrer">TradingView</a> Lightweight Charts™, Apache License 2.0. Past results, simulated ones above all, say little about future ones.</p>`,
    model,
    chunks,
    theme: options.theme,
  });
}

function performanceOf(curves: Curves, chunks: Map<string, string>, packing: Packing): PerformanceModel | undefined {
  const { time, value, hold, drawdown, exposure } = curves;
  if (time.length < 2) return undefined;
  const hasHold = hold.some((one) => one === one);
  const hasExposure = exposure.some((one) => one === one);
  const columns = [
    { name: 'time', values: time, fold: 'last', decimals: 0 } as const,
    { name: 'value', values: value, fold: 'last' } as const,
    { name: 'drawdown', values: drawdown, fold: 'min', decimals: 6 } as const,
    ...(hasHold ? [{ name: 'hold', values: hold, fold: 'last' } as const] : []),
    ...(hasExposure ? [{ name: 'exposure', values: exposure, fold: 'mean', decimals: 6 } as const] : []),
  ];
  return {
    steps: toLevels('steps', columns, chunks, mostSteps, packing),
    curves: [
      { column: 'value', label: 'Portfolio', pane: 'value', style: 'area', colour: 0, kind: 'money' },
      ...(hasHold ? [{ column: 'hold', label: 'Buy and hold', pane: 'value', style: 'dashed', colour: -1, kind: 'money' } as const] : []), // prettier-ignore
      { column: 'drawdown', label: 'Drawdown', pane: 'drawdown', style: 'below', colour: 0, kind: 'percent' },
      ...(hasExposure ? [{ column: 'exposure', label: 'Exposure', pane: 'exposure', style: 'histogram', colour: 3, kind: 'percent' } as const] : []), // prettier-ignore
    ],
  };
}

function hero(result: RunResult, title: string): string {
  const { stats, datas, warnings } = result;
  const symbols = datas.map(({ name, symbol, timeframe }) => `${name === symbol || name.startsWith(symbol) ? name : `${name} (${symbol})`} ${name.endsWith(timeframe) ? '' : timeframe}`.trim()); // prettier-ignore
  const tone = (value: number | undefined): string =>
    value === undefined || value === 0 ? '' : value > 0 ? 'up' : 'down';
  const tile = (name: string, text: string, value: number | undefined, small = '', mood = ''): string =>
    `<div class="tile"><dt>${name}</dt><dd${mood === '' ? '' : ` class="${mood}"`} data-metric="${name}" data-value="${value ?? ''}">${escapeHtml(text)}</dd>${small === '' ? '' : `<dd class="sub"><small>${escapeHtml(small)}</small></dd>`}</div>`; // prettier-ignore
  const profit = result.finalValue - result.startValue;
  const tiles = [
    tile('Total return', change(stats.totalReturn), stats.totalReturn, `${profit > 0 ? '+' : ''}${amount(profit, 2)}`, tone(stats.totalReturn)),
    tile('Buy and hold', change(stats.buyAndHoldReturn), stats.buyAndHoldReturn, datas[0]?.name ?? ''),
    tile('Return a year', change(stats.cagr), stats.cagr, span(result.end - result.start), tone(stats.cagr)),
    tile('Max drawdown', percent(stats.maxDrawdown), stats.maxDrawdown, amount(stats.maxDrawdownMoney, 2)),
    tile('Sharpe', ratio(stats.sharpe), stats.sharpe, `Sortino ${ratio(stats.sortino)}`),
    tile('Profit factor', ratio(stats.profitFactor), stats.profitFactor, `average ${amount(stats.expectancy)}`),
    tile('Win rate', percent(stats.winRate, 1), stats.winRate, `${count(stats.trades)} trades`),
    tile('In the market', percent(stats.exposure, 1), stats.exposure, `fees ${amount(stats.fees, 2)}`),
  ]; // prettier-ignore
  const params = paramChips(result.strategies);
  const words = {
    backtest: 'Backtest',
    recording: 'Recorded stream',
    paper: 'Paper trading',
    sandbox: 'Sandbox session',
    live: 'Live session',
  };
  const range = Number.isFinite(result.start)
    ? `${moment(result.start)} to ${moment(result.end)} UTC, ${span(result.end - result.start)}.`
    : 'No bars.';
  const held =
    datas.length <= mostNamed
      ? datas.map(({ bars, name }) => `${counted(bars, 'bar')} of ${escapeHtml(name)}`).join(', ')
      : `${counted(datas.reduce((sum, { bars }) => sum + bars, 0), 'bar')} of ${count(datas.length)} datas`; // prettier-ignore
  const rest = symbols.length > mostNamed ? symbols.splice(mostNamed - 1).length : 0;
  if (rest > 0) symbols.push(`and ${count(rest)} more`);
  const said = `${held}. ${range} From ${amount(result.startValue)} to <b>${amount(result.finalValue)}</b>.`;
  const warned =
    warnings.length === 0
      ? ''
      : `<details class="card warned"${warnings.length <= 3 ? ' open' : ''} id="warnings"><summary>${counted(warnings.length, 'warning')}</summary><ul class="list">${warnings.map((text) => `<li>${escapeHtml(text)}</li>`).join('')}</ul></details>`;
  return `<p class="eyebrow">${words[result.mode]} · ${escapeHtml(symbols.join(' · '))}</p><h1>${escapeHtml(title)}</h1><p class="lead">${said}</p>${params}<dl class="tiles">${tiles.join('')}</dl>${warned}`;
}

function paramChips(strategies: readonly StrategyResult[]): string {
  const chips = strategies.flatMap(({ name, params }) =>
    Object.entries(params).map(([key, value]) => {
      const label = strategies.length > 1 ? `${name} ${key}` : key;
      return `<li>${escapeHtml(label)}<b>${escapeHtml(typeof value === 'string' ? value : JSON.stringify(value))}</b></li>`;
    }),
  );
  return chips.length === 0 ? '' : `<ul class="chips" aria-label="Parameters">${chips.join('')}</ul>`;
}

/** The places of the charts; of many datas with a list to choose from, the first that was traded at first. */
function priceCards(prices: readonly PriceModel[], { strategies }: RunResult): string {
  if (prices.length <= mostTogether) return prices.map((price, number) => priceCard(price, number)).join('');
  const traded = new Map<string, number>();
  for (const { trades, openTrades } of strategies)
    for (const { data } of [...trades, ...openTrades]) traded.set(data.name, (traded.get(data.name) ?? 0) + 1);
  const chosen = Math.max(0, prices.findIndex(({ name }) => traded.has(name))); // prettier-ignore
  const choices = prices.map(({ name }, number) => {
    const trades = traded.get(name);
    return `<option value="${number}"${number === chosen ? ' selected' : ''}>${escapeHtml(name)}${trades === undefined ? '' : `, ${counted(trades, 'trade')}`}</option>`; // prettier-ignore
  });
  const picker = `<p class="tools"><label>Data <select id="chosen-data">${choices.join('')}</select></label> <span class="note">${counted(traded.size, 'data')} of ${count(prices.length)} traded</span></p>`; // prettier-ignore
  return picker + prices.map((price, number) => priceCard(price, number, number === chosen)).join('');
}

function priceCard(price: PriceModel, number: number, isShown = true): string {
  const spans = [['1d', '1 D', 'the last day'], ['1w', '1 W', 'the last week'], ['1m', '1 M', 'the last month'], ['3m', '3 M', 'the last three months'], ['1y', '1 Y', 'the last year'], ['all', 'All', 'every bar']] as const; // prettier-ignore
  const buttons = spans.map(([key, text, about]) => `<button type="button" data-span="${key}" aria-label="${text}: ${about}">${text}</button>`); // prettier-ignore
  const steps =
    '<button type="button" data-step="-1">‹ Previous trade</button><button type="button" data-step="1">Next trade ›</button>';
  const name = price.name.startsWith(price.symbol) ? price.name : `${price.name} · ${price.symbol}`;
  const frame = price.name.endsWith(price.timeframe) ? '' : ` <span class="note">${escapeHtml(price.timeframe)}</span>`;
  const label = `Bars of ${price.name} with trades. Arrow keys move, plus and minus zoom, N and P go to the next and previous trade.`;
  return chartPlace(
    `data-price="${number}"${isShown ? '' : ' hidden'}`,
    label,
    `<h3>${escapeHtml(name)}${frame}</h3><div class="buttons">${steps}${buttons.join('')}</div>`,
  );
}

/** A table that the caller has made. */
function givenTable({ title, about, columns, rows }: ReportTable, number: number): Section {
  const cell = (text: string): string =>
    `<td${/^[-+]?[\d.,]+(?: %)?$/.test(text) ? ' class="value"' : ''}>${escapeHtml(text)}</td>`;
  const head = columns.map((text) => `<th scope="col">${escapeHtml(text)}</th>`).join('');
  const body = rows.map((row) => `<tr>${row.map(cell).join('')}</tr>`).join('');
  const table = `<table class="metrics"><thead><tr>${head}</tr></thead><tbody>${body}</tbody></table>`;
  return section(`table-${number + 1}`, title, escapeHtml(about), `<div class="card long">${table}</div>`);
}

/** Every figure with its definition. */
function metricsSection({ stats }: RunResult): Section {
  const groups: MetricGroup[] = ['Return', 'Risk', 'Trades', 'Costs and use'];
  const cards = groups.map((group) => {
    const rows = metricDefinitions
      .filter((one) => one.group === group)
      .map(({ key, label, text, about }) => `<tr><th scope="row">${label}</th><td class="value" data-stat="${key}" data-value="${stats[key] ?? ''}">${escapeHtml(text(stats[key]))}</td><td class="about">${escapeHtml(about)}</td></tr>`); // prettier-ignore
    return `<div class="card long"><h3>${group}</h3><table class="metrics"><tbody>${rows.join('')}</tbody></table></div>`;
  });
  return section('metrics', 'Metrics', 'Every figure with what it means.', cards.join(''));
}

function setupSection(
  result: RunResult,
  options: ReportOptions,
  { result: hash, data }: { readonly result: string; readonly data: string },
): Section {
  const { settings, strategies, ambiguity } = result;
  const empty = strategies.reduce((sum, one) => sum + one.emptySizes, 0);
  const words: Readonly<Record<string, string>> = { rules: 'Rules', account: 'Account', cash: 'Cash at the start', commission: 'Commission', slippage: 'Slippage', intrabar: 'Path inside a bar', sizer: 'Sizer' }; // prettier-ignore
  const setting = Object.entries(settings as unknown as Record<string, unknown>).map(
    ([key, value]): [string, string] => [words[key] ?? key, escapeHtml(typeof value === 'number' ? amount(value) : typeof value === 'string' ? value : JSON.stringify(value))],
  ); // prettier-ignore
  const unsure = ambiguity.exits + ambiguity.entries;
  const effects = Object.entries(ambiguity.effect)
    .filter(([, value]) => value !== 0)
    .map(([policy, value]) => `<tr><th scope="row">${policy}</th><td class="value">${value > 0 ? '+' : ''}${amount(value, 2)}</td></tr>`); // prettier-ignore
  const ambiguous =
    unsure === 0
      ? '<p class="note">No fill depended on an assumption about the path inside a bar.</p>'
      : `<p class="note">${counted(unsure, 'fill')} depended on the path inside a bar (${counted(ambiguity.exits, 'exit')}, ${counted(ambiguity.entries, 'entry').replace('entrys', 'entries')}); the run assumed ${escapeHtml(settings.intrabar)}. What another assumption would have added to the cash, by the prices of these fills alone:</p>${effects.length === 0 ? '<p class="note">No policy would have changed it.</p>' : `<table class="metrics"><tbody>${effects.join('')}</tbody></table>`}`; // prettier-ignore
  const versions = facts([
    ['nextbar', escapeHtml(packageVersion())],
    ['Node', escapeHtml(process.versions.node)],
    ['Steps', count(result.steps)],
    ...(options.command === undefined ? [] : [['Command', commandText(options.command)] as const]),
    ['Hash of the run', `<code data-hash="result">${hash}</code>`],
    ['Hash of the bars', `<code data-hash="data">${data}</code>`],
    ...(options.source === undefined ? [] : [['Hash of the strategy', `<code>${hashText(options.source.text)}</code>`] as const]), // prettier-ignore
  ]);
  const session = result.session === undefined ? '' : `<div class="card"><h3>Session</h3>${facts([['Ended', escapeHtml(result.session.ended)], ['Open orders', result.session.openOrders.map(escapeHtml).join('<br>') || 'none']])}</div>`; // prettier-ignore
  return section(
    'setup',
    'Settings',
    '',
    `<div class="grid2"><div class="card"><h3>Rules and settings</h3><p class="note">What decides the figures of this run.</p>${facts([...setting, ...(empty > 0 ? [['Orders not made', `${counted(empty, 'time')} the sizer found nothing to do`] as const] : [])])}</div><div class="card"><h3>Versions and hashes</h3><p class="note">Two runs with the same hash traded the same.</p>${versions}</div><div class="card"><h3>Ambiguous fills</h3>${ambiguous}</div>${session}</div>`,
  ); // prettier-ignore
}

/** A command; one that names many files opens with a click. */
function commandText(command: string): string {
  const code = `<code>${escapeHtml(command)}</code>`;
  if (command.length <= mostOfCommand) return code;
  return `<details><summary>${escapeHtml(command.slice(0, 60))}…</summary>${code}</details>`;
}

function dataSection(result: RunResult, hashes: readonly string[]): Section {
  const { reports } = partsOfResult(result);
  if (result.datas.length > mostTogether) return section('data', 'Data', '', dataTable(result, hashes));
  const cards = result.datas.map(({ name, symbol, timeframe, bars, start, end }, k) => {
    const report = reports[k];
    const found =
      report === undefined
        ? '<p class="note">Its feed makes no validation report.</p>'
        : report.clean
          ? '<p class="note">Complete and in order.</p>'
          : `<ul class="list">${report.findings.map(({ kind, count: number, policy, examples }) => `<li><b>${findingText(kind, number)}</b>, policy ${escapeHtml(policy)}${examples[0] === undefined ? '' : `: ${Number.isFinite(examples[0].time) ? `${formatTime(examples[0].time)}: ` : ''}${escapeHtml(examples[0].text)}`}</li>`).join('')}${report.missingBars > 0 ? `<li>${counted(report.missingBars, 'bar')} missing in ${counted(report.gaps.length, 'gap')}</li>` : ''}</ul>`; // prettier-ignore
    return `<div class="card"><h3>${escapeHtml(name)}</h3>${facts([
      ['Symbol', escapeHtml(symbol)],
      ['Timeframe', escapeHtml(timeframe)],
      ['Bars', count(bars)],
      ['From', moment(Number.isFinite(start) ? start : undefined)],
      ['To', moment(Number.isFinite(end) ? end : undefined)],
      ['Source', escapeHtml(report?.source ?? '-')],
      ['Hash', `<code>${(hashes[k] ?? '').slice(0, 16)}</code>`],
    ])}<h3 style="margin-top:14px">Validation</h3>${found}</div>`;
  });
  return section('data', 'Data', '', `<div class="grid2">${cards.join('')}</div>`);
}

/** Many datas, each in a row. */
function dataTable(result: RunResult, hashes: readonly string[]): string {
  const { reports } = partsOfResult(result);
  const rows = result.datas.map(({ name, symbol, timeframe, bars, start, end }, k) => {
    const report = reports[k];
    const findings = report?.findings.map(({ kind, count: number }) => findingText(kind, number)) ?? [];
    if (report !== undefined && report.missingBars > 0) findings.push(`${counted(report.missingBars, 'bar')} missing`);
    const found = report === undefined ? 'no report' : findings.length === 0 ? 'complete' : findings.join(', ');
    const of = name === symbol || name.startsWith(symbol) ? '' : ` (${escapeHtml(symbol)})`;
    const [from, to] = [start, end].map((time) => moment(Number.isFinite(time) ? time : undefined));
    return `<tr><th scope="row">${escapeHtml(name)}${of}</th><td>${escapeHtml(timeframe)}</td><td class="value">${count(bars)}</td><td>${from}</td><td>${to}</td><td>${escapeHtml(found)}</td><td>${escapeHtml(report?.source ?? '-')}</td><td><code>${(hashes[k] ?? '').slice(0, 16)}</code></td></tr>`; // prettier-ignore
  });
  const head = ['Data', 'Timeframe', 'Bars', 'From', 'To', 'Validation', 'Source', 'Hash'];
  return `<div class="card long"><div class="scroll" tabindex="0" role="group" aria-label="Datas"><table class="metrics booked datas"><thead><tr>${head.map((text) => `<th scope="col"${text === 'Bars' ? ' class="value"' : ''}>${text}</th>`).join('')}</tr></thead><tbody>${rows.join('')}</tbody></table></div></div>`; // prettier-ignore
}

function rowsText(total: number, shown: number, noun: string): string {
  if (shown < total) return `The last ${count(shown)} of ${counted(total, noun)}; a page holds ${count(mostRows)} at most, an export all of them.`; // prettier-ignore
  return counted(total, noun);
}
