/** Venues' names of bar lengths. */

/** Timeframes whose unified name is also the venue's. */
export function timeframeNames(names: readonly string[]): Readonly<Record<string, string>> {
  return Object.fromEntries(names.map((name) => [name, name]));
}

/** The unified name for a venue's; the venue's own when it is not known. */
export function unifiedTimeframe(timeframes: Readonly<Record<string, string>>, venueName: string): string {
  for (const [unified, name] of Object.entries(timeframes)) if (name === venueName) return unified;
  return venueName;
}
