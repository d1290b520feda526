/** Tokens: issued by the command line, checked by the server, revoked permanently. */
import { randomBytes } from 'node:crypto';
import { z } from 'zod';

import { ConfigError, formatTime, unknownName, type Runtime } from '../../core/index.ts';
import { upsert, type Database } from '../database/database.ts';
import { algorithm, type KeyRing } from './keys.ts';
import { defaultLifetimeMs, longestLifetime, scopes, type Scope } from './scopes.ts';

/** Issuer and audience of tokens: both are checked. */
export const [issuer, audience] = ['nextbar', 'nextbar-api'] as const;

/** A token as the database knows it; the token itself is stored nowhere. */
export interface TokenInfo {
  readonly id: string;
  readonly subject: string;
  readonly scopes: readonly string[];
  readonly keyId: string;
  /** Milliseconds UTC. */
  readonly issued: number;
  readonly expires: number;
  readonly revoked: number | undefined;
}

/** Who sends a request. */
export interface Identity {
  readonly subject: string;
  readonly token: string;
  readonly keyId: string;
  readonly scopes: ReadonlySet<string>;
}

/** Why a token is refused, for the log; the client learns only that it is. */
export type Refusal = 'missing' | 'malformed' | 'invalid' | 'expired' | 'revoked' | 'unknown';

/** The claims of a token beyond the standard ones. */
const claims = z.object({
  sub: z.string(),
  jti: z.string().regex(/^[\w-]{10,40}$/),
  scope: z.string(),
  exp: z.number(),
  iat: z.number(),
});

/** The longest text that is checked. */
const longestToken = 2_048;
/** How far clocks may differ, seconds. */
const toleranceSeconds = 5;
/** How many verified tokens are remembered, and for how long, in milliseconds, where the database cannot report changes. */
const [rememberedTokens, trustMs] = [500, 250];

/** How long a version of the database that was read stays valid, milliseconds. */
const momentMs = 2;

interface TokenRow {
  readonly token: string;
  readonly subject: string;
  readonly scopes: string;
  readonly key_id: string;
  readonly issued: number;
  readonly expires: number;
  readonly revoked: number | null;
}

/** Issues, verifies and revokes tokens. */
export class Tokens {
  readonly #database: Database;
  readonly #keys: KeyRing;
  readonly #runtime: Runtime;
  #askedAt = -Infinity;
  #lastVersion: number | undefined;
  readonly #verified = new Map<
    string,
    { readonly identity: Identity; readonly expires: number; version: number | undefined; checked: number }
  >();

  constructor(database: Database, keys: KeyRing, runtime: Runtime) {
    this.#database = database;
    this.#keys = keys;
    this.#runtime = runtime;
  }

