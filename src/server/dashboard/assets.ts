/** The files of the dashboard: pages, script and style from the package, and the chart library from its own. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

import { page, referencePage } from './page.ts';
import { referenceScript } from './reference-script.ts';
import { script } from './script.ts';
import { style } from './style.ts';

/** A file as it is sent. */
export interface Asset {
  readonly body: Buffer;
  readonly type: string;
  readonly etag: string;
}

const icon = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect width="32" height="32" rx="7" fill="#0f766e"/><path d="M9 8v16M9 11h0M16 5v22M23 10v14" stroke="#fff" stroke-width="2"/><rect x="6.5" y="12" width="5" height="8" fill="#fff"/><rect x="13.5" y="9" width="5" height="11" fill="#99f6e4"/><rect x="20.5" y="13" width="5" height="7" fill="#fff"/></svg>`;

const texts: Readonly<Record<string, readonly [type: string, make: () => string]>> = {
  '/': ['text/html; charset=utf-8', () => page],
  '/docs': ['text/html; charset=utf-8', () => referencePage],
  '/app.js': ['text/javascript; charset=utf-8', () => script],
  '/docs.js': ['text/javascript; charset=utf-8', () => referenceScript],
  '/app.css': ['text/css; charset=utf-8', () => style],
  '/charts.js': ['text/javascript; charset=utf-8', chartLibrary],
  '/icon.svg': ['image/svg+xml', () => icon],
};

/** The paths of all files. */
export const assetPaths = Object.keys(texts);

const made = new Map<string, Asset>();

/** The file of a path. */
export function assetOf(path: string): Asset {
  let asset = made.get(path);
  if (asset === undefined) {
    const [type, make] = texts[path]!;
    const body = Buffer.from(make());
    asset = { body, type, etag: `"${createHash('sha256').update(body).digest('base64url').slice(0, 22)}"` };
    made.set(path, asset);
  }
  return asset;
}

/** The chart library as one script, from its package. */
function chartLibrary(): string {
  const require = createRequire(import.meta.url);
  const folder = dirname(require.resolve('lightweight-charts/package.json'));
  return readFileSync(join(folder, 'dist', 'lightweight-charts.standalone.production.js'), 'utf8');
}
