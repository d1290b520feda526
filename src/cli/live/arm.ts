/** `nextbar live arm`: a person confirms at a terminal that a session may send orders for real money. */
import { existsSync, statSync } from 'node:fs';
import { hostname, userInfo } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline/promises';

import { ConfigError, formatTime, realOrdersVariable } from '../../core/index.ts';
import { printable } from '../output/printable.ts';
import type { Command, CommandContext, GivenOptions } from '../shell/command.ts';
import { flagsNamed } from '../shell/flags.ts';
import { onlyOperand } from '../shell/options.ts';
import { usage } from '../shell/usage.ts';
import { writeWhole } from './session-home.ts';

export const armCommand: Command = {
  name: 'live arm',
  about: 'Confirm at a terminal that a session may send orders for real money.',
  operands: 'SESSION',
  options: [...flagsNamed('sessions')],
  examples: ['nextbar live arm my-session', 'nextbar live arm sessions/my-session/arming-request.json'],
  run,
};

async function run(given: GivenOptions, context: CommandContext): Promise<number> {
  const { stdout, runtime } = context;
  const named = onlyOperand(given, 'which session? nextbar live arm SESSION', 'session');
  const request = placeOf(named, given.get('sessions') ?? 'sessions');
  const { armingRecord, readArmingRequest } = await import('../../connectors/ccxt/index.ts');
  const facts = readArmingRequest(request);
  const path = recordOf(request);
  if (!process.stdin.isTTY || stdout.isTTY !== true) {
    throw new ConfigError(
      'real orders are confirmed by a person at a terminal, and stdin or stdout is not one: run nextbar live arm in a terminal',
      { code: 'no-terminal' },
    );
  }
  const limits = Object.entries(facts.limits).map(([name, value]) => `    ${name}: ${JSON.stringify(value)}`);
  stdout.write(
    [
      '', '  This session will send orders for REAL MONEY.', '',
      `  exchange   ${printable(facts.exchange)}`,
      `  account    ${facts.account}  (a hash of server and key)`,
      `  strategy   ${facts.strategy.slice(0, 16)}  (a hash of code, parameters, datas and rules)`,
      '  limits     when one is broken, the session closes its positions and pauses:', ...limits.map(printable), '',
      `  It is started with --allow-real-orders and ${realOrdersVariable}=1. A change of account, strategy or limits asks again.`, '',
    ].join('\n'),
  ); // prettier-ignore
  const answer = await asked(`  Type the name of the exchange to confirm, anything else to leave: `);
  if (answer.trim() !== facts.exchange) {
    stdout.write('  not armed\n');
    return 1;
  }
  const time = Math.floor(runtime.now());
  const record = armingRecord(facts, { time, by: `${userInfo().username}@${hostname()}` });
  writeWhole(path, `${JSON.stringify(record, undefined, 2)}\n`);
  stdout.write(`  armed at ${formatTime(Math.floor(time / 1000) * 1000)} UTC: ${path}\n`);
  return 0;
}

/** The request that a name means: a file, a folder of a session, or a session by its name. */
function placeOf(named: string, sessions: string): string {
  if (existsSync(named) && statSync(named).isFile()) return resolve(named);
  const places = [join(named, 'arming-request.json'), join(sessions, named, 'arming-request.json')];
  const found = places.find((path) => existsSync(path));
  if (found !== undefined) return found;
  throw usage(
    `'${named}' has no request to confirm: start it with nextbar trade --allow-real-orders --session ${named}, which is refused and writes ${places[1]!}`,
  );
}

/** Where the record of a request belongs: beside it. */
function recordOf(request: string): string {
  if (!request.endsWith('-request.json'))
    throw usage(`${request} is not a request: its name must end in -request.json`);
  return request.replace(/-request\.json$/, '.json');
}

async function asked(question: string): Promise<string> {
  const reader = createInterface({ input: process.stdin, output: process.stdout });
  try {
    return await reader.question(question);
  } finally {
    reader.close();
  }
}
