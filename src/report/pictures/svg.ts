/** Small charts as SVG: drawn when the report is written, so that they print, need no script and follow the page's colours. */
import { amount, percent } from '../text/words.ts';
import { escapeHtml } from '../text/html.ts';

/** The size that small charts are drawn in; the page scales them. */
export const frame = { width: 440, height: 210, left: 52, right: 10, top: 10, bottom: 24 } as const;

/** Numbers as short labels of an axis: `12.5k`, `0.02`, `1.2M`. */
export function shortNumber(value: number, digits = 3): string {
  const size = Math.abs(value);
  if (size >= 1e9) return `${trim(value / 1e9, digits)}B`;
  if (size >= 1e6) return `${trim(value / 1e6, digits)}M`;
  if (size >= 1e4) return `${trim(value / 1e3, digits)}k`;
  return trim(value, digits);
}

function trim(value: number, digits: number): string {
  return value === 0 ? '0' : String(+value.toPrecision(digits));
}

/** A fraction as a short label: `12 %`. */
export function shortPercent(value: number, digits = 3): string {
  return `${trim(value * 100, digits)} %`;
}

/** Labels of different values with as many digits as tell them apart. */
export function labelsApart(
  values: readonly number[],
  text: (value: number, digits?: number) => string = shortNumber,
): string[] {
  for (let digits = 3; digits < 9; digits++) {
    const labels = values.map((value) => text(value, digits));
    if (new Set(labels).size === labels.length) return labels;
  }
  return values.map((value) => text(value));
}

/** A text in at most so many letters. */
export function shortened(text: string, most: number): string {
  return text.length > most ? `${text.slice(0, most - 1)}…` : text;
}

/** Round values from `low` to `high` at which an axis is labelled, about `wanted` of them. */
export function ticks(low: number, high: number, wanted = 4): number[] {
  if (!(high > low)) return [low];
  const raw = (high - low) / wanted;
  const magnitude = 10 ** Math.floor(Math.log10(raw));
  const step = [1, 2, 2.5, 5, 10].map((one) => one * magnitude).find((one) => one >= raw) ?? 10 * magnitude;
  const found: number[] = [];
  for (let k = Math.ceil(low / step); k * step <= high + step * 1e-9; k++) found.push(+(k * step).toPrecision(12));
  return found;
}

/** A scale from values to pixels. */
export function scale(low: number, high: number, from: number, to: number): (value: number) => number {
  const span = high - low || 1;
  return (value) => from + ((value - low) / span) * (to - from);
}

const n = (value: number): string => value.toFixed(1);

/** A whole chart: its title for people who do not see it, and what is drawn. */
export function chart(
  label: string,
  inner: string,
  { height = frame.height }: { readonly height?: number } = {},
): string {
  return `<svg class="chart" viewBox="0 0 ${frame.width} ${height}" role="img" aria-label="${escapeHtml(label)}">${inner}</svg>`;
}

/** Horizontal guides with labels at the left. */
export function yAxis(
  values: readonly number[],
  y: (value: number) => number,
  text: (value: number, digits?: number) => string,
): string {
  const { left, right, width } = frame;
  const labels = labelsApart(values, text);
  return values
    .map((value, k) => `<path class="grid${value === 0 ? ' zero' : ''}" d="M${left} ${n(y(value))}H${width - right}"/><text class="axis end" x="${left - 6}" y="${n(y(value) + 3.5)}">${labels[k]!}</text>`)
    .join(''); // prettier-ignore
}

/** Labels below the chart. */
export function xAxis(values: readonly (readonly [x: number, text: string])[], height: number = frame.height): string {
  return values
    .map(([x, text]) => `<text class="axis mid" x="${n(x)}" y="${height - 7}">${escapeHtml(text)}</text>`)
    .join('');
}

/** Times at which a span is labelled: years, quarters, months or days. */
export function timeTicks(from: number, to: number): [time: number, text: string][] {
  const days = (to - from) / 86_400_000;
  const found: [number, string][] = [];
  const iso = (time: number): string => new Date(time).toISOString();
  if (days < 45) {
    const step = Math.max(1, Math.ceil(days / 6)) * 86_400_000;
    for (let time = Math.ceil(from / step) * step; time <= to; time += step) found.push([time, iso(time).slice(5, 10)]);
    return found;
  }
  const months = days / 30.4;
  const every = months < 8 ? 1 : months < 20 ? 3 : months < 40 ? 6 : 12 * Math.max(1, Math.ceil(months / 12 / 7));
  const first = new Date(from);
  for (let month = first.getUTCFullYear() * 12 + first.getUTCMonth(); ; month++) {
    const time = Date.UTC(Math.floor(month / 12), month % 12);
    if (time > to) return found;
    if (time >= from && month % every === 0)
      found.push([time, every % 12 === 0 ? iso(time).slice(0, 4) : iso(time).slice(0, 7)]);
  }
}

