/** The benches: `npm run bench -- [NAME...] [--json]`, or `--gate REF [--short]` to hold a change to the speed of a commit. Each file beside this one is a bench. */
import { readdirSync } from 'node:fs';
import { parseArgs } from 'node:util';

/** What a bench gives: figures by name, and lines for people as it goes. */
type Measure = (say: (line: string) => void) => Promise<Record<string, unknown>>;

/** Benches that are asked in another way. */
const others: Readonly<Record<string, Measure>> = {
  frames: async (say) => {
    const { benchFrames, streamedMemory } = await import('./frames.ts');
    const figures = await benchFrames();
    const streamedMB = streamedMemory();
    const million = (perSecond: number): string => `${(perSecond / 1e6).toFixed(1)} Mbars/s`;
    say(`W5  ${million(figures.resampledPerSecond)} resampled inside the run`);
    say(
      `streamed  ${million(figures.streamedPerSecond)} (${million(figures.wholePerSecond)} at once), ${streamedMB} MB`,
    );
    return { W5: figures, streamedMB };
  },
  streams: async (say) => {
    const { benchStreams } = await import('./streams.ts');
    const figures = await benchStreams();
    say(
      figures === undefined ? 'streams  skipped: the recordings are not there' : `streams  ${JSON.stringify(figures)}`,
    );
    return { streams: figures };
  },
};

const names = readdirSync(new URL('.', import.meta.url))
  .filter((file) => file.endsWith('.ts') && file !== 'main.ts')
  .map((file) => file.slice(0, -'.ts'.length));
const { values, positionals: wanted } = given();
const { json } = values;

/** What the command line says; a wrong word ends the program with one sentence. */
function given() {
  try {
    return parseArgs({
      allowPositionals: true,
      options: {
        json: { type: 'boolean', default: false },
        gate: { type: 'string' },
        short: { type: 'boolean', default: false },
      },
    });
  } catch (error) {
    const known = `npm run bench -- [${names.join(' | ')}] ... [--json] [--gate REF [--short]]`;
    process.stderr.write(`${(error as Error).message.split('. ')[0]!}: ${known}\n`);
    process.exit(2);
  }
}

/** With `--json` nothing but the figures may reach stdout. */
function say(line: string): void {
  (json ? process.stderr : process.stdout).write(`${line}\n`);
}

const unknown = wanted.find((word) => !names.includes(word) && (values.gate === undefined || word !== 'W1'));
if (unknown !== undefined) {
  say(`there is no bench '${unknown}': choose from ${names.join(', ')}`);
  process.exit(2);
}
if (values.gate !== undefined) {
  const { gate } = await import('./ground/gate.ts');
  // The short form is for CI: two benches, few pairs, and no verdict on noise.
  const benches =
    wanted.length > 0 ? wanted : values.short ? ['W1', 'frames'] : ['engine', 'frames', 'streams', 'live'];
  const found = gate(values.gate, { benches, pairs: values.short ? 4 : 7, isLenient: values.short }, say);
  if (json) process.stdout.write(`${JSON.stringify(found)}\n`);
  const isSlower = found.some(({ verdict }) => verdict === 'slower' || (verdict === 'unclear' && !values.short));
  process.exit(isSlower ? 1 : 0);
}
const figures: Record<string, unknown> = { node: process.version };
for (const name of wanted.length > 0 ? wanted : names) {
  const measure = others[name] ?? ((await import(`./${name}.ts`)) as { measure?: Measure }).measure;
  if (measure === undefined) throw new Error(`test/bench/${name}.ts must export measure(say)`);
  Object.assign(figures, await measure(say));
}
if (json) process.stdout.write(`${JSON.stringify(figures)}\n`);
