/** Pictures of a sweep: heat maps of pairs of parameters, parallel coordinates, and the fan of equity curves. */
import { fanPlaces, placesAlong, valuesAt, type TrialCurve } from '../gather/fan-curve.ts';
import { escapeHtml } from '../text/html.ts';
import {
  chart,
  frame,
  labelsApart,
  nothingYet,
  scale,
  shortened,
  shortNumber,
  ticks,
  timeTicks,
  xAxis,
  yAxis,
} from './svg.ts';

/** A trial as the pictures need it. */
export interface PicturedTrial {
  /** Its parameters, by name. */
  readonly params: Readonly<Record<string, unknown>>;
  /** What it scored; undefined where it has no score. */
  readonly score: number | undefined;
}

/** Values of one axis of a heat map at most; more are put together. */
const mostCells = 24;
/** Lines of parallel coordinates at most. */
const mostLines = 400;
/** Lines among them that stand out. */
const bestLines = 10;

/** The places of a parameter's values along an axis: numbers by size, other values by their text. */
interface Axis {
  readonly name: string;
  /** Labels of the places. */
  readonly labels: readonly string[];
  /** What is at each place, in full. */
  readonly titles: readonly string[];
  /** The place of a value. */
  readonly placeOf: (value: unknown) => number;
}

/**
 * The axis of every value that was tried, whether it has a score or not.
 *
 * @param most - Values at most; more are put together. Default: each has a place.
 */
function axisOf(name: string, trials: readonly PicturedTrial[], most = Infinity): Axis {
  const values = [...new Set(trials.map(({ params }) => params[name]))];
  const places = (titles: readonly string[], labels: readonly string[], known: ReadonlyMap<unknown, number>, of = (value: unknown) => value): Axis => ({ name, titles, labels, placeOf: (value) => known.get(of(value))! }); // prettier-ignore
  if (!values.every((value): value is number => typeof value === 'number')) {
    const texts = [...new Set(values.map(wordOf))].sort();
    const labels = texts.map((text) => shortened(text, 7));
    return places(texts, labels, new Map(texts.map((text, k) => [text, k])), wordOf);
  }
  const sorted = values.sort((a, b) => a - b);
  const count = Math.min(most, sorted.length);
  // Equal numbers of values in each place: a logarithmic range has as many on either side of its middle.
  const starts = Array.from({ length: count }, (_, k) => Math.floor((k * sorted.length) / count));
  const texts = labelsApart(sorted);
  const titles = starts.map((from, k) => {
    const to = (starts[k + 1] ?? sorted.length) - 1;
    return from === to ? texts[from]! : `${texts[from]!} to ${texts[to]!}`;
  });
  const known = new Map(starts.flatMap((from, k) => sorted.slice(from, starts[k + 1]).map((value) => [value, k] as const))); // prettier-ignore
  return places(titles, labelsApart(starts.map((from) => sorted[from]!)), known);
}

/** Room that the longest of some labels takes, in the units of a picture. */
function widthOf(labels: readonly string[]): number {
  return Math.max(40, ...spread(labels.map(({ length }) => 6.5 * length + 8)));
}

