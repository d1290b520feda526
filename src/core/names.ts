/** Checks of names that a user wrote, with the nearest valid one in the answer. */
import { ConfigError } from './errors.ts';

/** The candidate most like `name`, or undefined when none is close enough to be what was meant. */
export function nearestName(name: string, candidates: Iterable<string>): string | undefined {
  const wanted = name.toLowerCase();
  let best: string | undefined;
  let bestDistance = Math.max(2, Math.floor(wanted.length / 2)) + 1;
  for (const candidate of candidates) {
    const distance = editDistance(wanted, candidate.toLowerCase(), bestDistance);
    if (distance < bestDistance) {
      best = candidate;
      bestDistance = distance;
    }
  }
  return best;
}

/** Throws a ConfigError for the first key of `given` that is not in `known`. */
export function checkNames(what: string, given: object, known: readonly string[]): void {
  for (const key of Object.keys(given)) if (!known.includes(key)) throw unknownName(what, key, known);
}

/** The error for a name that does not exist: "unknown option 'csh' of Cerebro: did you mean 'cash'?" */
export function unknownName(what: string, name: string, known: readonly string[]): ConfigError {
  const near = nearestName(name, known);
  const listed = known.length === 0 ? 'there are none' : `known are ${known.join(', ')}`;
  const hint = near === undefined ? `; ${listed}` : `: did you mean '${near}'?`;
  return new ConfigError(`unknown ${what} '${name}'${hint}`, { code: 'unknown-name', context: { name, near } });
}

/** Damerau-Levenshtein distance (with swaps of neighbours), or `limit` when it is at least that. */
function editDistance(a: string, b: string, limit: number): number {
  if (Math.abs(a.length - b.length) >= limit) return limit;
  let older: number[] = [];
  let previous = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1];
      let cost = Math.min(previous[j - 1]! + (same ? 0 : 1), previous[j]! + 1, row[j - 1]! + 1);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) cost = Math.min(cost, older[j - 2]! + 1);
      row.push(cost);
    }
    older = previous;
    previous = row;
  }
  return previous[b.length]!;
}
