/** The page's script and style as text: built with the package, or compiled from the sources where these run. */
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

/** The code of a page. */
export interface PageCode {
  readonly script: string;
  readonly style: string;
}

let loaded: Promise<PageCode> | undefined;

/** The script and the style of a page, read once. */
export function pageCode(): Promise<PageCode> {
  return (loaded ??= import.meta.url.endsWith('.ts') ? compiled() : built());
}

async function built(): Promise<PageCode> {
  // The code runs from dist itself or from dist/chunks.
  const folder = import.meta.url.includes('/chunks/') ? '../' : './';
  const read = (name: string): Promise<string> => readFile(new URL(`${folder}${name}`, import.meta.url), 'utf8');
  const [script, style] = await Promise.all([read('report-page.js'), read('report-style.css')]);
  return { script, style };
}

async function compiled(): Promise<PageCode> {
  const { build } = await import('esbuild');
  const { outputFiles } = await build({
    entryPoints: ['main.ts', 'style.css'].map((name) => fileURLToPath(new URL(`./page/${name}`, import.meta.url))),
    outdir: 'page',
    bundle: true,
    minify: true,
    format: 'iife',
    platform: 'browser',
    target: ['es2022', 'chrome103', 'firefox113', 'safari16.4'],
    legalComments: 'none',
    write: false,
  });
  const text = (ending: string): string => outputFiles.find(({ path }) => path.endsWith(ending))?.text ?? '';
  return { script: text('.js'), style: text('.css') };
}
