/** What a command of nextbar is, and what the process provides to it. */
import type { Runtime } from '../../core/index.ts';

/** One option of a command, written `--name` or `--name VALUE`. */
export interface OptionSpec {
  readonly name: string;
  /** The placeholder of its value in the help, such as `FILE`; an option without one is a switch. */
  readonly value?: string;
  /** Whether the value may be left out. It is then given as `--name=VALUE`, or as a number after the name. */
  readonly isOptional?: boolean;
  /** The value used when none follows the name, that is before the end, another option, or a strategy file. */
  readonly otherwise?: string;
  /** Whether it may be given several times. */
  readonly isRepeated?: boolean;
  /** Its name in the library, where that is not the flag's name in camelCase: errors are reworded to name the flag. */
  readonly api?: readonly string[];
  /** One line for the help. */
  readonly about: string;
}

/** The options and operands of a command line. */
export interface GivenOptions {
  /** Arguments that are not options, in order. */
  readonly operands: readonly string[];
  /** Whether an option was given at all. */
  has(name: string): boolean;
  /** The value of an option; undefined when it was not given, or given without its optional value. */
  get(name: string): string | undefined;
  /** The values of a repeated option, in order. */
  all(name: string): readonly string[];
}

/** Where a command writes. */
export interface Output {
  write(text: string): unknown;
  readonly isTTY?: boolean | undefined;
  readonly columns?: number | undefined;
  readonly rows?: number | undefined;
}

/** What the process provides to a command. */
export interface CommandContext {
  readonly stdout: Output;
  readonly stderr: Output;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly runtime: Runtime;
  /** Leaves Ctrl-C to the command: it no longer ends the process, unless it was pressed before. */
  leaveInterrupts(): Promise<void>;
  /** Leaves errors of stdout to the command. Until then a closed pipe ends the process, and any other error is thrown. */
  onBrokenOutput(act: (error: NodeJS.ErrnoException) => void): void;
}

/** A command. Its module is loaded only when it is used. */
export interface Command {
  /** Its name after `nextbar`, such as `run` or `data list`. */
  readonly name: string;
  /** What it does, in one sentence. */
  readonly about: string;
  /** Its arguments that are not options, as its help writes them, such as `FILE...`. Default: it has none, and one is refused. */
  readonly operands?: string;
  /** The text after them in the first line of its help, such as `--scope SCOPE [options]` (default `[options]`). */
  readonly usage?: string;
  readonly options: readonly OptionSpec[];
  /** Whole command lines worth copying. */
  readonly examples?: readonly string[];
  /** More help that depends on the command line, such as the parameters of a strategy. */
  readonly moreHelp?: (given: GivenOptions, context: CommandContext) => Promise<string>;
  /** Does the work and returns the exit code: 0 done, 1 failed. Wrong usage is thrown as a UsageError. */
  run(given: GivenOptions, context: CommandContext): Promise<number>;
}

/** A command before its module is loaded: a command, or a group of commands such as `data`. */
export type CommandEntry =
  | { readonly about: string; readonly load: () => Promise<Command> }
  | {
      readonly about: string;
      readonly commands: CommandTable;
      /** The command that the group's own name runs, such as `list` for `nextbar runs`. Default: it asks for one. */
      readonly fallback?: string;
    };

/** Commands by name. */
export interface CommandTable {
  readonly [name: string]: CommandEntry;
}
