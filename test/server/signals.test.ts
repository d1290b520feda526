/** Signals over HTTP: signed, in their window, once, and for a running session on paper; then through its inbox to its strategies. */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { SimulatedRuntime } from '../../src/core/index.ts';
import type { ExternalSignal, SessionControl, SessionView } from '../../src/engine/index.ts';
import { makeApp } from '../../src/server/api/app.ts';
import { signatureOf } from '../../src/server/api/signature.ts';
import { AuditLog, KeyRing, Tokens, type Database } from '../../src/server/index.ts';
import { sendCommand, SessionBoard, SessionInbox } from '../../src/server/live/index.ts';
import { openTestDatabase } from './databases.ts';

const folder = mkdtempSync(join(tmpdir(), 'nextbar-signals-'));
const sessions = join(folder, 'sessions');
const runtime = new SimulatedRuntime(1, Date.UTC(2026, 0, 5));
let database: Database;
let made: Awaited<ReturnType<typeof makeApp>>;
let tokens: Tokens;
let board: SessionBoard;
let sender: { token: string; secret: string };

const view = (takesSignals: boolean): SessionView => ({
  mode: 'paper', now: runtime.now(), steps: 1, isRecovered: true, cash: 1, value: 1, datas: [], strategies: [], orders: [], messages: [], takesSignals, signals: [],
}); // prettier-ignore
const boardOf = (name: string): SessionBoard =>
  new SessionBoard({ folder: join(sessions, name), name, mode: 'paper', strategy: 'X', exchange: 'binance', accepts: ['stop', 'flatten'] }, runtime); // prettier-ignore

async function issue(scope: string): Promise<{ token: string; secret: string }> {
  const { token, info } = await tokens.issue({ subject: 'charts', scopes: [scope] });
  return { token, secret: tokens.signingSecret(info)! };
}

beforeAll(async () => {
  const now = runtime.now();
  database = await openTestDatabase(join(folder, 'platform.sqlite'), now);
  tokens = new Tokens(database, await KeyRing.open({ path: join(folder, 'keys.json') }, now), runtime);
  const audit = new AuditLog(join(folder, 'audit.jsonl'), runtime);
  made = await makeApp({ runtime, database, tokens, audit, folder: join(folder, 'bars'), sessions });
  board = boardOf('s1');
  boardOf('deaf').view(view(false));
  boardOf('gone').end('it was stopped');
  runtime.advance(1_500);
  board.view(view(true));
  sender = await issue('send:signals');
});
afterAll(async () => {
  await made.close();
  await database.close();
  rmSync(folder, { recursive: true, force: true });
});

interface Sent {
  readonly session?: string;
  readonly payload?: unknown;
  readonly at?: number;
  readonly by?: { token: string; secret: string };
  readonly headers?: Record<string, string>;
  readonly signed?: string;
}

function send({ session = 's1', payload = { action: 'buy' }, at = runtime.now(), by = sender, headers = {}, signed }: Sent) {
  const body = typeof payload === 'string' ? payload : JSON.stringify(payload);
  const time = String(at);
  const signature = signed ?? signatureOf(by.secret, { time, session, body });
  return made.app.inject({
    method: 'POST', url: `/v1/sessions/${session}/signals`, payload: body,
    headers: { host: 'localhost', authorization: `Bearer ${by.token}`, 'content-type': 'application/json', 'x-nextbar-time': time, 'x-nextbar-signature': signature, ...headers },
  });
} // prettier-ignore
const hook = (body: object) => made.app.inject({ method: 'POST', url: '/v1/webhook', headers: { host: 'localhost', 'content-type': 'application/json' }, payload: JSON.stringify(body) }); // prettier-ignore
const waiting = (): string[] => readdirSync(join(sessions, 's1', 'inbox')).filter((name) => name.endsWith('.json'));
const code = (answer: { json<T>(): T }): string => answer.json<{ error: { code: string } }>().error.code;

