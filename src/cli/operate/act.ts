/** `nextbar stop`, `flatten`, `pause` and `resume`: an operator's commands to a running session. */
import { SessionError } from '../../core/index.ts';
import { askSession, type ControlName } from '../live/control-socket.ts';
import { holderOf, readRunState, socketOf } from '../live/session-home.ts';
import type { Command, CommandContext, GivenOptions } from '../shell/command.ts';
import { flagsNamed } from '../shell/flags.ts';
import { spanOption } from '../shell/options.ts';
import { namedSession, type FoundSession } from './find-session.ts';
import { statusLines } from './status.ts';

/** How often a command checks whether the session has done it, in milliseconds. */
const pollMs = 100;
const waitMs = 30_000;

interface Act {
  readonly name: Exclude<ControlName, 'status'>;
  readonly about: string;
}

function commandOf({ name, about }: Act): Command {
  return {
    name,
    about,
    operands: 'SESSION',
    options: [
      ...flagsNamed('sessions'),
      { name: 'reason', value: 'TEXT', about: 'Why: shown in messages and in the reasons of orders' },
      { name: 'wait', value: 'SPAN', about: 'How long to wait until it is done (default 30s; 0s: do not wait)' },
    ],
    examples: [`nextbar ${name} my-session`, `nextbar ${name} my-session --reason 'exchange maintenance'`],
    run: (given, context) => act(name, given, context),
  };
}

export const stopCommand = commandOf({ name: 'stop', about: 'Stop a running session, as Ctrl-C does.' });
export const flattenCommand = commandOf({
  name: 'flatten',
  about: 'Cancel every open order of a running session, close its positions at the market, and pause it.',
});
export const pauseCommand = commandOf({
  name: 'pause',
  about: 'Refuse orders of a running session that open or increase a position; exits still work.',
});
export const resumeCommand = commandOf({ name: 'resume', about: 'Let a paused session place orders again.' });

async function act(name: Act['name'], given: GivenOptions, context: CommandContext): Promise<number> {
  const { runtime, stdout, stderr } = context;
  const found = await namedSession(name, given);
  if (found.state !== 'running') {
    throw new SessionError(`session '${found.name}' does not run: its last run ${endOf(found)}`, {
      code: 'not-running',
    });
  }
  const socket = socketOf(found.folder);
  const reason = given.get('reason') ?? `'nextbar ${name}'`;
  let view = await askSession(socket, { command: name, reason });
  const deadline = runtime.elapsed() + (spanOption(given, 'wait') ?? waitMs);
  const isDone = async (): Promise<boolean> => {
    if (name === 'stop') return (await holderOf(found.folder)) === undefined;
    view = await askSession(socket, { command: 'status' });
    if (name === 'pause') return view.paused !== undefined;
    if (name === 'resume') return view.paused === undefined;
    return view.orders.length === 0 && view.datas.every(({ position }) => position.size === 0);
  };
  while (!(await isDone())) {
    if (runtime.elapsed() >= deadline) {
      stderr.write(`it was asked for and is not done yet: see 'nextbar status ${found.name}'\n`);
      return 1;
    }
    await runtime.sleep(pollMs);
  }
  if (name === 'stop') {
    const ended = readRunState(found.folder)?.ended;
    stdout.write(`${found.name} has ended: ${ended?.reason ?? 'it was killed'}\n`);
    return ended?.exitCode ?? 1;
  }
  stdout.write(`${statusLines(found, view).join('\n')}\n`);
  return 0;
}

function endOf({ state, run }: FoundSession): string {
  return state === 'killed' ? 'was killed' : `ended: ${run?.ended?.reason ?? 'without a reason'}`;
}
