/** Bars over random sessions: each short bar of a session is in exactly one long bar, however the long bars are made. */
import { describe, expect, it } from 'vitest';

import { seededRandom, sliceBars, timeframe, type Bars } from '../../src/core/index.ts';
import { Cerebro, Strategy } from '../../src/engine/index.ts';
import { BarsDataFeed, generateBars, resampleBars, type SessionOptions } from '../../src/feeds/index.ts';
import { BarGrid } from '../../src/feeds/timeframes/bar-grid.ts';
import { Resampler } from '../../src/feeds/timeframes/resampler.ts';

const minute = 60_000;
const day = 1_440 * minute;
/** Zones that never change their clocks, by how far they are ahead of UTC, in minutes. */
const zones: readonly (readonly [zone: string, ahead: number])[] = [
  ['UTC', 0],
  ['Asia/Tokyo', 540],
  ['Asia/Kolkata', 330],
  ['America/Phoenix', -420],
];
const timeframes = ['1h', '2h', '4h', '1d', '2d', '3d', '1w', '2w', '1M'];

class Watch extends Strategy {
  readonly rows: string[] = [];

  override next(): void {
    const { data } = this;
    if (!data.partial)
      this.rows.push([data.time, data.open.now, data.high.now, data.low.now, data.close.now].join(' '));
  }
}

const clock = (minutes: number): string =>
  `${String(Math.floor(minutes / 60)).padStart(2, '0')}:${String(minutes % 60).padStart(2, '0')}`;

function caseOf(seed: number) {
  const random = seededRandom(seed);
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)]!;
  const start = Date.UTC(2024, Math.floor(random() * 12), 1 + Math.floor(random() * 20));
  const all = generateBars({ seed, timeframe: '30m', count: 1_600, start });
  const kept = Array.from(all.time.keys()).filter(() => random() > 0.03);
  const bars = Object.fromEntries(
    Object.entries(all).map(([name, column]) => [
      name,
      Float64Array.from(kept, (row) => (column as Float64Array)[row]!),
    ]),
  ) as unknown as Bars;
  const [zone, ahead] = pick(zones);
  const [opens, closes] = [Math.floor(random() * 48) * 30, Math.floor(random() * 48) * 30];
  const days = [1, 2, 3, 4, 5, 6, 7].filter((one) => one === 3 || random() < 0.7);
  const holidays = [new Date(start + Math.floor(random() * 30) * day).toISOString().slice(0, 10)];
  const session: SessionOptions = { start: clock(opens), end: clock(closes), zone, days, holidays };
  const isOpenOn = (date: number): boolean =>
    days.includes(new Date(date * day).getUTCDay() || 7) &&
    !holidays.includes(new Date(date * day).toISOString().slice(0, 10));
  /** Whether a moment is in a session, by the wall clock. */
  const trades = (time: number): boolean => {
    const local = time + ahead * minute;
    const date = Math.floor(local / day);
    const at = (local - date * day) / minute;
    if (closes > opens) return isOpenOn(date) && at >= opens && at < closes;
    return (at >= opens && isOpenOn(date)) || (at < closes && isOpenOn(date - 1));
  };
  return { bars, session, to: pick(timeframes), trades, random };
}

const cases = Array.from({ length: 24 }, (_, k) => k + 1);

describe.each(cases)('sessions of seed %d', (seed) => {
  it('hold every bar once, at once, in pieces, resampled and replayed', async () => {
    const { bars, session, to, trades, random } = caseOf(seed);
    const made = resampleBars(bars, '30m', to, { session });
    const rows = Array.from(made.time, (time, i) => [time, made.open[i], made.high[i], made.low[i], made.close[i]].join(' ')); // prettier-ignore
    const end = made.closeTime.at(-1) ?? -Infinity;
    const volume = bars.time.reduce((sum, time, i) => (trades(time) && time < end ? sum + bars.volume[i]! : sum), 0);
    expect(made.volume.reduce((sum, one) => sum + one, 0)).toBeCloseTo(volume, 6);

    const resampler = new Resampler(new BarGrid(timeframe(to), { session }), timeframe('30m'));
    const pieces: string[] = [];
    for (let from = 0; from < bars.time.length;) {
      const next = Math.min(bars.time.length, from + 1 + Math.floor(random() * 90));
      resampler.push(sliceBars(bars, from, next));
      from = next;
      const { time, open, high, low, close } = resampler.take();
      pieces.push(...Array.from(time, (at, i) => [at, open[i], high[i], low[i], close[i]].join(' ')));
    }
    expect(pieces).toEqual(rows);

    for (const kind of ['resampleData', 'replayData'] as const) {
      const feed = new BarsDataFeed({ name: 'short', timeframe: '30m', bars });
      const { strategies } = await new Cerebro()[kind](feed, to, { session }).addStrategy(Watch).run();
      const { strategy } = strategies[0]!;
      if (!(strategy instanceof Watch)) throw new Error('the strategy must be a Watch');
      const seen = strategy.rows;
      // A replayed bar without its last tick ends unseen, when the next one begins.
      if (kind === 'resampleData') expect(seen).toEqual(rows);
      else expect(rows).toEqual(expect.arrayContaining(seen));
    }
  });
});
