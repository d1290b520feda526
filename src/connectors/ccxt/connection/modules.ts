/** Loads one exchange's ccxt module, so that a program pays for the exchanges it uses and for no other. */
import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';

import { ConnectorError, unknownName } from '../../../core/index.ts';
import type { CcxtExchange } from './exchange.ts';

/** What ccxt's classes take: its own options, and `urls`, `options`, `httpAgent` and the like. */
export type ExchangeConfig = Readonly<Record<string, unknown>>;

/** A ccxt exchange class. */
export type ExchangeClass = new (config: ExchangeConfig) => CcxtExchange;

let root: string | undefined;
let ids: readonly string[] | undefined;

/** The folder of the installed ccxt package. */
function ccxtRoot(): string {
  root ??= dirname(dirname(createRequire(import.meta.url).resolve('ccxt')));
  return root;
}

/** The id of every exchange that the installed ccxt knows, in order of name. */
export function exchangeIds(): readonly string[] {
  ids ??= readdirSync(join(ccxtRoot(), 'js', 'src'))
    .filter((name) => name.endsWith('.js'))
    .map((name) => name.slice(0, -3))
    .sort();
  return ids;
}

/** The installed ccxt's version, from its package file: the library itself reports another one. */
export function ccxtVersion(): string {
  return (JSON.parse(readFileSync(join(ccxtRoot(), 'package.json'), 'utf8')) as { version: string }).version;
}

/**
 * The class of one exchange.
 *
 * @param streams - Loads the class with streams; for an exchange without streams, its plain class.
 * @throws {ConfigError} If ccxt knows no exchange of this id; the message names the nearest one.
 */
export async function loadExchangeClass(id: string, streams = false): Promise<ExchangeClass> {
  checkExchange(id);
  const source = join(ccxtRoot(), 'js', 'src');
  const folder = streams && readdirSync(join(source, 'pro')).includes(`${id}.js`) ? join(source, 'pro') : source;
  const loaded = (await import(pathToFileURL(join(folder, `${id}.js`)).href)) as { default?: ExchangeClass };
  if (loaded.default === undefined) {
    throw new ConnectorError(`ccxt ${ccxtVersion()} has no class in its module of exchange ${id}`);
  }
  return loaded.default;
}

/** Throws a ConfigError when ccxt knows no exchange of this id. */
export function checkExchange(id: string): void {
  if (!exchangeIds().includes(id)) throw unknownName('exchange', id, exchangeIds());
}
