/** Clock, timers and randomness: the one seam through which the live side touches them, so that it can be simulated. */

/** A timer that was set. Cancelling one that has fired does nothing. */
export interface Timer {
  /** Keeps the timer from firing. */
  cancel(): void;
}

/** Where time and chance come from. */
export interface Runtime {
  /** Wall clock, milliseconds UTC. It may jump; measure spans with `elapsed`. */
  now(): number;
  /** Milliseconds since some fixed moment; never goes back. */
  elapsed(): number;
  /** Calls `act` once after `ms`. */
  after(ms: number, act: () => void): Timer;
  /** Calls `act` every `ms`. */
  every(ms: number, act: () => void): Timer;
  /** Resolves after `ms`. */
  sleep(ms: number): Promise<void>;
  /** Uniform in [0, 1). */
  random(): number;
}

/** The system's clock, timers and randomness. */
export const systemRuntime: Runtime = {
  now: () => Date.now(),
  elapsed: () => performance.now(),
  after(ms, act) {
    const handle = setTimeout(act, ms);
    return {
      cancel: () => {
        clearTimeout(handle);
      },
    };
  },
  every(ms, act) {
    const handle = setInterval(act, ms);
    return {
      cancel: () => {
        clearInterval(handle);
      },
    };
  },
  sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
  random: () => Math.random(),
};

/** A seeded stream of uniforms in [0, 1): the same seed gives the same stream on every machine (mulberry32). */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}
