/**
 * The gate that every request and every socket message of a ccxt exchange leaves through.
 *
 * This release trades no real money. What is decided here is decided on the finished request, with its final address and headers, because
 * options, the environment, files and changes to the exchange object all end there: whatever is signed, carries a key or addresses orders
 * or an account leaves for a test network only. Public data goes anywhere.
 */
import { ConfigError } from '../../../core/index.ts';
import type { TestHost } from './test-network.ts';

/** A request as it would go out. */
export interface Outgoing {
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly body: unknown;
  /** The section of the venue's API that ccxt signed it for, such as `public`; undefined for a request that did not come from there. */
  readonly section?: string | undefined;
}

/** Names of headers that identify an account. */
const keyHeader = /auth|key|sign|secret|passphrase|token|cookie|session/i;
/** Names of parameters, in an address or a body, that identify an account. */
const keyField =
  /^(?:api[-_]?key|access[-_]?key(?:[-_]?id)?|signature|sign|sig|hmac|passphrase|password|secret|listen[-_]?key|access[-_]?token|private[-_]?key)$/i;
/** Steps of a path that address orders or an account. */
const accountStep =
  /^(?:private|(?:(?:place|create|add|new|cancel|amend|edit|modify|replace|close|batch|open|all|algo|plan|tpsl|stop|trigger)[-_]?)*orders?(?:[-_]?(?:list|oco|test|cancel|create|place))?|withdraw\w*|transfer\w*|listen[-_]?key|user[-_]?data[-_]?stream\w*|positions?|accounts?|balances?|wallets?|my[-_]?trades|executions|leverage)$/i;
/** What a socket message does that identifies an account or addresses its orders. */
const accountAct =
  /^(?:log[-_]?[io]n|auth\w*|session\.logon|.*\border[._-]?(?:create|place|cancel|amend|edit|modify|replace|batch|list|test)\b.*|(?:private[/._-]|batch[-_]?)?(?:create|place|cancel|amend|edit|modify|replace|add|buy|sell)[-_.]?(?:all|batch)?[-_.]?(?:orders?)?|orders?\.\w+|private[/.]\w+.*)$/i;

/** Why a request would act on an account; undefined for public data. */
export function accountUse(request: Outgoing, secrets: readonly string[]): string | undefined {
  const { method, url, headers, body, section } = request;
  const text = typeof body === 'string' ? body : body === undefined || body === null ? '' : JSON.stringify(body);
  if (carries([url, text, ...Object.values(headers).map(String)], secrets)) return 'carries a key';
  if (Object.keys(headers).some((name) => keyHeader.test(name))) return 'is signed';
  const address = URL.canParse(url) ? new URL(url) : undefined;
  if (address === undefined) return 'has no address that can be checked';
  if (address.username !== '' || address.password !== '') return 'carries a key';
  if ([...address.searchParams.keys(), ...fieldsOf(text)].some((name) => keyField.test(name))) return 'is signed';
  if (section !== undefined && /private/i.test(section)) return 'goes to a private endpoint';
  if (section !== undefined && /public/i.test(section)) return undefined;
  if (!/^(?:GET|HEAD)$/i.test(method) && !isPublicCall(address, text)) return 'may place an order';
  const steps = address.pathname.split(/[/.]/);
  return steps.some((step) => accountStep.test(step)) ? 'goes to an order or account endpoint' : undefined;
}

/** Hyperliquid's market data, which is asked for by POST. */
function isPublicCall({ pathname }: URL, text: string): boolean {
  return pathname === '/info' && !text.includes('"user"');
}

