/** Node's own warnings, kept from breaking into what a command draws. */

/** Hands warnings of Node to `report` instead of stderr. @returns A function that restores Node's way. */
export function takeWarnings(report: (text: string) => void): () => void {
  const before = process.listeners('warning');
  process.removeAllListeners('warning');
  const onWarning = ({ name, message }: Error): void => {
    report(`${name}: ${message}`);
  };
  process.on('warning', onWarning);
  return () => {
    process.off('warning', onWarning);
    for (const listener of before) process.on('warning', listener);
  };
}
