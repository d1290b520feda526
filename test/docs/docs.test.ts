/** The documentation says only what is so: every page is reached, links lead somewhere, code compiles, members named in prose exist. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';

import ts from 'typescript';
import { describe, expect, it } from 'vitest';

import { anchorsOf, blocksOf, isThere, linksOf, pages, proseOf, read, root, type Block } from './pages.ts';

/** The door of every public name. */
const doorOf = new Map<string, string>();
for (const [specifier, path] of [
  ['nextbar', 'src/index.ts'],
  ...readdirSync(join(root, 'src/doors')).map((file) => [`nextbar/${basename(file, '.ts')}`, `src/doors/${file}`]),
] as [string, string][]) {
  for (const match of read(path).matchAll(/export (?:type )?\{([^}]*)\}/g)) {
    for (const name of match[1]!.split(',')) doorOf.set(name.trim().split(' as ').at(-1)!, specifier);
  }
}

/** What prose calls the objects of each type. */
const nouns: Readonly<Record<string, string>> = {
  order: 'Order',
  trade: 'Trade',
  fill: 'Fill',
  position: 'Position',
  data: 'Data',
  line: 'Line',
  close: 'Line',
  strategy: 'Strategy',
  cerebro: 'Cerebro',
  broker: 'Broker',
  result: 'RunResult',
  feed: 'CcxtDataFeed & StreamingFeed',
  gateway: 'OrderGateway',
  equity: 'EquityCurve',
  bar: 'Bar',
};

/** What every fragment may take for granted. */
const granted: Readonly<Record<string, string>> = { cerebro: 'Cerebro', data: 'Data' };

/** Names that look like members and are not: files, modules, and members of other packages. */
const others = /\.(?:ts|mjs|js|json|md|csv|gz|arrow|parquet|sqlite|svg|jsonl|txt|py)$/;

