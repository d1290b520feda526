/** The pages of a sweep and of a walk-forward: their verdict, and pictures that stay readable and small for any trials. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, describe, expect, it } from 'vitest';

import { Cerebro, GeneratedDataFeed, sma, Strategy } from 'nextbar';
import { writeSweepReport, writeWalkReport, type Swept } from 'nextbar/report';
import { optimize, walkForward } from 'nextbar/research';

import {
  equityFan,
  heatOfPair,
  parallelCoordinates,
  scoreLine,
  type PicturedTrial,
} from '../../src/report/pictures/sweep.ts';
import { fanCurve } from '../../src/report/gather/fan-curve.ts';

const folder = mkdtempSync(join(tmpdir(), 'nextbar-sweep-page-'));
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

class Above extends Strategy<typeof Above.params> {
  static readonly params = { period: 20, hold: 1 };
  readonly line = sma(this.data.close, this.params.period);

  override next(): void {
    if (this.data.close.now > this.line.now) this.buy({ size: this.params.hold });
    else if (this.position.size > 0) this.close();
  }
}

const sweep = (space: { period: number[]; hold?: number[] }): ReturnType<typeof optimize> =>
  optimize(
    new Cerebro({ cash: 1e6 })
      .addData(new GeneratedDataFeed({ timeframe: '1d', start: '2022-01-01', count: 200, seed: 9, price: 100 }))
      .optStrategy(Above, space),
  );

async function pageOf(swept: Swept): Promise<string> {
  const path = join(folder, 'sweep.html');
  await writeSweepReport(path, swept);
  return readFileSync(path, 'utf8');
}

/** What the page says beside a name of the verdict, without markup. */
function saidOf(page: string, name: string): string {
  const from = page.indexOf(`>${name}</dt>`, page.indexOf('id="luck"'));
  return page.slice(from + name.length + 6, page.indexOf('</dd>', from)).replaceAll(/<[^>]*>/g, '');
}

