/** Times at the front door: what is a moment, what is not, and how one is shown. */
import { describe, expect, it } from 'vitest';

import { formatTime, parseIsoTime, parseTimeOfDay, toTime } from '../../src/core/index.ts';

describe('a moment as a user writes it', () => {
  it.each<[string, number]>([
    ['2024-01-31', Date.UTC(2024, 0, 31)],
    ['2024-01-31T12:00', Date.UTC(2024, 0, 31, 12)],
    ['2024-01-31 12:00:05', Date.UTC(2024, 0, 31, 12, 0, 5)],
    ['2024-01-31T12:00:00Z', Date.UTC(2024, 0, 31, 12)],
    ['2024-01-31T12:00:00.250Z', Date.UTC(2024, 0, 31, 12, 0, 0, 250)],
    ['2024-01-31T12:00:00,250', Date.UTC(2024, 0, 31, 12, 0, 0, 250)],
    ['2024-01-31T12:00:00+02:00', Date.UTC(2024, 0, 31, 10)],
    ['2024-01-31T12:00:00-0530', Date.UTC(2024, 0, 31, 17, 30)],
    ['1969-12-31', -86_400_000],
    ['2024-02-29', Date.UTC(2024, 1, 29)],
  ])('%s is %i', (text, time) => {
    expect(parseIsoTime(text)).toBe(time);
    expect(toTime(text, 'start')).toBe(time);
  });

  it('without a zone is UTC wherever the machine stands', () => {
    const before = process.env['TZ'];
    try {
      for (const zone of ['America/New_York', 'Asia/Kolkata', 'UTC']) {
        process.env['TZ'] = zone;
        expect(toTime('2024-07-01T09:30', 'start')).toBe(Date.UTC(2024, 6, 1, 9, 30));
        expect(toTime('2024-07-01', 'start')).toBe(Date.UTC(2024, 6, 1));
      }
    } finally {
      if (before === undefined) delete process.env['TZ'];
      else process.env['TZ'] = before;
    }
  });

  it.each([
    '2024-1-31',
    '31.01.2024',
    '2024-01-32',
    '2023-02-29',
    '2024-01-31T25:00',
    '2024-01-31T12',
    'yesterday',
    '',
    '1704067200000',
  ])('%j is none', (text) => {
    expect(parseIsoTime(text)).toBeNaN();
    expect(() => toTime(text, 'end')).toThrow(
      `end must be a time such as 2024-01-31, 2024-01-31T12:00:00Z or milliseconds UTC, was "${text}"`,
    );
  });

  it('may be milliseconds or a Date, and must be finite', () => {
    expect(toTime(1_704_067_200_000, 'start')).toBe(1_704_067_200_000);
    expect(toTime(new Date(5), 'start')).toBe(5);
    expect(() => toTime(NaN, 'start')).toThrow(/start must be a time/);
    expect(() => toTime(new Date(NaN), 'start')).toThrow(/start must be a time/);
    expect(() => toTime(Infinity, 'start')).toThrow(/start must be a time/);
  });
});

describe('a time of day', () => {
  it.each<[string, number]>([
    ['00:00', 0],
    ['9:05', 32_700_000],
    ['17:00', 61_200_000],
    ['23:59:59.9', 86_399_900],
    ['23:59:59.999', 86_399_999],
    ['24:00', 86_400_000],
  ])('%s is %i ms after midnight', (text, ms) => {
    expect(parseTimeOfDay(text, 'sessionEnd')).toBe(ms);
  });

  it.each(['24:01', '12:60', '12:00:60', '12', 'noon', '', '-1:00', '12:00:00.1234'])('%j is none', (text) => {
    expect(() => parseTimeOfDay(text, 'sessionEnd')).toThrow(
      `sessionEnd must be a time of day such as 17:00 or 23:59:59.999, was '${text}'`,
    );
  });
});

describe('a time as people read it', () => {
  it.each<[number, string]>([
    [Date.UTC(2024, 0, 31), '2024-01-31'],
    [Date.UTC(2024, 0, 31, 12), '2024-01-31 12:00:00'],
    [Date.UTC(2024, 0, 31, 12, 0, 5, 7), '2024-01-31 12:00:05.007'],
    [NaN, 'no time'],
    [-Infinity, 'no time'],
  ])('%d is %s', (time, text) => {
    expect(formatTime(time)).toBe(text);
  });
});
