/** Node's warnings in our own words: Node prefixes each with the number of the process and adds advice for programmers. */

/** Hands each warning to `report` instead of Node's printing. @returns A function that restores what was before. */
export function takeWarnings(report: (warning: Error) => void): () => void {
  const before = process.listeners('warning');
  process.removeAllListeners('warning');
  process.on('warning', report);
  return () => {
    process.off('warning', report);
    for (const listener of before) process.on('warning', listener);
  };
}
