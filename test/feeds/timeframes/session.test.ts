/** Trading sessions by the wall clock of their zone: when they open and close, and which one holds a moment. */
import { describe, expect, it } from 'vitest';

import { Session, type SessionOptions } from '../../../src/feeds/timeframes/session.ts';

const hour = 3_600_000;
const dayMs = 24 * hour;
const dayOf = (date: string): number => Date.parse(date) / dayMs;
const at = (text: string): number => Date.parse(`${text}Z`);
const iso = (time: number): string => new Date(time).toISOString().slice(0, 16);
const span = (session: Session, date: string): string[] =>
  [session.opening(dayOf(date)), session.closing(dayOf(date))].map(iso);

describe('a session', () => {
  it('is the whole day in UTC where nothing is said', () => {
    const session = new Session();
    expect(span(session, '2024-02-29')).toEqual(['2024-02-29T00:00', '2024-03-01T00:00']);
    expect(session.dayOf(at('2024-02-29T23:59'))).toBe(dayOf('2024-02-29'));
    expect(session.isOpenOn(dayOf('2024-03-03'))).toBe(true);
    expect(session.zone.name).toBe('UTC');
  });

  it('opens and closes by the clock of its zone, winter and summer', () => {
    const session = new Session({ start: '09:30', end: '16:00', zone: 'America/New_York' });
    expect(span(session, '2024-03-08')).toEqual(['2024-03-08T14:30', '2024-03-08T21:00']);
    expect(span(session, '2024-03-11')).toEqual(['2024-03-11T13:30', '2024-03-11T20:00']);
    const day = dayOf('2024-03-11');
    const held = ['13:29', '13:30', '19:59', '20:00'].map((time) => session.dayOf(at(`2024-03-11T${time}`)));
    expect(held).toEqual([undefined, day, day, undefined]);
  });

  it('that closes at or before its opening goes on until the next day, and belongs to the first', () => {
    const night = new Session({ start: '18:00', end: '17:00' });
    expect(span(night, '2024-03-08')).toEqual(['2024-03-08T18:00', '2024-03-09T17:00']);
    const held = ['16:59', '17:00', '17:59', '18:00'].map((time) => night.dayOf(at(`2024-03-09T${time}`)));
    expect(held).toEqual([dayOf('2024-03-08'), undefined, undefined, dayOf('2024-03-09')]);
    // Around the clock from 17:00 on.
    const round = new Session({ start: '17:00', end: '17:00' });
    expect(span(round, '2024-03-08')).toEqual(['2024-03-08T17:00', '2024-03-09T17:00']);
    expect(span(new Session({ start: '18:00', end: '00:00' }), '2024-03-08')[1]).toBe('2024-03-09T00:00');
  });

  it('is not on weekdays and dates without one', () => {
    const session = new Session({ start: '22:00', end: '02:00', days: [1, 5], holidays: ['2024-03-08'] });
    const open = ['2024-03-04', '2024-03-05', '2024-03-08', '2024-03-10', '2024-03-11'].map((date) =>
      session.isOpenOn(dayOf(date)),
    );
    expect(open).toEqual([true, false, false, false, true]);
    expect(session.dayOf(at('2024-03-05T01:59'))).toBe(dayOf('2024-03-04'));
    // The night after the holiday belongs to it, that after Tuesday to Tuesday.
    for (const time of ['2024-03-09T01:00', '2024-03-06T01:00', '2024-03-08T23:00'])
      expect(session.dayOf(at(time))).toBeUndefined();
  });

  it.each([
    [{ start: '24:00' }, "session start must be before 24:00, was '24:00'"],
    [{ start: '25:00' }, 'session start'],
    [{ end: '9' }, 'session end'],
    [{ days: [0] }, 'session days must be weekdays from 1, Monday, to 7, Sunday, was 0'],
    [{ days: [8] }, 'session days must be weekdays from 1, Monday, to 7, Sunday, was 8'],
    [{ days: [1.5] }, 'session days must be weekdays from 1, Monday, to 7, Sunday, was 1.5'],
    [{ days: [] }, 'session days must name at least one weekday, was an empty list'],
    [{ holidays: ['2024-12-25T12:00'] }, 'session holidays must be dates such as 2024-12-25, was "2024-12-25T12:00"'],
    [{ zone: 'Nowhere' }, "zone must be a time zone such as UTC or America/New_York, was 'Nowhere'"],
    [{ begin: '09:00' }, "unknown option of session 'begin'"],
  ] as const)('is refused with %j', (options, message) => {
    expect(() => new Session(options as SessionOptions)).toThrow(message);
  });

  it('takes the first and the last weekday', () => {
    const session = new Session({ days: [1, 7] });
    expect([dayOf('2024-03-10'), dayOf('2024-03-11'), dayOf('2024-03-12')].map((day) => session.isOpenOn(day))).toEqual([true, true, false]); // prettier-ignore
  });
});
