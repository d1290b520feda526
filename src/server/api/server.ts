/** The HTTP server of the platform: its gates in the order in which every request passes them, then its routes. */
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest, FastifySchema } from 'fastify';

import { ConfigError, messageOf, type Runtime } from '../../core/index.ts';
import { assetOf, assetPaths } from '../dashboard/assets.ts';
import type { Database } from '../database/database.ts';
import type { AuditLog } from '../security/audit.ts';
import { protectingHeaders } from '../security/headers.ts';
import type { Scope } from '../security/scopes.ts';
import type { Identity, Refusal, Tokens } from '../security/tokens.ts';
import { openAnswers, type QuestionName } from './answers.ts';
import type { BarQuery } from './bar-answers.ts';
import { control } from './control.ts';
import { endpoints, type Endpoint, type EndpointName } from './endpoints.ts';
import { Events } from './events.ts';
import { addressOf, bearerOf, checkHost, checkOrigin, checkTarget, isLoopbackHost } from './gates.ts';
import { Metrics } from './metrics.ts';
import { sendRange } from './ranges.ts';
import { faultText, refuse, Refused } from './refusal.ts';
import {
  acceptedShape,
  errorShape,
  healthShape,
  messageShape,
  params as paramShapes,
  webhookShape,
} from './schemas.ts';
import { takeSigned, takeWebhook, type SignalParts } from './signals.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** The scope that a token needs here. A route states either this or `isOpen`. */
    readonly scope?: Scope;
    /** Whether the route needs no token. */
    readonly isOpen?: boolean;
  }
  interface FastifyRequest {
    identity: Identity | undefined;
    /** The body as it was sent: what a signature is over. */
    rawBody: string | undefined;
  }
}

/** Options of the server. */
export interface ServerOptions {
  readonly runtime: Runtime;
  readonly database: Database;
  readonly tokens: Tokens;
  readonly audit: AuditLog;
  /** Folder of the bar store and of the registry of runs. Default `data-cache`. */
  readonly folder?: string;
  /** Folder of the sessions. Default `sessions`. */
  readonly sessions?: string;
  /** Address to listen on. Default `127.0.0.1`. */
  readonly host?: string;
  /** Port to listen on; 0 for a free one. Default 8790. */
  readonly port?: number;
  /** Certificate and key, as PEM texts. */
  readonly tls?: { readonly cert: string; readonly key: string };
  /** Listen beyond this machine without TLS: for a network that is closed, or behind a proxy that has TLS. */
  readonly isPublicAllowed?: boolean;
  /** Names by which clients reach the server, beside this machine's own. */
  readonly allowedHosts?: readonly string[];
  /** Take the client's address from the proxy's header. Default false. */
  readonly isBehindProxy?: boolean;
  /** Requests of one address in a minute. Default 300,000: it bounds a runaway client. */
  readonly rateLimit?: number;
  /** How long a client may take to send its headers, and its whole request, milliseconds. Defaults 10,000 and 15,000. */
  readonly headersTimeoutMs?: number;
  readonly requestTimeoutMs?: number;
  /** Called with an error that is the server's own fault. */
  readonly onFault?: (error: Error) => void;
}

/** A server that listens. */
export interface RunningServer {
  /** Its address, such as `http://127.0.0.1:8790`. */
  readonly url: string;
  /** Answers what it has begun, and stops. */
  close(): Promise<void>;
}

const largestWebhook = 8_192;
const [largestBody, largestHeader, longestPart, mostConnections] = [16_384, 8_192, 200, 1_000];
const [defaultRate, controlRate, minuteMs] = [300_000, 60, 60_000];
/** Failed tokens of one address in a minute, after which its tokens are not looked at. */
const mostFailures = 100;

/** The default port. */
export const defaultPort = 8_790;

/**
 * Starts the server.
 *
 * @throws {ConfigError} If it would listen beyond this machine without TLS and without leave, or without names that clients may use.
 */
