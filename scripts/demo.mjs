// Runs a strategy over synthetic bars through the command line, with nothing at hand: npm run demo.
import { spawnSync } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const args = ['run', 'strategies/sma-cross.ts', '--synthetic', '7', '--commission', '0.001'];
console.log(`$ npx nextbar ${args.join(' ')}`);
const main = join(root, 'dist', 'cli', 'main.js');
const { status } = spawnSync(process.execPath, [main, ...args], { cwd: root, stdio: 'inherit' });
process.exit(status ?? 1);
