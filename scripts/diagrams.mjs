// Draws the diagrams of the documentation into docs/images: a bar's clock, a bracket's life, the modes, the rooms.
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const folder = join(dirname(fileURLToPath(import.meta.url)), '..', 'docs', 'images');
const ink = '#1f2933';
const soft = '#52606d';
const blue = '#2563eb';
const green = '#15803d';
const red = '#b91c1c';
const sand = '#b45309';
const paper = '#ffffff';

const escape = (text) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
const text = (x, y, words, { size = 14, fill = ink, anchor = 'start', weight = 400 } = {}) =>
  `<text x="${x}" y="${y}" font-size="${size}" fill="${fill}" text-anchor="${anchor}" font-weight="${weight}">${escape(words)}</text>`;
const box = (x, y, width, height, { fill = '#f5f7fa', stroke = '#9aa5b1', radius = 6 } = {}) =>
  `<rect x="${x}" y="${y}" width="${width}" height="${height}" rx="${radius}" fill="${fill}" stroke="${stroke}"/>`;
const line = (x1, y1, x2, y2, { stroke = soft, width = 1.5, dash = '', arrow = false } = {}) =>
  `<line x1="${x1}" y1="${y1}" x2="${x2}" y2="${y2}" stroke="${stroke}" stroke-width="${width}"${dash && ` stroke-dasharray="${dash}"`}${arrow ? ` marker-end="url(#tip-${stroke.slice(1)})"` : ''}/>`;
const tips = [soft, blue, green, red, sand]
  .map(
    (colour) =>
      `<marker id="tip-${colour.slice(1)}" viewBox="0 0 10 10" refX="9" refY="5" markerWidth="7" markerHeight="7" orient="auto"><path d="M0 0L10 5L0 10z" fill="${colour}"/></marker>`,
  )
  .join('');

function draw(name, title, width, height, parts) {
  const head = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" font-family="system-ui, 'Segoe UI', Helvetica, Arial, sans-serif" role="img" aria-label="${escape(title)}">`;
  const body = [`<title>${escape(title)}</title>`, `<defs>${tips}</defs>`, `<rect width="${width}" height="${height}" rx="8" fill="${paper}"/>`, ...parts.flat()]; // prettier-ignore
  writeFileSync(join(folder, name), `${[head, ...body].join('\n')}\n</svg>\n`);
}

/** A candle over the span x1..x2, with prices as heights. */
function candle(x1, x2, { open, high, low, close }, faded = false) {
  const middle = (x1 + x2) / 2;
  const colour = close < open ? green : red;
  const opacity = faded ? ' opacity="0.35"' : '';
  return `<g${opacity}>${line(middle, high, middle, low, { stroke: colour })}<rect x="${middle - 16}" y="${Math.min(open, close)}" width="32" height="${Math.abs(open - close)}" fill="${colour}"/></g>`;
}

function barClock() {
  const x = [70, 270, 470, 670];
  const at = 250;
  const bars = [
    { open: 190, high: 110, low: 205, close: 130 },
    { open: 128, high: 95, low: 180, close: 165 },
    { open: 160, high: 90, low: 190, close: 105 },
  ];
  draw('bar-clock.svg', 'When a bar is known and when an order fills', 760, 400, [
    text(30, 34, "A bar's clock: bars of one hour", { size: 17, weight: 600 }),
    line(40, at, 730, at, { width: 2, arrow: true }),
    x.map((at1, k) => [
      line(at1, at - 8, at1, at + 8),
      text(at1, at + 26, `${10 + k}:00`, { anchor: 'middle', fill: soft }),
    ]),
    bars.map((bar, k) => candle(x[k], x[k + 1], bar, k === 2)),
    text((x[0] + x[1]) / 2, 70, 'bar of 10:00', { anchor: 'middle' }),
    text((x[1] + x[2]) / 2, 70, 'bar of 11:00', { anchor: 'middle' }),
    text((x[2] + x[3]) / 2, 70, 'bar of 12:00, unknown', { anchor: 'middle', fill: soft }),
    line(x[1], 318, x[1], at + 34, { stroke: soft, arrow: true }),
    text(x[1], 336, 'data.time of the', { anchor: 'middle', size: 13, fill: soft }),
    text(x[1], 352, 'second bar: its open', { anchor: 'middle', size: 13, fill: soft }),
    line(x[2], 318, x[2], at + 34, { stroke: blue, arrow: true }),
    text(x[2], 336, 'next(): both bars are known,', { anchor: 'middle', size: 13, fill: blue }),
    text(x[2], 352, 'close.now is the close at 12:00', { anchor: 'middle', size: 13, fill: blue }),
    line(x[2] + 8, 222, x[2] + 80, 164, { stroke: green, arrow: true }),
    text(x[2] - 4, 228, 'buy()', { anchor: 'end', size: 13, fill: green }),
    text(x[2] + 120, 222, 'fills at the next open', { size: 13, fill: green }),
    text(30, 386, 'An order is decided on a bar that has closed and is first matched against the bar after it.', {
      size: 13,
      fill: soft,
    }),
  ]);
}