describe('a signed signal', () => {
  it('is passed on once, however often it is sent', async () => {
    const first = await send({});
    expect([first.statusCode, first.json<{ session: string }>().session]).toEqual([202, 's1']);
    const again = await send({});
    expect([again.statusCode, code(again)]).toEqual([409, 'replayed']);
    expect(waiting()).toHaveLength(1);
    const file = readFileSync(join(sessions, 's1', 'inbox', waiting()[0]!), 'utf8');
    expect(JSON.parse(file)).toMatchObject({ kind: 'signal', subject: 'charts', payload: { action: 'buy' } });
    expect(file).not.toContain(sender.token);
    runtime.advance(1);
    expect((await send({})).statusCode).toBe(202);
  });

  it.each<[string, number, string, () => Sent | Promise<Sent>]>([
    ['without the scope', 403, 'forbidden', async () => ({ by: await issue('read:bars') })],
    ['with the secret of another token', 401, 'bad-signature', async () => ({ by: { token: sender.token, secret: (await issue('send:signals')).secret } })],
    ['with a signature over another body', 401, 'bad-signature', () => ({ signed: signatureOf(sender.secret, { time: String(runtime.now()), session: 's1', body: '{"action":"sell"}' }) })],
    ['with a signature over another session', 401, 'bad-signature', () => ({ signed: signatureOf(sender.secret, { time: String(runtime.now()), session: 's2', body: '{"action":"buy"}' }) })],
    ['with another time than was signed', 401, 'bad-signature', () => ({ headers: { 'x-nextbar-time': String(runtime.now() + 1) } })],
    ['with a cut signature', 401, 'bad-signature', () => ({ signed: 'ab' })],
    ['with an empty signature', 401, 'bad-signature', () => ({ signed: '' })],
    ['that is too old', 409, 'out-of-window', () => ({ at: runtime.now() - 60_001 })],
    ['from the future', 409, 'out-of-window', () => ({ at: runtime.now() + 60_001 })],
    ['whose time is none', 409, 'out-of-window', () => ({ at: NaN })],
    ['that is a list', 400, 'bad-request', () => ({ payload: [1] })],
    ['that is no JSON', 400, 'bad-request', () => ({ payload: '{"action":' })],
    ['with __proto__', 400, 'bad-request', () => ({ payload: '{"__proto__":{"x":1}}' })],
    ['that is too long', 400, 'bad-request', () => ({ payload: { text: 'x'.repeat(5_000) } })],
    ['as a form', 415, 'bad-request', () => ({ headers: { 'content-type': 'application/x-www-form-urlencoded' } })],
    ['for a session that is not there', 404, 'no-session', () => ({ session: 'none' })],
    ['for a session that has ended', 409, 'not-running', () => ({ session: 'gone' })],
    ['for a strategy without notifySignal', 409, 'takes-no-signals', () => ({ session: 'deaf' })],
  ])('%s is refused with %i', async (_, status, name, sent) => {
    const before = waiting().length;
    const answer = await send(await sent());
    expect([answer.statusCode, code(answer)], answer.body).toEqual([status, name]);
    expect(waiting()).toHaveLength(before);
  }); // prettier-ignore

  it('leaves a line in the audit log, taken or refused, without its secret', () => {
    const log = readFileSync(join(folder, 'audit.jsonl'), 'utf8');
    expect(log).toMatch(/"action":"signal","outcome":"done","subject":"charts".*"detail":"s1 [0-9a-f]{32}"/);
    expect(log).toMatch(/"action":"signal","outcome":"refused","subject":"charts".*"detail":"s1 replayed"/);
    expect(log).not.toContain(sender.secret);
  });
});

describe('a webhook of a service that cannot sign', () => {
  it('is taken once, and its token is not passed on', async () => {
    const { token } = await issue('send:webhooks');
    const body = { token, session: 's1', time: new Date(runtime.now()).toISOString(), action: 'close' };
    const taken = await hook(body);
    expect(taken.statusCode, taken.body).toBe(202);
    expect(code(await hook(body))).toBe('replayed');
    const last = readFileSync(join(sessions, 's1', 'inbox', waiting().sort().at(-1)!), 'utf8');
    expect(JSON.parse(last)).toMatchObject({ payload: { action: 'close' } });
    expect(last).not.toContain(token);
  });

  it('is refused with another scope, without a token, without a time, and late', async () => {
    const { token } = await issue('send:webhooks');
    const time = runtime.now();
    expect((await hook({ token: sender.token, session: 's1', time })).statusCode).toBe(403);
    expect((await hook({ token: 'a.b.c', session: 's1', time })).statusCode).toBe(401);
    expect((await hook({ session: 's1', time })).statusCode).toBe(400);
    expect((await hook({ token, session: 's1' })).statusCode).toBe(400);
    expect((await hook({ token, session: '../s1', time })).statusCode).toBe(400);
    expect(code(await hook({ token, session: 's1', time: time - 90_000 }))).toBe('out-of-window');
  });
});

describe('the inbox of a session', () => {
  /** A session that answers the signals of these ids. */
  function fake(answered: Set<string>) {
    const [signals, notes]: [ExternalSignal[], string[]] = [[], []];
    const control = {
      signal: (one: ExternalSignal) => signals.push(one),
      get view() {
        return { ...view(true), signals: [...answered].map((id) => ({ id, refusal: undefined })) };
      },
    } as unknown as SessionControl;
    const inbox = new SessionInbox(join(sessions, 'own'), runtime, (_, text) => notes.push(text));
    return { signals, notes, control, inbox };
  }
  const left = (): number => readdirSync(join(sessions, 'own', 'inbox')).length;
  const put = (id: string, time = runtime.now()): void => {
    sendCommand(join(sessions, 'own'), { kind: 'signal', id, time, subject: 'charts', payload: { id } });
  };

  it('keeps a signal until the session has it, and hands it over once', () => {
    const answered = new Set<string>();
    const { signals, control, inbox } = fake(answered);
    put('a');
    put('b');
    inbox.deliver(control);
    inbox.deliver(control);
    expect([signals.map(({ id }) => id), left()]).toEqual([['a', 'b'], 2]);
    answered.add('a').add('b');
    inbox.deliver(control);
    expect([signals.length, left()]).toEqual([2, 0]);
  });

  it('refuses what came late or while the session did not run, and says so', () => {
    const { signals, notes, control, inbox } = fake(new Set());
    put('old', runtime.now() - 61_000);
    inbox.deliver(control);
    put('before');
    inbox.drop('it came while the session did not run');
    expect([signals, left()]).toEqual([[], 0]);
    expect(notes).toEqual([
      'signal old of charts was refused: it came 61 s late',
      'signal before of charts was refused: it came while the session did not run',
    ]);
  });
});
