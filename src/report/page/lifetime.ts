/** How long what is drawn listens to the window: until the page is drawn again. */

let current = new AbortController();

/** Ends when the page is drawn again; handed to listeners of the window and the document. */
export function drawnSignal(): AbortSignal {
  return current.signal;
}

/** Takes away every listener of what was drawn so far. */
export function endDrawn(): void {
  current.abort();
  current = new AbortController();
}