export async function startServer(options: ServerOptions): Promise<RunningServer> {
  const { host = '127.0.0.1', port = defaultPort, tls } = options;
  checkBinding(options, host);
  const { app, close } = await makeApp(options);
  try {
    await app.listen({ host, port });
  } catch (error) {
    await close();
    const { code } = error as NodeJS.ErrnoException;
    if (code === undefined) throw error;
    throw new ConfigError(
      `cannot listen on ${host}:${port}: ${code === 'EADDRINUSE' ? 'the port is taken; choose another with --port' : messageOf(error)}`,
      { code: 'cannot-listen', context: { host, port } },
    );
  }
  const address = app.server.address();
  const bound = typeof address === 'object' && address !== null ? address.port : port;
  return {
    url: `${tls === undefined ? 'http' : 'https'}://${host.includes(':') ? `[${host}]` : host}:${bound}`,
    close,
  };
}

function checkBinding({ tls, isPublicAllowed = false, allowedHosts = [] }: ServerOptions, host: string): void {
  if (isLoopbackHost(host)) return;
  if (tls === undefined && !isPublicAllowed) {
    throw new ConfigError(
      `host ${host} reaches beyond this machine and tokens would travel unencrypted: give --tls-cert and --tls-key, or --insecure-public behind a proxy that has TLS`,
      { code: 'public-without-tls', context: { host } },
    );
  }
  if (allowedHosts.length === 0) {
    throw new ConfigError(
      `host ${host} reaches beyond this machine: name with --allow-host how clients call it, such as nextbar.example.org`,
      { code: 'no-allowed-host', context: { host } },
    );
  }
}

