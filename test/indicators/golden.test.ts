/** Indicators against what Backtrader computed, where its recordings are at hand. */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { replayIndicators } from '../golden/oracle/indicators.ts';

const folder = fileURLToPath(new URL('../../../shared/oracle', import.meta.url));
const files = existsSync(folder) ? readdirSync(folder).filter((file) => /^G\d+_.*\.json$/.test(file)) : [];

describe.skipIf(files.length === 0)('indicators against the oracle (skipped where ../shared/oracle is absent)', () => {
  it.each(files)('%s: every value agrees, but for the declared ones', (file) => {
    const outcomes = replayIndicators(join(folder, file));
    expect(outcomes.length).toBeGreaterThan(20);
    expect(outcomes.filter((outcome) => outcome.skip !== undefined)).toEqual([]);
    expect(outcomes.filter((outcome) => outcome.equal + outcome.declared !== outcome.total)).toEqual([]);
    const declared = outcomes.filter((outcome) => outcome.declared > 0).map((outcome) => outcome.name);
    const allowed = ['DemarkPivotPoint', 'Ichimoku', 'ZeroLagIndicatorEnvelope', 'ZeroLagIndicatorOscillator'];
    expect(declared.filter((name) => !allowed.includes(name))).toEqual([]);
  });
});
