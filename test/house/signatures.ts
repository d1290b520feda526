/** The signature of every public name: its declaration as the compiler emits it, without comments and private members. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

import ts from 'typescript';

const root = fileURLToPath(new URL('../../', import.meta.url));
const printer = ts.createPrinter({ removeComments: true });

type Declaration = ts.DeclarationStatement | ts.VariableStatement;

/** Declaration files of the sources, in a folder that is removed at the end. */
export class Signatures {
  readonly #folder: string;
  readonly #files = new Map<string, ts.SourceFile>();

  /** Emits the declarations with the native compiler, in a few seconds. */
  constructor() {
    this.#folder = mkdtempSync(join(tmpdir(), 'nextbar-signatures-'));
    const compiler = join(root, 'node_modules', 'typescript-native', 'bin', 'tsc');
    const args = [
      '-p',
      join(root, 'tsconfig.build.json'),
      '--emitDeclarationOnly',
      '--noCheck',
      '--outDir',
      this.#folder,
    ];
    const { status, stdout } = spawnSync(process.execPath, [compiler, ...args], { encoding: 'utf8' });
    if (status !== 0) throw new Error(`the declarations do not compile: ${stdout.slice(0, 500)}`);
  }

  /** The signatures that a name of a module has: several for a function with overloads. */
  of(source: string, name: string): string[] {
    return this.#found(source, name).map(({ node, file }) => this.#print(node, file));
  }

  /** The declarations of a name of a module, with their comments. */
  declarations(source: string, name: string): ts.Node[] {
    return this.#found(source, name).map(({ node }) => node);
  }

  close(): void {
    rmSync(this.#folder, { recursive: true, force: true });
  }

  #found(source: string, name: string): { node: Declaration; file: ts.SourceFile }[] {
    const path = join(this.#folder, source.replace(/^src\//, '').replace(/\.ts$/, '.d.ts'));
    const found = this.#find(path, name);
    if (found.length === 0) throw new Error(`${source} has no declaration of ${name}`);
    return found;
  }

  #read(path: string): ts.SourceFile {
    const known = this.#files.get(path);
    if (known !== undefined) return known;
    const file = ts.createSourceFile(path, readFileSync(path, 'utf8'), ts.ScriptTarget.ES2023, true);
    this.#files.set(path, file);
    return file;
  }

  /** Follows a name through re-exports and imports to where it is declared. */
  #find(path: string, name: string, seen = new Set<string>()): { node: Declaration; file: ts.SourceFile }[] {
    if (seen.has(`${path} ${name}`) || !existsSync(path)) return [];
    seen.add(`${path} ${name}`);
    const file = this.#read(path);
    const own: { node: Declaration; file: ts.SourceFile }[] = [];
    for (const node of file.statements) {
      if (ts.isVariableStatement(node)) {
        if (node.declarationList.declarations.some((one) => one.name.getText(file) === name)) own.push({ node, file });
      } else if (ts.isExportDeclaration(node)) {
        const from = node.moduleSpecifier as ts.StringLiteral | undefined;
        const to = from && resolve(dirname(path), from.text.replace(/\.[jt]s$/, '.d.ts'));
        if (node.exportClause === undefined) own.push(...this.#find(to!, name, seen));
        else if (ts.isNamedExports(node.exportClause)) {
          for (const one of node.exportClause.elements) {
            if (one.name.text === name && to !== undefined)
              own.push(...this.#find(to, (one.propertyName ?? one.name).text, seen));
          }
        }
      } else if (ts.isImportDeclaration(node)) {
        const bindings = node.importClause?.namedBindings;
        const text = (node.moduleSpecifier as ts.StringLiteral).text;
        if (bindings !== undefined && ts.isNamedImports(bindings) && text.startsWith('.')) {
          for (const one of bindings.elements) {
            if (one.name.text === name)
              own.push(...this.#find(resolve(dirname(path), text.replace(/\.[jt]s$/, '.d.ts')), (one.propertyName ?? one.name).text, seen)); // prettier-ignore
          }
        }
      } else if ('name' in node && (node as ts.DeclarationStatement).name?.getText(file) === name) {
        own.push({ node: node as ts.DeclarationStatement, file });
      }
    }
    return own;
  }

  #print(node: Declaration, file: ts.SourceFile): string {
    const isHidden = (member: ts.Node): boolean =>
      (ts.canHaveModifiers(member) && (ts.getModifiers(member) ?? []).some(({ kind }) => kind === ts.SyntaxKind.PrivateKeyword)) ||
      ('name' in member && member.name !== undefined && ts.isPrivateIdentifier(member.name as ts.Node)); // prettier-ignore
    const shown = ts.isClassDeclaration(node)
      ? ts.factory.updateClassDeclaration(node, node.modifiers, node.name, node.typeParameters, node.heritageClauses, node.members.filter((member) => !isHidden(member))) // prettier-ignore
      : node;
    return printer
      .printNode(ts.EmitHint.Unspecified, shown, file)
      .replace(/^export /, '')
      .replace(/^declare /, '');
  }
}
