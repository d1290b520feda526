/** From arguments to a command and its exit code. */
import type { Command, CommandContext, CommandTable, OptionSpec } from './command.ts';
import { commands } from './commands.ts';

const versionOption: OptionSpec = { name: 'version', about: 'Show the version' };

/**
 * Runs one command line.
 *
 * @returns The exit code: 0 done, 1 the strategy or the run failed, 2 wrong usage or input.
 */
export async function dispatch(args: readonly string[], context: CommandContext): Promise<number> {
  let command: Command | undefined;
  let hush: (() => void) | undefined;
  try {
    const [first, ...rest] = args;
    if (first === 'help') return await dispatch([...rest, '--help'], context);
    if (first === '--version' || first === '-v') {
      const { version } = await import('./version.ts');
      context.stdout.write(`${version()}\n`);
      return 0;
    }
    const found = await commandOf(args, context);
    if (typeof found === 'number') return found;
    command = found.command;
    const { parseOptions, commandHelp } = await import('./parse.ts');
    const given = parseOptions(command, found.rest);
    if (given.has('help')) {
      context.stdout.write(commandHelp(command, context) + ((await command.moreHelp?.(given, context)) ?? ''));
      return 0;
    }
    const { tellRepeats } = await import('./repeats.ts');
    hush = tellRepeats(context.stderr);
    return await command.run(given, context);
  } catch (error) {
    const { exitCodeOf, inFlags, reportFailure } = await import('./failure.ts');
    const reworded = inFlags(error, command?.options ?? []);
    reportFailure(reworded, context);
    return exitCodeOf(reworded);
  } finally {
    hush?.();
  }
}

/** The command that the arguments name, and the remaining arguments; an exit code where they only ask for help. */
async function commandOf(
  args: readonly string[],
  context: CommandContext,
): Promise<number | { readonly command: Command; readonly rest: readonly string[] }> {
  let table: CommandTable = commands;
  let about = 'Backtesting and live trading of crypto';
  let fallback: string | undefined;
  for (const [depth, name] of args.entries()) {
    const group = args.slice(0, depth).join(' ');
    const isHelp = name === '--help' || name === '-h';
    if (name.startsWith('-') && fallback !== undefined && !isHelp) return loadFrom(table, fallback, args.slice(depth));
    if (name.startsWith('-')) {
      const { parseOptions } = await import('./parse.ts');
      const shown = { name: group, about, usage: 'COMMAND', options: depth === 0 ? [versionOption] : [], run: () => Promise.resolve(2) }; // prettier-ignore
      const given = parseOptions(shown, args.slice(depth));
      return showTable(group, about, table, context, given.has('help') ? 0 : 2);
    }
    const entry = Object.hasOwn(table, name) ? table[name] : undefined;
    if (entry === undefined) {
      const { unknownCommand } = await import('./parse.ts');
      throw unknownCommand(group, name, table);
    }
    if (!('commands' in entry)) return { command: await entry.load(), rest: args.slice(depth + 1) };
    ({ commands: table, about, fallback } = entry);
  }
  if (fallback !== undefined) return loadFrom(table, fallback, []);
  if (args.length === 0) return showTable('', about, table, context, 2);
  const { usage } = await import('./usage.ts');
  throw usage(`${args.join(' ')} needs one of ${Object.keys(table).join(', ')}`);
}

/** A command of a table with the arguments left for it. */
async function loadFrom(
  table: CommandTable,
  name: string,
  rest: readonly string[],
): Promise<{ readonly command: Command; readonly rest: readonly string[] } | number> {
  const entry = table[name];
  if (entry === undefined || 'commands' in entry) return 2;
  return { command: await entry.load(), rest };
}

async function showTable(
  group: string,
  about: string,
  table: CommandTable,
  context: CommandContext,
  code: number,
): Promise<number> {
  const { tableHelp } = await import('./parse.ts');
  const first = ['', 'A first run, on synthetic bars:', '  nextbar new my-strategy', '  nextbar run my-strategy.ts --synthetic', '']; // prettier-ignore
  const help = tableHelp(`nextbar ${group}`.trim(), about, table, group === '' ? [versionOption] : [], context);
  context.stdout.write(help + (group === '' ? first.join('\n') : ''));
  return code;
}
