/** From arguments to a sub-command and its exit code. */
import { nearestName } from '../../core/index.ts';
import type { CommandContext } from './command.ts';
import { commands } from './commands.ts';
import { exitCodeOf, reportFailure } from './failure.ts';
import { commandHelp, mainHelp } from './help.ts';
import { helpOption, parseOptions, usage } from './options.ts';
import { version } from './version.ts';

/**
 * Runs one command line.
 *
 * @returns The exit code: 0 done, 1 the strategy or the run failed, 2 wrong usage or input.
 */
export async function dispatch(args: readonly string[], context: CommandContext): Promise<number> {
  try {
    const [first, ...rest] = args;
    if (first === '--version' || first === '-v') {
      context.stdout.write(`${version()}\n`);
      return 0;
    }
    if (first === undefined || first.startsWith('-')) {
      parseOptions('', args, [{ name: 'version', about: '' }]);
      context.stdout.write(mainHelp(version()));
      return first === undefined ? 2 : 0;
    }
    if (first === 'help') {
      const [topic] = rest;
      if (topic !== undefined) return await dispatch([topic, '--help'], context);
      context.stdout.write(mainHelp(version()));
      return 0;
    }
    return await runCommand(first, rest, context);
  } catch (error) {
    reportFailure(error, context);
    return exitCodeOf(error);
  }
}

async function runCommand(name: string, args: readonly string[], context: CommandContext): Promise<number> {
  const entry = Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (entry === undefined) {
    const near = nearestName(name, Object.keys(commands));
    const hint = near === undefined ? `known are ${Object.keys(commands).join(', ')}` : `did you mean '${near}'?`;
    throw usage(`unknown command '${name}': ${hint}`);
  }
  const command = await entry.load();
  const given = parseOptions(name, args, command.options);
  if (given.has(helpOption.name)) {
    context.stdout.write(commandHelp(command) + ((await command.moreHelp?.(given, context)) ?? ''));
    return 0;
  }
  return command.run(given, context);
}
