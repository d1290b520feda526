/** Identifies the sender of a request by its token, checks its scope, and limits failures. */
import type { FastifyRequest } from 'fastify';

import type { Runtime } from '../../../core/index.ts';
import type { AuditLog } from '../../security/audit.ts';
import type { Scope } from '../../security/scopes.ts';
import type { Identity, Refusal, Tokens } from '../../security/tokens.ts';
import { addressOf } from './gates.ts';
import { refuse } from './refusal.ts';

/** After this many refused tokens of one address in a minute, its tokens are not checked. */
const mostFailures = 100;
const minuteMs = 60_000;

/** A request's action and address, for limits and the audit log. */
export interface Asked {
  readonly action: string;
  readonly address: string;
}

/** The action and address of a request. */
export function askedOf(request: FastifyRequest): Asked {
  return { action: `${request.method} ${request.routeOptions.url ?? ''}`, address: addressOf(request) };
}

/** Checks tokens; every refusal is written to the audit log. */
export class Doorkeeper {
  readonly #tokens: Tokens;
  readonly #audit: AuditLog;
  readonly #failures: Failures;

  constructor(parts: { readonly tokens: Tokens; readonly audit: AuditLog; readonly runtime: Runtime }) {
    this.#tokens = parts.tokens;
    this.#audit = parts.audit;
    this.#failures = new Failures(parts.runtime);
  }

  /** The holder of a token that has a scope. @throws {Refused} With status 401, 403, or 429 after too many refused tokens. */
  async admit(asked: Asked, token: string | undefined, scope: Scope): Promise<Identity> {
    const identity = await this.#identify(asked, token);
    this.#checkScope(asked, identity, scope);
    return identity;
  }

  async #identify({ action, address }: Asked, token: string | undefined): Promise<Identity> {
    if (this.#failures.isTooMany(address))
      throw refuse(429, 'too-many-failures', 'too many refused tokens from this address: wait a minute');
    const found: Identity | Refusal = token === undefined ? 'missing' : await this.#tokens.verify(token);
    if (typeof found !== 'string') return found;
    if (token !== undefined) this.#failures.add(address);
    this.#audit.add({ action, outcome: 'refused', address, detail: `token ${found}` });
    throw refuse(401, 'unauthorized', unauthorized[found] ?? 'the token is not valid');
  }

  #checkScope({ action, address }: Asked, identity: Identity, scope: Scope): void {
    if (identity.scopes.has(scope)) return;
    this.#audit.add({
      action,
      outcome: 'refused',
      subject: identity.subject,
      token: identity.token,
      address,
      detail: `needs ${scope}`,
    });
    throw refuse(403, 'forbidden', `this needs a token with the scope ${scope}`);
  }
}

const unauthorized: Partial<Record<Refusal, string>> = {
  missing: 'a token is needed: Authorization: Bearer TOKEN',
  expired: 'the token has expired',
};

/** How often tokens of an address were refused in this minute. */
class Failures {
  readonly #runtime: Runtime;
  readonly #counts = new Map<string, number>();
  #minute = -1;

  constructor(runtime: Runtime) {
    this.#runtime = runtime;
  }

  isTooMany(address: string): boolean {
    const minute = Math.floor(this.#runtime.elapsed() / minuteMs);
    if (minute !== this.#minute) this.#counts.clear();
    this.#minute = minute;
    return (this.#counts.get(address) ?? 0) >= mostFailures;
  }

  add(address: string): void {
    if (this.#counts.size < 10_000 || this.#counts.has(address))
      this.#counts.set(address, (this.#counts.get(address) ?? 0) + 1);
  }
}
