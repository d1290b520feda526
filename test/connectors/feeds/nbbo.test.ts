/** The combined market. */
import { inspect } from 'node:util';

import { describe, expect, it } from 'vitest';

import { PlatformClient } from 'nextbar/client';

import { SimulatedRuntime } from '../../../src/core/index.ts';
import { Nbbo, type BestPrices, type VenueTop } from '../../../src/connectors/feeds/nbbo.ts';

function made(): { nbbo: Nbbo; told: BestPrices[]; runtime: SimulatedRuntime } {
  const runtime = new SimulatedRuntime(1);
  const told: BestPrices[] = [];
  return { runtime, told, nbbo: new Nbbo(runtime, { staleMs: 1000 }, (best) => told.push(best)) };
}

const top = (exchange: string, bid: number | undefined, ask: number | undefined, symbol = 'BTC/USDT'): VenueTop => ({
  exchange,
  symbol,
  bid,
  bidSize: 1,
  ask,
  askSize: 2,
});

describe('the combined market', () => {
  it('takes the best of each side and adds equal ones up', () => {
    const { nbbo, told } = made();
    nbbo.take(top('a', 10, 12));
    nbbo.take(top('b', 10, 11));
    expect(told.at(-1)).toMatchObject({
      bid: { price: 10, size: 2, exchanges: ['a', 'b'] },
      ask: { price: 11, size: 2, exchanges: ['b'] },
      state: 'normal',
    });
  });

  it('shows the best prices of each symbol in a console, and a client its address alone', () => {
    const { nbbo } = made();
    nbbo.take(top('a', 10, 12));
    expect(inspect(nbbo, { breakLength: Infinity })).toMatch(
      /^Nbbo \{\s+'BTC\/USDT': \{\s+symbol: 'BTC\/USDT',\s+bid: \{ price: 10/,
    );
    const client = new PlatformClient({ url: 'http://127.0.0.1:1/', token: 'a-token-that-nobody-sees' });
    expect(inspect(client)).toBe("PlatformClient { url: 'http://127.0.0.1:1' }");
  });

  it('tells only changes, and keeps symbols apart', () => {
    const { nbbo, told } = made();
    nbbo.take(top('a', 10, 12));
    nbbo.take(top('a', 10, 12));
    nbbo.take(top('b', 9, 13));
    expect(told).toHaveLength(1);
    nbbo.take(top('b', 9, 13, 'ETH/USDT'));
    expect(told.at(-1)!.symbol).toBe('ETH/USDT');
  });

  it('marks locked and crossed markets', () => {
    const { nbbo, told } = made();
    nbbo.take(top('a', 10, 12));
    nbbo.take(top('b', 12, 13));
    expect(told.at(-1)!.state).toBe('locked');
    nbbo.take(top('b', 12.5, 13));
    expect(told.at(-1)!.state).toBe('crossed');
  });

  it('leaves a silent venue out while others go on, and a dropped one at once', () => {
    const { nbbo, told, runtime } = made();
    nbbo.take(top('a', 10, 12));
    runtime.advance(800);
    nbbo.take(top('b', 9, 13));
    runtime.advance(800);
    nbbo.look();
    expect(told.at(-1)).toMatchObject({ bid: { price: 9 }, ask: { price: 13 } });
    nbbo.drop('b');
    expect(told.at(-1)).toMatchObject({ bid: undefined, ask: undefined });
  });

  it('takes a side that a venue does not show as absent', () => {
    const { nbbo, told } = made();
    nbbo.take(top('a', undefined, 12));
    expect(told.at(-1)).toMatchObject({ bid: undefined, ask: { price: 12 }, state: 'normal' });
  });
});
