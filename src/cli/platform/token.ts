/** `nextbar token`: issues, lists and revokes the tokens of the platform, and rotates the keys that sign them. */
import { existsSync } from 'node:fs';

import { formatTime } from '../../core/index.ts';
import type { AuditLog, KeyRing, TokenInfo, Tokens } from '../../server/index.ts';
import type { Command, CommandContext, GivenOptions } from '../shell/command.ts';
import { flag } from '../shell/flags.ts';
import { onlyOperand, spanOption } from '../shell/options.ts';
import { usage } from '../shell/usage.ts';
import { auditPath, databaseAddress, databaseOptions, keySource } from './options.ts';

interface Parts {
  readonly tokens: Tokens;
  readonly keys: KeyRing;
  readonly audit: AuditLog;
}

/** Lets `act` use the platform's keys and database, which are made where there are none. */
async function withTokens(given: GivenOptions, context: CommandContext, act: (parts: Parts) => Promise<number>): Promise<number> {
  const { AuditLog, KeyRing, openDatabase, Tokens } = await import('../../server/index.ts');
  const { runtime } = context;
  const now = Math.floor(runtime.now());
  const database = await openDatabase(databaseAddress(given, context), now);
  try {
    const keys = await KeyRing.open(keySource(given, context), now);
    return await act({ keys, tokens: new Tokens(database, keys, runtime), audit: new AuditLog(auditPath(given, context), runtime) });
  } finally {
    await database.close();
  }
} // prettier-ignore

/** The tokens that were issued. Only reads: no platform is made where there is none. */
async function issued(given: GivenOptions, context: CommandContext): Promise<TokenInfo[]> {
  const { issuedTokens, openDatabaseToRead } = await import('../../server/index.ts');
  const database = await openDatabaseToRead(databaseAddress(given, context), Math.floor(context.runtime.now()));
  try {
    return await issuedTokens(database);
  } finally {
    await database.close();
  }
}

export const tokenIssueCommand: Command = {
  name: 'token issue',
  about: 'Issue a token. It is shown once and stored nowhere.',
  usage: '--scope SCOPE [options]',
  options: [
    { name: 'scope', value: 'SCOPE', isRepeated: true, about: 'read:metadata, read:bars, read:runs, control:sessions, send:signals, send:webhooks or read:metrics' },
    { name: 'subject', value: 'NAME', about: 'Who it is for, as the audit log shows it (default cli)' },
    { name: 'for', value: 'SPAN', about: 'How long it is valid (default 1h; at most 24h, or 90d for metrics, signals and webhooks alone)' },
    ...databaseOptions,
    flag('json'),
  ],
  examples: ['nextbar token issue --scope read:bars --scope read:metadata --for 8h'],
  run: (given, context) =>
    withTokens(given, context, async ({ tokens, audit }) => {
      const asked = given.all('scope').flatMap((text) => text.split(/[ ,]+/));
      if (asked.length === 0) throw usage('token issue needs --scope, such as --scope read:bars');
      const lifetimeMs = spanOption(given, 'for');
      const { token, info } = await tokens.issue({
        subject: given.get('subject') ?? 'cli',
        scopes: asked,
        ...(lifetimeMs !== undefined && { lifetimeMs }),
      });
      audit.add({ action: 'token issue', outcome: 'done', subject: info.subject, token: info.id, detail: info.scopes.join(' ') });
      const secret = info.scopes.includes('send:signals') ? tokens.signingSecret(info) : undefined;
      if (given.has('json')) context.stdout.write(`${JSON.stringify({ token, ...info, signingSecret: secret })}\n`);
      else {
        context.stdout.write(`${token}\n`);
        context.stderr.write(`token ${info.id} for ${info.subject}, until ${formatTime(info.expires)}: ${info.scopes.join(' ')}\n`);
        if (secret !== undefined) context.stderr.write(`signing secret ${secret}\n`);
      }
      return 0;
    }),
}; // prettier-ignore

export const tokenListCommand: Command = {
  name: 'token list',
  about: 'List the tokens that were issued, newest first.',
  options: [...databaseOptions, flag('json')],
  run: async (given, context) => {
    const { KeyRing, tokenLine } = await import('../../server/index.ts');
    const all = await issued(given, context);
    const now = Math.floor(context.runtime.now());
    const source = keySource(given, context);
    const hasKeys = source.text !== undefined || existsSync(source.path);
    const keys = all.length > 0 && hasKeys ? (await KeyRing.open(source, now)).ids : undefined;
    if (given.has('json')) context.stdout.write(`${JSON.stringify(all)}\n`);
    else if (all.length === 0) context.stdout.write('no token was issued here: nextbar token issue makes one\n');
    for (const one of given.has('json') ? [] : all) context.stdout.write(`${tokenLine(one, now, keys)}\n`);
    return 0;
  },
};

export const tokenRevokeCommand: Command = {
  name: 'token revoke',
  about: 'Revoke a token for good: running servers refuse it at once.',
  operands: 'ID',
  options: databaseOptions,
  run: async (given, context) => {
    const id = onlyOperand(given, 'token revoke needs the id of a token: see nextbar token list', 'token');
    // The id is checked first, so that a wrong one makes no platform.
    if (!(await issued(given, context)).some((one) => one.id === id)) throw usage(`there is no token '${id}': see nextbar token list`);
    return withTokens(given, context, async ({ tokens, audit }) => {
      await tokens.revoke(id);
      audit.add({ action: 'token revoke', outcome: 'done', token: id });
      context.stdout.write(`token ${id} is revoked\n`);
      return 0;
    });
  }, // prettier-ignore
};

export const tokenRotateCommand: Command = {
  name: 'token rotate',
  about: 'Add a new signing key. Tokens of older keys stay valid until they expire, unless --now is given.',
  options: [{ name: 'now', about: 'Retire all older keys at once: every token they signed is refused' }, ...databaseOptions],
  run: (given, context) =>
    withTokens(given, context, async ({ tokens, keys, audit }) => {
      const now = Math.floor(context.runtime.now());
      const used = new Set((await tokens.list()).filter((one) => one.expires > now && one.revoked === undefined).map((one) => one.keyId));
      const id = await keys.rotate(now, (key) => !given.has('now') && used.has(key));
      audit.add({ action: 'token rotate', outcome: 'done', detail: id });
      context.stdout.write(`key ${id} signs from now on\n`);
      return 0;
    }),
}; // prettier-ignore
