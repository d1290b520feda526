/** What a sub-command of nextbar is. */
import type { Runtime } from '../../core/index.ts';

/** One option of a command, written `--name` or `--name VALUE`. */
export interface OptionSpec {
  readonly name: string;
  /** What stands for its value in the help, such as `FILE`; without it the option is a switch. */
  readonly value?: string;
  /** Whether the value may be left out. It is then given as `--name=VALUE` or as a number after the name. */
  readonly isOptional?: boolean;
  /** Whether it may be given several times. */
  readonly isRepeated?: boolean;
  /** One line for the help. */
  readonly about: string;
}

/** What was given on a command line. */
export interface GivenOptions {
  /** Arguments that are no options, in order. */
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
}

/** What a command is lent by the process that runs it. */
export interface CommandContext {
  readonly stdout: Output;
  readonly stderr: Output;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly runtime: Runtime;
  /** From now on work is done in one go: an interrupt is left to the system, which ends the process at once. */
  leaveInterrupts(): void;
}

/** A sub-command. Its module is loaded only when it is asked for. */
export interface Command {
  readonly name: string;
  /** What it does, in one sentence. */
  readonly about: string;
  /** What follows `nextbar` in the help's first line, such as `run FILE [options]`. */
  readonly usage: string;
  readonly options: readonly OptionSpec[];
  /** Whole command lines worth copying. */
  readonly examples?: readonly string[];
  /** More help that depends on what was given, such as a strategy's own parameters. */
  readonly moreHelp?: (given: GivenOptions, context: CommandContext) => Promise<string>;
  /** Does the work; the answer is the exit code: 0 done, 1 failed. Wrong usage is thrown as a ConfigError. */
  run(given: GivenOptions, context: CommandContext): Promise<number>;
}
