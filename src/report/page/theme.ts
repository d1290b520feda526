/** Dark and light: the system's choice until the reader makes another, which is kept. */
import { drawnSignal } from './lifetime.ts';

const key = 'nextbar-theme';

/** Lets the reader change the theme, and calls `changed` whenever it does. */
export function beginTheme(changed: () => void): void {
  const root = document.documentElement;
  const system = matchMedia('(prefers-color-scheme: dark)');
  const isDark = (): boolean => (root.dataset['theme'] ?? (system.matches ? 'dark' : 'light')) === 'dark';
  const listening = { signal: drawnSignal() };
  const button = document.getElementById('theme');
  const name = (): void => {
    button?.setAttribute('aria-label', isDark() ? 'Change to the light theme' : 'Change to the dark theme');
  };
  button?.addEventListener(
    'click',
    () => {
      root.dataset['theme'] = isDark() ? 'light' : 'dark';
      try {
        localStorage.setItem(key, root.dataset['theme']);
      } catch {
        // A page opened from a file may have no storage: the choice then holds for this visit.
      }
      name();
      changed();
    },
    listening,
  );
  system.addEventListener(
    'change',
    () => {
      name();
      changed();
    },
    listening,
  );
  name();
}