function wordOf(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** A heat map of two parameters: each cell is the mean score of its trials, over all values of the other parameters. */
export function heatOfPair(
  names: readonly [across: string, up: string],
  trials: readonly PicturedTrial[],
  metric: string,
  sign: 1 | -1,
): string {
  const scored = trials.filter((one) => one.score !== undefined && Number.isFinite(one.score));
  if (scored.length === 0) return nothingYet('No trial has a score.');
  const [across, up] = names.map((name) => axisOf(name, trials, mostCells)) as [Axis, Axis];
  const [columns, rows] = [across.labels.length, up.labels.length];
  const sums = new Float64Array(columns * rows);
  const counts = new Int32Array(columns * rows);
  const tried = new Set(trials.map(({ params }) => up.placeOf(params[up.name]) * columns + across.placeOf(params[across.name]))); // prettier-ignore
  for (const { params, score } of scored) {
    const at = up.placeOf(params[up.name]) * columns + across.placeOf(params[across.name]);
    sums[at]! += score!;
    counts[at]!++;
  }
  let [low, high] = [Infinity, -Infinity];
  for (let k = 0; k < sums.length; k++) {
    if (counts[k] === 0) continue;
    low = Math.min(low, sums[k]! / counts[k]!);
    high = Math.max(high, sums[k]! / counts[k]!);
  }
  const { left, right, top, bottom, width } = frame;
  const height = Math.max(frame.height, Math.min(360, rows * 20 + top + bottom));
  const [wide, tall] = [(width - left - right) / columns, (height - top - bottom) / rows];
  const cells: string[] = [];
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      const at = row * columns + column;
      if (!tried.has(at)) continue;
      const place = `${across.name} ${across.titles[column]!}, ${up.name} ${up.titles[row]!}`;
      const shape = `x="${(left + column * wide).toFixed(1)}" y="${(height - bottom - (row + 1) * tall).toFixed(1)}" width="${Math.max(1, wide - 1).toFixed(1)}" height="${Math.max(1, tall - 1).toFixed(1)}"`;
      if (counts[at] === 0) {
        cells.push(`<rect class="heatcell none" ${shape}><title>${escapeHtml(`${place}: no score`)}</title></rect>`);
        continue;
      }
      const score = sums[at]! / counts[at]!;
      const share = high > low ? (score - low) / (high - low) : 1;
      const goodness = sign > 0 ? share : 1 - share;
      const title = `${place}: ${metric} ${shortNumber(score)}${counts[at]! > 1 ? `, mean of ${counts[at]!} trials` : ''}`;
      cells.push(`<rect class="heatcell" data-score="${score}" style="--heat:${(goodness * 100).toFixed(0)}%" ${shape}><title>${escapeHtml(title)}</title></rect>${wide >= 34 && tall >= 15 ? `<text class="axis heatvalue${goodness > 0.72 ? ' strong' : ''}" x="${(left + (column + 0.5) * wide).toFixed(1)}" y="${(height - bottom - (row + 0.5) * tall + 3.5).toFixed(1)}">${escapeHtml(shortNumber(score))}</text>` : ''}`); // prettier-ignore
    }
  }
  const every = Math.max(1, Math.ceil((columns * widthOf(across.labels)) / (width - left - right)));
  const below = across.labels.flatMap((text, k): [number, string][] => (k % every === 0 ? [[left + (k + 0.5) * wide, text]] : [])); // prettier-ignore
  const everyRow = Math.max(1, Math.ceil(14 / tall));
  const beside = up.labels
    .map((text, k) =>
      k % everyRow === 0
        ? `<text class="axis end" x="${left - 6}" y="${(height - bottom - (k + 0.5) * tall + 3.5).toFixed(1)}">${escapeHtml(text)}</text>`
        : '',
    ) // prettier-ignore
    .join('');
  const label = `${metric} by ${across.name} (across) and ${up.name} (up), from ${shortNumber(low)} to ${shortNumber(high)}`;
  return chart(label, `${beside}${xAxis(below, height)}${cells.join('')}`, { height });
}

