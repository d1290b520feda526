/** Signals for the strategies of running sessions: signed by programs, or unsigned from services that cannot sign. */
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import type { FastifyRequest } from 'fastify';
import type { z } from 'zod';

import type { Runtime } from '../../core/index.ts';
import type { Database } from '../database/database.ts';
import { readSession, sendCommand } from '../live/index.ts';
import type { AuditLog } from '../security/audit.ts';
import type { Identity, Tokens } from '../security/tokens.ts';
import { sessionOf } from './control.ts';
import { addressOf } from './gate/gates.ts';
import { refuse, Refused } from './gate/refusal.ts';
import type { acceptedShape, webhookShape } from './shapes/sessions.ts';
import { isSignature, signatureHeader, timeHeader } from './signature.ts';

/** How far the time of a signal may be from the server's, and how long its id is remembered, in milliseconds. */
const [windowMs, keptMs] = [60_000, 7 * 86_400_000];

/** What taking signals needs. */
export interface SignalParts {
  readonly sessions: string;
  readonly runtime: Runtime;
  readonly database: Database;
  readonly tokens: Tokens;
  readonly audit: AuditLog;
}

type Accepted = z.output<typeof acceptedShape>;

/** Takes a signed signal. */
export async function takeSigned(request: FastifyRequest, parts: SignalParts): Promise<Accepted> {
  const { session } = request.params as { readonly session: string };
  const identity = request.identity!;
  return audited(request, session, identity, parts, async () => {
    const [time, given] = [headerOf(request, timeHeader), headerOf(request, signatureHeader)];
    const { token: id, keyId } = identity;
    const secret = parts.tokens.signingSecret({ id, keyId });
    const body = request.rawBody ?? '';
    // The signature is checked first, so that a sender without the secret learns nothing about clocks and sessions.
    if (secret === undefined || !isSignature(given, secret, { time, session, body })) {
      throw refuse(401, 'bad-signature', `${signatureHeader} must be the HMAC-SHA256 of time, session and body`);
    }
    checkWindow(/^\d{1,15}$/.test(time) ? Number(time) : NaN, parts.runtime.now());
    const signal = given.slice(0, 32);
    return pass(session, signal, request.body as Record<string, unknown>, identity, parts);
  });
}

/** Takes an unsigned signal, whose body names its session and its time. The token is not passed on. */
export async function takeWebhook(request: FastifyRequest, identity: Identity, parts: SignalParts): Promise<Accepted> {
  const { token: _, session, time, ...payload } = request.body as z.output<typeof webhookShape>;
  return audited(request, session, identity, parts, async () => {
    checkWindow(time, parts.runtime.now());
    const signal = createHash('sha256').update(request.rawBody ?? '').digest('hex').slice(0, 32);
    return pass(session, signal, payload, identity, parts);
  });
} // prettier-ignore

async function audited(
  request: FastifyRequest,
  session: string,
  { subject, token }: Identity,
  { audit }: SignalParts,
  act: () => Promise<Accepted>,
): Promise<Accepted> {
  const note = { action: 'signal', subject, token, address: addressOf(request) };
  try {
    const accepted = await act();
    audit.add({ ...note, outcome: 'done', detail: `${session} ${accepted.id}` });
    return accepted;
  } catch (error) {
    if (error instanceof Refused) audit.add({ ...note, outcome: 'refused', detail: `${session} ${error.code}` });
    throw error;
  }
}

async function pass(
  session: string,
  id: string,
  payload: Readonly<Record<string, unknown>>,
  { subject, token }: Identity,
  { sessions, runtime, database }: SignalParts,
): Promise<Accepted> {
  const record = readSession(sessions, session);
  if (record === undefined) throw refuse(404, 'no-session', `there is no session '${session}'`);
  if (sessionOf(record, runtime.now()).state !== 'running')
    throw refuse(409, 'not-running', `session '${session}' is not running`);
  if (!record.accepts.includes('signal')) {
    throw refuse(
      409,
      'takes-no-signals',
      `session '${session}' takes no signals: its strategy needs notifySignal(), and it must run on paper or in a sandbox`,
    );
  }
  const time = Math.floor(runtime.now());
  await database.transaction(async (queries) => {
    await queries.rows('DELETE FROM signals WHERE received < $1', [time - keptMs]);
    const isNew = await queries.rows(
      'INSERT INTO signals (signal, session, token, subject, received) VALUES ($1, $2, $3, $4, $5) ON CONFLICT (signal) DO NOTHING RETURNING signal',
      [id, session, token, subject, time],
    );
    if (isNew.length === 0) throw refuse(409, 'replayed', 'this signal was sent before');
    // Within the transaction: a signal that the session cannot take now is not remembered, and may be sent again.
    if (!sendCommand(join(sessions, session), { kind: 'signal', id, time, subject, payload }))
      throw refuse(429, 'inbox-full', `session '${session}' has not taken the signals that are waiting`);
  });
  return { accepted: true, id, session };
}

function checkWindow(time: number, now: number): void {
  if (Math.abs(now - time) <= windowMs) return;
  throw refuse(
    409,
    'out-of-window',
    `the time of a signal must be within ${windowMs / 1_000} s of the server's, which is ${Math.floor(now)}`,
  );
}

function headerOf(request: FastifyRequest, name: string): string {
  const value = request.headers[name];
  if (typeof value === 'string' && value.length <= 200) return value;
  throw refuse(401, 'bad-signature', `a signal needs the header ${name}`);
}
