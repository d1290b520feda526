/** The public surface: every name of every door with its signature, kept in a file a door so that a change to it shows in a diff. */
import { readdirSync, readFileSync } from 'node:fs';

import ts from 'typescript';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { optionsOf, saysDefault } from './house/options.ts';
import { Signatures } from './house/signatures.ts';

const root = new URL('../', import.meta.url);
const read = (path: string): string => readFileSync(new URL(path, root), 'utf8');

/** Every door by its specifier, with its source. */
const doors: ReadonlyMap<string, string> = new Map([
  ['nextbar', 'src/index.ts'],
  ...readdirSync(new URL('src/doors/', root))
    .sort()
    .map((file) => [`nextbar/${file.replace(/\.ts$/, '')}`, `src/doors/${file}`] as const),
]);

/** The names that a door lists, and whether each is a type alone. */
function listed(path: string): { name: string; typeOnly: boolean }[] {
  const door = ts.createSourceFile(path, read(path), ts.ScriptTarget.ES2023);
  return door.statements.flatMap((statement) => {
    if (!ts.isExportDeclaration(statement))
      throw new Error(`${path} does more than export: ${statement.getText(door)}`);
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

const load = async (path: string): Promise<Record<string, unknown>> =>
  (await import(/* @vite-ignore */ new URL(path, root).href)) as Record<string, unknown>;

describe.each([...doors])('%s', (specifier, path) => {
  it('lists every name by hand and nothing else', async () => {
    const names = listed(path);
    const values = names.filter(({ typeOnly }) => !typeOnly).map(({ name }) => name);
    expect(values.sort()).toEqual(Object.keys(await load(path)).sort());
    expect(new Set(names.map(({ name }) => name)).size).toBe(names.length);
  });

  it('opens with a sentence on who needs it, and is exported by the package', () => {
    const { exports } = JSON.parse(read('package.json')) as { exports: Record<string, Record<string, string>> };
    const key = specifier.replace('nextbar', '.');
    const built = key === '.' ? 'index' : key.slice(2);
    expect(exports[key]).toEqual({
      source: `./${path}`,
      types: `./dist/${built}.d.ts`,
      default: `./dist/${built}.js`,
    });
    if (key !== '.') expect(read(path)).toMatch(new RegExp(`^/\\*\\* \`${specifier}\`: for [^]*?\\. \\*/`));
  });
});

describe('the doors', () => {
  let signatures: Signatures;
  beforeAll(() => {
    signatures = new Signatures();
  });
  afterAll(() => {
    signatures.close();
  });

  it('offer at most 200 names at the front', () => {
    expect(listed('src/index.ts').length).toBeLessThanOrEqual(200);
  });

  it('offer each name at one of them alone', () => {
    const all = [...doors.values()].flatMap((path) => listed(path).map(({ name }) => name));
    expect(all.filter((name, at) => all.indexOf(name) !== at)).toEqual([]);
  });

  it('say of every option what it is when it is left out', () => {
    const silent = [...doors].flatMap(([, path]) =>
      listed(path)
        .flatMap(({ name }) => signatures.declarations(path, name).flatMap((node) => optionsOf(name, node)))
        .filter(({ text }) => !saysDefault(text))
        .map(({ name, text }) => `${name}: ${text === '' ? '(no words)' : text}`),
    );
    expect(silent, 'say "Default 14.", "Default: none.", "Required unless `path` is given." or "Without it, ..."').toEqual([]); // prettier-ignore
  });

  it('show the same names with the same signatures as before', async () => {
    for (const [specifier, path] of doors) {
      const values = await load(path);
      const entries = listed(path)
        .map(({ name, typeOnly }) => ({ name, kind: typeOnly ? 'type' : kindOf(values[name]) }))
        .sort((a, b) => (a.name < b.name ? -1 : 1));
      const lines = entries.flatMap(({ name, kind }) => [`## ${kind} ${name}`, ...signatures.of(path, name), '']);
      const file = `surface/${specifier.replace('nextbar/', '')}.txt`;
      await expect(`# ${specifier}: ${entries.length} names\n\n${lines.join('\n')}`).toMatchFileSnapshot(file);
    }
  });
});
