/** Keys of the terminal view: pause, resume, flatten and stop, the last two confirmed by pressing again. */
import type { Runtime } from '../../../core/index.ts';
import type { SessionControl } from '../../../engine/index.ts';

/** How long a key waits for its confirmation, in milliseconds. */
const confirmMs = 3_000;

/** The keys as the view shows them. */
export const keysLine = 'keys: p pause, r resume, f f flatten, s s stop';

/** A terminal's input. */
export interface KeyInput {
  readonly isTTY?: boolean | undefined;
  setRawMode(isRaw: boolean): unknown;
  on(event: 'data', listener: (data: Buffer | string) => void): unknown;
  off(event: 'data', listener: (data: Buffer | string) => void): unknown;
  resume(): unknown;
  pause(): unknown;
}

/** What keys act on. */
export interface KeyTarget {
  readonly runtime: Runtime;
  readonly control: () => SessionControl | undefined;
  /** Shows a message. */
  readonly tell: (text: string) => void;
  /** Called for Ctrl-C, which a raw terminal delivers as a character. */
  readonly interrupt: () => void;
}

/** Acts on keys until the returned function is called, which restores the terminal. */
export function listenToKeys(input: KeyInput, { runtime, control, tell, interrupt }: KeyTarget): () => void {
  if (input.isTTY !== true) return () => {};
  let armed = '';
  let armedAt = -Infinity;
  const acts = { p: 'pause', r: 'resume', f: 'flatten', s: 'stop' } as const;
  const press = (key: string): void => {
    if (key === '\u0003') {
      interrupt();
      return;
    }
    const act = Object.hasOwn(acts, key) ? acts[key as keyof typeof acts] : undefined;
    if (act === undefined) return;
    const session = control();
    if (session === undefined) {
      tell('the session is still starting');
      return;
    }
    const now = runtime.elapsed();
    const isSure = act === 'pause' || act === 'resume' || (armed === key && now - armedAt <= confirmMs);
    armed = isSure ? '' : key;
    armedAt = now;
    if (isSure) session[act]('by a key of the terminal');
    else tell(`${act}? press ${key} once more`);
  };
  const take = (data: Buffer | string): void => {
    for (const key of String(data)) press(key.toLowerCase());
  };
  input.setRawMode(true);
  input.resume();
  input.on('data', take);
  return () => {
    input.off('data', take);
    input.setRawMode(false);
    input.pause();
  };
}