/** Makes the application without a socket: tests ask it directly. */
export async function makeApp(
  options: ServerOptions,
): Promise<{ readonly app: FastifyInstance; readonly close: () => Promise<void> }> {
  const { runtime, database, tls, folder = 'data-cache', sessions = 'sessions' } = options;
  const [{ default: fastify }, zodProvider, { default: rateLimit }, { default: swagger }] = await Promise.all([
    import('fastify'),
    import('fastify-type-provider-zod'),
    import('@fastify/rate-limit'),
    import('@fastify/swagger'),
  ]);
  const headersTimeout = options.headersTimeoutMs ?? 10_000;
  const serverOptions = {
    headersTimeout,
    connectionsCheckingInterval: Math.min(1_000, headersTimeout),
    maxHeaderSize: largestHeader,
  };
  const app = fastify({
    bodyLimit: largestBody,
    routerOptions: { maxParamLength: longestPart },
    trustProxy: options.isBehindProxy ?? false,
    requestTimeout: options.requestTimeoutMs ?? 15_000,
    keepAliveTimeout: 30_000,
    connectionTimeout: 60_000,
    forceCloseConnections: true,
    // A machine under load takes longer to load packages than the default allows.
    pluginTimeout: 120_000,
    onProtoPoisoning: 'error',
    onConstructorPoisoning: 'error',
    frameworkErrors: (error: Error, _request: FastifyRequest, reply: FastifyReply) => {
      void answerError(error, reply);
    },
    ...(tls === undefined
      ? { http: serverOptions }
      : { https: { ...serverOptions, ...tls, minVersion: 'TLSv1.2' as const } }),
  } as object) as unknown as FastifyInstance;
  app.server.maxConnections = mostConnections;

  const answers = await openAnswers({ runtime, database, folder, sessions });
  const metrics = await Metrics.make(database, sessions, runtime);
  const failures = new Failures(runtime);
  const events = new Events({
    sessions, runtime,
    isBehindProxy: options.isBehindProxy ?? false,
    verify: (token) => options.tokens.verify(token),
    identify: (token, address) => identify({ action: 'GET /v1/events', address }, token, options, failures),
    checkScope: (identity, address) => {
      checkScope({ action: 'GET /v1/events', address }, identity, 'read:runs', options.audit);
    },
  }); // prettier-ignore
  const signalParts: SignalParts = { sessions, runtime, database, tokens: options.tokens, audit: options.audit };

  app.setValidatorCompiler(zodProvider.validatorCompiler);
  app.setSerializerCompiler(zodProvider.serializerCompiler);
  app.decorateRequest('identity', undefined);
  app.decorateRequest('rawBody', undefined);
  readBodies(app);

  app.addHook('onRoute', (route) => {
    // A route that says nothing about tokens would be open by oversight.
    const { scope, isOpen } = route.config ?? {};
    if ((scope === undefined) === (isOpen !== true))
      throw new Error(`route ${route.url} must state a scope or that it is open`);
  });
  const headers = await protectingHeaders(tls !== undefined);
  app.addHook('onRequest', (request, reply, done) => {
    for (const [name, value] of headers) reply.raw.setHeader(name, value);
    try {
      checkHost(request.headers.host, options);
      checkTarget(request.raw.url, options);
      checkOrigin(request.headers.origin, request.headers.host);
      done();
    } catch (error) {
      done(error as Error);
    }
  });
  await app.register(rateLimit, {
    max: options.rateLimit ?? defaultRate,
    timeWindow: minuteMs,
    hook: 'onRequest',
    keyGenerator: addressOf,
    errorResponseBuilder: (_request, { after }) =>
      refuse(429, 'too-many-requests', `too many requests: try again in ${after}`),
  });
  app.addHook('preParsing', async (request) => {
    const { scope, isOpen } = request.routeOptions.config;
    if (isOpen === true || scope === undefined) return;
    const identity = await identify(askedOf(request), bearerOf(request.headers.authorization), options, failures);
    checkScope(askedOf(request), identity, scope, options.audit);
    request.identity = identity;
  });
  app.addHook('onSend', (_request, reply, payload, done) => {
    if (!reply.hasHeader('cache-control')) reply.header('cache-control', 'no-store');
    done(null, payload);
  });
  app.addHook('onResponse', (request, reply, done) => {
    metrics.observe(request.method, routeOf(request), reply.statusCode, reply.elapsedTime);
    done();
  });
  app.setErrorHandler((error: Error, request, reply) => {
    if (!(error instanceof Refused) && statusOf(error) === 500) {
      options.onFault?.(error);
      options.audit.add({
        action: `${request.method} ${request.routeOptions.url ?? ''}`,
        outcome: 'failed',
        subject: request.identity?.subject,
        detail: error.name,
      });
    }
    return answerError(error, reply);
  });
  app.setNotFoundHandler({ preHandler: app.rateLimit() }, (_request, reply) =>
    answerError(refuse(404, 'not-found', 'there is no such page'), reply),
  );

  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'nextbar',
        version: '1',
        description:
          'Exchanges, bars, runs and live sessions. Every endpoint takes a token as `Authorization: Bearer TOKEN`.',
      },
      components: { securitySchemes: { token: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' } } },
    },
    transform: zodProvider.jsonSchemaTransform,
  });
  const leaveSockets = await events.listen(app.server, options);

  await app.register((api, _options, done) => {
    const { to, bars } = answers;
    const handlers: Readonly<Record<string, (request: FastifyRequest, reply: FastifyReply) => unknown>> = {
      bars: async (request, reply) => {
        const answer = await bars.answer(request.url.slice(request.url.indexOf('?')), request.query as BarQuery);
        metrics.bars(answer.bars);
        return sendRange(request, reply, answer);
      },
      stop: (request, reply) => control('stop', request, reply, { sessions, runtime, audit: options.audit }),
      flatten: (request, reply) => control('flatten', request, reply, { sessions, runtime, audit: options.audit }),
      signal: async (request, reply) => {
        const accepted = await takeSigned(request, signalParts);
        reply.code(202);
        return accepted;
      },
    };
    for (const [name, endpoint] of Object.entries(endpoints) as [EndpointName, Endpoint][]) {
      api.route({
        method: endpoint.method,
        url: endpoint.path,
        schema: schemaOf(name, endpoint),
        config: {
          scope: endpoint.scope,
          ...(endpoint.method === 'POST' && { rateLimit: { max: controlRate, timeWindow: minuteMs } }),
        },
        handler: handlers[name] ?? (({ query, params }) => to[name as QuestionName](query, params)),
      });
    }
    api.get('/v1/runs/:run/report', { schema: { params: paramShapes.run, response: refusals, tags: ['Runs'], summary: 'The HTML report of a run', security: [{ token: ['read:runs'] }] }, config: { scope: 'read:runs' } }, async (request, reply) => {
      const page = await answers.runs.report((request.params as { readonly run: number }).run);
      // A report has scripts of its own: opened from here, it may reach nothing.
      return reply.header('content-type', 'text/html; charset=utf-8').header('content-security-policy', "sandbox allow-scripts; default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data:").send(page);
    }); // prettier-ignore
    api.post('/v1/webhook', { bodyLimit: largestWebhook, schema: { body: webhookShape, response: { 202: acceptedShape, '4xx': errorShape }, tags: ['Sessions'], summary: 'An unsigned signal of a service that can set no headers: a token of send:webhooks, the session and the time stand in its body' }, config: { isOpen: true, rateLimit: { max: controlRate, timeWindow: minuteMs } } }, async (request, reply) => {
      const { token } = request.body as { readonly token: string };
      const identity = await identify(askedOf(request), token, options, failures);
      checkScope(askedOf(request), identity, 'send:webhooks', options.audit);
      const accepted = await takeWebhook(request, identity, signalParts);
      reply.code(202);
      return accepted;
    }); // prettier-ignore
    // The upgrade itself is taken before the router: this describes it, and answers who does not ask for one.
    api.get('/v1/events', { schema: eventsSchema, config: { scope: 'read:runs' } }, () => {
      throw refuse(426, 'upgrade-required', 'this is a WebSocket: ask for an upgrade');
    });
    api.get('/metrics', { schema: { response: refusals, tags: ['Server'], summary: 'Metrics for Prometheus', security: [{ token: ['read:metrics'] }] }, config: { scope: 'read:metrics' } }, async (_request, reply) => {
      return reply.header('content-type', metrics.contentType).send(await metrics.text(events.clients));
    }); // prettier-ignore
    api.get('/health', { schema: { tags: ['Server'], summary: 'Whether the server and its database answer', response: { 200: healthShape, 503: healthShape } }, config: { isOpen: true } }, async (_request, reply) => {
      try {
        await database.rows('SELECT 1 AS one');
        return { status: 'ok' as const };
      } catch {
        reply.code(503);
        return { status: 'unavailable' as const, detail: 'the database does not answer' };
      }
    }); // prettier-ignore
    api.get('/openapi.json', { schema: { hide: true }, config: { isOpen: true } }, () => app.swagger());
    for (const path of assetPaths) {
      api.get(path, { schema: { hide: true }, config: { isOpen: true } }, (request, reply) => {
        const { body, type, etag } = assetOf(path);
        reply.header('cache-control', 'no-cache').header('etag', etag);
        return request.headers['if-none-match'] === etag
          ? reply.code(304).send()
          : reply.header('content-type', type).send(body);
      });
    }
    done();
  });
  await app.ready();
  return {
    app,
    close: async () => {
      events.close();
      leaveSockets();
      await app.close();
      answers.close();
    },
  };
}

