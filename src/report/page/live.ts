/** A page that follows a run: it takes in the changed parts of the page in place, and stays where it was. */

/** Listens for changes of the run. A run that failed is shown at the top of the page, which keeps the last good one. */
export function followRun(url: string, refresh: () => Promise<void>): void {
  const events = new EventSource(url);
  let isBusy = false;
  let isStale = false;
  const change = async (): Promise<void> => {
    isStale = true;
    if (isBusy) return;
    isBusy = true;
    try {
      while (isStale) {
        isStale = false;
        await refresh();
      }
    } catch {
      // What cannot be taken in is loaded as a whole.
      location.reload();
    } finally {
      isBusy = false;
    }
  };
  events.addEventListener('changed', () => void change());
  events.addEventListener('failed', (event) => {
    const said = document.getElementById('failed')!;
    said.hidden = false;
    said.textContent = (event as MessageEvent<string>).data;
  });
}

/** Puts the parts of the page as it is now in place of those that are shown: its text, its model and its columns. Script and style stay. */
export async function takeNewParts(): Promise<void> {
  const response = await fetch(location.href, { cache: 'no-store' });
  if (!response.ok) throw new Error(`the page answered with ${response.status}`);
  const next = new DOMParser().parseFromString(await response.text(), 'text/html');
  const root = document.documentElement;
  root.dataset['ready'] = 'no';
  const { scrollX: left, scrollY: top } = window;
  document.title = next.title;
  for (const part of ['header.topbar nav', 'main', '#model']) {
    document.querySelector(part)!.replaceWith(document.adoptNode(next.querySelector(part)!));
  }
  for (const old of document.querySelectorAll('script[id^="chunk-"]')) old.remove();
  for (const chunk of next.querySelectorAll('script[id^="chunk-"]')) document.body.append(document.adoptNode(chunk));
  // The charts are drawn in the next moment: until then the page is as high as it was.
  document.body.style.minHeight = `${top + innerHeight}px`;
  scrollTo(left, top);
}
