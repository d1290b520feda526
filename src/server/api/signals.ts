/** Signals from outside: signed, recent and never taken twice, then handed to a session on paper or in a sandbox. */
import { createHmac, timingSafeEqual } from 'node:crypto';
import { join } from 'node:path';
import type { z } from 'zod';

import type { Runtime } from '../../core/index.ts';
import type { Database } from '../database/database.ts';
import { readSession, sendCommand } from '../live/index.ts';
import { refuse } from './refusal.ts';
import type { signalBody } from './schemas.ts';

/** How old or how far ahead a signed moment may be. */
export const replayWindowMs = 60_000;

/** The header of a signature: `t=<milliseconds>,v1=<HMAC-SHA256 in hexadecimal or base64url>` over `<milliseconds>.<body>`. */
export const signatureHeader = 'x-nextbar-signature';

/** The signature of a body, as a sender makes it. */
export function signatureOf(secret: string, time: number, body: string | Buffer): string {
  const mac = createHmac('sha256', secret).update(`${time}.`).update(body).digest('hex');
  return `t=${time},v1=${mac}`;
}

/** Checks a signature. @throws {Refused} With status 401 if it is missing, wrong, or of another moment. */
export function checkSignature(header: unknown, secret: string, body: Buffer, now: number): number {
  const [, stamp, mac] =
    /^t=(\d{10,15}),v1=([0-9a-f]{64}|[\w-]{43})$/.exec(typeof header === 'string' ? header : '') ?? [];
  if (stamp === undefined || mac === undefined)
    throw refuse(401, 'bad-signature', `${signatureHeader} must be t=<milliseconds>,v1=<HMAC-SHA256>`);
  const expected = createHmac('sha256', secret).update(`${stamp}.`).update(body).digest();
  const given = Buffer.from(mac, mac.length === 64 ? 'hex' : 'base64url');
  if (given.length !== expected.length || !timingSafeEqual(given, expected))
    throw refuse(401, 'bad-signature', 'the signature does not fit the body');
  const time = Number(stamp);
  if (Math.abs(now - time) > replayWindowMs)
    throw refuse(401, 'stale-signature', `the signature must be at most ${replayWindowMs / 1_000} s old`);
  return time;
}

/** What taking signals works with. */
export interface SignalParts {
  readonly database: Database;
  readonly sessions: string;
  readonly runtime: Runtime;
}

/** Takes a signal once. @throws {Refused} With status 409 if it was taken before, or its session does not take it. */
export async function takeSignal(
  source: string,
  time: number,
  signal: z.output<typeof signalBody>,
  { database, sessions, runtime }: SignalParts,
): Promise<void> {
  const record = readSession(sessions, signal.session);
  if (record === undefined) throw refuse(404, 'no-session', `there is no session '${signal.session}'`);
  if (record.ended !== undefined) throw refuse(409, 'session-ended', `session '${signal.session}' has ended`);
  if (record.mode !== 'paper' && record.mode !== 'sandbox')
    throw refuse(
      409,
      'wrong-mode',
      `session '${signal.session}' is in mode ${record.mode}, and signals are for paper and sandbox`,
    );
  if (!record.accepts.includes('signal'))
    throw refuse(409, 'no-signals', `session '${signal.session}' takes no signals: its strategy has no notifySignal`);
  if (signal.symbol !== undefined && !record.datas.some(({ symbol }) => symbol === signal.symbol)) {
    throw refuse(
      400,
      'bad-symbol',
      `session '${signal.session}' has ${record.datas.map(({ symbol }) => symbol).join(', ')}, and not ${signal.symbol}`,
    );
  }
  const received = Math.floor(runtime.now());
  const { id, session, symbol, ...said } = signal;
  await database.transaction(async (queries) => {
    const [known] = await queries.rows('SELECT signal FROM signals WHERE source = $1 AND signal = $2', [source, id]);
    if (known !== undefined) throw refuse(409, 'replayed', `signal '${id}' was taken before`);
    await queries.rows(
      'INSERT INTO signals (source, signal, time, received, session, body) VALUES ($1, $2, $3, $4, $5, $6)',
      [source, id, time, received, session, JSON.stringify(signal)],
    );
    const isSent = sendCommand(join(sessions, session), {
      kind: 'signal',
      id,
      time: received,
      subject: source,
      signal: { ...(symbol !== undefined && { symbol }), ...said },
    });
    if (!isSent) throw refuse(429, 'inbox-full', `session '${session}' has not taken the commands that wait`);
  });
}