/** The route of a request; one that the router refused has none, and Fastify throws when it is asked for it. */
function routeOf(request: FastifyRequest): string {
  try {
    return request.routeOptions.url ?? 'unknown';
  } catch {
    return 'unknown';
  }
}

function schemaOf(name: string, { query, params, body, answer, about, tag, scope, path, method }: Endpoint): object {
  return {
    operationId: name,
    querystring: query,
    ...(body !== undefined && { body }),
    ...(path.includes(':') && { params }),
    response: { [method === 'POST' ? 202 : 200]: answer, '4xx': errorShape },
    tags: [tag],
    summary: about,
    security: [{ token: [scope] }],
  };
}

/** The WebSocket of live events, as far as OpenAPI can say it. */
const eventsSchema = {
  operationId: 'events',
  tags: ['Sessions'],
  summary:
    'A WebSocket of live events: first every session, then each session as it changes, and each event in one. A browser, which can set no headers, offers the protocols nextbar.v1 and token.TOKEN. It closes with 4401 when the token is refused, expires or is revoked, 4408 when the reader is too slow, 1013 when too many listen',
  response: {
    101: messageShape.describe('The connection is open; each message is one of these, as JSON'),
    '4xx': errorShape,
  },
  security: [{ token: ['read:runs'] }],
};

/** The answers that refuse a request, of routes whose own answers are no JSON. */
const refusals = { '4xx': errorShape };

/** JSON alone. */
function readBodies(app: FastifyInstance): void {
  app.removeAllContentTypeParsers();
  const parse = app.getDefaultJsonParser('error', 'error');
  app.addContentTypeParser('application/json', { parseAs: 'string' }, (request, body, done) => {
    request.rawBody = body as string;
    if (body.length === 0) done(null, undefined);
    else void parse(request, body as string, done);
  });
}

