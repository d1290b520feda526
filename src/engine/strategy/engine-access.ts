/** The engine's side of a strategy, in an object that a strategy's constructor passes on and cannot look into. */
import type { OrderEntry } from '../../broker/index.ts';
import { ConfigError } from '../../core/index.ts';
import type { Drawing } from './drawing.ts';
import type { TimerOptions } from './timer-schedule.ts';
import type { DayTimer, TimerCallback } from './timers.ts';

/** What a strategy places orders and timers through. */
export interface EngineParts {
  readonly entry: OrderEntry;
  readonly drawing: Drawing;
  readonly addTimer: (options: TimerOptions, callback: TimerCallback | undefined) => DayTimer;
}

/** Opens an access. Throws a ConfigError for anything that no run made. */
export let partsOf: (access: EngineAccess) => EngineParts;

/** The way from a strategy to the engine that runs it. It shows nothing: order entry knows bars that are still to come. */
export class EngineAccess {
  readonly #parts: EngineParts;

  static {
    partsOf = (access) => {
      if (typeof access === 'object' && #parts in access) return access.#parts;
      throw new ConfigError('a strategy is made by a run: pass its class to cerebro.addStrategy(...)');
    };
  }

  /** @internal */
  constructor(parts: EngineParts) {
    this.#parts = parts;
  }
}
