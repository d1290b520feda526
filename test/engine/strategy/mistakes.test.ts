/** Mistakes that would pass in silence: each is an error or a warning with the right form in it. */
import { describe, expect, it } from 'vitest';

import { ConfigError, StrategyError, type Bar } from '../../../src/core/index.ts';
import { Cerebro, Strategy, type RunResult, type StrategyContext } from '../../../src/engine/index.ts';
import { BarsDataFeed } from '../../../src/feeds/index.ts';
import { sma } from '../../../src/indicators/index.ts';

const hour = 3_600_000;
const start = Date.UTC(2024, 0, 1);
const bars: Bar[] = Array.from({ length: 8 }, (_, k) => {
  const open = 100 + k;
  return { time: start + k * hour, open, high: open + 1, low: open - 1, close: open + 0.5, volume: 1 };
});

type Made = new (context: StrategyContext<object>) => Strategy;

function run(cls: Made, options: { readonly cheatOnOpen?: boolean } = {}): Promise<RunResult> {
  return new Cerebro({ cash: 1_000, ...options })
    .addData(new BarsDataFeed({ name: 'x', timeframe: '1h', bars }))
    .addStrategy(cls)
    .run();
}

/** A strategy whose one member is put on it from outside, as plain JavaScript would. */
function withMember(name: string, value: unknown): Made {
  class Made extends Strategy {
    override next(): void {
      if (this.data.length === 2) this.buy({ size: 1 });
      if (this.data.length === 4) this.close();
    }
  }
  Object.defineProperty(Made.prototype, name, { value, writable: true, configurable: true });
  return Made;
}

/** A strategy that does something in its second step. */
function doing(act: (strategy: Strategy) => unknown): Made {
  return class Doing extends Strategy {
    readonly average = sma(this.data.close, 2);
    override next(): void {
      act(this);
    }
  };
}

async function failure(promise: Promise<unknown>): Promise<Error> {
  try {
    await promise;
  } catch (error) {
    return error as Error;
  }
  throw new Error('it did not fail');
}

describe('a hook that returns a promise', () => {
  const hooks = [
    'start', 'prenext', 'nextstart', 'next', 'nextOpen', 'stop', 'notifyOrder', 'notifyTrade', 'notifyCashValue', 'notifyFund',
    'notifyData', 'notifyStore', 'notifyTimer',
  ]; // prettier-ignore

  it.each(hooks)('is refused before the first bar when %s is async', async (hook) => {
    const error = await failure(run(withMember(hook, async () => Promise.resolve())));
    expect(error).toBeInstanceOf(StrategyError);
    expect(error.message).toContain(`${hook}() of Made returns a promise`);
  });

  it.each(hooks.filter((hook) => !['prenext', 'next', 'notifyData', 'notifyStore', 'notifyTimer'].includes(hook)))(
    'is refused when %s returns one without being async, and its own failure ends nothing',
    async (hook) => {
      const error = await failure(
        run(
          withMember(hook, () => Promise.reject(new Error('too late'))),
          { cheatOnOpen: true },
        ),
      );
      expect(error).toBeInstanceOf(StrategyError);
      expect(error.message).toContain(`${hook}() of Made returns a promise`);
    },
  );

  it('is refused when next returns one in a later step than the first', async () => {
    const late = withMember('next', function (this: Strategy) {
      return this.data.length === 5 ? Promise.resolve() : undefined;
    });
    const error = await failure(run(late));
    expect(error).toBeInstanceOf(StrategyError);
    expect(error.message).toContain('next() of Made returns a promise');
  });

  it('is refused for a generator, which would never run', async () => {
    const error = await failure(run(withMember('next', function* (): Generator<number> { yield 1; }))); // prettier-ignore
    expect(error.message).toContain('next() of Made is a generator');
  });

  it('may return anything else', async () => {
    await expect(run(withMember('next', () => 1))).resolves.toBeDefined();
  });
});

