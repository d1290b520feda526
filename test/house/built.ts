/** Before the tests: builds the code of the package where a source is newer, for the tests that run it in processes of their own. */
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const build = fileURLToPath(new URL('../../scripts/build.mjs', import.meta.url));

export function setup(): void {
  execFileSync(process.execPath, [build, '--if-stale', '--code', '--quiet'], { stdio: 'inherit' });
}
