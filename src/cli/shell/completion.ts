/** `nextbar completion`: a script that lets a shell complete commands, options and files. */
import type { Command, CommandTable, OptionSpec } from './command.ts';
import { onlyOperand } from './options.ts';
import { usage } from './usage.ts';

/** A command as a shell sees it: `data list` with its options. */
interface Completed {
  readonly name: string;
  readonly about: string;
  readonly options: readonly OptionSpec[];
  /** The words that can follow: the commands of a group, or the choices of an argument. Where there are none, files can. */
  readonly words: readonly string[];
}

const scripts: Readonly<Record<string, (all: readonly Completed[]) => string>> = { bash, zsh, fish };

/** @param table - The commands to complete. */
export function completionCommand(table: CommandTable): Command {
  const shells = Object.keys(scripts);
  return {
    name: 'completion',
    about: 'Print a completion script for bash, zsh or fish.',
    operands: `(${shells.join(' | ')})`,
    options: [],
    examples: [
      'source <(nextbar completion bash)',
      'nextbar completion zsh > "${fpath[1]}/_nextbar"',
      'nextbar completion fish > ~/.config/fish/completions/nextbar.fish',
    ],
    async run(given, context) {
      const shell = onlyOperand(given, `which shell? nextbar completion ${shells.join(' | ')}`, 'shell');
      const script = Object.hasOwn(scripts, shell) ? scripts[shell] : undefined;
      if (script === undefined) throw usage(`there is no completion for ${shell}: choose ${shells.join(', ')}`);
      context.stdout.write(script(await completed('', '', table)));
      return 0;
    },
  };
}

/** A table and everything below it, the table itself first. */
async function completed(group: string, about: string, table: CommandTable): Promise<Completed[]> {
  const found: Completed[] = [{ name: group, about, options: [], words: Object.keys(table) }];
  for (const [word, entry] of Object.entries(table)) {
    const name = `${group} ${word}`.trim();
    if ('commands' in entry) {
      found.push(...(await completed(name, entry.about, entry.commands)));
    } else {
      const { options, operands = '' } = await entry.load();
      const words = /^\((.*)\)$/.exec(operands)?.[1]?.split(' | ') ?? [];
      found.push({ name, about: entry.about, options, words });
    }
  }
  return found;
}

/** The options and words that can follow a command, as bash and zsh take them. */
function wordsOf({ name, options, words }: Completed): string {
  const own = name === '' ? ['--version'] : options.map((option) => `--${option.name}`);
  return [...words, ...own, '--help'].join(' ');
}

/** The names after which words follow instead of files, as the shells match them. */
function namesOfGroups(all: readonly Completed[]): string {
  return all.filter(({ name, words }) => name !== '' && words.length > 0).map(({ name }) => `'${name}'`).join(' | '); // prettier-ignore
}

function bash(all: readonly Completed[]): string {
  const cases = all.map((one) => `    '${one.name}') words='${wordsOf(one)}' ;;`);
  const groups = namesOfGroups(all);
  return `# Completion of nextbar for bash: source <(nextbar completion bash)
_nextbar() {
  local current=\${COMP_WORDS[COMP_CWORD]} name='' words='' i
  for ((i = 1; i < COMP_CWORD; i++)); do
    case "\${COMP_WORDS[i]}" in -*) break ;; esac
    name="\${name:+$name }\${COMP_WORDS[i]}"
    case "$name" in ${groups}) ;; *) break ;; esac
  done
  case "$name" in
${cases.join('\n')}
  esac
  COMPREPLY=($(compgen -W "$words" -- "$current"))
  case "$name" in '' | ${groups}) return ;; esac
  if [[ $current != -* ]]; then COMPREPLY+=($(compgen -f -- "$current")); fi
}
complete -o filenames -F _nextbar nextbar
`;
}

function zsh(all: readonly Completed[]): string {
  const cases = all.map((one) => `    '${one.name}') options=(${wordsOf(one)}) ;;`);
  const groups = namesOfGroups(all);
  return `#compdef nextbar
# Completion of nextbar for zsh: save it as _nextbar in a folder of $fpath, or source it after compinit.
_nextbar() {
  local name='' i
  local -a options
  for ((i = 2; i < CURRENT; i++)); do
    case "\${words[i]}" in -*) break ;; esac
    name="\${name:+$name }\${words[i]}"
    case "$name" in ${groups}) ;; *) break ;; esac
  done
  case "$name" in
${cases.join('\n')}
  esac
  compadd -- $options
  case "$name" in '' | ${groups}) return 0 ;; esac
  [[ \${words[CURRENT]} != -* ]] && _files
  return 0
}
if [[ \${funcstack[1]} == _nextbar ]]; then _nextbar; else compdef _nextbar nextbar; fi
`;
}

function fish(all: readonly Completed[]): string {
  const quoted = (text: string): string => `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
  const lines = ['# Completion of nextbar for fish.'];
  const abouts = new Map(all.map(({ name, about }) => [name, about]));
  for (const { name, options, words } of all) {
    const seen = name.split(' ').filter((word) => word !== '');
    const here = [
      ...seen.map((word) => `__fish_seen_subcommand_from ${word}`),
      ...(words.length > 0 ? [seen.length === 0 ? '__fish_use_subcommand' : `not __fish_seen_subcommand_from ${words.join(' ')}`] : []),
    ].join('; and '); // prettier-ignore
    for (const word of words) {
      const about = abouts.get(`${name} ${word}`.trim()) ?? '';
      lines.push(`complete -c nextbar -f -n ${quoted(here)} -a ${word} -d ${quoted(about)}`);
    }
    for (const option of options) {
      const value =
        option.value !== undefined && option.isOptional !== true && option.otherwise === undefined ? ' -r' : '';
      lines.push(`complete -c nextbar -n ${quoted(here)} -l ${option.name}${value} -d ${quoted(option.about)}`);
    }
  }
  lines.push("complete -c nextbar -l help -d 'Show this help'");
  return `${lines.join('\n')}\n`;
}
