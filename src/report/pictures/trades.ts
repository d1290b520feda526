/** Pictures of trades: the distribution of their results, their excursions, and profit by tag, exit, hour and weekday. */
import type { PlacedFill } from '../gather/fills.ts';
import type { Table } from '../gather/tables.ts';
import { counted } from '../text/words.ts';
import { bars, chart, curve, frame, nothingYet, scale, shortNumber, shortPercent, signed, signedPercent, ticks, xAxis, yAxis } from './svg.ts'; // prettier-ignore

/** Dots of the picture of excursions at most. */
const mostDots = 1_500;
const weekdays = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'];

/** A closed trade as the pictures need it. */
export interface PicturedTrade {
  readonly openTime: number;
  readonly pnlNet: number;
  /** Profit after commission over the value at entry. */
  readonly return: number;
  /** Best and worst excursion over the value at entry. */
  readonly best: number;
  readonly worst: number;
  readonly exit: string;
  readonly tag: string;
}

/** The closed trades of a table. */
export function picturedTrades({ columns, cells }: Table): PicturedTrade[] {
  const column = (key: string): readonly (string | number | undefined)[] => cells[columns.findIndex((one) => one.key === key)] ?? []; // prettier-ignore
  const [exits, opened, profits, values] = [column('exit'), column('openTime'), column('pnlNet'), column('value')];
  const [bests, worsts, tags] = [column('best'), column('worst'), column('tag')];
  const found: PicturedTrade[] = [];
  for (let k = 0; k < exits.length; k++) {
    if (exits[k] === 'open') continue;
    const value = Number(values[k]);
    if (!(value > 0)) continue;
    found.push({
      openTime: Number(opened[k]),
      pnlNet: Number(profits[k]),
      return: Number(profits[k]) / value,
      best: Number(bests[k]) / value,
      worst: Number(worsts[k]) / value,
      exit: String(exits[k]),
      tag: String(tags[k] ?? ''),
    });
  }
  return found;
}

const none = nothingYet('No trade was closed.');

/** How many trades returned how much, in equal steps; the ends hold what lies beyond them. */
export function distribution(trades: readonly PicturedTrade[]): string {
  if (trades.length === 0) return none;
  const sorted = Float64Array.from(trades, (trade) => trade.return).sort();
  const at = (share: number): number => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))]!;
  const reach = Math.max(Math.abs(at(0.01)), Math.abs(at(0.99)), 1e-6);
  const wanted = Math.max(8, Math.min(40, Math.round(Math.sqrt(trades.length) * 1.6)));
  const half = Math.ceil(wanted / 2);
  const step = reach / half;
  const counts = new Array<number>(half * 2).fill(0);
  for (const value of sorted) {
    const bin = Math.max(0, Math.min(half * 2 - 1, Math.floor(value / step) + half));
    counts[bin]!++;
  }
  const { left, right, top, bottom, width, height } = frame;
  const y = scale(0, Math.max(...counts), height - bottom, top);
  const x = scale(-half, half, left, width - right);
  const drawn = counts.map((number, k) => {
    const from = (k - half) * step;
    const title = `${counted(number, 'trade')} from ${signedPercent(from)} to ${signedPercent(from + step)}`;
    return number === 0
      ? ''
      : `<rect class="bar ${k < half ? 'down' : 'up'}" x="${(x(k - half) + 0.7).toFixed(1)}" y="${y(number).toFixed(1)}" width="${(x(1) - x(0) - 1.4).toFixed(1)}" height="${(y(0) - y(number)).toFixed(1)}" rx="1.5"><title>${title}</title></rect>`;
  });
  const axis = ticks(-reach, reach, 5).map((value): [number, string] => [x(value / step), shortPercent(value)]);
  const mean = trades.reduce((sum, trade) => sum + trade.return, 0) / trades.length;
  const middle = Math.max(-half, Math.min(half, mean / step));
  const guide = `<path class="guide" d="M${x(middle).toFixed(1)} ${top}V${height - bottom}"><title>mean ${signedPercent(mean)}</title></path>`;
  return chart(
    `Distribution of ${counted(trades.length, 'trade result')}, mean ${signedPercent(mean)}`,
    `${yAxis(ticks(0, Math.max(...counts)).filter(Number.isInteger), y, shortNumber)}${xAxis(axis.filter(([place]) => place > left && place < width - 20))}${drawn.join('')}${guide}`,
  );
}

