// Builds dist from src: types by the TypeScript compiler, code bundled, because a file a module makes `import 'nextbar'` slow. --if-stale: only what a source is newer than. --code: without the types. --quiet: says nothing.
import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readdirSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs'; // prettier-ignore
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { build } from 'esbuild';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const dist = join(root, 'dist');
const has = (flag) => process.argv.includes(flag);
const begun = new Date();
/** The front door and the doors beside it, by the name of their file in dist. */
const doors = Object.fromEntries([
  ['index', 'src/index.ts'],
  ...readdirSync(join(root, 'src', 'doors')).map((file) => [file.replace(/\.ts$/, ''), `src/doors/${file}`]),
]);

const newest = (path) =>
  statSync(path).isDirectory()
    ? Math.max(statSync(path).mtimeMs, ...readdirSync(path).map((name) => newest(join(path, name))))
    : statSync(path).mtimeMs;
const changed = Math.max(...['src', 'tsconfig.build.json', 'package.json'].map((name) => newest(join(root, name))));

/** Does a part of the build unless the file that stands for it is as new as the sources. */
async function part(stamp, act) {
  const path = join(dist, stamp);
  if (has('--if-stale') && existsSync(path) && statSync(path).mtimeMs >= changed) return;
  await act();
  // What changes while it is built is newer than it.
  utimesSync(path, begun, begun);
  if (!has('--quiet')) console.log(`built dist/${stamp}`);
}

function types() {
  const compiler = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
  const args = [compiler, '-p', join(root, 'tsconfig.build.json'), '--emitDeclarationOnly'];
  const run = spawnSync(process.execPath, args, { stdio: 'inherit', cwd: root });
  if (run.status !== 0) process.exit(run.status ?? 1);
}

/** Each file appears whole, and what it imports before it: a process that starts meanwhile works. */
async function code() {
  const { outputFiles } = await build({
    absWorkingDir: root,
    entryPoints: { ...doors, 'cli/main': 'src/cli/main.ts' },
    outdir: 'dist',
    chunkNames: 'chunks/[name]-[hash]',
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node20.19',
    packages: 'external',
    sourcemap: true,
    logLevel: 'warning',
    write: false,
  });
  const isChunk = ({ path }) => dirname(path) === join(dist, 'chunks');
  for (const { path, contents } of [...outputFiles.filter(isChunk), ...outputFiles.filter((file) => !isChunk(file))]) {
    mkdirSync(dirname(path), { recursive: true });
    const half = `${path}.${process.pid}`;
    writeFileSync(half, contents);
    if (path === join(dist, 'cli', 'main.js')) chmodSync(half, 0o755);
    renameSync(half, path);
  }
}

if (!has('--if-stale')) rmSync(dist, { recursive: true, force: true });
await part('index.js', code);
if (!has('--code')) await part('index.d.ts', types);
