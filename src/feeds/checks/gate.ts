/** The gate between feeds and a run: only finite values pass, whichever feed they come from. */
import { barColumnNames, DataError, formatTime, sliceBars, type Bars } from '../../core/index.ts';
import type { DataFeed, LoadContext } from '../feed.ts';
import { claimRead } from './reads.ts';
import { isChecked } from './validate.ts';

/** Loads the bars of a feed for a run. @throws {DataError} If its bars do not rise in time or have values that are not finite. */
export async function loadBars(feed: DataFeed, context: LoadContext): Promise<Bars> {
  const bars = plain(passed(await feed.load(context), feed.name));
  claimRead(bars);
  return bars;
}

/** Loads the bars of a feed in pieces, with the same checks. */
export async function* streamBars(feed: DataFeed, context: LoadContext): AsyncGenerator<Bars> {
  let before = -Infinity;
  for await (const bars of feed.stream(context)) {
    claimRead(bars);
    yield plain(passed(bars, feed.name, before));
    before = bars.time.at(-1) ?? before;
  }
}

/** The bars with plain columns: columns of a research table are getters, which a copy of the object would lose. */
function plain(bars: Bars): Bars {
  return Object.hasOwn(bars, 'time') ? bars : sliceBars(bars, 0, bars.time.length);
}

/** @param before - The time of the bar before the first. */
function passed(bars: Bars, name: string, before = -Infinity): Bars {
  const { time, open, high, low, close, volume } = bars;
  if (isChecked(bars) && !(time[0]! <= before)) return bars;
  for (let i = 0; i < time.length; i++) {
    const at = time[i]!;
    const sum = open[i]! + high[i]! + low[i]! + close[i]! + volume[i]!;
    if (!(sum - sum === 0 && at > before && at < Infinity)) throw fault(bars, i, name, before);
    before = at;
  }
  return bars;
}

function fault(bars: Bars, row: number, name: string, before: number): DataError {
  const column = barColumnNames.find((one) => !Number.isFinite(bars[one][row]));
  const at = bars.time[row]!;
  const what =
    column === undefined
      ? `the bar of ${formatTime(at)} comes after that of ${formatTime(before)}: times must rise`
      : `${column} of the bar of ${formatTime(at)} was ${bars[column][row]!}, and a run takes finite values only`;
  return new DataError(`${name}: ${what}`, {
    code: column === undefined ? 'disorder' : 'not-finite',
    context: { feed: name, row, time: at, column },
  });
}
