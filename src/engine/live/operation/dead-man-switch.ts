/** The dead-man switch of a session: each venue cancels all orders of the account when the session falls silent. */
import { ConfigError, messageOf, type OrderGateway, type Runtime, type Timer } from '../../../core/index.ts';

/** A venue's switch, and the symbols that it is for. */
interface VenueSwitch {
  readonly gateway: OrderGateway;
  readonly symbols: readonly string[];
}

/** The switches of a session's venues. */
export class DeadManSwitch {
  readonly #switches: readonly VenueSwitch[];
  readonly #ms: number;

  /** @param ms - How long the session may be silent, in milliseconds. */
  constructor(switches: readonly VenueSwitch[], ms: number) {
    this.#switches = switches;
    this.#ms = ms;
  }

  /** Sets the switch of each venue. @throws {ConfigError} If a venue has none. */
  async set(): Promise<void> {
    for (const { gateway, symbols } of this.#switches) {
      if ((await gateway.cancelAllAfter?.(symbols, this.#ms)) === true) continue;
      throw new ConfigError(
        `${gateway.exchange} has no dead-man switch for ${symbols.join(', ')}: leave out deadManMs (--dead-man)`,
        {
          context: { field: 'deadManMs' },
        },
      );
    }
  }

  /** Sets all of them again after every third of the time. */
  keepSet(runtime: Runtime, failed: (error: unknown) => void): Timer {
    let isSetting = false;
    return runtime.every(Math.floor(this.#ms / 3), () => {
      if (isSetting) return;
      isSetting = true;
      Promise.all(this.#switches.map(({ gateway, symbols }) => gateway.cancelAllAfter!(symbols, this.#ms)))
        .catch(failed)
        .finally(() => {
          isSetting = false;
        });
    });
  }

  /** Takes the switches off: orders that the session leaves open on purpose stay. @returns What to warn of: switches that may still be set. */
  async clear(): Promise<readonly string[]> {
    const warnings: string[] = [];
    for (const { gateway, symbols } of this.#switches) {
      const failure = await gateway.cancelAllAfter!(symbols, 0).then(
        (isOff) => (isOff ? undefined : 'it did not say that it is off'),
        messageOf,
      );
      if (failure === undefined) continue;
      warnings.push(
        `the dead-man switch of ${gateway.exchange} could not be taken off (${failure}): it may cancel the orders that were left open, ${this.#ms / 1_000} s after it was set last`,
      );
    }
    return warnings;
  }
}
