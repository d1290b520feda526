/** Reads the file that names the series whose bars are kept up to date. */
import { readFileSync } from 'node:fs';
import { z } from 'zod';

import { messageOf, parseIsoTime, timeframe } from '../../core/index.ts';
import type { SyncedSeries } from '../../server/index.ts';
import { usage } from '../shell/usage.ts';

const text = z.string().min(1);
const oneOrMore = z.union([text.transform((one) => [one]), z.array(text).min(1)]);

const entry = z
  .strictObject({ exchange: text, symbol: oneOrMore.optional(), symbols: oneOrMore.optional(), timeframe: oneOrMore.optional(), timeframes: oneOrMore.optional(), start: z.union([text, z.date()]) })
  .refine((one) => (one.symbol === undefined) !== (one.symbols === undefined), { message: 'needs symbol or symbols, one of them' })
  .refine((one) => (one.timeframe === undefined) !== (one.timeframes === undefined), { message: 'needs timeframe or timeframes, one of them' }); // prettier-ignore

const file = z.strictObject({ series: z.array(entry).min(1) });

/** The series of a YAML or JSON file, each combination of its symbols and timeframes. */
export async function readSeriesFile(path: string): Promise<SyncedSeries[]> {
  const { parse } = await import('yaml');
  let content: unknown;
  try {
    content = parse(readFileSync(path, 'utf8'));
  } catch (error) {
    throw usage(`--bars ${path} cannot be read: ${messageOf(error).split('\n')[0]!}`);
  }
  const checked = file.safeParse(content);
  if (!checked.success) {
    const [issue] = checked.error.issues;
    throw usage(`--bars ${path}: ${issue!.path.join('.') || 'the file'}: ${issue!.message}`);
  }
  return checked.data.series.flatMap(({ exchange, symbol, symbols, timeframe: one, timeframes, start }, k) => {
    const from = start instanceof Date ? start.toISOString() : start;
    try {
      parseIsoTime(from);
      for (const name of (one ?? timeframes)!) timeframe(name);
    } catch (error) {
      throw usage(`--bars ${path}: series.${k}: ${messageOf(error)}`);
    }
    return (symbol ?? symbols)!.flatMap((name) =>
      (one ?? timeframes)!.map((frame) => ({ exchange, symbol: name, timeframe: frame, start: from })),
    );
  });
}
