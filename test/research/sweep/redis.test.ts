/** What travels over Redis: signed by the operator's key, named by its hash, equal to the bit on the other side. npm run workers tries it on a real Redis. */
import { describe, expect, it } from 'vitest';

import { generateBars } from 'nextbar';
import { redis } from 'nextbar/research';

import { arithmetic, difference } from '../../../src/research/sweep/redis/arithmetic.ts';
import { chunkKey, fromSegment, fromText, outcomeOf, outcomeText, sha256, sign, toSegment, toText, verified } from '../../../src/research/sweep/redis/messages.ts'; // prettier-ignore
import { call } from '../../cli/call.ts';

const key = 'a key of sixteen characters';

describe('what is sent to workers', () => {
  it('is taken only with the signature of the same key, for the same purpose and text', () => {
    const signed = sign(key, 'job', 'text');
    expect(verified(key, 'job', signed)).toBe('text');
    expect(verified('another key of the same kind', 'job', signed)).toBeUndefined();
    expect(verified(key, 'chunk', signed)).toBeUndefined();
    expect(verified(key, 'job', { ...signed, text: 'text ' })).toBeUndefined();
    expect(verified(key, 'job', { ...signed, signature: '' })).toBeUndefined();
    expect(verified(key, 'job', {})).toBeUndefined();
  });

  it('keeps every bit of bars and outcomes, and numbers that JSON has no word for', async () => {
    const bars = generateBars({ seed: 4, timeframe: '1h', count: 300 });
    const bytes = await toSegment(bars);
    expect(await fromSegment(bytes, sha256(bytes), 'here')).toEqual({ ...bars });
    const outcome = { first: 32, scores: Float64Array.of(NaN, -0, 0.1 + 0.2), stats: Float64Array.of(Infinity, 1e-300), returns: new Float64Array(0), errors: [[0, 'a "fault"']] as const, reads: [['a', 5]] as const }; // prettier-ignore
    expect(outcomeOf(outcomeText(outcome))).toEqual(outcome);
    expect(fromText(toText({ a: [Infinity, -Infinity, NaN, 1] }))).toEqual({ a: [Infinity, -Infinity, NaN, 1] });
  });

  it('refuses bars that are not those of their name', async () => {
    const bytes = await toSegment(generateBars({ seed: 4, timeframe: '1h', count: 30 }));
    const hash = sha256(bytes);
    const damaged = Uint8Array.from(bytes);
    damaged[damaged.length >> 1]! ^= 1;
    await expect(fromSegment(damaged, hash, 'a folder')).rejects.toThrow('from a folder is damaged');
  });

  it('has one key for one chunk, and another for every other', () => {
    const chunk = { first: 16, params: [{ fast: 5 }, { fast: 6 }] };
    const job = sha256('job');
    expect(chunkKey(job, { ...chunk })).toBe(chunkKey(job, chunk));
    const others = [chunkKey(sha256('other'), chunk), chunkKey(job, { ...chunk, first: 17 }), chunkKey(job, { ...chunk, params: [{ fast: 5 }] })]; // prettier-ignore
    expect(new Set([...others, chunkKey(job, chunk)]).size).toBe(4);
  });

  it('refuses a worker that computes otherwise', () => {
    const own = arithmetic();
    expect(difference(own, { ...own })).toBeUndefined();
    expect(difference({ ...own, node: '20' }, { ...own, node: '24' })).toBe('the sweep runs on Node 20, and this worker on Node 24: their results may differ in the last bits'); // prettier-ignore
    expect(difference({ ...own, processor: 'x64' }, { ...own, processor: 'arm64', math: 'other' })).toContain('this worker on arm64, whose functions of Math round otherwise'); // prettier-ignore
  });

  it.each([
    [() => redis('redis://localhost', { key: 'short' }), 'at least 16 characters'],
    [() => redis('redis://localhost', { key, chunk: 0 }), 'chunk must be a whole number'],
  ])('refuses options that cannot be right', (make, message) => {
    expect(make).toThrow(message);
  });

  it.each([
    [['worker'], 'which Redis?'],
    [['worker', '--redis', 'redis://127.0.0.1:1'], 'which key?'],
    [['optimize', 'x.ts', '--key-file', 'k'], '--key-file is for --redis URL'],
    [['optimize', 'x.ts', '--redis', 'redis://a', '--threads', '2'], 'cannot both be given'],
  ])('says what is missing: %j', async (args, message) => {
    const { code, errors } = await call(...args);
    expect(code).toBe(2);
    expect(errors).toContain(message);
  });
});