describe('the page of a sweep', () => {
  it('says what the trials next to the best reached', async () => {
    const swept = await sweep({ period: [5, 10, 15, 20], hold: [1, 2, 3] });
    const { neighbours, mean, worst, stability } = swept.neighbourhood!;
    expect(neighbours).toBeGreaterThan(1);
    expect(saidOf(await pageOf(swept), 'Neighbours of the best')).toBe(
      `the ${neighbours} trials next to it scored ${mean.toFixed(2)} on average, the worst of them ${worst.toFixed(2)}, stability ${stability.toFixed(2)}: near 1 on a plateau, near 0 or below on an isolated peak`,
    );
  });

  it('draws the same fan from the few places of each curve that it needs', async () => {
    const swept = await optimize(
      new Cerebro({ cash: 1e6 })
        .addData(new GeneratedDataFeed({ timeframe: '1h', start: '2022-01-01', count: 1_000, seed: 9, price: 100 }))
        .optStrategy(Above, { period: [5, 10, 15, 20], hold: [1, 2] }),
    );
    const whole = swept.ranking.map((trial) => swept.runOf(trial).equity);
    const few = whole.map(fanCurve);
    expect(whole[0]!.time.length).toBe(1_000);
    expect(few.every(({ time, value }) => time.length === 240 && value.length === 240)).toBe(true);
    const fanOf = async (curves: readonly (typeof few)[number][]): Promise<string> => {
      const path = join(folder, 'fan.html');
      await writeSweepReport(path, swept, { curves, best: curves[0]! });
      const page = readFileSync(path, 'utf8');
      return page.slice(page.indexOf('id="equity"'), page.indexOf('id="trials"'));
    };
    expect(await fanOf(few)).toBe(await fanOf(whole));
    expect(await fanOf(few)).toContain('Equity of 8 trials');
  });

  it('lists a figure once, and colours no return that is nothing', async () => {
    const swept = await sweep({ period: [20, 190] });
    const table = (page: string): string => page.slice(page.indexOf('id="trials"'));
    const heads = (page: string): string[] => [...table(page).matchAll(/<span class="cell">([^<]*)/g)].map(([, text]) => text!); // prettier-ignore
    expect(heads(await pageOf(swept))).toEqual(['Trial', 'period', 'sharpe', 'Return', 'Max drawdown', 'Trades']);
    const page = await pageOf({
      ...swept,
      metric: 'cagr',
      ranking: swept.ranking.map((one) => ({ ...one, stats: { ...one.stats, totalReturn: -0.00001 } })),
    });
    expect(heads(page)).toEqual(['Trial', 'period', 'cagr', 'Return', 'Sharpe', 'Max drawdown', 'Trades']);
    expect(table(page)).toContain('<td class="number ">0.00 %</td>');
    expect(table(page)).not.toMatch(/class="number (down|up)">0\.00 %/);
  });

  it('says of a single trial what is not known of it, and draws it in the middle with each label once', async () => {
    const page = await pageOf(await sweep({ period: [20] }));
    expect(saidOf(page, 'Trials')).toBe('1: nothing was chosen, and there is no luck of a search to take out');
    expect(saidOf(page, 'Sharpe ratio of the best')).toContain('; a worthless trial would show 0');
    expect(saidOf(page, 'Probability of overfitting')).toBe('not known: too few trials or too little history');
    expect(saidOf(page, 'Neighbours of the best')).toBe('none was tried next to it: whether the best is an isolated peak is not known'); // prettier-ignore
    const ways = /aria-label="1 trials as lines[^]*?<\/svg>/.exec(page)![0];
    expect(ways.match(/class="axis mid"[^>]*>20</g)).toHaveLength(1);
    const [, start, end] = /class="way best" d="M[\d.]+ ([\d.]+)L[\d.]+ ([\d.]+)"/.exec(ways)!;
    expect(start).toBe(end);
  });

  it('draws of trials in one place a single dot, so that the page of many stays small', async () => {
    const swept = await sweep({ period: [5, 10] });
    const [one] = swept.ranking;
    const many = Array.from({ length: 10_000 }, (_, number) => ({ ...one!, number, params: { period: 5 + (number % 40) }, score: (number % 100) / 50 })); // prettier-ignore
    const page = await pageOf({ ...swept, ranking: many, trials: Object.assign(many, { paramNames: ['period'] }) });
    expect(page.match(/<circle class="dot/g)!.length).toBeLessThanOrEqual(24 * 100);
    expect(page.length).toBeLessThan(800_000);
  });
});

describe('the page of a walk-forward', () => {
  it('says why there is no efficiency where nothing grew in sample', async () => {
    const cerebro = new Cerebro({ cash: 1e6, commission: 0.05 })
      .addData(new GeneratedDataFeed({ timeframe: '1d', start: '2022-01-01', count: 200, seed: 9, price: 100 }))
      .optStrategy(Above, { period: [3, 4] });
    const walked = await walkForward(cerebro, { folds: 2 });
    expect(walked.efficiency).toBeNaN();
    const path = join(folder, 'walk.html');
    await writeWalkReport(path, walked);
    const page = readFileSync(path, 'utf8');
    expect(page).toContain('<small>nothing grew in sample</small>');
    expect(page).toMatch(/<th scope="col" class="number"><span class="cell">Trades/);
  });
});

describe('the axes of the pictures of a sweep', () => {
  const trials = (values: readonly unknown[], score: (k: number) => number | undefined): PicturedTrial[] =>
    values.flatMap((value, k) => [1, 2].map((other) => ({ params: { value, other }, score: score(k) })));
  const titles = (picture: string): string[] => [...picture.matchAll(/<title>([^<]*)</g)].map(([, text]) => text!);
  const texts = (picture: string): string[] => [...picture.matchAll(/<text[^>]*>([^<]*)</g)].map(([, text]) => text!);

  it('have the values whose trials have no score, in cells that say so', () => {
    const some = trials([5, 6, 7], (k) => (k === 1 ? undefined : k));
    const heat = heatOfPair(['value', 'other'], some, 'sharpe', 1);
    expect(texts(heat)).toEqual(expect.arrayContaining(['5', '6', '7']));
    expect(titles(heat)).toContain('value 6, other 1: no score');
    expect(texts(scoreLine('value', some, 'sharpe'))).toEqual(expect.arrayContaining(['5', '6', '7']));
  });

  it('say of values that share a cell from where to where they are, and give each its own dot and end', () => {
    const many = trials(Array.from({ length: 100 }, (_, k) => k + 5), (k) => k); // prettier-ignore
    expect(titles(heatOfPair(['value', 'other'], many, 'sharpe', 1))[0]).toBe('value 5 to 8, other 1: sharpe 1.5, mean of 4 trials'); // prettier-ignore
    expect(titles(scoreLine('value', many, 'sharpe'))).toContain('value 6: sharpe 1');
    expect(texts(parallelCoordinates(['value', 'other'], many, 'sharpe'))).toEqual(
      expect.arrayContaining(['5', '104']),
    );
  });

  it('shorten long texts, and tell close numbers apart', () => {
    const long = trials(['mean-reversion', 'breakout-of-the-day'], (k) => k);
    const heat = heatOfPair(['value', 'other'], long, 'sharpe', 1);
    expect(texts(heat)).toContain('mean-r…');
    expect(titles(heat)).toContain('value mean-reversion, other 1: sharpe 0');
    const curve = { time: [0, 1e9, 2e9], value: [1, 0.9998, 0.9994] };
    const labels = texts(equityFan([], curve)).filter((text) => /^\d(\.\d+)?$/.test(text));
    expect(new Set(labels).size).toBe(labels.length);
    expect(labels.length).toBeGreaterThan(1);
  });
});
