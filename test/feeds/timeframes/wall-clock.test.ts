/** Wall clocks against the calendar: changes of clocks in New York, half an hour on Lord Howe, a day that Samoa left out. */
import { describe, expect, it } from 'vitest';

import { dayMs, spanMs, weekdayOf, Zone } from '../../../src/feeds/timeframes/wall-clock.ts';

const hour = 3_600_000;
const dayOf = (date: string): number => Date.parse(date) / dayMs;
const clock = (text: string): number => Date.parse(`1970-01-01T${text}Z`);
const moment = (zone: string, date: string, time: string): string =>
  new Date(new Zone(zone).momentOf(dayOf(date), clock(time))).toISOString();

describe('the moment at which a wall clock shows a time', () => {
  it.each([
    ['UTC', '2024-03-10', '09:30', '2024-03-10T09:30:00.000Z'],
    ['America/New_York', '2024-03-08', '09:30', '2024-03-08T14:30:00.000Z'],
    // At 2:00 on 10 March 2024 clocks go to 3:00, and at 2:00 on 3 November back to 1:00.
    ['America/New_York', '2024-03-10', '01:59', '2024-03-10T06:59:00.000Z'],
    ['America/New_York', '2024-03-10', '03:00', '2024-03-10T07:00:00.000Z'],
    ['America/New_York', '2024-03-10', '09:30', '2024-03-10T13:30:00.000Z'],
    ['America/New_York', '2024-11-03', '00:59', '2024-11-03T04:59:00.000Z'],
    ['America/New_York', '2024-11-03', '02:00', '2024-11-03T07:00:00.000Z'],
    // Shown twice: the first time. Not shown at all: an hour later.
    ['America/New_York', '2024-11-03', '01:30', '2024-11-03T05:30:00.000Z'],
    ['America/New_York', '2024-03-10', '02:30', '2024-03-10T07:30:00.000Z'],
    ['Australia/Lord_Howe', '2024-10-06', '02:10', '2024-10-05T15:40:00.000Z'],
    ['Australia/Lord_Howe', '2024-04-07', '01:45', '2024-04-06T14:45:00.000Z'],
    ['Asia/Kathmandu', '2024-01-01', '00:00', '2023-12-31T18:15:00.000Z'],
    ['Pacific/Kiritimati', '2024-01-01', '00:00', '2023-12-31T10:00:00.000Z'],
  ])('in %s on %s at %s is %s', (zone, date, time, expected) => {
    expect(moment(zone, date, time)).toBe(expected);
  });

  it('has no day in Samoa that was left out', () => {
    // Friday, 30 December 2011 did not happen.
    const apia = new Zone('Pacific/Apia');
    const last = Date.UTC(2011, 11, 30, 9, 59);
    expect([apia.dayAt(last), apia.dayAt(last + 60_000)]).toEqual([dayOf('2011-12-29'), dayOf('2011-12-31')]);
    expect([apia.offsetAt(last), apia.offsetAt(last + 60_000)]).toEqual([-10 * hour, 14 * hour]);
  });
});

it('a day of a zone begins and ends by its own clock', () => {
  const zone = new Zone('America/New_York');
  const midnight = Date.UTC(2024, 2, 10, 5);
  expect([zone.dayAt(midnight - 1), zone.dayAt(midnight)]).toEqual([dayOf('2024-03-09'), dayOf('2024-03-10')]);
  expect(zone.offsetAt(midnight)).toBe(-5 * hour);
  expect(new Zone('UTC').offsetAt(midnight)).toBe(0);
});

it('a time that a clock shows twice has a second moment', () => {
  const zone = new Zone('America/New_York');
  const [first, second] = [Date.UTC(2024, 10, 3, 5, 30), Date.UTC(2024, 10, 3, 6, 30)];
  expect(zone.secondOf(first)).toBe(second);
  // The edges of the hour: 1:00 and 1:59 come twice, 0:59 and 2:00 once, and the second 1:30 is the last.
  expect(zone.secondOf(Date.UTC(2024, 10, 3, 5, 0))).toBe(Date.UTC(2024, 10, 3, 6, 0));
  expect(zone.secondOf(Date.UTC(2024, 10, 3, 5, 59))).toBe(Date.UTC(2024, 10, 3, 6, 59));
  for (const once of [Date.UTC(2024, 10, 3, 4, 59), second, Date.UTC(2024, 10, 3, 7, 0), Date.UTC(2024, 2, 10, 6, 30)])
    expect(zone.secondOf(once)).toBeUndefined();
  expect(new Zone('UTC').secondOf(first)).toBeUndefined();
  const lord = new Zone('Australia/Lord_Howe');
  expect(lord.secondOf(Date.UTC(2024, 3, 6, 14, 45))).toBe(Date.UTC(2024, 3, 6, 15, 15));
});

it('a zone has a name that the calendar knows', () => {
  expect(() => new Zone('New York')).toThrow(
    "zone must be a time zone such as UTC or America/New_York, was 'New York'",
  );
  expect(() => new Zone(5 as never, 'tz')).toThrow(/^tz must be a time zone .*, was '5'/);
  expect(() => new Zone('Nowhere', 'tz')).toThrow(expect.objectContaining({ context: { field: 'tz' } }) as Error);
  expect(new Zone('Asia/Tokyo').name).toBe('Asia/Tokyo');
});

it('weekdays count from Monday, before 1970 too', () => {
  const days = ['1970-01-01', '2024-03-11', '2024-03-17', '1969-12-28', '1969-12-29', '1960-02-29'];
  expect(days.map((date) => weekdayOf(dayOf(date)))).toEqual([4, 1, 7, 7, 1, 1]);
});

describe('a span', () => {
  it.each([
    ['90m', 5_400_000],
    ['-15m', -900_000],
    ['8h', 28_800_000],
    ['45s', 45_000],
    ['2d', 172_800_000],
    ['1w', 604_800_000],
    ['0h', 0],
    [250, 250],
    [-250, -250],
  ])('of %j has %d ms', (span, ms) => {
    expect(spanMs(span, 'offset')).toBe(ms);
  });

  it.each(['', '8', 'h', '8 h', '1.5h', '8H', '8hh', 'x8h', '1M', 1.5, NaN, Infinity, '1234567890s'])(
    'is not %j',
    (span) => {
      expect(() => spanMs(span, 'offset')).toThrow(
        'offset must be a span such as 90m or 8h, or whole milliseconds, was',
      );
    },
  );
});
