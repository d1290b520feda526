/** Replays the recordings of a folder and compares each with its expected results. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { protocols } from '../../../src/connectors/protocols/index.ts';
import { recordedVenue } from '../../../src/connectors/recordings/recorded-venues.ts';
import { readRecording } from '../../../src/connectors/recordings/recording.ts';
import { compare, type Differences } from './compare.ts';
import { play } from './outcome.ts';
import { compareAnswers, compareByHand, compareSamples } from './samples.ts';

/** What became of one recording. */
export interface RecordingResult {
  readonly name: string;
  readonly verdict: 'passed' | 'failed' | 'skipped';
  /** Differences, or why it was skipped. */
  readonly lines: readonly string[];
  readonly checks: number;
}

/** Every recording of a folder, or those whose name contains `only`. */
export function runRecordings(folder: string, expectedFolder: string, only?: string): RecordingResult[] {
  const names = readdirSync(folder)
    .filter((file) => /\.jsonl(\.gz)?$/.test(file))
    .map((file) => file.replace(/\.jsonl(\.gz)?$/, ''))
    .filter((name) => only === undefined || name.includes(only))
    .sort();
  return names.map((name) => runRecording(folder, expectedFolder, name));
}

export function runRecording(folder: string, expectedFolder: string, name: string): RecordingResult {
  const zipped = join(folder, `${name}.jsonl.gz`);
  const recording = readRecording(name, readFileSync(existsSync(zipped) ? zipped : join(folder, `${name}.jsonl`)));
  const venue = recording.meta.exchange.toLowerCase();
  const sample = name.startsWith('samples_');
  // What these samples call coinbase is the older exchange feed.
  const id = sample && venue === 'coinbase' ? 'coinbaseexchange' : recordedVenue(venue);
  const protocol = protocols.find((one) => one.id === id);
  if (protocol === undefined) return { name, verdict: 'skipped', lines: [`venue ${venue} is not built`], checks: 0 };
  const file = join(expectedFolder, `${name}.json`);
  if (!existsSync(file)) return { name, verdict: 'skipped', lines: [`no expected results at ${file}`], checks: 0 };
  let found: Differences;
  try {
    const expected = JSON.parse(readFileSync(file, 'utf8')) as Readonly<Record<string, unknown>>;
    const results = expected['results'];
    if (results === undefined) found = compare(play(recording, protocol), expected);
    else if (!Array.isArray(results)) found = compareAnswers(recording, protocol, expected);
    else if (results.some((row) => 'expected' in (row as object)))
      found = compareSamples(recording, protocol, expected);
    else found = compareByHand(recording, protocol, expected);
  } catch (error) {
    return {
      name,
      verdict: 'failed',
      lines: [`stopped: ${error instanceof Error ? error.message : String(error)}`],
      checks: 0,
    };
  }
  return { name, verdict: found.found.length === 0 ? 'passed' : 'failed', lines: found.found, checks: found.checks };
}

/** A report for people, closing with the tally. */
export function reportOf(results: readonly RecordingResult[]): string {
  const lines: string[] = [];
  const count = (verdict: string): number => results.filter((one) => one.verdict === verdict).length;
  for (const { name, verdict, lines: details, checks } of results) {
    lines.push(`${verdict.padEnd(8)}${name}${verdict === 'skipped' ? `: ${details[0] ?? ''}` : ` (${checks} facts)`}`);
    if (verdict !== 'failed') continue;
    for (const detail of details.slice(0, 20)) lines.push(`          ${detail}`);
    if (details.length > 20) lines.push(`          and ${details.length - 20} more`);
  }
  lines.push(`${count('passed')} passed, ${count('failed')} failed, ${count('skipped')} skipped`);
  return lines.join('\n');
}
