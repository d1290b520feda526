/** What `import 'nextbar'` costs, and which of the heavy packages it loads. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { median, rounded } from './ground/clock.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const timed = "const start = performance.now(); await import('nextbar'); console.log(performance.now() - start);";

/** Packages that only what needs them may load. */
export const heavyPackages = [
  'ccxt',
  'better-sqlite3',
  'apache-arrow',
  'esbuild',
  'ws',
  'technicalindicators',
  'hyparquet',
];

/** The packages outside the project, or of Node's own modules none, whose files a script loaded. */
export function loadedPackages(script: string, cwd: string): string[] {
  const folder = mkdtempSync(join(tmpdir(), 'nextbar-coverage-'));
  try {
    const env = { ...process.env, NODE_V8_COVERAGE: folder };
    execFileSync(process.execPath, ['--input-type=module', '-e', script], { cwd, env });
    const names = new Set<string>();
    for (const file of readdirSync(folder)) {
      const { result } = JSON.parse(readFileSync(join(folder, file), 'utf8')) as { result: { url: string }[] };
      for (const { url } of result) {
        const name = /.*\/node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(url)?.[1];
        if (name !== undefined) names.add(name);
      }
    }
    return [...names].sort();
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Times the import in seven new processes. */
export async function measure(say: (line: string) => void): Promise<Record<string, unknown>> {
  const runs = Array.from({ length: 8 }, () =>
    Number(execFileSync(process.execPath, ['--input-type=module', '-e', timed], { cwd: root, encoding: 'utf8' })),
  );
  const importMs = rounded(median(runs.slice(1)), 1);
  const loaded = loadedPackages("await import('nextbar');", root);
  const heavy = loaded.filter((name) => heavyPackages.includes(name));
  say(`startup  import 'nextbar' takes ${importMs} ms (median of 7); loads ${loaded.join(', ') || 'no package'}`);
  say(`startup  heavy packages loaded: ${heavy.join(', ') || 'none'}`);
  return Promise.resolve({ startup: { importMs, loaded, heavy } });
}
