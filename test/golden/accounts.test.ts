/** Accounts come to what independent ledgers computed, to a billionth, in floats and in decimals. */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { readCase, replayCase } from './accounts/replay.ts';

const own = fileURLToPath(new URL('accounts/cases', import.meta.url));
const shared = fileURLToPath(new URL('../../../shared/account-cases', import.meta.url));

function filesOf(folder: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((name) => name.endsWith('.json'))
    .map((name) => join(folder, name));
}

describe.each(['decimal', 'float'] as const)('an account case on the %s ledger', (ledger) => {
  it.each(filesOf(own))('%s', async (file) => {
    expect(await replayCase(readCase(file), ledger)).toEqual([]);
  });

  it.skipIf(!existsSync(shared)).each([...filesOf(shared), ''])('%s', async (file) => {
    if (file !== '') expect(await replayCase(readCase(file), ledger)).toEqual([]);
  });
});

describe('the replay of account cases', () => {
  it('finds a figure that does not come out', async () => {
    const [file] = filesOf(own);
    const one = readCase(file!);
    const wrong = { ...one, expected: { ...one.expected, equity: '1' } };
    expect((await replayCase(wrong)).map(({ at }) => at)).toEqual(['equity']);
  });
});
