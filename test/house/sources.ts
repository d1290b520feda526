/** The project's files and what they import, read by the TypeScript parser. */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, posix, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

import ts from 'typescript';

export const root = fileURLToPath(new URL('../../', import.meta.url));

/** One import, re-export or dynamic import. */
export interface Import {
  /** As it is written. */
  readonly from: string;
  /** The file from the root, with forward slashes; undefined for a package. */
  readonly file: string | undefined;
  /** Whether it is gone after compiling. */
  readonly typeOnly: boolean;
  /** Whether it is loaded only when the code runs there. */
  readonly lazy: boolean;
}

/** A source file: its path from the root with forward slashes, its text and its imports. */
export interface Source {
  readonly path: string;
  readonly text: string;
  readonly imports: readonly Import[];
}

const read = new Map<string, readonly Source[]>();

/** Every TypeScript file below some folders, by path. A folder is read once. */
export function readSources(...folders: readonly string[]): Source[] {
  return folders.flatMap((folder) => {
    const known = read.get(folder) ?? filesBelow(folder, '.ts').map((path) => readSource(path));
    read.set(folder, known);
    return known;
  });
}

function readSource(path: string): Source {
  const text = readFileSync(join(root, path), 'utf8');
  return { path, text, imports: importsOf(path, text) };
}

/** The files below a folder whose name ends so, sorted. */
export function filesBelow(folder: string, ending: string): string[] {
  return readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith(ending) && !path.split(sep).includes('node_modules'))
    .map((path) => `${folder}/${path.split(sep).join('/')}`)
    .sort();
}

function importsOf(path: string, text: string): Import[] {
  const found: Import[] = [];
  const note = (node: ts.Node | undefined, typeOnly: boolean, lazy: boolean): void => {
    if (node === undefined || !ts.isStringLiteralLike(node)) return;
    const from = node.text;
    const file = from.startsWith('.') ? posix.normalize(posix.join(posix.dirname(path), from)) : undefined;
    found.push({ from, file, typeOnly, lazy });
  };
  const visit = (node: ts.Node): void => {
    if (ts.isImportDeclaration(node)) note(node.moduleSpecifier, isErased(node), false);
    else if (ts.isExportDeclaration(node)) note(node.moduleSpecifier, node.isTypeOnly, false);
    else if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) note(node.argument.literal, true, false);
    else if (ts.isCallExpression(node) && loads(node.expression)) note(node.arguments[0], false, true);
    ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile(path, text, ts.ScriptTarget.ES2023));
  return found;
}

/** `import(...)`, `require(...)`, `require.resolve(...)` and `import.meta.resolve(...)`. */
function loads(callee: ts.Expression): boolean {
  if (callee.kind === ts.SyntaxKind.ImportKeyword) return true;
  const name = ts.isPropertyAccessExpression(callee) && callee.name.text === 'resolve' ? callee.expression : callee;
  return (ts.isIdentifier(name) && name.text === 'require') || ts.isMetaProperty(name);
}

function isErased({ importClause }: ts.ImportDeclaration): boolean {
  if (importClause === undefined) return false;
  if (importClause.phaseModifier === ts.SyntaxKind.TypeKeyword) return true;
  const { name, namedBindings } = importClause;
  if (name !== undefined || namedBindings === undefined || ts.isNamespaceImport(namedBindings)) return false;
  return namedBindings.elements.every((one) => one.isTypeOnly);
}

/** The package that an import names, without its subpath; undefined for files and for Node's own modules. */
export function packageOf({ from, file }: Import): string | undefined {
  if (file !== undefined || from.startsWith('node:')) return undefined;
  return from
    .split('/')
    .slice(0, from.startsWith('@') ? 2 : 1)
    .join('/');
}

/** The folders, from the outermost in, that have a door of their own above a file: `src/connectors`, `src/connectors/ccxt`. */
export function roomsAbove(path: string, doors: ReadonlySet<string>): string[] {
  const rooms: string[] = [];
  for (let folder = dirname(path); folder !== 'src' && folder !== '.'; folder = dirname(folder)) {
    if (doors.has(`${folder}/index.ts`)) rooms.unshift(folder);
  }
  return rooms;
}
