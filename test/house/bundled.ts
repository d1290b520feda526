/** Programs that tests start, compiled once: each start reads one file instead of compiling every module it imports. */
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { build } from 'esbuild';

const root = fileURLToPath(new URL('../../', import.meta.url));
/** The doors of the project by their names: programs of the tests read them from the sources. */
const doors = Object.fromEntries(
  readdirSync(join(root, 'src/doors')).map((file) => [
    `nextbar/${file.replace(/\.ts$/, '')}`,
    join(root, 'src/doors', file),
  ]),
);
const folders = new Set<string>();

process.once('exit', () => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

/** The path of a TypeScript program as one JavaScript file, packages left out. It is there until this process ends. */
export async function bundled(program: string): Promise<string> {
  // Within the project, so that the packages are found from it.
  const folder = mkdtempSync(join(root, 'node_modules', '.program-'));
  folders.add(folder);
  const outfile = join(folder, basename(program).replace(/\.ts$/, '.mjs'));
  await build({
    entryPoints: [program],
    outfile,
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node20.19',
    packages: 'external',
    alias: { ...doors, nextbar: join(root, 'src/index.ts') },
    logLevel: 'warning',
  });
  return outfile;
}
