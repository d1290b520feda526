/** The script of the dashboard. It builds the page from text nodes alone: nothing that comes from outside is read as HTML. */
export const script = `'use strict';
const main = document.getElementById('main');
const tokenKey = 'nextbar token';
let timer;

/** An element with attributes and children; text becomes a text node. */
function el(name, attributes = {}, ...children) {
  const node = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value === undefined || value === false) continue;
    if (key === 'onclick' || key === 'onsubmit' || key === 'onchange') node[key] = value;
    else if (key === 'style') for (const [property, text] of Object.entries(value)) node.style.setProperty(property, text);
    else node.setAttribute(key, value === true ? '' : value);
  }
  node.append(...children.flat().filter((child) => child !== undefined && child !== false));
  return node;
}

const show = (...nodes) => { main.replaceChildren(...nodes); };
const say = (text) => { document.getElementById('status').textContent = text; if (text) setTimeout(() => { document.getElementById('status').textContent = ''; }, 4000); };
const when = (ms) => ms === undefined ? '-' : new Date(ms).toISOString().slice(0, 16).replace('T', ' ');
const amount = (value) => value === undefined ? '-' : value.toLocaleString('en', { minimumFractionDigits: 2, maximumFractionDigits: 2 });
const number = (value) => value === undefined || value === null ? '-' : value.toLocaleString('en', { maximumSignificantDigits: 8 });
const figure = (value) => typeof value !== 'number' ? '-' : Number.isInteger(value) ? value.toLocaleString('en') : value.toLocaleString('en', { maximumFractionDigits: 4 });

class Refused extends Error {}

async function ask(path, options = {}) {
  const token = sessionStorage.getItem(tokenKey);
  const answer = await fetch(path, { ...options, headers: { authorization: 'Bearer ' + token } });
  if (answer.ok) return answer.status === 204 ? undefined : answer.json();
  const { error } = await answer.json().catch(() => ({ error: { message: 'the server does not answer' } }));
  if (answer.status === 401) { sessionStorage.removeItem(tokenKey); signIn(error.message); throw new Refused(error.message); }
  throw new Error(error.message);
}

function signIn(problem) {
  clearInterval(timer);
  document.getElementById('sign-out').hidden = true;
  const input = el('input', { id: 'token', type: 'password', autocomplete: 'off', required: true, 'aria-describedby': 'token-help' });
  show(el('form', { class: 'card sign-in', onsubmit: (event) => { event.preventDefault(); sessionStorage.setItem(tokenKey, input.value.trim()); route(); } },
    el('h1', {}, 'Sign in'),
    problem && el('p', { class: 'down', role: 'alert' }, problem),
    el('label', { for: 'token' }, 'Token'), input,
    el('p', { id: 'token-help', class: 'soft' }, 'Issue one with ', el('code', {}, 'nextbar token issue --scope read:metadata --scope read:bars --scope read:runs'), '. It stays in this tab.'),
    el('button', { class: 'primary', type: 'submit' }, 'Sign in')));
}

function confirmed(title, text, yes) {
  const dialog = document.getElementById('confirm');
  document.getElementById('confirm-title').textContent = title;
  document.getElementById('confirm-text').textContent = text;
  document.getElementById('confirm-yes').textContent = yes;
  dialog.returnValue = 'no';
  dialog.showModal();
  return new Promise((resolve) => dialog.addEventListener('close', () => resolve(dialog.returnValue === 'yes'), { once: true }));
}

function table(caption, head, rows) {
  if (rows.length === 0) return el('p', { class: 'soft' }, caption + ': none.');
  const cell = (tag, [text, kind], extra = {}) => el(tag, { class: kind, ...extra }, text);
  const pair = (one) => Array.isArray(one) ? one : [one];
  return el('div', { class: 'scroll', tabindex: '0', role: 'region', 'aria-label': caption }, el('table', {}, el('caption', {}, caption),
    el('thead', {}, el('tr', {}, head.map((one) => pair(one)[0] === '' ? el('td', {}) : cell('th', pair(one), { scope: 'col' })))),
    el('tbody', {}, rows.map((row) => el('tr', { class: row.kind }, row.cells.map((one) => cell('td', pair(one))))))));
}

const facts = (pairs) => el('dl', { class: 'facts' }, pairs.map(([name, value, kind]) => el('div', {}, el('dt', {}, name), el('dd', { class: kind }, value))));

async function act(session, kind) {
  const texts = {
    stop: ['Stop ' + session + '?', 'The session ends in order. Its positions and orders at the exchange stay as they are.', 'Stop'],
    flatten: ['Flatten ' + session + '?', 'Every order is canceled, every position is closed at the market, and the session pauses.', 'Flatten'],
  };
  if (!(await confirmed(...texts[kind]))) return;
  try {
    await ask('/v1/sessions/' + encodeURIComponent(session) + '/' + kind, { method: 'POST' });
    say(session + ': ' + kind + ' was passed on');
  } catch (error) { say(error.message); }
}

function sessionCard(one) {
  const isOpen = one.state !== 'ended';
  const may = (kind) => one.state === 'running' && one.accepts.includes(kind);
  const datas = one.datas.map((data) => ({ cells: [data.symbol, data.timeframe, data.state, [number(data.price), 'n'], [number(data.size), 'n'], [data.size ? number(data.entry) : '-', 'n']] }));
  const strategies = one.strategies || [];
  const nameOf = (order) => (strategies.find((strategy) => strategy.orders.includes(order.id)) || { name: '' }).name;
  const parts = strategies.map((strategy) => ({ cells: [strategy.name, [number(strategy.value), 'n'], [number(strategy.cash), 'n'], strategy.positions.filter(({ size }) => size).map(({ data, size }) => number(size) + ' ' + data).join(', ') || 'flat', [number(strategy.orders.length), 'n']] }));
  const named = strategies.length > 0 ? ['Strategy'] : [];
  const orders = one.orders.map((order) => ({ cells: [...(strategies.length > 0 ? [nameOf(order)] : []), order.side, order.type, [number(order.size), 'n'], [number(order.filled), 'n'], order.symbol, [number(order.price), 'n'], order.status] }));
  const detail = el('div', {});
  return el('section', { class: 'card', 'aria-label': one.name },
    el('div', { class: 'row between' },
      el('div', { class: 'row' }, el('h2', {}, one.name), el('span', { class: 'badge ' + one.state }, one.state)),
      el('div', { class: 'row' },
        el('button', { type: 'button', onclick: () => sessionDetail(one.name, detail).catch((error) => say(error.message)) }, 'Equity and log'),
        may('flatten') && el('button', { type: 'button', onclick: () => act(one.name, 'flatten'), class: 'danger' }, 'Flatten'),
        may('stop') && el('button', { type: 'button', onclick: () => act(one.name, 'stop'), class: 'danger' }, 'Stop'))),
    facts([
      ['Strategy', one.strategy], ['Mode', one.mode], ['Exchange', one.exchange],
      ['Value', amount(one.value)], ['Cash', amount(one.cash)], ['Steps', number(one.steps)],
      ['Started', when(one.started)], isOpen ? ['Last sign of life', when(one.updated)] : ['Ended', one.ended ?? '-'],
    ]),
    isOpen && table('Datas and positions', ['Symbol', 'Bars', 'Stream', ['Price', 'n'], ['Position', 'n'], ['Entry', 'n']], datas),
    strategies.length > 0 && table('Strategies', ['Strategy', ['Value', 'n'], ['Cash', 'n'], 'Position', ['Orders', 'n']], parts),
    isOpen && table('Open orders', [...named, 'Side', 'Type', ['Size', 'n'], ['Filled', 'n'], 'Symbol', ['Price', 'n'], 'Status'], orders),
    detail);
}

const opened = new Set();

async function sessionDetail(name, target) {
  const { equity, events } = await ask('/v1/sessions/' + encodeURIComponent(name));
  opened.add(name);
  const box = el('div', { class: 'chart', role: 'img', 'aria-label': 'Equity of ' + name });
  target.replaceChildren(
    equity.length > 1 ? box : el('p', { class: 'soft' }, 'No equity curve yet.'),
    el('ul', { class: 'log', 'aria-label': 'Latest events' }, events.slice(-30).reverse().map(({ time, kind, text }) => el('li', {}, when(time) + '  ' + kind + '  ' + text))));
  if (box.isConnected) lines(box, [equity]);
}

async function sessionsView() {
  let shown = '';
  const refresh = async () => {
    const { sessions } = await ask('/v1/sessions');
    const text = JSON.stringify(sessions.map(({ updated, now, ...rest }) => rest));
    // What the reader has opened stays: it is not replaced under the cursor.
    if (text === shown || opened.size > 0 || document.getElementById('confirm').open) return;
    shown = text;
    const order = { running: 0, silent: 1, ended: 2 };
    sessions.sort((a, b) => order[a.state] - order[b.state] || (b.started ?? 0) - (a.started ?? 0));
    show(el('h1', {}, 'Sessions'), ...(sessions.length === 0 ? [el('p', { class: 'card soft' }, 'No sessions yet: nextbar paper FILE starts one.')] : sessions.map(sessionCard)));
  };
  await refresh();
  timer = setInterval(() => refresh().catch((error) => { if (!(error instanceof Refused)) say(error.message); }), 2000);
}

const seriesQuery = (one) => new URLSearchParams(Object.fromEntries(['exchange', 'origin', 'type', 'symbol', 'timeframe'].filter((name) => one[name] !== undefined).map((name) => [name, one[name]])));

async function dataView() {
  const [{ series }, { exchanges }, { runs }] = await Promise.all([ask('/v1/series'), ask('/v1/exchanges'), ask('/v1/syncs?limit=10')]);
  const detail = el('div', {});
  const rows = series.map((one) => ({ cells: [
    el('button', { type: 'button', onclick: () => seriesDetail(one, detail).catch((error) => say(error.message)) }, one.symbol), one.timeframe, one.exchange + (one.origin ? '@' + one.origin : ''), one.type,
    [one.bars.toLocaleString('en'), 'n'], when(one.first), when(one.last), [one.bytes < 1e6 ? Math.ceil(one.bytes / 1e3) + ' kB' : (one.bytes / 1e6).toFixed(1) + ' MB', 'n'],
  ] }));
  show(el('h1', {}, 'Data'), detail,
    el('section', { class: 'card' }, el('h2', {}, 'Stored bars'), table('Series of the bar store', ['Symbol', 'Bars of', 'Exchange', 'Kind', ['Count', 'n'], 'First', 'Last', ['Size', 'n']], rows)),
    el('section', { class: 'card' }, el('h2', {}, 'Exchanges'), table('Kept fresh by nextbar sync', ['Exchange', ['Symbols', 'n'], ['Active', 'n'], 'Synced'], exchanges.map((one) => ({ cells: [one.name, [number(one.symbols), 'n'], [number(one.activeSymbols), 'n'], when(one.synced)] })))),
    el('section', { class: 'card' }, el('h2', {}, 'Latest syncs'), table('Runs of the syncer', ['Exchange', 'Ended', 'Result', ['Added', 'n'], ['Delisted', 'n']], runs.map((one) => ({ cells: [one.exchange, when(one.ended), one.isOk ? ['ok', 'up'] : [one.error ?? 'failed', 'down'], [number(one.added), 'n'], [number(one.delisted), 'n']] })))));
}

async function seriesDetail(one, target) {
  const query = seriesQuery(one);
  const [quality, { bars }] = await Promise.all([ask('/v1/quality?' + query), ask('/v1/bars?limit=1000&' + query)]);
  const box = el('div', { class: 'chart', role: 'img', 'aria-label': 'Candles of the latest ' + bars.length + ' bars of ' + one.symbol });
  const months = quality.months.map(({ month, bars: count, expected }) => el('li', { title: month + ': ' + count + ' of ' + expected + ' bars', style: { '--full': Math.round(100 * count / Math.max(1, expected)) + '%' } }));
  const gaps = quality.gaps.slice(0, 20).map((gap) => ({ cells: [when(gap.from), when(gap.to), [number(gap.bars), 'n']] }));
  target.replaceChildren(el('section', { class: 'card', 'aria-label': one.symbol + ' ' + one.timeframe },
    el('h2', {}, one.symbol + ' ' + one.timeframe + ' of ' + one.exchange),
    box,
    facts([['Bars', number(quality.bars)], ['Missing', number(quality.missingBars), quality.missingBars > 0 ? 'down' : 'up'], ['Coverage', (100 * quality.coverage).toFixed(2) + ' %'], ['Findings', number(quality.findings.reduce((sum, { count }) => sum + count, 0))]]),
    el('p', { class: 'soft' }, 'Months, filled by how many of their bars are stored'), el('ul', { class: 'months' }, months),
    gaps.length > 0 && table('Gaps', ['From', 'To', ['Bars', 'n']], gaps)));
  draw(box, bars);
  target.scrollIntoView({ block: 'start' });
}

function draw(box, bars) {
  const style = getComputedStyle(document.documentElement);
  const colour = (name) => style.getPropertyValue(name).trim();
  const chart = LightweightCharts.createChart(box, {
    autoSize: true, layout: { background: { color: 'transparent' }, textColor: colour('--soft'), attributionLogo: false },
    grid: { vertLines: { color: colour('--line') }, horzLines: { color: colour('--line') } }, timeScale: { timeVisible: true }, localization: { locale: 'en' },
  });
  const candles = chart.addSeries(LightweightCharts.CandlestickSeries, { upColor: colour('--up'), downColor: colour('--down'), wickUpColor: colour('--up'), wickDownColor: colour('--down'), borderVisible: false });
  candles.setData(bars.map(([time, open, high, low, close]) => ({ time: Math.floor(time / 1000), open, high, low, close })));
  chart.timeScale().fitContent();
}

const keyStats = ['totalReturn', 'cagr', 'sharpe', 'maxDrawdown', 'trades', 'winRate', 'profitFactor', 'fees'];

async function runsView() {
  const { runs, next } = await ask('/v1/runs?limit=100');
  const chosen = new Set();
  const compare = el('div', {});
  const button = el('button', { type: 'button', class: 'primary', disabled: true, onclick: () => compareRuns([...chosen], compare).catch((error) => say(error.message)) }, 'Compare');
  const names = keyStats.filter((name) => runs.some((one) => one.stats[name] !== undefined)).slice(0, 6);
  const shownNames = names.length > 0 ? names : [...new Set(runs.flatMap((one) => Object.keys(one.stats)))].slice(0, 6);
  const rows = runs.map((one) => ({ cells: [
    el('input', { type: 'checkbox', 'aria-label': 'Choose run ' + one.id, onchange: (event) => { if (event.target.checked) chosen.add(one.id); else chosen.delete(one.id); button.disabled = chosen.size < 2; } }),
    [String(one.id), 'n'], when(one.time), one.strategy, one.mode, one.tags.join(' '), ...shownNames.map((name) => [figure(one.stats[name]), 'n']),
    one.hasReport ? el('button', { type: 'button', onclick: () => openReport(one.id).catch((error) => say(error.message)) }, 'Report') : '',
  ] }));
  show(el('div', { class: 'row between' }, el('h1', {}, 'Runs'), button), compare,
    el('section', { class: 'card' }, table('Kept runs, latest first' + (next === undefined ? '' : ' (the newest 100)'), ['', ['Run', 'n'], 'Time', 'Strategy', 'Mode', 'Tags', ...shownNames.map((name) => [name, 'n']), ''], rows)));
}

async function openReport(id) {
  const answer = await fetch('/v1/runs/' + id + '/report', { headers: { authorization: 'Bearer ' + sessionStorage.getItem(tokenKey) } });
  if (!answer.ok) throw new Error((await answer.json()).error.message);
  const link = el('a', { href: URL.createObjectURL(await answer.blob()), download: 'run-' + id + '.html' });
  link.click();
  say('the report of run ' + id + ' was saved');
}

async function compareRuns(ids, target) {
  const runs = await Promise.all(ids.map((id) => ask('/v1/runs/' + id)));
  const names = [...new Set(runs.flatMap(({ run }) => Object.keys(run.stats)))];
  const settings = [...new Set(runs.flatMap(({ run }) => [...Object.keys(run.params), ...Object.keys(run.settings)]))];
  const text = (value) => value === undefined ? '-' : typeof value === 'string' ? value : JSON.stringify(value);
  const row = (name, values, kind) => ({ kind: new Set(values).size === 1 ? 'same' : undefined, cells: [name, ...values.map((value) => [value, kind])] });
  const box = el('div', { class: 'chart', role: 'img', 'aria-label': 'Equity of the chosen runs' });
  target.replaceChildren(el('section', { class: 'card' }, el('h2', {}, 'Comparison'),
    runs.some(({ equity }) => equity.length > 0) && box,
    table('Figures', ['', ...ids.map((id) => ['run ' + id, 'n'])], names.map((name) => row(name, runs.map(({ run }) => figure(run.stats[name])), 'n')))),
    table('Parameters and settings; equal ones are grey', ['', ...ids.map((id) => 'run ' + id)], settings.map((name) => row(name, runs.map(({ run }) => text(run.params[name] ?? run.settings[name]))))));
  if (box.isConnected) lines(box, runs.map(({ equity }) => equity));
  target.scrollIntoView({ block: 'start' });
}

function lines(box, curves) {
  const style = getComputedStyle(document.documentElement);
  const colour = (name) => style.getPropertyValue(name).trim();
  const chart = LightweightCharts.createChart(box, { autoSize: true, layout: { background: { color: 'transparent' }, textColor: colour('--soft'), attributionLogo: false }, grid: { vertLines: { color: colour('--line') }, horzLines: { color: colour('--line') } }, localization: { locale: 'en' } });
  const colours = [colour('--brand'), colour('--warn'), colour('--down'), colour('--up'), colour('--soft')];
  curves.forEach((curve, k) => {
    const seen = new Map(curve.map(([time, value]) => [Math.floor(time / 1000), value]));
    chart.addSeries(LightweightCharts.LineSeries, { color: colours[k % colours.length], lineWidth: 2 }).setData([...seen].sort((a, b) => a[0] - b[0]).map(([time, value]) => ({ time, value })));
  });
  chart.timeScale().fitContent();
}

const views = { sessions: sessionsView, data: dataView, runs: runsView };

async function route() {
  clearInterval(timer);
  opened.clear();
  if (sessionStorage.getItem(tokenKey) === null) { signIn(); return; }
  const name = location.hash.slice(1) in views ? location.hash.slice(1) : 'sessions';
  for (const link of document.querySelectorAll('nav a')) {
    if (link.getAttribute('href') === '#' + name) link.setAttribute('aria-current', 'page');
    else link.removeAttribute('aria-current');
  }
  const button = document.getElementById('sign-out');
  button.hidden = false;
  button.onclick = () => { sessionStorage.removeItem(tokenKey); signIn(); };
  show(el('p', { class: 'soft' }, 'Loading ...'));
  try {
    await views[name]();
  } catch (error) {
    if (!(error instanceof Refused)) show(el('p', { class: 'card down', role: 'alert' }, error.message));
  }
}

addEventListener('hashchange', route);
route();
`;
