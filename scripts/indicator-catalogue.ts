/** Writes docs/indicator-catalogue.md and its charts from the catalogue of indicators. Run: npx tsx --conditions=source scripts/indicator-catalogue.ts */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { barsFromRows, seededRandom, timeframe, type Bar, type Bars } from '../src/core/index.ts';
import { indicators, namedLines, type IndicatorInfo } from '../src/indicators/index.ts';
import { Column, Data, Graph, Timeline } from '../src/lines/index.ts';

/** Bars that are drawn, and bars in all: most indicators have warmed up by then. */
const [drawn, length] = [120, 700];
const [width, height] = [360, 120];
const colours = ['#2563eb', '#d97706', '#059669', '#9333ea', '#dc2626', '#0891b2'];

/** A seeded market with trends, rests and bursts of volume. */
function market(): Bars {
  const random = seededRandom(2_024);
  const rows: Bar[] = [];
  let price = 100;
  for (let i = 0; i < length; i++) {
    const drift = Math.sin(i / 23) * 0.0035 + Math.sin(i / 7) * 0.002;
    const move = drift + (random() - 0.5) * 0.018;
    const open = price;
    price *= 1 + move;
    const high = Math.max(open, price) * (1 + random() * 0.006);
    const low = Math.min(open, price) * (1 - random() * 0.006);
    rows.push({
      time: i * 3_600_000,
      open,
      high,
      low,
      close: price,
      volume: 20 + random() * 30 + Math.abs(move) * 4_000,
    });
  }
  const bars = barsFromRows(rows);
  return {
    ...bars,
    buyVolume: bars.volume.map(
      (volume, i) => volume * (0.5 + (8 * (bars.close[i]! / bars.open[i]! - 1)) / (1 + volume / 50)),
    ),
  };
}

const bars = market();

/** The lines of an indicator over the market, by name, and its minimum period. */
function linesOf(info: IndicatorInfo): { minPeriod: number; lines: [string, number[]][] } {
  const timeline = new Timeline(0, { name: 'BTC', symbol: 'BTC/USDT', timeframe: timeframe('1h') });
  timeline.buyVolume = new Column();
  const graph = new Graph();
  const data = new Data(timeline, graph);
  timeline.append(bars);
  timeline.index = length - 1;
  const made = namedLines(info.make(data));
  graph.advance();
  return {
    minPeriod: Math.max(...made.map(([, line]) => line.minPeriod)),
    lines: made.map(([name, line]) => {
      const values: number[] = [];
      for (let i = 0; i < drawn; i++) values.push(line.ago(drawn - 1 - i));
      return [name, values];
    }),
  };
}

/** A small chart: the close behind it where the lines are prices, else the lines alone. */
function chart(info: IndicatorInfo, lines: readonly [string, readonly number[]][]): string {
  const closes = Array.from(bars.close.subarray(length - drawn));
  const [least, most] = [Math.min(...closes), Math.max(...closes)];
  const all = lines.flatMap(([, values]) => values).filter((value) => Number.isFinite(value));
  const isPrice = all.length > 0 && Math.min(...all) > least * 0.7 && Math.max(...all) < most * 1.3;
  const scope = isPrice ? [...all, ...closes] : all;
  const [low, high] = scope.length === 0 ? [0, 1] : [Math.min(...scope), Math.max(...scope)];
  const y = (value: number): string => (height - 18 - ((value - low) / (high - low || 1)) * (height - 30)).toFixed(1);
  const path = (values: readonly number[]): string => {
    let text = '';
    let isOpen = false;
    values.forEach((value, i) => {
      if (!Number.isFinite(value)) isOpen = false;
      else {
        text += `${isOpen ? 'L' : 'M'}${((i / (drawn - 1)) * (width - 10) + 5).toFixed(1)} ${y(value)}`;
        isOpen = true;
      }
    });
    return text;
  };
  const zero =
    !isPrice && low < 0 && high > 0
      ? `<path d="M5 ${y(0)}H${width - 5}" stroke="#94a3b8" stroke-dasharray="2 3"/>`
      : '';
  const back = isPrice ? `<path d="${path(closes)}" stroke="#94a3b8"/>` : '';
  const drawnLines = lines.map(
    ([, values], k) => `<path d="${path(values)}" stroke="${colours[k % colours.length]!}" stroke-width="1.4"/>`,
  );
  const names = lines.length > 1 ? lines.slice(0, 6).map(([name], k) => `<text x="${6 + k * 58}" y="${height - 5}" fill="${colours[k % colours.length]!}">${name}</text>`) : []; // prettier-ignore
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" font-family="sans-serif" font-size="9" fill="none">` +
    `<title>${info.name}</title><rect width="${width}" height="${height}" rx="4" fill="#f8fafc" stroke="#e2e8f0"/>${zero}${back}${drawnLines.join('')}${names.join('')}</svg>\n`
  );
}

/** The page and its charts, by path from the root of the project. */
export function catalogueFiles(): Map<string, string> {
  const files = new Map<string, string>();
  let page = `# Catalogue of indicators

Made from the catalogue in the code by \`scripts/indicator-catalogue.ts\`; \`nextbar indicators NAME\` shows the same at the terminal.
[indicators.md](indicators.md) says what holds for all of them and how to write one.

In formulas \`x\` is the line, \`n\` the period, \`y\` the last value, \`x[k]\` the value \`k\` bars ago. Charts show 120 one-hour bars of a synthetic
market with the default parameters, the close in grey where the lines are prices.
`;
  for (const group of new Set(indicators.list().map((info) => info.group))) {
    page += `\n## ${group}\n`;
    for (const info of indicators.list().filter((one) => one.group === group)) {
      const { minPeriod, lines } = linesOf(info);
      files.set(`docs/images/indicators/${info.name}.svg`, chart(info, lines));
      const params = info.params.map((one) => `\`${one.name}\` ${one.default} (${one.from} to ${one.to})`).join(', ');
      page += `\n### \`${info.name}\`\n\n${info.about}\n\n![${info.name}](images/indicators/${info.name}.svg)\n\n`;
      page += `- Formula: \`${info.formula}\`\n`;
      if (params !== '') page += `- Parameters: ${params}\n`;
      page += `- Lines: ${lines.map(([name]) => `\`${name}\``).join(', ')}\n- First value: bar ${minPeriod}\n`;
      if (info.source !== undefined) page += `- Source: ${info.source}\n`;
    }
  }
  return files.set('docs/indicator-catalogue.md', page);
}

if (process.argv[1] === import.meta.filename) {
  const root = join(import.meta.dirname, '..');
  rmSync(join(root, 'docs/images/indicators'), { recursive: true, force: true });
  mkdirSync(join(root, 'docs/images/indicators'), { recursive: true });
  for (const [path, text] of catalogueFiles()) writeFileSync(join(root, path), text);
}
