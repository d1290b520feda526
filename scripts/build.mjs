// Builds dist from src: bundled code, and one rolled-up declaration file for each door that package.json exports. --if-stale: only what is older than the sources. --code: no declarations. --quiet: prints nothing.
import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs'; // prettier-ignore
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const dist = join(root, 'dist');
const has = (flag) => process.argv.includes(flag);
const started = new Date();

const newest = (path) =>
  statSync(path).isDirectory()
    ? Math.max(statSync(path).mtimeMs, ...readdirSync(path).map((name) => newest(join(path, name))))
    : statSync(path).mtimeMs;
const changed = Math.max(
  ...['src', 'scripts/build.mjs', 'tsconfig.build.json', 'package.json'].map((name) => newest(join(root, name))),
);

/** The doors by name, as `index` or `streams`: every entry of `exports` that has a source. */
const doors = Object.fromEntries(
  Object.values(JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')).exports)
    .filter(({ source }) => source !== undefined)
    .map(({ source, default: built }) => [built.replace(/^\.\/dist\/|\.js$/g, ''), source.replace(/^\.\//, '')]),
);

/** Builds one part, unless the file that stands for it is as new as the sources. */
async function part(stamp, act) {
  const path = join(dist, stamp);
  if (has('--if-stale') && existsSync(path) && statSync(path).mtimeMs >= changed) return;
  await act();
  // A source that changes during the build is newer than its stamp.
  utimesSync(path, started, started);
  if (!has('--quiet')) console.log(`built dist/${stamp}`);
}

/** Writes files under temporary names first: a process that starts during the build finds each file whole. */
function place(files) {
  for (const { path, contents } of files) {
    mkdirSync(dirname(path), { recursive: true });
    const partial = `${path}.${process.pid}`;
    writeFileSync(partial, contents);
    if (path === join(dist, 'cli', 'main.js')) chmodSync(partial, 0o755);
    renameSync(partial, path);
  }
}

/**
 * The bundler renames a class that mentions itself: `var Order = class _Order`. It keeps its own name here, which a console prints.
 * On the same line, so that source maps hold.
 */
function withClassNames(text) {
  return text.replaceAll(
    /^(var (\w+) = class _\2(?: extends [^{]+)? \{)$/gm,
    '$1static{Object.defineProperty(this,"name",{value:"$2",configurable:true})}',
  );
}

/** Bundled, because one file per module makes `import 'nextbar'` slow. */
async function code() {
  const { build } = await import('esbuild');
  const { outputFiles } = await build({
    absWorkingDir: root,
    entryPoints: { ...doors, 'cli/main': 'src/cli/main.ts', 'research-thread': 'src/research/sweep/thread.ts' },
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
  // The script of reports runs in a browser: bundled with its charts, and read as text when a report is written.
  const page = await build({
    absWorkingDir: root,
    entryPoints: { 'report-page': 'src/report/page/main.ts', 'report-style': 'src/report/page/style.css' },
    outdir: 'dist',
    bundle: true,
    minify: true,
    format: 'iife',
    platform: 'browser',
    target: ['es2022', 'chrome103', 'firefox113', 'safari16.4'],
    legalComments: 'none',
    logLevel: 'warning',
    write: false,
  });
  const isChunk = ({ path }) => dirname(path) === join(dist, 'chunks');
  // Chunks first, so that what a door imports is there before the door.
  const isCode = ({ path }) => path.endsWith('.js');
  const files = outputFiles.map((one) => (isCode(one) ? { path: one.path, contents: withClassNames(one.text) } : one));
  place([...page.outputFiles, ...files.filter(isChunk), ...files.filter((file) => !isChunk(file))]);
}

/**
 * The native compiler emits a declaration file for each module, unchecked because `npm run types` checks, and the bundler rolls them up.
 * Doors share their declarations in chunks, because a class declared twice is two incompatible types.
 */
async function declarations() {
  const modules = mkdtempSync(join(tmpdir(), 'nextbar-declarations-'));
  try {
    const compiler = join(root, 'node_modules', 'typescript-native', 'bin', 'tsc');
    const args = [
      compiler,
      '-p',
      join(root, 'tsconfig.build.json'),
      '--emitDeclarationOnly',
      '--noCheck',
      '--outDir',
      modules,
    ];
    const { status } = spawnSync(process.execPath, args, { stdio: 'inherit', cwd: root });
    if (status !== 0) throw new Error('the declarations do not compile');
    const [{ rollup }, { dts }] = await Promise.all([import('rollup'), import('rollup-plugin-dts')]);
    const input = Object.fromEntries(
      Object.entries(doors).map(([name, source]) => [
        name,
        join(modules, source.replace(/^src\/(.*)\.ts$/, '$1.d.ts')),
      ]),
    );
    const bundle = await rollup({ input, plugins: [dts()], external: (id) => !/^[./]/.test(id) });
    const { output } = await bundle.generate({
      format: 'es',
      entryFileNames: '[name].d.ts',
      chunkFileNames: 'chunks/[name]-[hash].d.ts',
    });
    await bundle.close();
    // Declarations of an earlier build would be packed with these.
    for (const path of readdirSync(dist, { recursive: true })) if (path.endsWith('.d.ts')) rmSync(join(dist, path));
    const files = output.map(({ fileName, code: contents }) => ({ path: join(dist, fileName), contents }));
    place([...files.filter(({ path }) => path.includes('chunks')), ...files.filter(({ path }) => !path.includes('chunks'))]); // prettier-ignore
  } finally {
    rmSync(modules, { recursive: true, force: true });
  }
}

if (!has('--if-stale')) rmSync(dist, { recursive: true, force: true });
await part('index.js', code);
if (!has('--code')) await part('index.d.ts', declarations);
