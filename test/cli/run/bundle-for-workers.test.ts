/** What a strategy imports travels with it to workers: files beside it, packages of both kinds, and nextbar by name. */
import { realpathSync, rmSync } from 'node:fs';
import { mkdir, mkdtemp, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { EOL, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';

import { expect, it } from 'vitest';

import { bundleForWorkers } from '../../../src/cli/run/bundle.ts';
import { strategyFolder } from '../../../src/research/sweep/redis/worker.ts';

it('compiles TypeScript, and packages that ask for what they need with require', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'nextbar-bundle-'));
  const pack = join(folder, 'node_modules', 'pack');
  await mkdir(pack, { recursive: true });
  await writeFile(join(pack, 'package.json'), '{ "name": "pack", "main": "index.js" }');
  await writeFile(join(pack, 'index.js'), "const { join } = require('path'); exports.path = join('a', 'b'); exports.here = __dirname;"); // prettier-ignore
  await writeFile(join(folder, 'side.ts'), "export enum Side { Long = 'long' }");
  const file = join(folder, 'mine.ts');
  await writeFile(
    file,
    `import type { Strategy } from 'nextbar';
import { createRequire } from 'node:module';
import pack from 'pack';
import { Side } from './side.ts';
const require = createRequire(import.meta.url);
export type Mine = Strategy;
export const said = [pack.path, pack.here, Side.Long, require('node:os').EOL];
`,
  );
  const text = await bundleForWorkers(file);
  const elsewhere = await mkdtemp(join(tmpdir(), 'nextbar-elsewhere-'));
  const module = join(elsewhere, 'module.mjs');
  await writeFile(module, text);
  rmSync(folder, { recursive: true });
  const { said } = (await import(pathToFileURL(module).href)) as { readonly said: readonly string[] };
  expect(said).toEqual([join('a', 'b'), realpathSync(elsewhere), 'long', EOL]);
});

it('lies where nextbar is the copy that runs, however it is imported', async () => {
  const folder = await strategyFolder();
  const found = createRequire(join(folder, 'module.mjs')).resolve('nextbar/package.json');
  expect(dirname(found)).toBe(realpathSync(join(import.meta.dirname, '..', '..', '..')));
  rmSync(folder, { recursive: true });
});
