/** `nextbar approve` and `decline`: a person's answer for orders that wait in a session's approval mode. */
import { SessionError } from '../../core/index.ts';
import { askSession } from '../live/control-socket.ts';
import { socketOf } from '../live/session-home.ts';
import type { Command, CommandContext, GivenOptions } from '../shell/command.ts';
import { flagsNamed } from '../shell/flags.ts';
import { usage } from '../shell/usage.ts';
import { sessionNamed } from './find-session.ts';
import { statusLines } from './status.ts';

/** How long a command waits until the session has acted, and how often it checks, in milliseconds. */
const [waitMs, pollMs] = [5_000, 50];

function commandOf(name: 'approve' | 'decline', about: string): Command {
  return {
    name,
    about,
    operands: 'SESSION [ORDER...]',
    options: [
      ...flagsNamed('sessions'),
      { name: 'reason', value: 'TEXT', about: 'Why: shown in messages and in the reasons of orders' },
    ],
    examples: [`nextbar ${name} my-session 7`, `nextbar ${name} my-session`],
    run: (given, context) => act(name, given, context),
  };
}

export const approveCommand = commandOf(
  'approve',
  'Send orders of a session that wait for approval, by their numbers or all.',
);
export const declineCommand = commandOf(
  'decline',
  'Refuse orders of a session that wait for approval, by their numbers or all.',
);

async function act(name: 'approve' | 'decline', given: GivenOptions, context: CommandContext): Promise<number> {
  const { runtime, stdout } = context;
  const [session, ...numbers] = given.operands;
  if (session === undefined) throw usage(`which session? nextbar ${name} SESSION [ORDER...]`);
  const refs = numbers.map((text) => {
    if (/^[1-9]\d*$/.test(text)) return Number(text);
    throw usage(`an order is named by its number, was '${text}': see nextbar status ${session}`);
  });
  const found = await sessionNamed(session, given.get('sessions') ?? 'sessions');
  if (found.state !== 'running') {
    throw new SessionError(`session '${found.name}' does not run: no order waits`, { code: 'not-running' });
  }
  const socket = socketOf(found.folder);
  const before = await askSession(socket, { command: 'status' });
  const waiting = new Set((before.waiting ?? []).map(({ ref }) => ref));
  const unknown = refs.find((ref) => !waiting.has(ref));
  if (unknown !== undefined) throw usage(`no order ${unknown} waits for approval: see nextbar status ${session}`);
  if (waiting.size === 0) throw usage(`no order of ${session} waits for approval`);
  const reason = given.get('reason') ?? `by 'nextbar ${name}'`;
  for (const ref of refs.length === 0 ? [undefined] : refs) {
    await askSession(socket, { command: name, reason, ...(ref !== undefined && { ref }) });
  }
  const meant = refs.length === 0 ? [...waiting] : refs;
  const deadline = runtime.elapsed() + waitMs;
  let view = before;
  do {
    view = await askSession(socket, { command: 'status' });
    const left = new Set((view.waiting ?? []).map(({ ref }) => ref));
    if (!meant.some((ref) => left.has(ref))) break;
    await runtime.sleep(pollMs);
  } while (runtime.elapsed() < deadline);
  stdout.write(`${statusLines(found, view).join('\n')}\n`);
  return 0;
}
