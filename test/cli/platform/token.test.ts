/** `nextbar token`: what the list says of tokens that no server takes any more, and what it leaves alone. */
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, expect, it } from 'vitest';

import { call } from '../call.ts';

const folder = mkdtempSync(join(tmpdir(), 'nextbar-token-'));
afterAll(() => {
  rmSync(folder, { recursive: true });
});

const token = (...words: readonly string[]) => call('token', ...words, '--platform', folder);

it('lists tokens as valid, revoked, or of a key that is retired', async () => {
  const issue = async (): Promise<string> =>
    (JSON.parse((await token('issue', '--scope', 'read:bars', '--json')).text) as { id: string }).id;
  const [kept, revoked] = [await issue(), await issue()];
  await token('revoke', revoked);
  await token('rotate');
  const before = await token('list');
  expect(before.text).toMatch(new RegExp(`^${kept} .* until `, 'm'));
  expect(before.text).toMatch(new RegExp(`^${revoked} .* revoked `, 'm'));
  await token('rotate', '--now');
  const after = await token('list');
  expect(after.text).toMatch(new RegExp(`^${kept} .* its key is retired `, 'm'));
  expect(after.text).toMatch(new RegExp(`^${revoked} .* revoked `, 'm'));
  rmSync(join(folder, 'keys.json'));
  expect((await token('list')).code).toBe(0);
  expect(existsSync(join(folder, 'keys.json'))).toBe(false);
});

it('gives ids that are never taken for an option, and revokes an older one that begins with a dash', async () => {
  const ids: string[] = [];
  for (let i = 0; i < 100; i++) {
    const { text } = await token('issue', '--scope', 'read:bars', '--json');
    ids.push((JSON.parse(text) as { id: string }).id);
  }
  expect(ids.filter((id) => !/^[0-9a-f]{24}$/.test(id))).toEqual([]);
  expect((await token('revoke', '-bF52ntyLqwuCEkf')).errors).toContain('as in -- -bF52ntyLqwuCEkf');
  expect((await call('token', 'revoke', '--platform', folder, '--', '-bF52ntyLqwuCEkf')).errors).toContain(
    "there is no token '-bF52ntyLqwuCEkf'",
  );
});
