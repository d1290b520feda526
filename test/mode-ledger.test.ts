/** The mode ledger names tests that are there, each by its file and its own words. */
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

import { describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('../', import.meta.url));
const ledger = readFileSync(`${root}docs/mode-ledger.md`, 'utf8');

/** Rows of tables that have a column of tests, without the heads. */
const rows = ledger
  .split('\n')
  .filter((line) => line.startsWith('|') && !/^\|[-| ]+\|$/.test(line))
  .map((line) =>
    line
      .slice(1, -1)
      .split('|')
      .map((cell) => cell.trim()),
  ) // prettier-ignore
  .filter((cells) => cells.at(-1) !== 'Tests' && cells.length !== 3);

/** `file: name` of every test that a row names. */
function named(cells: readonly string[]): [file: string, name: string][] {
  return cells.at(-1)!.split('; ').map((text) => {
    const at = text.indexOf(': ');
    return [text.slice(0, at), text.slice(at + 2)];
  }); // prettier-ignore
}

/** The names that a test file gives its tests, as they are written there. */
function namesIn(file: string): Set<string> {
  const text = readFileSync(`${root}${file}`, 'utf8');
  const found = text.matchAll(/\bit(?:\.\w+)*(?:<[^>]*>)?\(\s*(?:(['"`])(.*?)(?<!\\)\1)|\]\)\(\s*(['"`])(.*?)(?<!\\)\3|\)\(\s*(['"`])(.*?)(?<!\\)\5/gs); // prettier-ignore
  return new Set([...found].map((match) => match[2] ?? match[4] ?? match[6] ?? ''));
}

describe('the mode ledger', () => {
  it('gives a reason for every difference, and names a test', () => {
    expect(rows.length).toBeGreaterThan(25);
    for (const cells of rows) {
      const [what, , , reason] = cells;
      if (cells.length === 5) expect(reason, what).not.toBe('');
      expect(named(cells).every(([file]) => file.startsWith('test/')), what).toBe(true); // prettier-ignore
    }
  });

  it.each(rows.map((cells) => [cells[0]!, named(cells)] as const))('names tests that are there: %s', (_what, tests) => {
    for (const [file, name] of tests) {
      expect(existsSync(`${root}${file}`), file).toBe(true);
      expect([...namesIn(file)], `${file}: ${name}`).toContain(name);
    }
  });
});
