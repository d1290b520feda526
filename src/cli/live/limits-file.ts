/** The file of a session's limits, in YAML or JSON. */
import { z } from 'zod';

import type { SessionLimits } from '../../engine/index.ts';
import { readConfig } from '../config/read-config.ts';

const positive = z.number().positive();
const fraction = z.number().gt(0).lt(1);

const schema = z.strictObject({
  maxDrawdown: fraction.optional(),
  maxDailyLoss: fraction.optional(),
  maxPosition: z.record(z.string(), z.number().min(0)).optional(),
  maxExposure: positive.optional(),
  maxOrdersPerMinute: positive.optional(),
  maxStaleSeconds: positive.optional(),
});

/** The limits in a file. */
export async function readLimits(
  path: string,
  env: Readonly<Record<string, string | undefined>>,
): Promise<SessionLimits> {
  const { maxStaleSeconds, ...limits } = await readConfig(path, schema, { env });
  return { ...limits, ...(maxStaleSeconds !== undefined && { maxStaleMs: maxStaleSeconds * 1000 }) };
}