/** Refuses an identity that lacks a scope. */
function checkScope({ action, address }: Asked, identity: Identity, scope: Scope, audit: AuditLog): void {
  if (identity.scopes.has(scope)) return;
  audit.add({
    action,
    outcome: 'refused',
    subject: identity.subject,
    token: identity.token,
    address,
    detail: `needs ${scope}`,
  });
  throw refuse(403, 'forbidden', `this needs a token with the scope ${scope}`);
}

/** What is asked for, and from where: for limits and the audit log. */
interface Asked {
  readonly action: string;
  readonly address: string;
}

function askedOf(request: FastifyRequest): Asked {
  return { action: `${request.method} ${request.routeOptions.url ?? ''}`, address: addressOf(request) };
}

async function identify(
  { action, address }: Asked,
  token: string | undefined,
  { tokens, audit }: ServerOptions,
  failures: Failures,
): Promise<Identity> {
  if (failures.isTooMany(address))
    throw refuse(429, 'too-many-failures', 'too many refused tokens from this address: wait a minute');
  const found: Identity | Refusal = token === undefined ? 'missing' : await tokens.verify(token);
  if (typeof found !== 'string') return found;
  if (token !== undefined) failures.add(address);
  audit.add({ action, outcome: 'refused', address, detail: `token ${found}` });
  throw refuse(401, 'unauthorized', unauthorized[found] ?? 'the token is not valid');
}

const unauthorized: Partial<Record<Refusal, string>> = {
  missing: 'a token is needed: Authorization: Bearer TOKEN',
  expired: 'the token has expired',
};

/** How often tokens of an address were refused in this minute. */
class Failures {
  readonly #runtime: Runtime;
  readonly #counts = new Map<string, number>();
  #minute = -1;

  constructor(runtime: Runtime) {
    this.#runtime = runtime;
  }

  isTooMany(address: string): boolean {
    const minute = Math.floor(this.#runtime.elapsed() / minuteMs);
    if (minute !== this.#minute) this.#counts.clear();
    this.#minute = minute;
    return (this.#counts.get(address) ?? 0) >= mostFailures;
  }

  add(address: string): void {
    if (this.#counts.size < 10_000 || this.#counts.has(address))
      this.#counts.set(address, (this.#counts.get(address) ?? 0) + 1);
  }
}

function statusOf(error: Error): number {
  if (error instanceof Refused) return error.status;
  const { statusCode, code } = error as { readonly statusCode?: number; readonly code?: string };
  if (code === 'database') return 503;
  return statusCode !== undefined && statusCode >= 400 && statusCode < 500 ? statusCode : 500;
}

/** An error as the client may see it: what is wrong with its request, and nothing of the server's inside. */
function answerError(error: Error, reply: FastifyReply): FastifyReply {
  const status = statusOf(error);
  const { code, message } = bodyOf(error, status, reply.request.routeOptions.schema);
  if (status === 401)
    reply.header(
      'www-authenticate',
      `Bearer realm="nextbar", error="${code === 'unauthorized' ? 'invalid_token' : code}"`,
    );
  return reply
    .code(status)
    .header('content-type', 'application/json; charset=utf-8')
    .header('cache-control', 'no-store')
    .serializer(JSON.stringify)
    .send({ error: { code, message } });
}

function bodyOf(
  error: Error,
  status: number,
  schema: FastifySchema | undefined,
): { readonly code: string; readonly message: string } {
  if (error instanceof Refused) return { code: error.code, message: error.message };
  const { validation, validationContext } = error as FastifyError;
  const [issue] = validation ?? [];
  if (issue !== undefined) {
    const { keyword: code, message = 'is not valid' } = issue;
    const { shape = {} } = (schema?.[validationContext as 'body'] ?? {}) as { readonly shape?: object };
    const field = issue.instancePath.replace(/^\//, '').replaceAll('/', '.');
    return { code: 'bad-request', message: faultText(field, { ...issue.params, code, message }, Object.keys(shape)) };
  }
  if (status === 503) return { code: 'unavailable', message: 'the database does not answer' };
  if (status === 500) return { code: 'internal', message: 'the server met an error of its own' };
  const known: Readonly<Record<number, string>> = {
    400: 'the request cannot be read',
    413: `a body may have ${largestBody} bytes at most`,
    414: 'a part of the path is too long',
    415: 'a body must be JSON',
    429: error.message,
  };
  return { code: status === 413 ? 'too-large' : 'bad-request', message: known[status] ?? 'the request is refused' };
}
