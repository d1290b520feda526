/** Checks of a request before its sender is identified. */
import type { FastifyRequest } from 'fastify';

import { refuse } from './refusal.ts';

/** Whether an address to listen on is reachable from this machine only. */
export function isLoopbackHost(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127(?:\.\d{1,3}){3}$/.test(host);
}

/** The address of the client, for limits and the audit log. */
export function addressOf(request: FastifyRequest): string {
  return request.ip;
}

/** The token of an `Authorization` header; undefined without one. Tokens in an address would end up in logs: they are not looked at. */
export function bearerOf(header: string | undefined): string | undefined {
  return /^Bearer ([^\s,]{1,4096})$/i.exec(header ?? '')?.[1];
}

/** Names of this machine for itself. */
const ownNames = ['localhost', '127.0.0.1', '[::1]'];

/**
 * Refuses a request that was sent to another host name: a page of another site whose name points at this machine (DNS rebinding) sends its
 * own name.
 *
 * @throws {Refused} With status 421.
 */
export function checkHost(
  header: string | undefined,
  { allowedHosts = [] }: { readonly allowedHosts?: readonly string[] },
): void {
  const [, name] = /^(\[[0-9a-f:.]+\]|[\w.-]+)(?::\d{1,5})?$/i.exec(header ?? '') ?? [];
  const wanted = name?.toLowerCase();
  if (wanted !== undefined && [...ownNames, ...allowedHosts.map((one) => one.toLowerCase())].includes(wanted)) return;
  throw refuse(421, 'wrong-host', 'this server has no such host name');
}

/** Refuses a request whose line names another server: a proxy's, which this is not. @throws {Refused} With status 421. */
export function checkTarget(url: string | undefined, hosts: { readonly allowedHosts?: readonly string[] }): void {
  if (url === undefined || url.startsWith('/')) return;
  checkHost(URL.canParse(url) ? new URL(url).host : undefined, hosts);
}

/**
 * Refuses requests from pages of other sites: in a browser, only the server's own pages need to call it.
 *
 * @throws {Refused} With status 403.
 */
export function checkOrigin(origin: string | undefined, host: string | undefined): void {
  if (origin === undefined) return;
  if (URL.canParse(origin) && new URL(origin).host === host?.toLowerCase()) return;
  throw refuse(403, 'foreign-origin', 'pages of other sites may not call this server');
}