/** Why a socket, or a message on it, would act on an account; undefined for public data. */
export function accountUseOfSocket(url: string, message: unknown, secrets: readonly string[]): string | undefined {
  const text =
    message === undefined || message === null ? '' : typeof message === 'string' ? message : JSON.stringify(message);
  if (carries([url, text], secrets)) return 'carries a key';
  const address = URL.canParse(url) ? new URL(url) : undefined;
  if (address === undefined) return 'has no address that can be checked';
  if ([...address.searchParams.keys()].some((name) => keyField.test(name)) || address.searchParams.has('token'))
    return 'is signed';
  const steps = address.pathname.split('/');
  // A key to an account's own stream stands in the path by itself.
  if (steps.some((step) => /^[A-Za-z0-9_-]{40,}$/.test(step))) return 'carries a key';
  if (/^(?:private|auth|user|users)$/i.test(steps.at(-1) ?? '') || /\b(?:private|auth)\b/i.test(address.hostname)) {
    return "goes to an account's stream";
  }
  if (fieldsOf(text).some((name) => keyField.test(name))) return 'is signed';
  const acts = valuesOf(text, /^(?:op|method|event|action|type|cmd|command|request|channel|reqid|e)$/i);
  return acts.some((act) => accountAct.test(act)) ? 'acts on an account' : undefined;
}

function carries(texts: readonly string[], secrets: readonly string[]): boolean {
  const forms = secrets
    .filter((secret) => secret.length > 3)
    .flatMap((secret) => [secret, encodeURIComponent(secret), JSON.stringify(secret).slice(1, -1)]);
  return texts.some((text) => forms.some((form) => text.includes(form)));
}

/** Names of the fields of a body: JSON at any depth, or a form. */
function fieldsOf(text: string): string[] {
  return text.startsWith('{') || text.startsWith('[')
    ? [...text.matchAll(/"([^"\\]{1,60})"\s*:/g)].map((match) => match[1]!)
    : text.split('&').map((part) => part.split('=')[0]!);
}

/** Values, by name of their field, of JSON at any depth. */
function valuesOf(text: string, name: RegExp): string[] {
  return [...text.matchAll(/"([^"\\]{1,60})"\s*:\s*"([^"\\]{1,80})"/g)].flatMap(([, field, value]) =>
    name.test(field!) ? [value!] : [],
  );
}

/** Lets through what may leave, and refuses the rest before a socket opens. */
export class OutgoingGate {
  readonly #exchange: string;
  readonly #hosts: readonly TestHost[];
  readonly #secrets: () => readonly string[];

  /** @param secrets - The keys that are in force at the moment of a request. */
  constructor(exchange: string, hosts: readonly TestHost[], secrets: () => readonly string[]) {
    this.#exchange = exchange;
    this.#hosts = hosts;
    this.#secrets = secrets;
  }

  /** @throws {ConfigError} `real-money`, if the request acts on an account and does not go to a test network. */
  request(request: Outgoing): void {
    const use = accountUse(request, this.#secrets());
    if (use === undefined || this.#isTest(request.url, request.headers)) return;
    throw this.#refusal(`${request.method} ${shown(request.url)}`, use);
  }

  /** The same for a socket, and for a message that is sent on it. */
  socket(url: string, message?: unknown): void {
    const use = accountUseOfSocket(url, message, this.#secrets());
    if (use === undefined || this.#isTest(url, {})) return;
    throw this.#refusal(`a socket to ${shown(url)}`, use);
  }

  #isTest(url: string, headers: Readonly<Record<string, unknown>>): boolean {
    if (!URL.canParse(url)) return false;
    const { host, pathname } = new URL(url);
    return this.#hosts.some((one) => {
      if (one.host !== host) return false;
      if (one.path !== undefined && !pathname.startsWith(one.path)) return false;
      if (one.header === undefined) return true;
      const [name, value] = one.header;
      const sent = Object.entries(headers).filter(([given]) => given.toLowerCase() === name);
      return sent.length > 0 && sent.every(([, given]) => String(given) === value);
    });
  }

  #refusal(what: string, use: string): ConfigError {
    return new ConfigError(
      `${this.#exchange}: ${what} ${use} and does not go to a test network, and this release trades no real money: ` +
        'set sandbox: true, or use paper mode',
      { code: 'real-money', context: { exchange: this.#exchange, field: 'sandbox' } },
    );
  }
}

/** An address without its query: keys stand there. */
function shown(url: string): string {
  if (!URL.canParse(url)) return 'an address that is none';
  const { protocol, host, pathname } = new URL(url);
  const path = pathname.replace(/[A-Za-z0-9_-]{40,}/g, '***');
  return `${protocol}//${host}${path}`;
}
