/** The application: the gates in the order in which every request passes them, then its routes. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';

import { protectingHeaders } from '../security/headers.ts';
import type { Scope } from '../security/scopes.ts';
import type { Identity } from '../security/tokens.ts';
import { openAnswers } from './answers.ts';
import { Events } from './events.ts';
import { askedOf, Doorkeeper } from './gate/doorkeeper.ts';
import { answerError, largestBody, statusOf } from './gate/error-answer.ts';
import { addressOf, bearerOf, checkHost, checkOrigin, checkTarget } from './gate/gates.ts';
import { refuse, Refused } from './gate/refusal.ts';
import { Metrics } from './metrics.ts';
import type { ServerOptions } from './options.ts';
import { addRoutes } from './routes.ts';
import type { SignalParts } from './signals.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** The scope that a token needs here. A route states either this or `isOpen`. */
    readonly scope?: Scope;
    /** Whether the route needs no token. */
    readonly isOpen?: boolean;
  }
  interface FastifyRequest {
    identity: Identity | undefined;
    /** The body as it was sent, over which signatures are made. */
    rawBody: string | undefined;
  }
}

const [largestHeader, longestPart, mostConnections] = [8_192, 200, 1_000];
const [defaultRate, minuteMs] = [300_000, 60_000];

/** Makes the application without a socket, so that tests can call it directly. */
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
    // A loaded machine takes longer to load packages than the default allows.
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
  const doorkeeper = new Doorkeeper(options);
  const signals: SignalParts = { sessions, runtime, database, tokens: options.tokens, audit: options.audit };
  const events = new Events({
    sessions,
    runtime,
    isBehindProxy: options.isBehindProxy ?? false,
    verify: (token) => options.tokens.verify(token),
    admit: (token, address) => doorkeeper.admit({ action: 'GET /v1/events', address }, token, 'read:runs'),
  });

  app.setValidatorCompiler(zodProvider.validatorCompiler);
  app.setSerializerCompiler(zodProvider.serializerCompiler);
  app.decorateRequest('identity', undefined);
  app.decorateRequest('rawBody', undefined);
  readBodies(app);

  app.addHook('onRoute', (route) => {
    // A route that states nothing about tokens would be open by mistake.
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
    request.identity = await doorkeeper.admit(askedOf(request), bearerOf(request.headers.authorization), scope);
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
    addRoutes(api, { answers, metrics, doorkeeper, signals, events });
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

/** The route of a request; undefined for a request that the router refused, for which Fastify throws. */
function routeOf(request: FastifyRequest): string {
  try {
    return request.routeOptions.url ?? 'unknown';
  } catch {
    return 'unknown';
  }
}

/** Accepts JSON bodies only. */
function readBodies(app: FastifyInstance): void {
  app.removeAllContentTypeParsers();
  const parse = app.getDefaultJsonParser('error', 'error');
  app.addContentTypeParser('application/json', { parseAs: 'string' }, (request, body, done) => {
    request.rawBody = body as string;
    if (body.length === 0) done(null, undefined);
    else void parse(request, body as string, done);
  });
}
