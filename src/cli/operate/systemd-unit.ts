/** `nextbar service`: writes a systemd unit that runs a session, and restarts it after a failure or a reboot. */
import { existsSync, statSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join, resolve } from 'node:path';

import { ConfigError, makeFolders } from '../../core/index.ts';
import { paperCommand } from '../live/paper.ts';
import { tradeCommand } from '../live/trade.ts';
import type { Command, CommandContext, GivenOptions } from '../shell/command.ts';
import { parseOptions } from '../shell/parse.ts';
import { usage } from '../shell/usage.ts';

export const installServiceCommand: Command = {
  name: 'service install',
  about: 'Write a systemd unit that runs a session, and restarts it after a failure or a reboot.',
  operands: 'NAME',
  usage: '[options] -- paper|trade ARGUMENTS',
  options: [
    { name: 'dir', value: 'DIR', about: 'Folder of the unit (default ~/.config/systemd/user)' },
    { name: 'env-file', value: 'FILE', about: 'File with the keys, NAME=VALUE a line, readable by you alone' },
    { name: 'print', about: 'Print the unit and write nothing' },
  ],
  examples: [
    'nextbar service install btc-trend -- paper strategies/sma-cross.ts --exchange binance --symbol BTC/USDT --timeframe 1m',
    'nextbar service install btc-trend --env-file ~/.config/nextbar/keys.env -- trade --sandbox my-strategy.ts --exchange binance --symbol BTC/USDT --timeframe 1m',
  ],
  run,
};

function run(given: GivenOptions, { stdout }: CommandContext): Promise<number> {
  const [name, ...line] = given.operands;
  if (name === undefined || line.length === 0) {
    throw usage('which session? nextbar service install NAME -- paper FILE --exchange ID --symbol NAME --timeframe TF');
  }
  if (!/^\w[\w.-]*$/.test(name)) throw usage(`NAME must be of letters, digits, dots and dashes, was '${name}'`);
  if (line[0] !== 'paper' && line[0] !== 'trade') {
    throw usage(`a service runs nextbar paper or nextbar trade, was '${line[0]!}'`);
  }
  const session = checkedSession(name, line);
  checkKeys(given.get('env-file'));
  const unit = unitOf(name, line, given.get('env-file'));
  if (given.has('print')) {
    stdout.write(unit);
    return Promise.resolve(0);
  }
  const path = join(given.get('dir') ?? join(homedir(), '.config', 'systemd', 'user'), `nextbar-${name}.service`);
  if (existsSync(path)) throw new ConfigError(`${path} exists already: remove it first`, { context: { path } });
  makeFolders(dirname(path));
  writeFileSync(path, unit, { mode: 0o644 });
  stdout.write(
    [
      `wrote ${path}`, '', `  systemctl --user daemon-reload`, `  systemctl --user enable --now nextbar-${name}`,
      `  loginctl enable-linger    # to run without a login`, `  nextbar status ${session}`, '',
    ].join('\n'),
  ); // prettier-ignore
  return Promise.resolve(0);
}

/**
 * Checks the command of the service: a unit with a mistake would fail three times in a row unnoticed.
 *
 * @returns The name of the session.
 */
function checkedSession(name: string, [command, ...args]: readonly string[]): string {
  const asked = parseOptions(command === 'paper' ? paperCommand : tradeCommand, args);
  const [file] = asked.operands;
  if (file === undefined && !asked.has('config')) throw usage(`which strategy? nextbar service install ${name} -- ${command!} FILE ...`);
  for (const path of [file, asked.get('config'), asked.get('plan'), asked.get('limits'), asked.get('alerts')]) {
    if (path !== undefined && !existsSync(path)) throw usage(`there is no file ${path} in ${process.cwd()}, where the service would run`);
  }
  return asked.get('session') ?? name;
} // prettier-ignore

/** @throws {ConfigError} If the file of the keys is missing, or others can read it. */
function checkKeys(path: string | undefined): void {
  if (path === undefined) return;
  const context = { field: '--env-file', path };
  if (!existsSync(path)) throw new ConfigError(`--env-file must be a file with the keys, and there is no ${path}`, { context }); // prettier-ignore
  if ((statSync(path).mode & 0o077) === 0) return;
  throw new ConfigError(`others can read the keys in ${path}: run chmod 600 ${path}`, {
    code: 'key-file-open',
    context,
  });
}

/** The unit of a session. After an orderly stop it exits with 0 and stays down; after a failure it starts again under its name. */
export function unitOf(name: string, line: readonly string[], envFile: string | undefined): string {
  const session = line.includes('--session') ? [] : ['--session', name];
  const command = [process.execPath, resolve(process.argv[1] ?? 'nextbar'), ...line, ...session, '--json'];
  return [
    '[Unit]',
    `Description=nextbar session ${name}`,
    'After=network-online.target',
    'Wants=network-online.target',
    // Three failures within ten minutes stop the restarts.
    'StartLimitIntervalSec=600',
    'StartLimitBurst=3',
    '',
    '[Service]',
    'Type=exec',
    `WorkingDirectory=${process.cwd().replaceAll('%', '%%')}`,
    ...(envFile === undefined ? [] : [`EnvironmentFile=${resolve(envFile).replaceAll('%', '%%')}`]),
    `ExecStart=${command.map(quoted).join(' ')}`,
    'KillSignal=SIGTERM',
    // At its end a session waits for the answers to its requests.
    'TimeoutStopSec=60',
    'Restart=on-failure',
    'RestartSec=10',
    'StandardOutput=null',
    'StandardError=journal',
    'NoNewPrivileges=true',
    '',
    '[Install]',
    'WantedBy=default.target',
    '',
  ].join('\n');
}

/** An argument as systemd reads it. */
function quoted(argument: string): string {
  const text = argument.replaceAll('%', '%%').replaceAll('$', '$$$$');
  return /^[\w@%+=:,./$-]+$/.test(text) ? text : `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`;
}