  /**
   * Issues a token.
   *
   * @throws {ConfigError} If a scope is unknown, or the lifetime longer than these scopes allow.
   */
  async issue(options: {
    readonly subject: string;
    readonly scopes: readonly string[];
    readonly lifetimeMs?: number;
  }): Promise<{ readonly token: string; readonly info: TokenInfo }> {
    const { subject, lifetimeMs = defaultLifetimeMs } = options;
    if (!/^[\w.@-]{1,64}$/.test(subject)) {
      throw new ConfigError(`subject must be 1 to 64 letters, digits, dots, dashes or @, was '${subject}'`, {
        context: { field: 'subject' },
      });
    }
    if (options.scopes.length === 0)
      throw new ConfigError('a token needs at least one scope', { context: { field: 'scope' } });
    for (const scope of options.scopes)
      if (!(scopes as readonly string[]).includes(scope)) throw unknownName('scope', scope, scopes);
    const given = [...new Set(options.scopes)] as Scope[];
    const longest = longestLifetime(given);
    if (!(lifetimeMs >= 1_000 && lifetimeMs <= longest)) {
      throw new ConfigError(
        `a token of these scopes may live from 1s to ${longest / 3_600_000}h, was ${lifetimeMs / 1_000}s`,
        { context: { field: 'for' } },
      );
    }
    const { SignJWT } = await import('jose');
    const { id: keyId, key } = await this.#keys.signing();
    // Letters and digits only: an id that began with a dash would be taken for an option of `nextbar token revoke`.
    const id = randomBytes(12).toString('hex');
    const issued = Math.floor(this.#runtime.now() / 1_000);
    const expires = issued + Math.floor(lifetimeMs / 1_000);
    const token = await new SignJWT({ scope: given.join(' ') })
      .setProtectedHeader({ alg: algorithm, kid: keyId, typ: 'JWT' })
      .setIssuer(issuer)
      .setAudience(audience)
      .setSubject(subject)
      .setJti(id)
      .setIssuedAt(issued)
      .setExpirationTime(expires)
      .sign(key);
    const info = {
      id,
      subject,
      scopes: given,
      keyId,
      issued: issued * 1_000,
      expires: expires * 1_000,
      revoked: undefined,
    };
    const row = {
      token: id,
      subject,
      scopes: given.join(' '),
      key_id: keyId,
      issued: info.issued,
      expires: info.expires,
      revoked: null,
      reason: null,
    };
    await this.#database.transaction((queries) => upsert(queries, 'tokens', ['token'], [row]));
    return {
      token,
      info,
    };
  }

  /** The secret with which the sender of a token signs its signals; undefined for a token whose key was retired. */
  signingSecret({ id, keyId }: Pick<TokenInfo, 'id' | 'keyId'>): string | undefined {
    return this.#keys.secret(keyId, `nextbar signals ${id}`);
  }

  /** The holder of a token, or why it is refused. */
  async verify(token: string): Promise<Identity | Refusal> {
    const now = this.#runtime.now();
    const known = this.#verified.get(token);
    const version = this.#version();
    if (known !== undefined && known.expires > now) {
      const isFresh =
        version === undefined ? now - known.checked < trustMs && now >= known.checked : version === known.version;
      if (isFresh && this.#keys.ids.includes(known.identity.keyId)) return known.identity;
    }
    this.#verified.delete(token);
    const checked = await this.#check(token);
    if (typeof checked === 'string') return checked;
    const { identity, expires } = checked;
    if (this.#verified.size >= rememberedTokens) this.#verified.delete(this.#verified.keys().next().value!);
    this.#verified.set(token, { identity, expires, version, checked: now });
    return identity;
  }

  /** The database's version, read once for many requests at one moment. */
  #version(): number | undefined {
    const at = this.#runtime.elapsed();
    if (!(at > this.#askedAt && at - this.#askedAt < momentMs)) {
      this.#lastVersion = this.#database.version();
      this.#askedAt = at;
    }
    return this.#lastVersion;
  }

  /** Revokes a token permanently. @returns False if there is no token of this id. */
  async revoke(id: string, reason = ''): Promise<boolean> {
    const [row] = await this.#database.rows<TokenRow>('SELECT * FROM tokens WHERE token = $1', [id]);
    if (row === undefined) return false;
    const now = Math.floor(this.#runtime.now());
    // The database announces only what others have written.
    this.#verified.clear();
    await this.#database.transaction((queries) =>
      queries.rows('UPDATE tokens SET revoked = $1, reason = $2 WHERE token = $3 AND revoked IS NULL', [
        now,
        reason,
        id,
      ]),
    );
    return true;
  }

  /** Every token that was issued, newest first. */
  list(): Promise<TokenInfo[]> {
    return issuedTokens(this.#database);
  }

  async #check(token: string): Promise<{ identity: Identity; expires: number } | Refusal> {
    if (token.length > longestToken || !/^[\w-]+\.[\w-]+\.[\w-]+$/.test(token)) return 'malformed';
    const { errors, jwtVerify } = await import('jose');
    try {
      const { payload, protectedHeader } = await jwtVerify(
        token,
        async ({ kid }) => {
          const key = await this.#keys.verifying(kid);
          if (key === undefined) throw new errors.JWSSignatureVerificationFailed();
          return key;
        },
        {
          algorithms: [algorithm],
          issuer,
          audience,
          typ: 'JWT',
          clockTolerance: toleranceSeconds,
          currentDate: new Date(this.#runtime.now()),
          requiredClaims: ['sub', 'jti', 'exp', 'iat', 'scope'],
        },
      );
      const said = claims.safeParse(payload);
      if (!said.success) return 'invalid';
      const { sub, jti, scope, exp } = said.data;
      const [row] = await this.#database.rows<TokenRow>('SELECT * FROM tokens WHERE token = $1', [jti]);
      // A token that this platform never issued is refused even when its key signed it: a stolen key alone gives no access.
      if (row === undefined) return 'unknown';
      if (row.revoked !== null) return 'revoked';
      const given = new Set(scope.split(' ').filter((one) => row.scopes.split(' ').includes(one)));
      const identity = { subject: sub, token: jti, keyId: protectedHeader.kid!, scopes: given };
      return { identity, expires: exp * 1_000 };
    } catch (error) {
      if (error instanceof errors.JWTExpired) return 'expired';
      if (error instanceof errors.JOSEError) return 'invalid';
      throw error;
    }
  }
}

/** A token in one line. @param keys - The keys that verify: a token of a retired one is refused before it expires. */
export function tokenLine(info: TokenInfo, now: number, keys?: readonly string[]): string {
  const { id, subject, scopes: given, keyId, expires, revoked } = info;
  const state =
    revoked !== undefined
      ? `revoked ${formatTime(revoked)}`
      : expires <= now
        ? 'expired'
        : keys?.includes(keyId) === false
          ? 'its key is retired'
          : `until ${formatTime(expires)}`;
  return `${id}  ${subject.padEnd(16)} ${state.padEnd(32)} ${given.join(' ')}`;
}

/** Every token that was issued, newest first: listing them needs no key. */
export async function issuedTokens(database: Database): Promise<TokenInfo[]> {
  const rows = await database.rows<TokenRow>('SELECT * FROM tokens ORDER BY issued DESC, token');
  return rows.map((row) => ({
    id: row.token,
    subject: row.subject,
    scopes: row.scopes.split(' '),
    keyId: row.key_id,
    issued: row.issued,
    expires: row.expires,
    revoked: row.revoked ?? undefined,
  }));
}
