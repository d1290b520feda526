/** Signals from outside in a session on paper: what reaches the strategy, what is refused, and that the journal plays both again. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';

import { fixedSize } from '../../../src/broker/index.ts';
import {
  Cerebro,
  Strategy,
  type ExternalSignal,
  type SessionControl,
  type SessionView,
} from '../../../src/engine/index.ts';
import { StreamingFeed } from '../../../src/feeds/index.ts';
import { SignalFollower } from '../../../strategies/signal-follower.ts';
import { instrument, localVenue, symbol } from './local.ts';
import { drive, start, tapeBars } from './tape.ts';

const folder = mkdtempSync(join(tmpdir(), 'signals-'));
afterAll(() => {
  rmSync(folder, { recursive: true });
});

/** A strategy without the hook. */
class Deaf extends Strategy {}

/** Tries to change what it shares with others. */
class Scribbler extends Strategy {
  override notifySignal(signal: ExternalSignal): void {
    expect(() => {
      (signal.payload as Record<string, unknown>)['action'] = 'sell';
    }).toThrow(TypeError);
    expect(Object.isFrozen(signal.payload['deep'])).toBe(true);
  }
}

/** Runs a session; `act` is called at each step. */
async function session(
  name: string,
  add: (cerebro: Cerebro) => Cerebro,
  act: (steps: number, control: SessionControl) => void,
) {
  const { runtime, network, market, history } = localVenue(tapeBars(3, 60, { tick: 1, price: 400 }), start - 5_000);
  const feed = (live: boolean) =>
    new StreamingFeed({
      exchange: 'binance', symbol, timeframe: '1m', history: 0, instrument, ...(live && { closedBars: history }),
      staleMs: { trade: 600_000, quote: 600_000 },
    }); // prettier-ignore
  const cerebroOf = (live: boolean) =>
    add(new Cerebro({ cash: 100_000, ...(live && { runtime }) }).addSizer(fixedSize(2)).addData(feed(live)));
  const journal = join(folder, `${name}.db`);
  let control: SessionControl | undefined;
  let last: SessionView | undefined;
  const messages = new Set<string>();
  let acted = -1;
  const running = cerebroOf(true).run({
    mode: 'paper', maxSteps: 20, clockMs: 5_000, network, journal,
    onControl: (given) => {
      control = given;
      act(-1, given);
    },
    onUpdate: (view) => {
      last = view;
      for (const text of view.messages) if (text.startsWith('signal ')) messages.add(text);
      if (view.steps === acted) return;
      acted = view.steps;
      act(view.steps, control!);
    },
  }); // prettier-ignore
  market.start();
  const result = await drive(runtime, running, 5_000, () => network.isUsed);
  const replay = await cerebroOf(false).replayJournal(journal);
  return { result, view: last!, messages: [...messages], replay };
}

const signal = (id: string, payload: Record<string, unknown>): ExternalSignal => ({ id, time: start, from: 'charts', payload }); // prettier-ignore

describe('a signal from outside', () => {
  it('reaches the strategy, whose orders follow from it, and the journal replays to the same', async () => {
    const { result, view, messages, replay } = await session(
      'follow',
      (cerebro) => cerebro.addStrategy(SignalFollower).addStrategy(Scribbler),
      (steps, control) => {
        if (steps === -1) control.signal(signal('early', { action: 'buy' }));
        if (steps === 5) control.signal(signal('in', { action: 'buy', deep: { price: 1.5 } }));
        if (steps === 6) control.signal(signal('in', { action: 'close' }));
        if (steps === 8) control.signal(signal('other', { action: 'close', symbol: 'ETH/USDT' }));
        if (steps === 10) control.signal(signal('out', { action: 'close' }));
      },
    );
    const { orders } = result.strategies[0]!;
    expect(orders.map(({ side, status }) => [side, status])).toEqual([['buy', 'completed'], ['sell', 'completed']]); // prettier-ignore
    expect((result.strategies[0]!.strategy as Strategy & { readonly ignored: string[] }).ignored).toEqual(['other']);
    expect(messages).toEqual([
      'signal early of charts was refused: the account and a first bar of each data are not known yet',
      'signal in of charts was taken',
      'signal in of charts was refused: it was taken already',
      'signal other of charts was taken',
      'signal out of charts was taken',
    ]);
    expect(view.takesSignals).toBe(true);
    expect(view.signals.map(({ id, refusal }) => [id, refusal === undefined])).toEqual([
      ['early', false], ['in', true], ['in', false], ['other', true], ['out', true],
    ]); // prettier-ignore
    expect([replay.difference, replay.cut]).toEqual([undefined, undefined]);
  });

  it('is refused, with a message, when no strategy has the hook', async () => {
    const { view, messages, replay } = await session(
      'deaf',
      (cerebro) => cerebro.addStrategy(Deaf),
      (steps, control) => {
        if (steps === 5) control.signal(signal('one', {}));
      },
    );
    expect([view.takesSignals, messages]).toEqual([
      false,
      ['signal one of charts was refused: no strategy of the session has notifySignal()'],
    ]);
    expect(replay.difference).toBeUndefined();
  });

  it('that is none throws at the caller, and names the field', async () => {
    const wrong: [object, string][] = [
      [{ id: 'a b' }, "id of a signal must be 1 to 100 letters, digits, dots, dashes or colons, was 'a b'"],
      [{ time: NaN }, 'time of a signal must be milliseconds UTC'],
      [{ payload: [1] }, 'payload of a signal must be an object'],
      [{ payload: { text: 'x'.repeat(5_000) } }, '4096 characters'],
    ];
    await session(
      'wrong',
      (cerebro) => cerebro.addStrategy(Deaf),
      (steps, control) => {
        if (steps !== 5) return;
        for (const [more, text] of wrong) {
          expect(() => {
            control.signal({ ...signal('x', {}), ...more });
          }).toThrow(text);
        }
      },
    );
  });
});
