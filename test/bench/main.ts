/** The benches: `npm run bench [-- NAME...] [-- --json]`. Each file beside this one is a bench that says its figures. */
import { readdirSync } from 'node:fs';

/** What each bench file gives. */
interface Bench {
  readonly measure?: (say: (line: string) => void) => Promise<Record<string, unknown>>;
}

const names = readdirSync(new URL('.', import.meta.url))
  .filter((file) => file.endsWith('.ts') && file !== 'main.ts')
  .map((file) => file.slice(0, -'.ts'.length));
const wanted = process.argv.slice(2).filter((word) => word !== '--json' && word !== '--');
const json = process.argv.includes('--json');

/** With `--json` nothing but the figures may reach stdout. */
function say(line: string): void {
  (json ? process.stderr : process.stdout).write(`${line}\n`);
}

const unknown = wanted.find((word) => !names.includes(word));
if (unknown !== undefined) {
  say(`there is no bench '${unknown}': choose from ${names.join(', ')}`);
  process.exit(2);
}
const figures: Record<string, unknown> = { node: process.version };
for (const name of wanted.length > 0 ? wanted : names) {
  const { measure } = (await import(`./${name}.ts`)) as Bench;
  if (measure === undefined) throw new Error(`test/bench/${name}.ts must export measure(say)`);
  Object.assign(figures, await measure(say));
}
if (json) process.stdout.write(`${JSON.stringify(figures)}\n`);
