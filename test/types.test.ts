/** Types are facts too: the files of test/types compile as they stand, each `@ts-expect-error` in them being an error. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import ts from 'typescript';
import { describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('../', import.meta.url));
const folder = join(root, 'test', 'types');
const files = readdirSync(folder).map((name) => join(folder, name));

function options(): ts.CompilerOptions {
  const read = ts.readConfigFile(join(root, 'tsconfig.json'), (path) => ts.sys.readFile(path));
  return ts.parseJsonConfigFileContent(read.config, ts.sys, root).options;
}

/** What the compiler says of the files, the first of them with another text where one is given. */
function complaints(replaced?: string): string[] {
  const host = ts.createCompilerHost(options());
  const readFile = host.readFile.bind(host);
  const getSourceFile = host.getSourceFile.bind(host);
  if (replaced !== undefined) {
    host.getSourceFile = (name, target) =>
      name === files[0] ? ts.createSourceFile(name, replaced, target) : getSourceFile(name, target);
    host.readFile = (name) => (name === files[0] ? replaced : readFile(name));
  }
  const program = ts.createProgram(replaced === undefined ? files : [files[0]!], options(), host);
  const found = files.flatMap((name) => {
    const file = program.getSourceFile(name);
    return file === undefined
      ? []
      : [...program.getSyntacticDiagnostics(file), ...program.getSemanticDiagnostics(file)];
  });
  return found.map(({ file, start, messageText }) => {
    const line = file === undefined ? 0 : file.getLineAndCharacterOfPosition(start ?? 0).line + 1;
    return `${file?.fileName.slice(folder.length + 1) ?? ''}:${line} ${ts.flattenDiagnosticMessageText(messageText, ' ')}`;
  });
}

describe('the types of the front door', () => {
  it('accept and refuse what the files of test/types say', { timeout: 120_000 }, () => {
    expect(files.length).toBeGreaterThan(1);
    expect(complaints()).toEqual([]);
  });

  it('are looked at: without its markers a file has an error for each of them', { timeout: 120_000 }, () => {
    const text = readFileSync(files[0]!, 'utf8');
    const markers = text.match(/@ts-expect-error/g)?.length ?? 0;
    expect(markers).toBeGreaterThan(5);
    expect(complaints(text.replaceAll('@ts-expect-error', '')).length).toBeGreaterThanOrEqual(markers);
  });
});