/** Every trial as a line through its parameters and its score; the best stand out. */
export function parallelCoordinates(
  names: readonly string[],
  ranking: readonly PicturedTrial[],
  metric: string,
): string {
  if (ranking.length === 0) return nothingYet('No trial has a score.');
  const width = 900;
  const { top } = frame;
  const height = 276;
  const [from, to, above, below] = [70, width - 70, top + 14, height - 46];
  const axes = names.map((name) => axisOf(name, ranking));
  const scores = ranking.map(({ score }) => score!).filter(Number.isFinite);
  const [low, high] = [Math.min(...spread(scores)), Math.max(...spread(scores))];
  const x = scale(0, names.length, from, to);
  const y = high > low ? scale(low, high, below, above) : () => (above + below) / 2;
  const thin = Math.max(1, Math.ceil(ranking.length / mostLines));
  const shown = ranking.map((trial, rank) => ({ trial, rank })).filter(({ rank }) => rank < bestLines || rank % thin === 0); // prettier-ignore
  const lines = shown.reverse().map(({ trial, rank }) => {
    const points = axes.map(({ name, labels, placeOf }, k) => {
      const share = labels.length < 2 ? 0.5 : placeOf(trial.params[name]) / (labels.length - 1);
      return `${x(k).toFixed(1)} ${(below - share * (below - above)).toFixed(1)}`;
    });
    const end = `${x(names.length).toFixed(1)} ${y(trial.score!).toFixed(1)}`;
    const title = `${names.map((name) => `${name} ${wordOf(trial.params[name])}`).join(', ')}: ${metric} ${shortNumber(trial.score!)}`;
    return `<path class="way${rank < bestLines ? ' best' : ''}" d="M${[...points, end].join('L')}"><title>${escapeHtml(title)}</title></path>`;
  });
  const most = Math.floor((to - from) / names.length / 9);
  const head =
    [...axes.map(({ name, labels }) => [name, labels[0]!, labels[labels.length - 1]!] as const), [metric, shortNumber(low), shortNumber(high)] as const] // prettier-ignore
      .map(
        ([name, first, last], k) =>
          `<path class="grid" d="M${x(k).toFixed(1)} ${above}V${below}"/><text class="axis mid" x="${x(k).toFixed(1)}" y="${above - 5}">${escapeHtml(last)}</text>${first === last ? '' : `<text class="axis mid" x="${x(k).toFixed(1)}" y="${below + 17}">${escapeHtml(first)}</text>`}<text class="axis mid name" x="${x(k).toFixed(1)}" y="${height - 5}">${escapeHtml(shortened(name, most))}</text>`,
      )
      .join('');
  const label = `${ranking.length} trials as lines through ${names.join(', ')} and ${metric}; the best ${Math.min(bestLines, ranking.length)} stand out`;
  return `<svg class="chart" viewBox="0 0 ${width} ${height}" role="img" aria-label="${escapeHtml(label)}">${head}${lines.join('')}</svg>`;
}

/** Numbers few enough for the arguments of a call. */
function spread(values: readonly number[]): number[] {
  let [low, high] = [Infinity, -Infinity];
  for (const value of values) {
    if (value < low) low = value;
    if (value > high) high = value;
  }
  return [low, high];
}

