/** Header names of columns with the opens of bars, and the units that they name. */
import type { TimeUnit } from './cells.ts';

/** The meaning of a time column's name. */
export interface TimeName {
  /** The unit in the name; undefined where it has none. */
  readonly unit: TimeUnit | undefined;
}

const unitWords: Readonly<Record<TimeUnit, readonly string[]>> = {
  s: ['s', 'sec', 'secs', 'second', 'seconds'],
  ms: ['ms', 'msec', 'msecs', 'milli', 'millis', 'millisecond', 'milliseconds'],
  us: ['us', '\u00b5s', '\u03bcs', 'usec', 'usecs', 'micro', 'micros', 'microsecond', 'microseconds'],
  ns: ['ns', 'nsec', 'nsecs', 'nano', 'nanos', 'nanosecond', 'nanoseconds'],
};

/** Words that mean a count of time by themselves: `epoch_ms`, `unix`. */
const countWords = ['unix', 'epoch', 'posix'];
/** Words that do not show which time it is. */
const plainWords = ['utc', 'gmt', 'in', 'bar', 'candle', 'candlestick', 'kline', 'period', 'window', 'interval'];
/** Names of the open of a bar, without those words and spaces. */
const openNames = [
  'time', 'timestamp', 'ts', 'date', 'datetime', 't', 'mts', 'opentime', 'timeopen', 'opentimestamp', 'timestampopen', 'opents', 'tsopen',
  'opendate', 'opendatetime', 'starttime', 'timestart', 'starttimestamp', 'timestampstart', 'startts', 'tsstart', 'startat', 'start',
  'startdate', 'begin', 'begintime', 'timebegin', 'begints', 'eventtime', 'tsevent', 'dateopen', 'datestart', 'datum', 'zeit', 'zeitpunkt', 'zeitstempel', 'fecha',
]; // prettier-ignore

/** Written together: `timestampms`, `unixms`. A single `s` at the end is a plural. */
const together = /^([a-z]+?)(ms|us|ns|sec|secs|seconds?|millis(?:econds?)?|micros(?:econds?)?|nanos(?:econds?)?)$/;

/** The meaning of a header name for the open of a bar, such as `timestamp_ms`, `Open Time (s)` or `tsUs`; undefined for any other. */
export function timeNameOf(cell: string): TimeName | undefined {
  const words = wordsOf(cell);
  if (words.length === 0) return undefined;
  let unit: TimeUnit | undefined;
  let isCount = false;
  let rest = '';
  for (const word of words) {
    const found = unitOfWord(word);
    if (found !== undefined) {
      if (unit !== undefined && unit !== found) return undefined;
      unit = found;
    } else if (countWords.includes(word)) isCount = true;
    else if (!plainWords.includes(word)) rest += word;
  }
  if (rest === '' ? isCount : openNames.includes(rest)) return { unit: unit ?? (rest === 'mts' ? 'ms' : undefined) };
  const [, name = '', end = ''] = together.exec(rest) ?? [];
  const isTime = openNames.includes(name) || countWords.includes(name);
  return isTime && unit === undefined ? { unit: unitOfWord(end) } : undefined;
}

/** Whether a header name is that of the close of a bar, such as `close_time_ms` or `endTime`. */
export function isCloseTimeName(cell: string): boolean {
  const words = wordsOf(cell);
  const others = words.filter((word) => word !== 'close' && word !== 'end' && word !== 'closing');
  return others.length < words.length && timeNameOf(others.join(' ')) !== undefined;
}

/** The words of a name in lower case, those of `openTimeMs` and `open_time (ms)` too. */
function wordsOf(cell: string): string[] {
  const apart = cell.replace(/([a-z\d])([A-Z])/g, '$1 $2').toLowerCase();
  return apart.split(/[^a-z\d\u00b5\u03bc]+/).filter((word) => word !== '');
}

function unitOfWord(word: string): TimeUnit | undefined {
  return (Object.keys(unitWords) as TimeUnit[]).find((unit) => unitWords[unit].includes(word));
}
