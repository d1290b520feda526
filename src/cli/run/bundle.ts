/** A user's strategy file and what it imports, compiled to one module bound to the running nextbar. */
import { readFileSync, rmSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { builtinModules } from 'node:module';
import { tmpdir } from 'node:os';
import { basename, extname, join } from 'node:path';
import { pathToFileURL } from 'node:url';

import type { Loader, Message, Plugin } from 'esbuild';

import { ConfigError, StrategyError } from '../../core/index.ts';

/** The module of `nextbar`, or of a door beside it such as `nextbar/extend`, in the copy that runs. */
function doorOf(specifier: string): string {
  const name = specifier.slice('nextbar/'.length);
  const isSource = import.meta.url.endsWith('.ts');
  const file = isSource ? (name === '' ? '../../index.ts' : `../../doors/${name}.ts`) : `../${name || 'index'}.js`;
  return new URL(file, import.meta.url).href;
}

/** The front door of the copy of nextbar that runs: of the sources or of the built package. */
export const frontDoor = doorOf('nextbar');

/** A user's file that is part of a module. */
export interface SourceFile {
  /** Its path, from the folder of the strategy file. */
  readonly path: string;
  readonly text: string;
}

/** What a user's file exports, and the files it was compiled from: itself first. */
export interface UserModule {
  readonly found: Record<string, unknown>;
  readonly sources: readonly SourceFile[];
  /** The compiled module, for other threads: kept until the process ends if asked for, otherwise already removed. */
  readonly url: string;
}

/**
 * The module of a TypeScript or JavaScript file. Its relative imports are compiled with it; `nextbar` is the running copy, so that there is
 * one `Strategy` class in the process; other packages are found from the file, as Node would.
 *
 * From then on source maps are on, so that a stack names the user's own files and lines.
 *
 * @param isKept - Whether the compiled module stays until the process ends.
 * @throws {StrategyError} If the file does not compile.
 */
export async function importUserModule(file: string, prefetch?: Promise<unknown>, isKept = false): Promise<UserModule> {
  const { code, sources } = await compile(file);
  await prefetch;
  const folder = await mkdtemp(join(tmpdir(), 'nextbar-'));
  try {
    const bundle = join(folder, 'strategy.nextbar.mjs');
    await writeFile(bundle, relocate(code, file));
    process.setSourceMapsEnabled(true);
    const url = pathToFileURL(bundle).href;
    const found = (await import(url)) as Record<string, unknown>;
    return { found, sources, url };
  } finally {
    const remove = { recursive: true, force: true } as const;
    if (isKept) keepUntilExit(folder);
    else await rm(folder, remove);
  }
}

/** Folders that are removed when the process ends: one listener serves them all. */
const kept = new Set<string>();

function keepUntilExit(folder: string): void {
  if (kept.size === 0) {
    process.once('exit', () => {
      for (const one of kept) rmSync(one, { recursive: true, force: true });
    });
  }
  kept.add(folder);
}

let holds = 0;

/** Keeps the compiler process running between compilations; returns a function that lets it end. */
export function holdCompiler(): () => void {
  holds++;
  return () => {
    holds--;
    if (holds === 0) void import('esbuild').then((esbuild) => esbuild.stop());
  };
}

async function compile(file: string): Promise<{ code: string; sources: SourceFile[] }> {
  const esbuild = await import('esbuild');
  try {
    const { outputFiles } = await esbuild.build({
      entryPoints: [file],
      bundle: true,
      write: false,
      outfile: `${file}.mjs`,
      format: 'esm',
      platform: 'node',
      target: `node${process.versions.node}`,
      sourcemap: 'inline',
      sourcesContent: true,
      conditions: [],
      keepNames: true,
      logLevel: 'silent',
      plugins: [bindPackages, readHere],
    });
    const code = outputFiles[0]!.text;
    return { code, sources: sourcesIn(code, file) };
  } catch (error) {
    const [first] = (error as { readonly errors?: readonly Message[] }).errors ?? [];
    if (first === undefined) throw error;
    throw compileError(file, first);
  } finally {
    if (holds === 0) void esbuild.stop();
  }
}

/**
 * A user's file as one module for other machines: its imports are compiled into it, except `nextbar`, which stays a name, and Node's own
 * modules.
 *
 * @throws {StrategyError} If the file does not compile.
 */
export async function bundleForWorkers(file: string): Promise<string> {
  const esbuild = await import('esbuild');
  try {
    const { outputFiles } = await esbuild.build({
      entryPoints: [file],
      bundle: true,
      write: false,
      format: 'esm',
      platform: 'node',
      target: 'node20.19',
      conditions: [],
      keepNames: true,
      logLevel: 'silent',
      external: ['nextbar', 'nextbar/*'],
      // CommonJS packages ask for Node's modules with `require`, and where they lie.
      banner: {
        js: "import { createRequire as nextbar$require } from 'node:module'; globalThis.require ??= nextbar$require(import.meta.url);",
      },
      define: { __dirname: 'import.meta.dirname', __filename: 'import.meta.filename' },
    });
    return outputFiles[0]!.text;
  } catch (error) {
    const [first] = (error as { readonly errors?: readonly Message[] }).errors ?? [];
    if (first === undefined) throw error;
    throw compileError(file, first);
  } finally {
    if (holds === 0) void esbuild.stop();
  }
}

/** Binds `nextbar` to the running copy, and other packages to those that the importing file would find. */
const bindPackages: Plugin = {
  name: 'nextbar',
  setup(build) {
    build.onResolve(
      { filter: /^[^./]|^\.[^./]|^\.\.[^/]/ },
      async ({ path, kind, resolveDir, importer, pluginData }) => {
        if (kind === 'entry-point' || pluginData === bindPackages) return undefined;
        if (path === 'nextbar' || path.startsWith('nextbar/')) return { path: doorOf(path), external: true };
        if (path.startsWith('node:') || builtinModules.includes(path)) return { path, external: true };
        const found = await build.resolve(path, { kind, resolveDir, importer, pluginData: bindPackages });
        if (found.errors.length > 0 || found.external) return found;
        const isSource = /\.[cm]?tsx?$/.test(found.path) && !/[\\/]node_modules[\\/]/.test(found.path);
        return isSource ? { path: found.path } : { path: pathToFileURL(found.path).href, external: true };
      },
    );
  },
};

/** Reads a user's files in this process rather than in the compiler's: an audit sees them, and puts others in their places. */
const readHere: Plugin = {
  name: 'files',
  setup(build) {
    build.onLoad({ filter: /\.(?:[cm]?[jt]sx?|json|txt)$/ }, ({ path }) => {
      const loader = extname(path)
        .slice(1)
        .replace(/^[cm](?=[jt]s)/, '') as Loader;
      try {
        return { contents: readFileSync(path, 'utf8'), loader: loader === ('txt' as Loader) ? 'text' : loader };
      } catch {
        // The compiler says what is wrong.
        return undefined;
      }
    });
  },
};

const mapMark = '//# sourceMappingURL=data:application/json;base64,';

/** The source map's relative paths as absolute ones, since the module does not lie beside the user's files. */
function relocate(code: string, file: string): string {
  const at = code.lastIndexOf(mapMark);
  if (at < 0) return code;
  const map = JSON.parse(Buffer.from(code.slice(at + mapMark.length).trim(), 'base64').toString()) as {
    sources: string[];
  };
  map.sources = map.sources.map((source) => new URL(source, pathToFileURL(file)).href);
  return code.slice(0, at) + mapMark + Buffer.from(JSON.stringify(map)).toString('base64');
}

/** The user's own files in a module, the strategy file first, the others by path. */
function sourcesIn(code: string, file: string): SourceFile[] {
  const at = code.lastIndexOf(mapMark);
  if (at < 0) return [];
  const map = JSON.parse(Buffer.from(code.slice(at + mapMark.length).trim(), 'base64').toString()) as {
    readonly sources: readonly string[];
    readonly sourcesContent: readonly string[];
  };
  const all = map.sources.map((path, k) => ({ path, text: map.sourcesContent[k] ?? '' }));
  const isMain = ({ path }: SourceFile): boolean => basename(path) === basename(file) && !path.includes('/');
  return all.sort((a, b) => Number(isMain(b)) - Number(isMain(a)) || (a.path < b.path ? -1 : 1));
}

function compileError(file: string, { text, location }: Message): Error {
  const place = location === null ? file : `${location.file}:${location.line}:${location.column + 1}`;
  if (location === null && /not resolve|Could not read/.test(text)) {
    return new ConfigError(`cannot read the strategy file ${file}`, { code: 'no-strategy', context: { file } });
  }
  if (location === null && text.startsWith('No loader is configured')) {
    return new ConfigError(`${basename(file)} is not a strategy file: one ends in .ts, .mts, .js or .mjs`, { code: 'no-strategy', context: { file } }); // prettier-ignore
  }
  const source = location === null ? '' : `\n            ${location.line} | ${location.lineText.trim()}`;
  return new StrategyError(`${place} does not compile: ${text}${source}`, {
    code: 'compile',
    context: { file, line: location?.line },
  });
}
