/** Answers about live sessions, and commands to them. */
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { z } from 'zod';

import type { Runtime } from '../../core/index.ts';
import type { AuditLog } from '../security/audit.ts';
import { readSession, readSessions, sendCommand, type SessionRecord } from '../live/index.ts';
import { addressOf } from './gate/gates.ts';
import { refuse } from './gate/refusal.ts';
import type { acceptedShape, sessionDetailShape, sessionShape } from './shapes/sessions.ts';

/** A session that has written nothing for this long, in milliseconds, counts as silent: its process hangs or was killed. */
const silentMs = 15_000;

/** Sessions without their events. */
export function sessionList(folder: string, runtime: Runtime): z.output<typeof sessionShape>[] {
  return readSessions(folder).map((record) => sessionOf(record, runtime.now()));
}

/** One session with its equity and events. */
export function sessionDetail(folder: string, name: string, runtime: Runtime): z.output<typeof sessionDetailShape> {
  const record = readSession(folder, name);
  if (record === undefined) throw refuse(404, 'no-session', `there is no session '${name}'`);
  return {
    session: sessionOf(record, runtime.now()),
    equity: record.equity.map(([time, value]) => [time, value]),
    events: record.events.map((event) => ({ session: name, ...event })),
  };
}

/** A record as the API shows it. */
export function sessionOf(record: SessionRecord, now: number): z.output<typeof sessionShape> {
  const { version: _, equity: __, events: ___, roundTrip: ____, strategies: _____, ...shown } = record;
  const state = record.ended !== undefined ? 'ended' : now - record.updated > silentMs ? 'silent' : 'running';
  return {
    ...shown,
    state,
    datas: record.datas.map((data) => ({ ...data })),
    ...(record.strategies && {
      strategies: record.strategies.map((one) => {
        return { ...one, positions: one.positions.map((position) => ({ ...position })), orders: [...one.orders] };
      }),
    }),
    orders: record.orders.map((order) => ({ ...order })),
    accepts: [...record.accepts],
  };
}

/** What passing on a command needs. */
export interface ControlParts {
  readonly sessions: string;
  readonly runtime: Runtime;
  readonly audit: AuditLog;
}

/** Passes the command of a request on to a session. */
export function control(
  kind: 'stop' | 'flatten',
  request: FastifyRequest,
  reply: FastifyReply,
  parts: ControlParts,
): z.output<typeof acceptedShape> {
  const { session } = request.params as { readonly session: string };
  const { subject, token } = request.identity!;
  const accepted = passCommand(kind, session, { subject, token, address: addressOf(request) }, parts);
  reply.code(202);
  return accepted;
}

/** Passes a command on to a running session, with a line in the audit log. @throws {Refused} If no running session takes it. */
export function passCommand(
  kind: 'stop' | 'flatten',
  session: string,
  who: { readonly subject: string; readonly token?: string; readonly address?: string },
  { sessions, runtime, audit }: ControlParts,
): z.output<typeof acceptedShape> {
  const note = { action: kind, ...who, detail: session };
  const record = readSession(sessions, session);
  const isOpen = record !== undefined && sessionOf(record, runtime.now()).state === 'running';
  if (!isOpen || !record.accepts.includes(kind)) {
    audit.add({ ...note, outcome: 'refused' });
    if (record === undefined) throw refuse(404, 'no-session', `there is no session '${session}'`);
    throw refuse(409, 'not-running', `session '${session}' is not running, or does not take this command`);
  }
  const id = randomUUID();
  if (!sendCommand(join(sessions, session), { kind, id, time: Math.floor(runtime.now()), subject: who.subject })) {
    throw refuse(429, 'inbox-full', `session '${session}' has not taken the commands that are waiting`);
  }
  audit.add({ ...note, outcome: 'done' });
  return { accepted: true, id, session };
}
