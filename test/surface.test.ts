/** The public surface: every name of the front door by kind, kept in a file so that a change to it shows in a diff. */
import { readFileSync } from 'node:fs';

import ts from 'typescript';
import { describe, expect, it } from 'vitest';

import * as front from '../src/index.ts';

const path = new URL('../src/index.ts', import.meta.url);
const door = ts.createSourceFile('index.ts', readFileSync(path, 'utf8'), ts.ScriptTarget.ES2023);

/** The names that the front door lists, and whether each is a type alone. */
function listed(): { name: string; typeOnly: boolean }[] {
  return door.statements.filter(ts.isExportDeclaration).flatMap((statement) => {
    const clause = statement.exportClause;
    if (clause === undefined || !ts.isNamedExports(clause)) throw new Error(`not by name: ${statement.getText(door)}`);
    return clause.elements.map((one) => ({ name: one.name.text, typeOnly: statement.isTypeOnly || one.isTypeOnly }));
  });
}

function kindOf(value: unknown): string {
  if (typeof value === 'function')
    return /^class\b/.test(Function.prototype.toString.call(value)) ? 'class' : 'function';
  return Array.isArray(value) ? 'list' : typeof value;
}

describe('the front door', () => {
  it('lists every name by hand and nothing else', () => {
    expect(door.statements.every((one) => ts.isExportDeclaration(one))).toBe(true);
    const values = listed().filter(({ typeOnly }) => !typeOnly);
    expect(values.map(({ name }) => name).sort()).toEqual(Object.keys(front).sort());
    const names = listed().map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
  });

  it('shows the same names as before', async () => {
    const lines = listed().map(({ name, typeOnly }) =>
      typeOnly ? `type ${name}` : `${kindOf((front as Record<string, unknown>)[name])} ${name}`,
    );
    await expect(`${lines.sort().join('\n')}\n`).toMatchFileSnapshot('surface.txt');
  });
});