function bracket() {
  const state = (x, y, width, name, note, stroke) => [box(x, y, width, 54, { stroke }), text(x + width / 2, y + 23, name, { anchor: 'middle', weight: 600 }), text(x + width / 2, y + 42, note, { anchor: 'middle', size: 12, fill: soft })]; // prettier-ignore
  draw('bracket.svg', 'The life of a bracket', 800, 380, [
    text(30, 34, "A bracket's life: one entry, two exits", { size: 17, weight: 600 }),
    state(30, 70, 190, 'entry works', 'the exits wait', blue),
    state(310, 70, 210, 'entry filled', 'the exits work', green),
    state(600, 30, 170, 'target filled', 'the stop is canceled', green),
    state(600, 110, 170, 'stop filled', 'the target is canceled', red),
    line(220, 97, 306, 97, { stroke: green, arrow: true }),
    text(263, 88, 'fills', { anchor: 'middle', size: 12, fill: green }),
    line(520, 88, 596, 60, { stroke: green, arrow: true }),
    line(520, 106, 596, 134, { stroke: red, arrow: true }),
    state(30, 200, 190, 'no position', 'all three have ended', soft),
    line(125, 124, 125, 196, { stroke: soft, arrow: true }),
    text(135, 158, 'canceled, expired', { size: 12, fill: soft }),
    text(135, 173, 'or refused', { size: 12, fill: soft }),
    state(310, 200, 210, 'part of the entry filled', 'the exits guard that part', sand),
    line(215, 124, 330, 196, { stroke: sand, arrow: true }),
    text(290, 148, 'canceled after a part', { size: 12, fill: sand }),
    state(600, 200, 170, 'one exit left', 'the position stays guarded', sand),
    line(440, 124, 620, 196, { stroke: sand, arrow: true }),
    text(550, 190, 'an exit expires', { size: 12, fill: sand, anchor: 'end' }),
    text(30, 300, 'One exit filled cancels the other. An exit canceled or expired leaves the other at work.', {
      size: 13,
      fill: soft,
    }),
    text(
      30,
      322,
      'Where one bar reaches both exits, the order is assumed by the intrabar policy and counted in result.ambiguity.',
      { size: 13, fill: soft },
    ),
    text(30, 344, 'In a session on a test network the exits are sent when the entry fills.', { size: 13, fill: soft }),
  ]);
}

function modes() {
  const rows = [
    ['backtest', 'bars of history', 'fills by rules over bars', blue],
    ['recording', 'a recorded stream', 'fills by its trades and quotes', sand],
    ['paper', 'a live stream', 'fills by its trades and quotes', green],
    ['sandbox', 'a live stream', "the test network's own fills", red],
  ];
  draw('modes.svg', 'The same strategy in every mode', 800, 400, [
    text(30, 34, 'One strategy file, four modes', { size: 17, weight: 600 }),
    text(130, 66, 'mode and prices', { anchor: 'middle', size: 13, fill: soft }),
    text(400, 66, 'the same engine step', { anchor: 'middle', size: 13, fill: soft }),
    text(665, 66, 'who fills', { anchor: 'middle', size: 13, fill: soft }),
    box(300, 84, 200, 262, { fill: '#eff6ff', stroke: blue }),
    ['broker matches', 'notifyOrder', 'notifyTrade', 'next()', 'analyzers'].map((words, k) => [
      text(400, 126 + k * 44, words, { anchor: 'middle', weight: words === 'next()' ? 700 : 400 }),
      k < 4 ? line(400, 134 + k * 44, 400, 154 + k * 44, { arrow: true }) : '',
    ]),
    rows.map(([name, prices, fills, colour], k) => {
      const y = 84 + k * 68;
      return [box(30, y, 200, 58, { stroke: colour }), text(130, y + 24, name, { anchor: 'middle', weight: 600, fill: colour }), text(130, y + 44, prices, { anchor: 'middle', size: 13 }), line(230, y + 29, 296, y + 29, { stroke: colour, arrow: true }), box(560, y, 210, 58, { stroke: colour }), text(665, y + 34, fills, { anchor: 'middle', size: 13 }), line(500, y + 29, 556, y + 29, { stroke: colour, arrow: true })]; // prettier-ignore
    }),
    text(
      30,
      382,
      'What differs between modes differs on purpose: a row of the mode ledger, with the test that holds it.',
      { size: 13, fill: soft },
    ),
  ]);
}

function rooms() {
  const floors = [
    [['cli', 'the nextbar command']],
    [
      ['server', 'the HTTP API and the syncer'],
      ['dataset', 'tables of market history'],
    ],
    [
      ['research', 'what a result is worth'],
      ['report', 'pages of a run'],
      ['venue', 'an exchange in a process'],
      ['sinks', 'where events go'],
    ],
    [['engine', 'Cerebro, Strategy, the step, live sessions']],
    [['analyzers', 'what a run is measured by']],
    [
      ['feeds', 'where bars come from'],
      ['broker', 'orders, fills, accounts'],
    ],
    [
      ['indicators', 'line to line'],
      ['store', 'bars and journals on disk'],
      ['connectors', 'sockets and protocols'],
    ],
    [['lines', 'columns, and the cursor that says now']],
    [['core', 'the words of the trade: bars, money, time, errors, the runtime']],
  ];
  const width = 740;
  draw('rooms.svg', 'The rooms of nextbar by floor', 800, 60 + floors.length * 56 + 36, [
    text(30, 34, 'The rooms: each imports from lower floors only', { size: 17, weight: 600 }),
    floors.map((floor, k) => {
      const y = 52 + k * 56;
      const each = (width - 12 * (floor.length - 1)) / floor.length;
      return floor.map(([name, note], n) => {
        const x = 30 + n * (each + 12);
        return [box(x, y, each, 46, { fill: k === 3 ? '#eff6ff' : '#f5f7fa', stroke: k === 3 ? blue : '#9aa5b1' }), text(x + each / 2, y + 20, name, { anchor: 'middle', weight: 600 }), text(x + each / 2, y + 37, note, { anchor: 'middle', size: 12, fill: soft })]; // prettier-ignore
      });
    }),
    text(
      30,
      52 + floors.length * 56 + 20,
      'Doors (src/index.ts and src/doors) list by hand what a program may import.',
      { size: 13, fill: soft },
    ),
  ]);
}

mkdirSync(folder, { recursive: true });
for (const one of [barClock, bracket, modes, rooms]) one();
