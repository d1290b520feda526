/** Where an account's keys come from: options first, then the environment, then a file or the keyring of the system. */
import { readFileSync, statSync } from 'node:fs';

import { checkNames, ConfigError } from '../../../core/index.ts';
import { keyringName, systemKeyring } from '../keyring.ts';

/** Keys of one account, as the exchange names them. Never printed. */
export interface Credentials {
  /** The key's public part. Never written to a log, an error or a journal. Default: from the environment, else from `configFile`. */
  readonly apiKey?: string;
  /** The key's secret. Never written to a log, an error or a journal. Default: from the environment, else from `configFile`. */
  readonly secret?: string;
  /** The passphrase that some exchanges want beside key and secret. Default: from the environment, else from `configFile`. */
  readonly password?: string;
}

const fields = ['apiKey', 'secret', 'password'] as const;

/** Files that have been warned of in this process. */
const warnedFiles = new Set<string>();

/**
 * The keys for an exchange.
 *
 * The environment is read as `BINANCE_API_KEY`, `BINANCE_SECRET`, `BINANCE_PASSWORD`, with sandbox on as
 * `BINANCE_SANDBOX_API_KEY` and so on: live keys are never sent to a sandbox, nor the other way round. The file is JSON:
 * `{ "binance": { "live": { "apiKey": "..." }, "sandbox": { ... } } }`.
 */
export function findCredentials(
  exchange: string,
  sandbox: boolean,
  given: Credentials,
  file: string | undefined,
  environment: Readonly<Record<string, string | undefined>>,
): Credentials {
  const prefix = `${exchange.toUpperCase()}_${sandbox ? 'SANDBOX_' : ''}`;
  const fromEnvironment: Credentials = present({
    apiKey: environment[`${prefix}API_KEY`],
    secret: environment[`${prefix}SECRET`],
    password: environment[`${prefix}PASSWORD`],
  });
  const account = sandbox ? 'sandbox' : 'live';
  const fromFile =
    file === undefined
      ? {}
      : file === keyringName
        ? fromKeyring(exchange, account)
        : readCredentials(file, exchange, account);
  return { ...fromFile, ...fromEnvironment, ...present(given) };
}

/** Keys in the keyring of the system. @throws {ConfigError} If it has none for the account. */
function fromKeyring(exchange: string, account: 'live' | 'sandbox', read = systemKeyring()): Credentials {
  const entry = (field: string): string => `${exchange}-${account}-${field}`;
  const found = present(Object.fromEntries(fields.map((field) => [field, read(entry(field))])));
  if (found.apiKey !== undefined) return found;
  throw new ConfigError(`the keyring has no entry ${entry('apiKey')} of the service nextbar`, {
    context: { field: 'apiKey', exchange },
  });
}

function readCredentials(file: string, exchange: string, account: 'live' | 'sandbox'): Credentials {
  let content: unknown;
  try {
    content = JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    const why = error instanceof SyntaxError ? 'is not JSON' : 'cannot be read';
    throw new ConfigError(`configFile ${file} ${why}`, { context: { field: 'configFile', file } });
  }
  warnIfOpen(file);
  const found = fieldOf(fieldOf(content, exchange), account);
  if (found === undefined) return {};
  if (typeof found !== 'object' || found === null) {
    throw new ConfigError(`${exchange}.${account} in configFile ${file} must be an object`, { context: { file } });
  }
  checkNames(`field of ${exchange}.${account} in configFile`, found, fields);
  return present(found);
}

/** Warns, once for a file, that other users of this computer can read its keys. Windows has no such bits. */
function warnIfOpen(file: string): void {
  if (process.platform === 'win32' || warnedFiles.has(file) || (statSync(file).mode & 0o077) === 0) return;
  warnedFiles.add(file);
  process.emitWarning(
    `configFile ${file} holds keys that other users of this machine can read: run chmod 600 ${file}`,
    {
      type: 'KeyFileWarning',
      code: 'key-file-open',
    },
  );
}

function fieldOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[name] : undefined;
}

function present(given: object): Credentials {
  const entries = fields.map((name) => [name, (given as Record<string, unknown>)[name]] as const);
  return Object.fromEntries(entries.filter(([, value]) => typeof value === 'string' && value !== ''));
}
