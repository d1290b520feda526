/** What a Cerebro is given: a wrong kind of thing at any of its methods is a ConfigError that names the method, and no TypeError later. */
import { describe, expect, it } from 'vitest';

import { SharpeRatio } from '../../src/analyzers/index.ts';
import { fixedSize } from '../../src/broker/index.ts';
import { ConfigError } from '../../src/core/index.ts';
import { Cerebro, Strategy } from '../../src/engine/index.ts';
import { BarsDataFeed, generateBars } from '../../src/feeds/index.ts';
import { sma } from '../../src/indicators/index.ts';

const bars = generateBars({ timeframe: '1h', count: 20, seed: 1 });
const feed = (): BarsDataFeed => new BarsDataFeed({ name: 'btc', symbol: 'BTC/USDT', timeframe: '1h', bars });

class Idle extends Strategy<typeof Idle.params> {
  static readonly params = { period: 10 };
  override next(): void {
    // It only has to run.
  }
}

class Foreign {
  result(): number {
    return 1;
  }
}

/** As plain JavaScript calls it: nothing is checked before the run. */
type Loose = Readonly<Record<keyof Cerebro, (...given: readonly unknown[]) => Cerebro>>;
const loose = (cerebro: Cerebro): Loose => cerebro as unknown as Loose;

const things: Readonly<Record<string, unknown>> = {
  null: null,
  'a number': 5,
  NaN,
  'a text': 'sharpe',
  'a list': [1],
  'a class of its own': Foreign,
  'an instance of a class of its own': new Foreign(),
  'a strategy class': Idle,
  'an analyzer class': SharpeRatio,
  'a function': () => 1,
  'an async function': async () => {
    await Promise.resolve();
  },
};

/** By method: what it is called with, and the things that it takes. */
const doors: Readonly<Record<string, readonly [act: (cerebro: Loose, thing: unknown) => unknown, ...taken: string[]]>> =
  {
    addAnalyzer: [(c, thing) => c.addAnalyzer(thing), 'an analyzer class'],
    addObserver: [(c, thing) => c.addObserver(thing), 'an analyzer class'],
    'addAnalyzer: options': [(c, thing) => c.addAnalyzer(SharpeRatio, thing), 'an instance of a class of its own'],
    'addAnalyzer: name': [(c, thing) => c.addAnalyzer(SharpeRatio, {}, thing), 'a text', 'null'],
    addStrategy: [(c, thing) => c.addStrategy(thing), 'a strategy class'],
    'addStrategy: params': [(c, thing) => c.addStrategy(Idle, thing), 'an instance of a class of its own'],
    optStrategy: [(c, thing) => c.optStrategy(thing, {}), 'a strategy class'],
    'optStrategy: space': [(c, thing) => c.optStrategy(Idle, thing), 'an instance of a class of its own'],
    addSizer: [(c, thing) => c.addSizer(thing)],
    'addSizer: strategy': [(c, thing) => c.addSizer(fixedSize(1), thing)],
    setBroker: [(c, thing) => c.setBroker(thing)],
    addData: [(c, thing) => c.addData(thing)],
    'addData: name': [(c, thing) => c.addData(feed(), thing), 'a text'],
    'addSignal: kind': [(c, thing) => c.addSignal(thing, () => 1)],
    addSignal: [(c, thing) => c.addSignal('longShort', thing)],
    setSignals: [(c, thing) => c.setSignals(thing), 'an instance of a class of its own'],
    addTimer: [(c, thing) => c.addTimer(thing)],
    'addTimer: callback': [(c, thing) => c.addTimer({ when: '08:00' }, thing), 'a function', 'an async function'],
    resampleData: [(c, thing) => c.resampleData(thing, '4h')],
    replayData: [(c, thing) => c.replayData(thing, '4h')],
    setCommission: [(c, thing) => c.setCommission('btc', thing), 'an instance of a class of its own'],
    setInstrument: [(c, thing) => c.setInstrument('btc', thing), 'an instance of a class of its own'],
  };

const cases = Object.entries(doors).flatMap(([door, [act, ...taken]]) =>
  Object.entries(things)
    .filter(([name]) => !taken.includes(name))
    .map(([name, thing]) => [door, name, act, thing] as const),
);

async function failureOf(
  door: string,
  act: (cerebro: Loose, thing: unknown) => unknown,
  thing: unknown,
): Promise<unknown> {
  const cerebro = new Cerebro();
  if (door !== 'addData: name' || thing !== 'null') cerebro.addData(feed());
  if (!door.includes('Strategy')) cerebro.addStrategy(Idle);
  try {
    act(loose(cerebro), thing);
    await cerebro.run();
  } catch (error) {
    return error;
  }
  return undefined;
}

describe('a Cerebro', () => {
  it('refuses the wrong kind of thing in every method, with its name', async () => {
    for (const [door, name, act, thing] of cases) {
      if (door === 'addData: name' && name === 'null') continue;
      const error = await failureOf(door, act, thing);
      const at = `${door} with ${name}`;
      expect(error, at).toBeInstanceOf(ConfigError);
      expect((error as Error).message, at).toMatch(/must be|takes a class|unknown|not a|needs/);
    }
  });

  it('refuses undefined where something is needed', async () => {
    const needed = ['addAnalyzer', 'addObserver', 'addStrategy', 'optStrategy', 'optStrategy: space', 'addSizer', 'setBroker', 'addData',
      'addSignal: kind', 'addSignal', 'setSignals', 'addTimer', 'resampleData', 'replayData', 'setCommission', 'setInstrument']; // prettier-ignore
    for (const door of needed) {
      expect(await failureOf(door, doors[door]![0], undefined), door).toBeInstanceOf(ConfigError);
    }
  });

  it('names the class that is no analyzer', () => {
    expect(() => loose(new Cerebro()).addAnalyzer(Foreign)).toThrow(
      'addAnalyzer takes a class that extends Analyzer, was Foreign',
    );
    expect(() => loose(new Cerebro()).addObserver(Idle)).toThrow(
      'addObserver takes a class that extends Analyzer, was Idle',
    );
  });

  it('refuses a sizer for a strategy that there is none of', async () => {
    const cerebro = new Cerebro().addData(feed()).addStrategy(Idle).addSizer(fixedSize(1), 1);
    await expect(cerebro.run()).rejects.toThrow('addSizer: strategy must be below 1, the number of strategies, was 1');
  });

  it('refuses a broker that is none, and a signal that is no line', async () => {
    const withBroker = loose(new Cerebro().addData(feed()).addStrategy(Idle)).setBroker(() => ({ open: 1 }));
    await expect(withBroker.run()).rejects.toThrow(
      'what the maker of setBroker returns must be a broker, was { open }',
    );
    const withSignal = loose(new Cerebro().addData(feed())).addSignal('longShort', () => 1);
    await expect(withSignal.run()).rejects.toThrow("a 'longShort' signal must be a line");
    const sound = new Cerebro().addData(feed()).addSignal('longShort', ({ close }) => close.sub(sma(close, 3)));
    expect((await sound.run()).strategies[0]!.orders.length).toBeGreaterThan(0);
  });

  it('searches the space of the class where none is given', () => {
    class Spaced extends Idle {
      static readonly space = { period: { from: 5, to: 9 } };
    }
    expect(() => new Cerebro().optStrategy(Spaced)).not.toThrow();
    expect(() => new Cerebro().optStrategy(Idle)).toThrow(
      "optStrategy needs what to search: give values or ranges by parameter, or Idle a 'static space'",
    );
  });
});
