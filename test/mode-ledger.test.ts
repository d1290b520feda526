/** The mode ledger names tests that are there, each by its file and its own words. */
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

import { describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('../', import.meta.url));
const read = (path: string): string => readFileSync(`${root}docs/${path}`, 'utf8');

/** Rows of tables, without heads and rules. */
const rowsOf = (page: string): string[][] =>
  read(page)
    .split('\n')
    .filter((line) => line.startsWith('|') && !/^\|[-| ]+\|$/.test(line))
    .map((line) => line.slice(1, -1).split('|').map((cell) => cell.trim())); // prettier-ignore

/** The differences: name, backtest, live, reason. */
const differences = rowsOf('mode-ledger.md').filter((cells) => cells.length !== 3 && cells[0] !== 'Difference');
/** What is the same, as bullets. */
const alike = [...read('mode-ledger.md').matchAll(/^- (.*)\.$/gm)].map((match) => match[1]!);
/** The appendix: name and tests. */
const rows = rowsOf('mode-ledger-tests.md').filter((cells) => cells[0] !== 'Row');

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
  const found = text.matchAll(/\b(?:it|holds)(?:\.\w+)*(?:<[^>]*>)?\(\s*(?:(['"`])(.*?)(?<!\\)\1)|\]\)\(\s*(['"`])(.*?)(?<!\\)\3|\)\(\s*(['"`])(.*?)(?<!\\)\5/gs); // prettier-ignore
  return new Set([...found].map((match) => match[2] ?? match[4] ?? match[6] ?? ''));
}

describe('the mode ledger', () => {
  it('gives a reason for every difference', () => {
    expect(differences.length).toBeGreaterThan(25);
    for (const [what, backtest, live, reason, ...more] of differences) {
      expect([backtest, live].join(''), what).not.toBe('');
      expect(reason, what).not.toBe('');
      expect(more, `${what!}: tests stand in docs/mode-ledger-tests.md`).toEqual([]);
    }
  });

  it('has tests in the appendix for every row, and for nothing else', () => {
    const names = [...alike, ...differences.map((cells) => cells[0]!)];
    expect(rows.map((cells) => cells[0]!).sort()).toEqual(names.sort());
    for (const cells of rows) expect(named(cells).every(([file]) => file.startsWith('test/')), cells[0]).toBe(true); // prettier-ignore
  });

  it.each(rows.map((cells) => [cells[0]!, named(cells)] as const))('names tests that are there: %s', (_what, tests) => {
    for (const [file, name] of tests) {
      expect(existsSync(`${root}${file}`), file).toBe(true);
      expect([...namesIn(file)], `${file}: ${name}`).toContain(name);
    }
  });
});