/** Members named in a page's prose, such as `order.filled`, as type and member. */
function membersIn(page: string): { type: string; member: string; text: string }[] {
  // The first column of a page that compares is the other's.
  const prose = page.endsWith('/backtrader.md') ? proseOf(page).replaceAll(/^\|[^|]*\|/gm, '|') : proseOf(page);
  return [...prose.matchAll(/`(this\.)?([a-z]\w*)\.([a-zA-Z]\w*)[^`]*`/g)].flatMap(([text, self, noun, member]) => {
    const type = self === undefined ? nouns[noun!] : undefined;
    if (self !== undefined) return [{ type: 'Strategy', member: noun!, text }];
    return type === undefined || others.test(text.slice(1, -1)) ? [] : [{ type, member: member!, text }];
  });
}

/** A block as a module: what it uses and does not import is imported, and members are put into a class. */
function moduleOf({ code, given }: Block): string {
  const isMember = /^(?:override |readonly |static )/m.test(code) && !/\bclass\b/.test(code);
  const usesThis = /\bthis\./.test(code) && !/\bclass\b/.test(code);
  const [imports, rest] = /^((?:import [\s\S]*?;\n)*)([\s\S]*)$/.exec(code)!.slice(1) as [string, string];
  const body = isMember
    ? `export class Shown extends Strategy<any> {\n${rest}\n}`
    : usesThis
      ? `export class Shown extends Strategy<any> {\n  override next(): void {\n${rest}\n}\n}`
      : rest;
  // A mark with an ellipsis is what stands around the fragment.
  const [before, behind] = (given ?? '').split('…') as [string, string?];
  const whole = `${imports}${before}\n${behind === undefined ? body : rest}\n${behind ?? ''}`;
  const used = new Set<string>();
  const declared = new Set<string>();
  const file = ts.createSourceFile('block.ts', whole, ts.ScriptTarget.ES2023, true);
  const visit = (node: ts.Node): void => {
    if (ts.isIdentifier(node)) {
      const { parent } = node;
      const isName =
        (ts.isPropertyAccessExpression(parent) && parent.name === node) ||
        (ts.isPropertyAssignment(parent) && parent.name === node);
      const isDeclared =
        (ts.isVariableDeclaration(parent) ||
          ts.isClassDeclaration(parent) ||
          ts.isFunctionDeclaration(parent) ||
          ts.isImportSpecifier(parent) ||
          ts.isBindingElement(parent) ||
          ts.isParameter(parent)) &&
        parent.name === node;
      if (isDeclared) declared.add(node.text);
      else if (!isName) used.add(node.text);
    }
    ts.forEachChild(node, visit);
  };
  visit(file);
  const ambient = Object.entries(granted).filter(([name]) => used.has(name) && !declared.has(name));
  for (const [name, type] of ambient) used.add(type).delete(name);
  const missing = [...used].filter((name) => !declared.has(name) && doorOf.has(name));
  const lines = missing.map((name) => `import { ${name} } from '${doorOf.get(name)!}';`);
  const grants = ambient.map(([name, type]) => `declare const ${name}: ${type};`);
  return `${[...lines, ...grants].join('\n')}\n${whole}\nexport {};\n`;
}

/** The compiler's errors in modules, each under its name. */
function complaints(modules: ReadonlyMap<string, string>): string[] {
  const work = mkdtempSync(join(root, 'node_modules', '.docs-'));
  try {
    mkdirSync(join(work, 'src'));
    // The example that docs/indicators.md writes in one block and uses in another.
    writeFileSync(join(work, 'src', 'bars-since.ts'), read('test/indicators/bars-since.ts'));
    for (const [name, code] of modules) writeFileSync(join(work, 'src', `${name}.ts`), code);
    const compilerOptions = {
      noEmit: true,
      typeRoots: [join(root, 'node_modules', '@types')],
      noUnusedLocals: false,
      noUnusedParameters: false,
      verbatimModuleSyntax: false,
      noImplicitAny: false,
      paths: {
        nextbar: [join(root, 'src/index.ts')],
        'nextbar/*': [join(root, 'src/doors/*.ts')],
      },
    };
    const config = join(work, 'tsconfig.json');
    writeFileSync(config, JSON.stringify({ extends: join(root, 'tsconfig.json'), compilerOptions, include: ['src'] }));
    const compiler = join(root, 'node_modules', 'typescript-native', 'bin', 'tsc');
    const { stdout } = spawnSync(process.execPath, [compiler, '-p', config, '--pretty', 'false'], { encoding: 'utf8' });
    return stdout
      .split('\n')
      .filter((line) => line.includes('error TS'))
      .map((line) => line.replace(/^.*\/src\//, ''));
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

describe('the documentation', () => {
  it('is reached from docs/README.md, page by page', () => {
    const reached = new Set(['docs/README.md', 'README.md']);
    for (const page of reached) for (const { to } of linksOf(page)) if (pages.includes(to)) reached.add(to);
    expect(pages.filter((page) => !reached.has(page))).toEqual([]);
    expect(linksOf('README.md').map(({ to }) => to)).toContain('docs/README.md');
  });

  it.each(pages)('has links that lead somewhere: %s', (page) => {
    const wrong = linksOf(page).filter(({ to, anchor }) => {
      if (!isThere(to)) return true;
      return anchor !== undefined && to.endsWith('.md') && !anchorsOf(to).includes(anchor);
    });
    expect(wrong).toEqual([]);
  });

  it('has code that compiles, and names only members that exist', () => {
    const modules = new Map<string, string>();
    for (const page of pages) {
      const name = page.replaceAll(/\W/g, '-');
      for (const block of blocksOf(page)) {
        if (block.language === 'ts') modules.set(`${name}-${block.line}`, moduleOf(block));
      }
      const members = membersIn(page);
      if (members.length === 0) continue;
      const types = [...new Set(members.map(({ type }) => type))];
      const names = [...new Set(types.flatMap((type) => type.split(' & ')))];
      const imports = names.map((name) => `import type { ${name} } from '${doorOf.get(name)!}';`);
      const lines = members.map(({ type, member, text }) => `void (undefined as unknown as ${type === 'Strategy' ? 'Strategy<any>' : type}).${member}; // ${text}`); // prettier-ignore
      modules.set(`${name}-prose`, [...imports, ...lines].join('\n'));
    }
    expect(modules.size).toBeGreaterThan(20);
    expect(complaints(modules)).toEqual([]);
  });

  it('is checked: a member that does not exist is a complaint', () => {
    const code = "import type { Order } from 'nextbar';\nvoid (undefined as unknown as Order).executed;\n";
    expect(complaints(new Map([['wrong', code]])).join('\n')).toContain("'executed' does not exist");
  });

  it('names the modes that there are', () => {
    const modes = ['backtest', 'recording', 'paper', 'sandbox', 'live'];
    const named = pages.flatMap((page) => {
      const tables = read(page).match(/^\| Mode \|.*\n(?:\|.*\n)+/gm) ?? [];
      return tables.flatMap((table) => [...table.matchAll(/^\| `(\w+)` \|/gm)].map((row) => row[1]!));
    });
    expect(named.filter((name) => !modes.includes(name))).toEqual([]);
    expect(named).toContain('recording');
  });

  it('names scripts that are there', () => {
    const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };
    const named = pages.flatMap((page) => [...read(page).matchAll(/npm run (\w[\w:-]*)/g)].map((match) => match[1]!));
    expect(named.filter((name) => !(name in scripts))).toEqual([]);
  });

  it('says of every door who needs it, and README names them all', () => {
    const { exports: doors } = JSON.parse(read('package.json')) as { exports: Record<string, object> };
    const names = Object.keys(doors).filter((one) => one !== './package.json').map((one) => one.replace('.', 'nextbar'));
    const page = read('docs/install.md');
    expect(names.filter((name) => !page.includes(`| \`${name}\` |`))).toEqual([]);
    expect(names.filter((name) => !read('README.md').includes(`\`${name}\``))).toEqual([]);
  }); // prettier-ignore

  it('explains every code that an error can have', () => {
    const codes = new Set<string>();
    const walk = (folder: string): void => {
      for (const entry of readdirSync(join(root, folder), { withFileTypes: true })) {
        const path = `${folder}/${entry.name}`;
        if (entry.isDirectory()) walk(path);
        else for (const [, code] of read(path).matchAll(/\bcode: '([a-z][a-z-]+)'/g)) codes.add(code!);
      }
    };
    for (const room of readdirSync(join(root, 'src'), { withFileTypes: true })) {
      if (room.isDirectory() && room.name !== 'venue') walk(`src/${room.name}`);
    }
    // The one of a schema's issue, which is no error's.
    codes.delete('custom');
    const page = read('docs/errors.md');
    expect([...codes].filter((code) => !page.includes(`\`${code}\``))).toEqual([]);
    expect(codes.size).toBeGreaterThan(50);
  });
});