/** Each trade as a dot: how far it went against the position, and how far for it. */
export function excursions(trades: readonly PicturedTrade[]): string {
  if (trades.length === 0) return none;
  const thin = Math.ceil(trades.length / mostDots);
  const kept = trades.filter((_, k) => k % thin === 0);
  const high = (values: readonly number[]): number => {
    const sorted = Float64Array.from(values).sort();
    return Math.max(1e-6, sorted[Math.floor((sorted.length - 1) * 0.99)]!);
  };
  const [farX, farY] = [high(kept.map(({ worst }) => -worst)), high(kept.map(({ best }) => best))];
  const { left, right, top, bottom, width, height } = frame;
  const x = scale(0, farX, left + 4, width - right - 4);
  const y = scale(0, farY, height - bottom - 3, top + 3);
  const dots = kept.map((trade) => {
    const [cx, cy] = [x(Math.min(farX, -trade.worst)), y(Math.min(farY, trade.best))];
    return `<circle class="dot ${trade.pnlNet >= 0 ? 'up' : 'down'}" cx="${cx.toFixed(1)}" cy="${cy.toFixed(1)}" r="2.6"><title>worst ${signedPercent(trade.worst)}, best ${signedPercent(trade.best)}, closed at ${signedPercent(trade.return)}</title></circle>`;
  });
  const axis = ticks(0, farX, 5).map((value): [number, string] => [
    x(value),
    value === 0 ? '0' : `-${shortPercent(value)}`,
  ]);
  return chart(
    `Excursions of ${counted(kept.length, 'trade')}: worst to the right, best upwards, won in green`,
    `${yAxis(ticks(0, farY), y, shortPercent)}${xAxis(axis.filter(([place]) => place < width - 18))}${dots.join('')}`,
  );
}

/** Net profit by what `key` says of a trade, the largest amounts first unless `names` gives the order. */
function profitBy(
  label: string,
  trades: readonly PicturedTrade[],
  key: (trade: PicturedTrade) => string,
  names?: readonly string[],
  every = 1,
): string {
  if (trades.length === 0) return none;
  const sums = new Map<string, { value: number; count: number; won: number }>();
  for (const name of names ?? []) sums.set(name, { value: 0, count: 0, won: 0 });
  for (const trade of trades) {
    const name = key(trade);
    const sum = sums.get(name) ?? { value: 0, count: 0, won: 0 };
    sums.set(name, sum);
    sum.value += trade.pnlNet;
    sum.count++;
    if (trade.pnlNet > 0) sum.won++;
  }
  const all = [...sums];
  if (names === undefined) all.sort(([, a], [, b]) => Math.abs(b.value) - Math.abs(a.value));
  const shown = all.slice(0, 24).map(([name, { value, count, won }]) => ({
    name: name.length > 11 ? `${name.slice(0, 10)}…` : name,
    value,
    title: `${name}: ${signed(value)} in ${counted(count, 'trade')}, ${won} won`,
  }));
  return bars(`${label}: ${shown.map(({ title }) => title).join('; ')}`, shown, { every });
}

/** Net profit by the tags of the orders that opened and closed the trades; undefined where nothing is tagged. */
export function profitByTag(trades: readonly PicturedTrade[]): string | undefined {
  if (trades.every(({ tag }) => tag === '')) return undefined;
  return profitBy('Profit by tag', trades, ({ tag }) => (tag === '' ? 'untagged' : tag));
}

/** Net profit by what ended the trades. */
export function profitByExit(trades: readonly PicturedTrade[]): string {
  return profitBy('Profit by exit', trades, ({ exit }) => exit);
}

/** Net profit by the hour of day, UTC, in which the trades were opened. */
export function profitByHour(trades: readonly PicturedTrade[]): string {
  const names = Array.from({ length: 24 }, (_, hour) => String(hour).padStart(2, '0'));
  return profitBy(
    'Profit by hour of entry',
    trades,
    ({ openTime }) => names[new Date(openTime).getUTCHours()]!,
    names,
    3,
  );
}

/** Net profit by the weekday, UTC, on which the trades were opened. */
export function profitByWeekday(trades: readonly PicturedTrade[]): string {
  return profitBy('Profit by weekday of entry', trades, ({ openTime }) => weekdays[(new Date(openTime).getUTCDay() + 6) % 7]!, weekdays); // prettier-ignore
}

/** What funding payments came to so far: below zero where more was paid than received. */
export function fundingOverTime(
  payments: readonly { readonly time: number; readonly amount: number }[],
  from: number,
  to: number,
): string {
  let sum = 0;
  const points: [number, number][] = [[from, 0]];
  for (const { time, amount } of payments) points.push([time, (sum += amount)]);
  points.push([to, sum]);
  return curve(`Funding received less funding paid over time, ${signed(sum)} in all`, points, { colour: 'second' });
}

/** Commission paid so far, fill by fill. */
export function feesOverTime(fills: readonly PlacedFill[], from: number, to: number): string {
  let sum = 0;
  const points: [number, number][] = [[from, 0]];
  const thin = Math.ceil(fills.length / 600);
  fills.forEach(({ fill }, k) => {
    sum += fill.commission;
    if (k % thin === 0 || k === fills.length - 1) points.push([fill.time, sum]);
  });
  points.push([to, sum]);
  if (sum === 0) return nothingYet('No commission was paid.');
  return curve(`Commission paid over time, ${signed(sum)} in all`, points, { colour: 'down' });
}
