/** `nextbar serve`: the HTTP API of the platform. */
import { readFileSync } from 'node:fs';

import { messageOf } from '../../core/index.ts';
import { printable } from '../output/printable.ts';
import type { Command, CommandContext, GivenOptions } from '../shell/command.ts';
import { flag, flagsNamed } from '../shell/flags.ts';
import { wholeNumber } from '../shell/options.ts';
import { usage } from '../shell/usage.ts';
import { auditPath, databaseAddress, databaseOptions, keySource } from './options.ts';
import { untilEnd } from './until-end.ts';

async function run(given: GivenOptions, context: CommandContext): Promise<number> {
  if (given.has('tls-cert') !== given.has('tls-key')) throw usage('--tls-cert and --tls-key are given together');
  const { AuditLog, defaultPort, KeyRing, openDatabase, startServer, Tokens } = await import('../../server/index.ts');
  const { runtime } = context;
  const now = Math.floor(runtime.now());
  const database = await openDatabase(databaseAddress(given, context), now);
  try {
    const keys = await KeyRing.open(keySource(given, context), now);
    const [host, folder, sessions] = [given.get('host'), given.get('folder'), given.get('sessions')];
    const rateLimit = wholeNumber(given, 'requests-per-minute', 1);
    const server = await startServer({
      runtime,
      database,
      tokens: new Tokens(database, keys, runtime),
      audit: new AuditLog(auditPath(given, context), runtime),
      port: wholeNumber(given, 'port', 0, 65_535) ?? defaultPort,
      allowedHosts: given.all('allow-host'),
      isPublicAllowed: given.has('insecure-public'),
      isBehindProxy: given.has('behind-proxy'),
      ...(host !== undefined && { host }),
      ...(folder !== undefined && { folder }),
      ...(sessions !== undefined && { sessions }),
      ...(rateLimit !== undefined && { rateLimit }),
      ...(given.has('tls-cert') && { tls: { cert: pem(given, 'tls-cert'), key: pem(given, 'tls-key') } }),
      onFault: (error) => context.stderr.write(`fault: ${printable(error.message)}\n`),
    });
    const refresh = runtime.every(1_000, () => {
      try {
        keys.refresh();
      } catch (error) {
        context.stderr.write(`the keys could not be read again: ${printable(messageOf(error))}\n`);
      }
    });
    try {
      context.stdout.write(given.has('json') ? `${JSON.stringify({ url: server.url })}\n` : `serving at ${server.url}\n  dashboard  ${server.url}/\n  API        ${server.url}/docs\n  tokens     nextbar token issue --scope read:bars --scope read:metadata\n`);
      await untilEnd(context, (signal) => new Promise((resolve) => {
        signal.addEventListener('abort', () => {
          resolve();
        });
      }));
    } finally {
      refresh.cancel();
      await server.close();
    }
    return 0;
  } finally {
    await database.close();
  }
} // prettier-ignore

function pem(given: GivenOptions, name: string): string {
  const path = given.get(name)!;
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw usage(`--${name} ${path} cannot be read: ${messageOf(error)}`);
  }
}

export const serveCommand: Command = {
  name: 'serve',
  about: 'Serve exchanges, bars, runs and live sessions over HTTP, to clients with a token.',
  options: [
    { name: 'host', value: 'ADDRESS', about: 'Address to listen on (default 127.0.0.1)' },
    { name: 'port', value: 'N', about: 'Port to listen on (default 8790; 0 for a free one)' },
    { name: 'tls-cert', value: 'FILE', about: 'Certificate as PEM, with --tls-key' },
    { name: 'tls-key', value: 'FILE', about: 'Its private key as PEM' },
    { name: 'allow-host', value: 'NAME', isRepeated: true, about: 'A name by which clients reach the server, beside localhost' },
    { name: 'insecure-public', about: 'Listen beyond this machine without TLS: in a closed network, or behind a proxy that has TLS' },
    { name: 'behind-proxy', about: "Take the client's address from X-Forwarded-For, which a proxy must set" },
    { name: 'requests-per-minute', value: 'N', api: ['rateLimit'], about: 'Requests that one address may send in a minute (default 300000)' },
    ...databaseOptions,
    ...flagsNamed('folder', 'sessions'),
    flag('json', { about: 'Print its address as one line of JSON' }),
  ],
  examples: ['nextbar serve', 'nextbar serve --host 0.0.0.0 --allow-host data.example.org --tls-cert cert.pem --tls-key key.pem'],
  run,
}; // prettier-ignore