describe('a misspelt hook', () => {
  it.each([
    ['Next', 'next'],
    ['notifyorder', 'notifyOrder'],
    ['notify_order', 'notifyOrder'],
    ['notifyOrders', 'notifyOrder'],
    ['notifyTarde', 'notifyTrade'],
    ['onNext', 'next'],
    ['nextStart', 'nextstart'],
    ['next_open', 'nextOpen'],
    ['Stop', 'stop'],
  ])('%s is warned of', async (name, hook) => {
    const { warnings } = await run(withMember(name, () => undefined));
    expect(warnings).toContain(`Made has a method '${name}', which the engine never calls: did you mean '${hook}'?`);
  });

  it.each(['text', 'step', 'signal', 'notify', 'orderSize', 'stopPrice'])('%s is a method of its own', async (name) => {
    const { warnings } = await run(withMember(name, () => undefined));
    expect(warnings.filter((text) => text.includes('never calls'))).toEqual([]);
  });
});

describe('a field that hides a member of Strategy', () => {
  it.each(['params', 'data', 'broker', 'position', 'buy', 'close', 'sell', 'next', 'stop', 'notifyOrder'])(
    '%s is refused',
    async (field) => {
      class Hiding extends Strategy {
        constructor(context: StrategyContext<object>) {
          super(context);
          Object.defineProperty(this, field, { value: { fast: 3 }, enumerable: true });
        }
      }
      const error = await failure(run(Hiding));
      expect(error).toBeInstanceOf(ConfigError);
      expect(error.message).toContain(`Hiding has an instance field '${field}'`);
    },
  );

  it('may be a hook, as a function', async () => {
    let calls = 0;
    class Field extends Strategy {
      override next = (): void => {
        calls++;
      };
    }
    await run(Field);
    expect(calls).toBe(8);
  });
});

describe('a line read as something else', () => {
  const asAny = (line: unknown): Record<string, number> & number => line as Record<string, number> & number;

  it.each<[string, (s: Strategy & { average?: unknown }) => unknown, string]>([
    ['compared with a line', (s) => asAny(s.data.close) > asAny(s.average), 'close.now'],
    ['compared with a number', (s) => asAny(s.data.close) > 100, 'close.gt(other)'],
    ['added to', (s) => asAny(s.data.close) + 1, 'close.now'],
    ['added to a text', (s) => 'at ' + asAny(s.data.close), 'close.now'],
    ['negated', (s) => asAny(s.average) * -1, 'sma(2).now'],
    ['compared from above', (s) => asAny(s.data.close) >= 100, 'close.now'],
    ['put into Math', (s) => Math.max(asAny(s.data.high), 1), 'high.now'],
    ['close[0]', (s) => asAny(s.data.close)[0], 'read close.now'],
    ['close[-1]', (s) => asAny(s.data.close)[-1], 'read close.ago(1)'],
    ['close[-12]', (s) => asAny(s.data.close)['-12'], 'read close.ago(12)'],
    ['close[1]', (s) => asAny(s.data.close)[1], 'close[1] would be the future'],
    ['data.clsoe', (s) => asAny(s.data)['clsoe'], "unknown line of a data 'clsoe': did you mean 'close'?"],
    ['data.Close', (s) => asAny(s.data)['Close'], "did you mean 'close'?"],
    ['data.hihg', (s) => asAny(s.data)['hihg'], "did you mean 'high'?"],
    ['data.vwapOfTheDay', (s) => asAny(s.data)['vwapOfTheDay'], "unknown line of a data 'vwapOfTheDay'"],
    ['data.datetime', (s) => asAny(s.data)['datetime'], 'data.closeTime'],
  ])('%s throws with the right form', async (_what, act, message) => {
    const error = await failure(run(doing(act)));
    expect(error).toBeInstanceOf(StrategyError);
    expect(error.message).toContain(message);
  });

  it('is answered with the lines that there are, each once, where none is near', async () => {
    const error = await failure(run(doing((s) => asAny(s.data)['vwapOfTheDay'])));
    expect(error.message).toMatch(/known are open, high, low, close, volume, quoteVolume, tradeCount, buyVolume, funding, openInterest$/); // prettier-ignore
  });

  it('is its name in a text, and is still found by those who ask what it is', async () => {
    let seen: unknown[] = [];
    await run(
      doing((s) => {
        const { data } = s;
        seen = [
          ['x', data.close as unknown as string].join(' '),
          data.quoteVolume,
          'clsoe' in data,
          (data as { then?: unknown }).then,
        ];
      }),
    );
    expect(seen).toEqual(['x close', undefined, false, undefined]);
  });
});
