/** The keys that sign tokens: in a file that only its owner can read, or in the environment; several while they are rotated. */
import { createHmac } from 'node:crypto';
import { chmodSync, existsSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import type { CryptoKey, JWK } from 'jose';
import { z } from 'zod';

import { ConfigError, DataError, messageOf, makeFolders } from '../../core/index.ts';

/** The one algorithm of tokens: ECDSA on P-256 with SHA-256. A token that names another is refused before its signature is checked. */
export const algorithm = 'ES256';

const base64url = z.string().regex(/^[\w-]{43}$/);
const storedKey = z.strictObject({
  kty: z.literal('EC'),
  crv: z.literal('P-256'),
  alg: z.literal(algorithm),
  use: z.literal('sig'),
  kid: z.string().regex(/^[\w-]{8,64}$/),
  x: base64url,
  y: base64url,
  d: base64url,
  created: z.number().int().nonnegative(),
});
const keyFile = z.strictObject({ keys: z.array(storedKey).min(1).max(16) });

/** A key with its private part. */
export type StoredKey = z.infer<typeof storedKey>;

/** A key that verifies tokens. */
export interface VerifyingKey {
  readonly id: string;
  readonly key: CryptoKey;
}

/** Where keys come from: a JSON text of the environment, or a file. */
export interface KeySource {
  readonly text?: string;
  readonly path: string;
}

/** The keys of a platform. The newest signs; all of them verify. */
export class KeyRing {
  readonly #source: KeySource;
  #keys: readonly StoredKey[];
  #modified = NaN;
  #verifying = new Map<string, CryptoKey>();

  private constructor(source: KeySource) {
    this.#source = source;
    this.#keys = [];
  }

  /**
   * Reads the keys. A missing file is made with a new random key: the package contains no key.
   *
   * @throws {ConfigError} If others can read the file, or it does not hold keys.
   */
  static async open(source: KeySource, now: number): Promise<KeyRing> {
    const ring = new KeyRing(source);
    if (source.text === undefined && !existsSync(source.path)) writeKeys(source.path, [await newKey(now)]);
    ring.refresh();
    return ring;
  }

  /** Reads the file again if it was changed, so that a rotation reaches a running server. */
  refresh(): void {
    const { text, path } = this.#source;
    if (text !== undefined) {
      if (this.#keys.length === 0) this.#keys = parseKeys(text, 'NEXTBAR_KEYS');
      return;
    }
    const { mtimeMs, mode } = statSync(path);
    if (mtimeMs === this.#modified) return;
    if ((mode & 0o077) !== 0 && process.platform !== 'win32') {
      throw new ConfigError(`others can read the keys in ${path}: run chmod 600 ${path}`, {
        code: 'key-file-open',
        context: { path },
      });
    }
    this.#keys = parseKeys(readFileSync(path, 'utf8'), path);
    this.#modified = mtimeMs;
    this.#verifying = new Map();
  }

  /** Ids of the keys, newest last. */
  get ids(): readonly string[] {
    return this.#keys.map(({ kid }) => kid);
  }

  /** The key that signs, with its id. */
  async signing(): Promise<VerifyingKey> {
    const newest = this.#keys.at(-1)!;
    const { importJWK } = await import('jose');
    return { id: newest.kid, key: (await importJWK(privatePart(newest), algorithm)) as CryptoKey };
  }

  /** A secret that only the holder of this key can compute; undefined for a key that is unknown or was retired. */
  secret(id: string, purpose: string): string | undefined {
    const stored = this.#keys.find(({ kid }) => kid === id);
    return stored && createHmac('sha256', Buffer.from(stored.d, 'base64url')).update(purpose).digest('base64url');
  }

  /** The public key of an id; undefined for one that is unknown or was retired. */
  async verifying(id: string | undefined): Promise<CryptoKey | undefined> {
    const stored = this.#keys.find(({ kid }) => kid === id);
    if (stored === undefined) return undefined;
    let key = this.#verifying.get(stored.kid);
    if (key === undefined) {
      const { importJWK } = await import('jose');
      const { d: _, ...open } = privatePart(stored);
      key = (await importJWK(open, algorithm)) as CryptoKey;
      this.#verifying.set(stored.kid, key);
    }
    return key;
  }

  /**
   * Adds a new key, which signs from now on. Older ones keep verifying while `isUsed` says that one of their tokens is still valid.
   *
   * @throws {ConfigError} If the keys are in the environment, which a program cannot change.
   */
  async rotate(now: number, isUsed: (keyId: string) => boolean): Promise<string> {
    if (this.#source.text !== undefined) {
      throw new ConfigError(
        'keys in NEXTBAR_KEYS are rotated where the variable is set: put the new key at the end of its list',
      );
    }
    const made = await newKey(now);
    const kept = this.#keys.filter(({ kid }) => isUsed(kid)).slice(-15);
    writeKeys(this.#source.path, [...kept, made]);
    this.#modified = NaN;
    this.refresh();
    return made.kid;
  }
}

function privatePart({ kty, crv, x, y, d }: StoredKey): JWK {
  return { kty, crv, x, y, d };
}

async function newKey(now: number): Promise<StoredKey> {
  const { calculateJwkThumbprint, exportJWK, generateKeyPair } = await import('jose');
  const { privateKey } = await generateKeyPair(algorithm, { extractable: true });
  const { x, y, d } = await exportJWK(privateKey);
  const kid = (await calculateJwkThumbprint({ kty: 'EC', crv: 'P-256', x: x!, y: y! })).slice(0, 16);
  return { kty: 'EC', crv: 'P-256', alg: algorithm, use: 'sig', kid, x: x!, y: y!, d: d!, created: Math.floor(now) };
}

/** Under a temporary name first: a server that reads meanwhile sees the old keys or the new ones. */
function writeKeys(path: string, keys: readonly StoredKey[]): void {
  makeFolders(dirname(path), 0o700);
  const temporary = `${path}.${process.pid}`;
  writeFileSync(temporary, `${JSON.stringify({ keys }, undefined, 2)}\n`, { mode: 0o600 });
  chmodSync(temporary, 0o600);
  renameSync(temporary, path);
}

function parseKeys(text: string, where: string): readonly StoredKey[] {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    // The parser quotes the text, which holds the key.
    throw new DataError(`the keys in ${where} are not JSON`, {
      code: 'bad-keys',
      context: { where, at: messageOf(error).length },
    });
  }
  const checked = keyFile.safeParse(value);
  if (checked.success) return checked.data.keys;
  const field = checked.error.issues[0]!.path.join('.') || 'the list';
  throw new DataError(`the keys in ${where} cannot be used: ${field} is not as nextbar writes it`, {
    code: 'bad-keys',
    context: { where, field },
  });
}