/** A curve over time with an area below it. */
export function curve(
  label: string,
  points: readonly (readonly [time: number, value: number])[],
  options: { readonly text?: (value: number) => string; readonly colour?: string; readonly zero?: boolean } = {},
): string {
  const { text = shortNumber, colour = 'accent', zero = true } = options;
  const { left, right, top, bottom, width, height } = frame;
  if (points.length < 2) return nothingYet('Not enough time for a curve.');
  let [low, high] = zero ? [0, 0] : [Infinity, -Infinity];
  for (const [, value] of points) {
    if (value < low) low = value;
    if (value > high) high = value;
  }
  if (low === high) high = low + 1;
  const x = scale(points[0]![0], points[points.length - 1]![0], left, width - right);
  const y = scale(low, high, height - bottom, top);
  const thin = Math.max(1, Math.ceil(points.length / 800));
  const kept = points.filter((_, i) => i % thin === 0 || i === points.length - 1);
  const line = kept.map(([time, value], i) => `${i === 0 ? 'M' : 'L'}${n(x(time))} ${n(y(value))}`).join('');
  const base = n(y(Math.max(low, Math.min(0, high))));
  const area = `${line}L${n(x(kept[kept.length - 1]![0]))} ${base}L${n(x(kept[0]![0]))} ${base}Z`;
  const axis = timeTicks(points[0]![0], points[points.length - 1]![0]).map(([time, name]) => [x(time), name] as const);
  return chart(label, `${yAxis(ticks(low, high), y, text)}${xAxis(axis.filter(([at]) => at > left + 10 && at < width - 24))}<path class="area ${colour}" d="${area}"/><path class="line ${colour}" d="${line}"/>`); // prettier-ignore
}

/** Upright bars, one for each name, green above zero and red below. */
export function bars(
  label: string,
  values: readonly { readonly name: string; readonly value: number; readonly title: string }[],
  options: { readonly text?: (value: number) => string; readonly neutral?: boolean; readonly every?: number } = {},
): string {
  const { text = shortNumber, neutral = false, every = 1 } = options;
  const { left, right, bottom, top, width, height } = frame;
  let [low, high] = [0, 0];
  for (const { value } of values) {
    if (value < low) low = value;
    if (value > high) high = value;
  }
  if (low === high) high = 1;
  const y = scale(low, high, height - bottom, top);
  const slot = (width - left - right) / Math.max(1, values.length);
  const drawn = values.map(({ value, title }, k) => {
    const [from, to] = value >= 0 ? [y(value), y(0)] : [y(0), y(value)];
    const tone = neutral ? 'accent' : value >= 0 ? 'up' : 'down';
    const wide = Math.min(56, slot - Math.min(6, slot * 0.18));
    return `<rect class="bar ${tone}" x="${n(left + (k + 0.5) * slot - wide / 2)}" y="${n(from)}" width="${n(wide)}" height="${n(Math.max(value === 0 ? 0 : 1, to - from))}" rx="1.5"><title>${escapeHtml(title)}</title></rect>`;
  });
  const names = values.flatMap(({ name }, k): [number, string][] => (k % every === 0 ? [[left + (k + 0.5) * slot, name]] : [])); // prettier-ignore
  return chart(label, `${yAxis(ticks(low, high), y, text)}${xAxis(names)}${drawn.join('')}`);
}

/** What stands in place of a picture that has nothing to show. */
export function nothingYet(text: string): string {
  return `<p class="empty">${escapeHtml(text)}</p>`;
}

/** A profit with its sign, in words for a tooltip. */
export function signed(value: number): string {
  return value > 0 ? `+${amount(value)}` : amount(value);
}

/** A fraction with its sign, in words for a tooltip. */
export function signedPercent(value: number): string {
  return value > 0 ? `+${percent(value)}` : percent(value);
}
