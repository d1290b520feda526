/** Timers: the times of day at which they fire, by zones, sessions and calendars. */
import { describe, expect, it } from 'vitest';

import { Cerebro, Strategy, type DayTimer, type TimerOptions } from '../../../src/engine/index.ts';
import { GeneratedDataFeed } from '../../../src/feeds/index.ts';

/** The due times of a timer over hourly bars, as ISO minutes. */
async function dueTimes(options: TimerOptions, from: string, to: string, timeframe = '1h'): Promise<string[]> {
  const times: string[] = [];
  class Timed extends Strategy {
    override start(): void {
      this.addTimer(options);
    }
    override notifyTimer(timer: DayTimer, when: number): void {
      expect(timer.options).toBe(options);
      expect(this.data.closeTime).toBeGreaterThanOrEqual(when);
      times.push(new Date(when).toISOString().slice(0, 16));
    }
  }
  const cerebro = new Cerebro().addData(new GeneratedDataFeed({ timeframe, start: from, end: to }));
  await cerebro.addStrategy(Timed).run();
  return times;
}

describe('a timer', () => {
  it('fires once a day, with the first step at or after its time', async () => {
    expect(await dueTimes({ when: '10:30' }, '2024-01-01', '2024-01-04')).toEqual([
      '2024-01-01T10:30',
      '2024-01-02T10:30',
      '2024-01-03T10:30',
    ]);
  });

  it('repeats until the day is over, and starts again the next day', async () => {
    expect(await dueTimes({ when: '13:00', repeat: '5h' }, '2024-01-01', '2024-01-03')).toEqual([
      '2024-01-01T13:00',
      '2024-01-01T18:00',
      '2024-01-01T23:00',
      '2024-01-02T13:00',
      '2024-01-02T18:00',
      '2024-01-02T23:00',
    ]);
  });

  it('keeps to weekdays and monthdays, and makes up for days without a bar when told so', async () => {
    const week = { when: '12:00', weekdays: [1, 3] };
    expect(await dueTimes(week, '2024-01-01', '2024-01-11')).toEqual(
      ['01', '03', '08', '10'].map((day) => `2024-01-${day}T12:00`),
    );
    const month = { when: '00:00', monthdays: [1], monthCarry: false };
    expect(await dueTimes(month, '2024-01-15', '2024-04-10', '1d')).toEqual(['2024-02-01T00:00', '2024-03-01T00:00', '2024-04-01T00:00']); // prettier-ignore
  });

  it('asks a filter of dates, and takes an offset', async () => {
    const odd = (date: string): boolean => Number(date.slice(8)) % 2 === 1;
    expect(await dueTimes({ when: '08:00', offset: '90m', allow: odd }, '2024-01-01', '2024-01-05')).toEqual([
      '2024-01-01T09:30',
      '2024-01-03T09:30',
    ]);
  });

  it('follows the wall clock of Berlin over both changes of the year', async () => {
    const berlin = { when: '09:00', zone: 'Europe/Berlin' };
    expect(await dueTimes(berlin, '2024-03-30', '2024-04-01')).toEqual(['2024-03-30T08:00', '2024-03-31T07:00']);
    expect(await dueTimes(berlin, '2024-10-26', '2024-10-28')).toEqual(['2024-10-26T07:00', '2024-10-27T08:00']);
  });

  it('fires once on the days on which New York shows 02:30 never, or 01:30 twice', async () => {
    const spring = { when: '02:30', zone: 'America/New_York' };
    expect(await dueTimes(spring, '2024-03-09T06:00', '2024-03-12T06:00', '30m')).toEqual([
      '2024-03-09T07:30',
      '2024-03-10T07:30',
      '2024-03-11T06:30',
    ]);
    const autumn = { when: '01:30', zone: 'America/New_York' };
    expect(await dueTimes(autumn, '2024-11-02T05:00', '2024-11-05T05:00', '30m')).toEqual([
      '2024-11-02T05:30',
      '2024-11-03T05:30',
      '2024-11-04T06:30',
    ]);
  });

  it('knows the opening and closing of sessions, and is silent without one', async () => {
    const session = {
      start: '09:30',
      end: '16:00',
      zone: 'America/New_York',
      days: [1, 2, 3, 4, 5],
      holidays: ['2024-03-11'],
    };
    expect(
      await dueTimes({ when: 'sessionEnd', offset: '-30m', session }, '2024-03-07T06:00', '2024-03-13', '30m'),
    ).toEqual(['2024-03-07T20:30', '2024-03-08T20:30', '2024-03-12T19:30']);
    expect(await dueTimes({ when: 'sessionEnd', session: {} }, '2024-01-01', '2024-01-05', '1d')).toEqual([
      '2024-01-03T00:00', '2024-01-04T00:00', '2024-01-05T00:00', '2024-01-06T00:00',
    ].slice(0, 3)); // prettier-ignore
  });

  it('is refused when it cannot be right, with the nearest name', async () => {
    const add = (options: TimerOptions): Promise<string[]> => dueTimes(options, '2024-01-01', '2024-01-02');
    await expect(add({ when: '25:00' })).rejects.toThrow(
      "when must be a time of day such as 17:00 or 23:59:59.999, was '25:00'",
    );
    await expect(add({ when: '10:00', weekdays: [8] })).rejects.toThrow(
      'weekdays must be whole numbers from 1 to 7, was 8',
    );
    await expect(add({ when: '10:00', repaet: '1h' } as TimerOptions)).rejects.toThrow("did you mean 'repeat'?");
    await expect(add({ when: '23:30', offset: '1h' })).rejects.toThrow('must fall on the same day');
    await expect(add({ when: 'sessionStart' })).rejects.toThrow('needs the option session');
  });

  it('that never fires is named in the warnings', async () => {
    const cerebro = new Cerebro()
      .addData(new GeneratedDataFeed({ timeframe: '1h', count: 48 }))
      .addTimer({ when: '23:30' });
    const { warnings } = await cerebro.addStrategy(class Quiet extends Strategy {}).run();
    expect(warnings).toContainEqual(expect.stringContaining('the timer at 23:30 never fired'));
  });
});

describe('the place of a timer in the step', () => {
  class Placed extends Strategy {
    readonly log: string[] = [];
    override start(): void {
      const note = (what: string) => () => {
        this.log.push(`${this.data.length} ${what}`);
        if (this.data.length === 3) this.buy({ size: 1 });
      };
      this.addTimer({ when: '03:00', cheat: true }, note('cheat'));
      this.addTimer({ when: '03:00' }, note('plain'));
    }
    override notifyOrder({ ref, status }: { ref: number; status: string }): void {
      this.log.push(`${this.data.length} order ${ref} ${status}`);
    }
    override next(): void {
      this.log.push(`${this.data.length} next`);
    }
  }

  it('is before the broker with cheat, else after it and before next; the order waits for the next open either way', async () => {
    const cerebro = new Cerebro({ cash: 1e9 }).addData(new GeneratedDataFeed({ timeframe: '1h', count: 4 }));
    const result = await cerebro.addStrategy(Placed).run();
    const { strategy } = result.strategies[0]!;
    if (!(strategy instanceof Placed)) throw new Error('the strategy must be a Placed');
    expect(strategy.log.slice(2)).toEqual([
      '3 cheat', '3 plain', '3 order 1 submitted', '3 order 1 accepted', '3 next',
      '4 order 2 submitted', '4 order 2 accepted', '4 order 1 completed', '4 order 2 completed', '4 next',
    ]); // prettier-ignore
  });
});
