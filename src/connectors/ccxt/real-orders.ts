/**
 * The permission to send orders for real money: given in code and in the environment, and confirmed by a person for one account, strategy
 * and set of limits.
 */
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

import { checkRealOrdersAllowed, ConfigError, messageOf, makeFolders } from '../../core/index.ts';

/** What a person confirms. A change of any asks again. */
export interface ArmingFacts {
  /** ccxt's id of the exchange. */
  readonly exchange: string;
  /** The account: a hash of server and key, which shows neither. */
  readonly account: string;
  /** Hash of the strategies: their code, parameters, datas and rules. */
  readonly strategy: string;
  /** The limits whose breach flattens and pauses the session. */
  readonly limits: Readonly<Record<string, unknown>>;
}

/** The record of a confirmation, as `nextbar live arm` writes it. */
export interface ArmingRecord extends ArmingFacts {
  readonly format: 1;
  readonly confirmed: {
    /** Milliseconds UTC. */
    readonly time: number;
    /** Who confirmed it: user and host. */
    readonly by: string;
  };
  /** Checksum of everything above: an edited record is invalid. */
  readonly seal: string;
}

/** Makes the record of a confirmation. */
export function armingRecord(facts: ArmingFacts, confirmed: ArmingRecord['confirmed']): ArmingRecord {
  const { exchange, account, strategy, limits } = facts;
  const record = { format: 1, exchange, account, strategy, limits, confirmed } as const;
  return { ...record, seal: sealOf(record) };
}

/** The file, beside the record, in which a refused session writes what is to be confirmed. */
export function requestPathOf(path: string): string {
  return `${path.replace(/\.json$/, '')}-request.json`;
}

/** Writes what is to be confirmed, whole. */
export function writeArmingRequest(path: string, facts: ArmingFacts): void {
  makeFolders(dirname(path));
  const { exchange, account, strategy, limits } = facts;
  const text = JSON.stringify({ format: 1, exchange, account, strategy, limits }, undefined, 2);
  writeFileSync(`${path}.tmp`, `${text}\n`, { mode: 0o600 });
  renameSync(`${path}.tmp`, path);
}

/** The facts that a request asks to confirm. @throws {ConfigError} If the file is not a request. */
export function readArmingRequest(path: string): ArmingFacts {
  const { exchange, account, strategy, limits } = readObject(path) as Partial<ArmingFacts>;
  if (typeof exchange !== 'string' || typeof account !== 'string' || typeof strategy !== 'string' || !isObject(limits)) {
    throw new ConfigError(`${path} is not a request for real orders: it lacks exchange, account, strategy or limits`);
  } // prettier-ignore
  return { exchange, account, strategy, limits };
}

/** The conditions for sending real orders. */
export interface RealOrdersRequest {
  /** The option in code. */
  readonly allowRealOrders: boolean | undefined;
  /** The environment. Only `NEXTBAR_ALLOW_REAL_ORDERS` is read from it. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** The file of the record. */
  readonly path: string;
  readonly facts: ArmingFacts;
}

const granted = Symbol('granted');

/**
 * A permission that was given. Nothing but `RealOrders.of` makes one; an object that looks like one is refused, because its private
 * field is not there.
 */
export class RealOrders {
  readonly exchange: string;
  readonly account: string;
  readonly #granted: boolean;

  private constructor(key: typeof granted, { exchange, account }: ArmingFacts) {
    this.exchange = exchange;
    this.account = account;
    this.#granted = key === granted;
    Object.freeze(this);
  }

  /**
   * @throws {ConfigError} `live-refused`, if code or environment do not both allow real orders; `not-armed`, if the record is missing, was
   * edited, or was confirmed for another account, strategy or set of limits.
   */
  static of({ allowRealOrders, environment, path, facts }: RealOrdersRequest): RealOrders {
    checkRealOrdersAllowed(allowRealOrders, environment);
    const why = mismatchOf(path, facts);
    if (why === undefined) return new RealOrders(granted, facts);
    const request = requestPathOf(path);
    writeArmingRequest(request, facts);
    throw new ConfigError(
      `real orders on ${facts.exchange} are not armed: ${why}; what is to be confirmed is in ${request}: confirm it with nextbar live arm ${request}`,
      { code: 'not-armed', context: { field: 'arming' } },
    );
  }

  /** Whether this is a permission, and not something that looks like one. */
  static isGenuine(value: unknown): value is RealOrders {
    return typeof value === 'object' && value !== null && #granted in value && value.#granted;
  }
}

/** Why the record at a path does not confirm these facts; undefined when it does. */
function mismatchOf(path: string, facts: ArmingFacts): string | undefined {
  if (!existsSync(path)) return `there is no record ${path}`;
  let record: ArmingRecord;
  try {
    record = readObject(path) as unknown as ArmingRecord;
  } catch (error) {
    return messageOf(error);
  }
  const { seal, ...rest } = record;
  if ((record.format as number) !== 1 || typeof seal !== 'string' || sealOf(rest) !== seal) {
    return `${path} is not a record of a confirmation, or it was edited`;
  }
  if (record.exchange !== facts.exchange) return `the record is for ${record.exchange}`;
  if (record.account !== facts.account) return 'the record is for another account';
  if (record.strategy !== facts.strategy) return 'the strategy has changed since it was confirmed';
  if (canonical(record.limits) !== canonical(facts.limits)) return 'the limits have changed since they were confirmed';
  return undefined;
}

function readObject(path: string): Record<string, unknown> {
  let content: unknown;
  try {
    content = JSON.parse(readFileSync(path, 'utf8'));
  } catch (cause) {
    throw new ConfigError(`${path} cannot be read as JSON`, { cause });
  }
  if (!isObject(content)) throw new ConfigError(`${path} must hold an object`);
  return content;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function sealOf(record: object): string {
  return createHash('sha256').update(canonical(record)).digest('hex');
}

/** JSON with the keys of every object sorted; undefined values are left out. */
function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (!isObject(value)) return value === undefined ? 'null' : JSON.stringify(value);
  const entries = Object.entries(value).filter(([, part]) => part !== undefined);
  const parts = entries
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([k, part]) => `${JSON.stringify(k)}:${canonical(part)}`);
  return `{${parts.join(',')}}`;
}
