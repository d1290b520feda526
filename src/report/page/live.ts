/** A page that follows a run: it loads itself again when the run has changed, and stays where it was. */

interface Place {
  readonly scroll: number;
  readonly ranges: readonly (readonly [number, number])[];
}

/** Where the reader was before the page was loaded again; undefined for a first visit. */
export function keptPlace(key: string): Place | undefined {
  try {
    const text = sessionStorage.getItem(`nextbar-place-${key}`);
    sessionStorage.removeItem(`nextbar-place-${key}`);
    return text === null ? undefined : (JSON.parse(text) as Place);
  } catch {
    return undefined;
  }
}

/** Keeps where the reader is. */
export function keepPlace(key: string, ranges: Place['ranges']): void {
  try {
    sessionStorage.setItem(`nextbar-place-${key}`, JSON.stringify({ scroll: scrollY, ranges }));
  } catch {
    // Without storage the page begins at its top.
  }
}

/** Listens for changes of the run. A run that failed is said at the top of the page, which keeps the last good one. */
export function followRun(url: string, leave: () => void): void {
  const events = new EventSource(url);
  events.addEventListener('changed', () => {
    leave();
    location.reload();
  });
  events.addEventListener('failed', (event) => {
    const said = document.getElementById('failed')!;
    said.hidden = false;
    said.textContent = (event as MessageEvent<string>).data;
  });
}
