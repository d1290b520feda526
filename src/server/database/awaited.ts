/** A database that does not exist yet: an empty one answers until it does. */
import type { Database, Queries, SqlValue } from './database.ts';

export class AwaitedDatabase implements Database {
  #inUse: Database;
  #look: (() => Promise<Database | undefined>) | undefined;
  /** The check of the disk in progress: two requests at once open one database. */
  #looking: Promise<void> = Promise.resolve();

  /** @param look - Opens the database itself once it exists. */
  constructor(empty: Database, look: () => Promise<Database | undefined>) {
    this.#inUse = empty;
    this.#look = look;
  }

  get kind(): Database['kind'] {
    return this.#inUse.kind;
  }

  async rows<T extends object>(sql: string, values?: readonly SqlValue[]): Promise<T[]> {
    return (await this.#current()).rows<T>(sql, values);
  }

  async transaction<T>(act: (queries: Queries) => Promise<T>): Promise<T> {
    return (await this.#current()).transaction(act);
  }

  async script(sql: string): Promise<void> {
    await (await this.#current()).script(sql);
  }

  version(): number | undefined {
    // Answers of the empty one must not be cached: they would hide the database once it exists.
    return this.#look === undefined ? this.#inUse.version() : undefined;
  }

  async close(): Promise<void> {
    this.#look = undefined;
    await this.#looking;
    await this.#inUse.close();
  }

  async #current(): Promise<Database> {
    const looked = this.#looking.then(async () => {
      const found = await this.#look?.();
      if (found === undefined) return;
      const empty = this.#inUse;
      this.#inUse = found;
      this.#look = undefined;
      await empty.close();
    });
    // The next request tries again what fails now.
    this.#looking = looked.catch(() => undefined);
    await looked;
    return this.#inUse;
  }
}
