/** A run's result as JSON: numbers that JSON cannot hold become null or words. */
import type { RunResult } from '../../engine/index.ts';

/** The result as one JSON text; its shape is documented in docs/cli.md. */
export function resultJson(result: RunResult, version: string): string {
  return `${JSON.stringify(resultShape(result, version), plainValue, 2)}\n`;
}

/** The result as plain data; it may still hold numbers that JSON cannot. */
export function resultShape(result: RunResult, version: string): object {
  const { mode, settings, datas, strategies, steps, start, end, startValue, finalCash, finalValue } = result;
  return {
    nextbar: version,
    mode,
    settings,
    datas,
    start: isoTime(start),
    end: isoTime(end),
    steps,
    startValue,
    finalCash,
    finalValue,
    ...(result.valueByCurrency && { valueByCurrency: result.valueByCurrency }),
    stats: result.stats,
    strategies: strategies.map((one) => ({
      name: one.name,
      params: one.params,
      orders: countBy(one.orders.map((order) => order.status)),
      closedTrades: one.trades.length,
      openTrades: one.openTrades.length,
      emptySizes: one.emptySizes,
      analyzers: Object.fromEntries(Object.entries(one.analyzerResults()).filter(([, value]) => value !== undefined)),
    })),
    ambiguity: result.ambiguity,
    warnings: result.warnings,
    ...(result.session && { session: result.session }),
  };
}

/** Replaces NaN and undefined by null, infinities by words, and typed arrays by arrays. */
export function plainValue(_key: string, value: unknown): unknown {
  if (value === undefined) return null;
  if (typeof value === 'number' && !Number.isFinite(value)) {
    return Number.isNaN(value) ? null : value > 0 ? 'Infinity' : '-Infinity';
  }
  if (value instanceof Float64Array) return Array.from(value);
  if (value instanceof Map) return Object.fromEntries(value) as unknown;
  return value;
}

function isoTime(time: number): string | undefined {
  return Number.isFinite(time) ? new Date(time).toISOString() : undefined;
}

function countBy(words: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const word of words) counts[word] = (counts[word] ?? 0) + 1;
  return counts;
}
