/** What the conformance suite of an exchange says of clocks. */
import { expect, it } from 'vitest';

import { prove, type Check, type Subject } from '../../../src/cli/prove/suite.ts';
import { SimulatedRuntime, type OrderGateway } from '../../../src/core/index.ts';

/** The check of the clocks against an exchange whose account does not answer, so that no order is tried. */
async function clockOf(offset: number | undefined): Promise<Pick<Check, 'outcome' | 'seen'>> {
  const gateway = { open: () => Promise.reject(new Error('closed')), close: () => Promise.resolve() };
  const subject: Subject = {
    exchange: 'binance', symbol: 'BTC/USDT', runtime: new SimulatedRuntime(1, 0), patienceMs: 0, gateway: gateway as unknown as OrderGateway,
    instrument: () => Promise.resolve({ symbol: 'BTC/USDT', type: 'spot', base: 'BTC', quote: 'USDT', tick: 0.01, lot: 0.001 }),
    touch: () => Promise.resolve({ bid: 99, ask: 100 }),
    bars: () => Promise.resolve(60),
    clock: () => Promise.resolve(offset),
    stream: () => Promise.reject(new Error('closed')),
    record: () => undefined,
  }; // prettier-ignore
  const checks = await prove(subject, () => undefined);
  const { outcome, seen } = checks.find(({ name }) => name.startsWith('the clocks'))!;
  return { outcome, seen };
}

it('passes a clock that is near, fails one that is away, and skips one with a speed of its own', async () => {
  expect(await clockOf(147.4)).toEqual({ outcome: 'passed', seen: '147 ms ahead' });
  expect(await clockOf(-6_000)).toEqual({ outcome: 'failed', seen: 'its clock is -6000 ms away' });
  const own = { outcome: 'skipped', seen: 'its clock runs at a speed of its own, and the suite goes by it' };
  expect(await clockOf(undefined)).toEqual(own);
});