/** Where 90 and 50 of 100 equity curves lie, their median, and the curve of the best trial over them; that one alone where there are no others. */
export function equityFan(curves: readonly TrialCurve[], best: TrialCurve | undefined): string {
  const all = curves.length === 0 && best !== undefined ? [best] : curves;
  const whole = all.filter(({ time }) => time.length > 1);
  const [first] = whole;
  if (first === undefined) return nothingYet('No trial has an equity curve.');
  const places = placesAlong(first);
  const [from, to] = [places[0]!, places[fanPlaces - 1]!];
  const along = whole.map((one) => valuesAt(one, places));
  const quantile = (share: number): number[] =>
    places.map((_, k) => {
      const sorted = along.map((values) => values[k]!).sort((a, b) => a - b);
      return sorted[Math.round(share * (sorted.length - 1))]!;
    });
  const [bottom, lower, middle, higher, topmost] = [0.05, 0.25, 0.5, 0.75, 0.95].map(quantile) as [
    number[],
    number[],
    number[],
    number[],
    number[],
  ];
  const own = best === undefined ? [] : valuesAt(best, places);
  const drawn = [...bottom, ...topmost, ...own];
  const width = 900;
  const height = 280;
  const { left, right, top } = frame;
  const [low, high] = [Math.min(1, ...drawn), Math.max(1, ...drawn)];
  const x = scale(from, to, left, width - right);
  const y = scale(low, high, height - frame.bottom, top);
  const path = (values: readonly number[]): string =>
    values.map((value, k) => `${k === 0 ? 'M' : 'L'}${x(places[k]!).toFixed(1)} ${y(value).toFixed(1)}`).join('');
  const band = (under: readonly number[], over: readonly number[]): string =>
    `${path(over)}L${[...under.keys()].reverse().map((k) => `${x(places[k]!).toFixed(1)} ${y(under[k]!).toFixed(1)}`).join('L')}Z`; // prettier-ignore
  const steps = ticks(low, high);
  const texts = labelsApart(steps);
  const guides = steps
    .map(
      (value, k) =>
        `<path class="grid" d="M${left} ${y(value).toFixed(1)}H${width - right}"/><text class="axis end" x="${left - 6}" y="${(y(value) + 3.5).toFixed(1)}">${texts[k]!}</text>`,
    ) // prettier-ignore
    .join('');
  const axis = timeTicks(from, to).map(([time, text]): [number, string] => [x(time), text]);
  const ends = `the best at ${shortNumber(own[fanPlaces - 1] ?? NaN)}`;
  const label =
    curves.length === 0
      ? `Equity as a share of the start, ${shortNumber(own[fanPlaces - 1]!)} at the end`
      : `Equity of ${whole.length} trials as shares of the start: 90 of 100 end from ${shortNumber(bottom[fanPlaces - 1]!)} to ${shortNumber(topmost[fanPlaces - 1]!)}, the median at ${shortNumber(middle[fanPlaces - 1]!)}${own.length === 0 ? '' : `, ${ends}`}`;
  const bands =
    curves.length === 0
      ? ''
      : `<path class="band wide" d="${band(bottom, topmost)}"/><path class="band" d="${band(lower, higher)}"/><path class="line second" d="${path(middle)}"/>`;
  const line = own.length === 0 ? '' : `<path class="line accent" d="${path(own)}"/>`;
  const below = xAxis(axis.filter(([at]) => at > left + 10 && at < width - 24), height); // prettier-ignore
  return `<svg class="chart" viewBox="0 0 ${width} ${height}" role="img" aria-label="${escapeHtml(label)}">${guides}${below}${bands}${line}</svg>`;
}

/** Scores of trials as a distribution, for sweeps of one parameter too. */
export function scoreLine(name: string, trials: readonly PicturedTrial[], metric: string): string {
  const scored = trials.filter((one): one is PicturedTrial & { readonly score: number } => one.score !== undefined && Number.isFinite(one.score)); // prettier-ignore
  if (scored.length < 2) return nothingYet('Fewer than two trials have a score.');
  const axis = axisOf(name, trials);
  const points = scored.map(({ params, score }) => [axis.placeOf(params[name]), score] as const);
  const { left, right, top, bottom, width, height } = frame;
  const [low, high] = spread(scored.map(({ score }) => score)) as [number, number];
  // The last label stays within the picture.
  const end = width - Math.max(right + 6, widthOf(axis.labels) / 2);
  const x = scale(0, Math.max(1, axis.labels.length - 1), left + 6, end);
  const y = scale(low, high, height - bottom - 4, top + 4);
  // Of dots that lie on each other one is drawn: thousands of trials have few places.
  const apart = new Map(
    points.map((point) => [`${(x(point[0]) / 4).toFixed(0)} ${(y(point[1]) / 3).toFixed(0)}`, point] as const),
  );
  const dots = [...apart.values()].map(([place, score]) => `<circle class="dot accent" cx="${x(place).toFixed(1)}" cy="${y(score).toFixed(1)}" r="2.6"><title>${escapeHtml(`${name} ${axis.titles[place]!}: ${metric} ${shortNumber(score)}`)}</title></circle>`); // prettier-ignore
  const every = Math.max(1, Math.ceil((axis.labels.length * widthOf(axis.labels)) / (end - left)));
  const names = axis.labels.flatMap((text, k): [number, string][] => (k % every === 0 ? [[x(k), text]] : []));
  return chart(`${metric} by ${name}`, `${yAxis(ticks(low, high), y, shortNumber)}${xAxis(names)}${dots.join('')}`);
}
