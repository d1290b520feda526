/** What a sandbox session must own alone: its name in its intents file, and its share of the account, by exchange and key. */
import { createHash } from 'node:crypto';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';

import { formatTime, SessionError, type Runtime } from '../../core/index.ts';
import { FileLock, heldLocks, type LockHolder } from '../../store/index.ts';

/** What a session claims. */
export interface Claim {
  readonly session: string;
  /** File of the intents. */
  readonly intents: string;
  readonly exchange: string;
  /** Identifies the account without being its key; undefined where the gateway does not say. */
  readonly account: string | undefined;
  readonly symbols: readonly string[];
  /** Share of the account's cash, above 0 and at most 1. */
  readonly share: number;
}

/** What a session owns until it releases it. */
export interface Place {
  /** Whether no other session traded on the account when this one joined. */
  readonly isFirst: boolean;
  release(): void;
}

/** What a member of an account leaves for others to read. */
interface MemberNote {
  readonly session: string;
  readonly symbols: readonly string[];
  readonly share: number;
}

/** How often another process that is just joining the same account is waited for, and how long each time. */
const [joinAttempts, joinWaitMs] = [50, 100];

/**
 * Takes the session's name and its place on the account.
 *
 * @throws {SessionError} If another process has them; the message names its process id.
 */
export async function own(claim: Claim, runtime: Runtime): Promise<Place> {
  const { session, intents } = claim;
  const lock = await FileLock.take(`${intents}.${hashOf(session)}.lock`, runtime.now());
  if (!(lock instanceof FileLock)) {
    throw owned(`session '${session}' is already run by ${processOf(lock)}: stop it, or choose another session name`);
  }
  try {
    const joined = claim.account === undefined ? undefined : await joinAccount(claim, claim.account, runtime);
    return {
      isFirst: joined?.isFirst ?? true,
      release: () => {
        joined?.lock.release();
        lock.release();
      },
    };
  } catch (error) {
    lock.release();
    throw error;
  }
}

/** Joins the sessions that trade on an account, if none of them trades the same symbol and the stated shares leave room. */
async function joinAccount(
  claim: Claim,
  account: string,
  runtime: Runtime,
): Promise<{ readonly lock: FileLock; readonly isFirst: boolean }> {
  const { exchange, session, symbols, share } = claim;
  const folder = join(tmpdir(), `nextbar-${userInfo().username}`, 'accounts', hashOf(`${exchange} ${account}`));
  const door = await enter(`${folder}.door`, runtime);
  try {
    const others = [...(await heldLocks(folder)).values()];
    for (const other of others) {
      const note = other.note as MemberNote;
      const who = `session '${note.session}' of ${processOf(other)}`;
      const shared = symbols.find((symbol) => note.symbols.includes(symbol));
      if (shared !== undefined) {
        throw owned(`${who} already trades ${shared} on this account of ${exchange}: two sessions on one account trade different symbols`); // prettier-ignore
      }
    }
    const taken = others.reduce((sum, { note }) => sum + (note as MemberNote).share, 0);
    const [first] = others;
    if (first !== undefined && taken + share > 1 + 1e-9) {
      const note = first.note as MemberNote;
      throw owned(
        `session '${note.session}' of ${processOf(first)} trades on this account of ${exchange} with ${percentOf(taken)} of its cash, and this session states ${percentOf(share)}: ` +
          'state shares that add up to 1 at most in both (accountShare, on the command line --share)',
      );
    }
    const note: MemberNote = { session, symbols, share };
    const place = await FileLock.take(
      join(folder, `${hashOf(`${claim.intents} ${session}`)}.lock`),
      runtime.now(),
      note,
    );
    if (place instanceof FileLock) return { lock: place, isFirst: first === undefined };
    throw owned(`session '${session}' is already run by ${processOf(place)}`);
  } finally {
    door.release();
  }
}

/** Waits for another process that is joining at this moment. */
async function enter(path: string, runtime: Runtime): Promise<FileLock> {
  for (let attempt = 1; ; attempt++) {
    const door = await FileLock.take(path, runtime.now());
    if (door instanceof FileLock) return door;
    if (attempt === joinAttempts) throw owned(`${processOf(door)} is joining this account and does not come to an end`);
    await runtime.sleep(joinWaitMs);
  }
}

function processOf({ pid, host, since }: LockHolder): string {
  if (Number.isNaN(pid)) return 'another process';
  return `process ${pid} on ${host} since ${formatTime(Math.floor(since / 1000) * 1000)} UTC`;
}

function percentOf(share: number): string {
  return `${Math.round(share * 100)} %`;
}

function hashOf(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 16);
}

function owned(message: string): SessionError {
  return new SessionError(message, { code: 'owned' });
}
