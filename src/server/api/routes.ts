/** The routes of the API: the endpoints that clients know by name, the report, the webhook, health, metrics and the pages. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';

import { assetOf, assetPaths } from '../dashboard/assets.ts';
import type { Answers, QuestionName } from './answers.ts';
import type { BarQuery } from './bar-answers.ts';
import { control } from './control.ts';
import { endpoints, type Endpoint, type EndpointName } from './endpoints.ts';
import type { Events } from './events.ts';
import { askedOf, type Doorkeeper } from './gate/doorkeeper.ts';
import { refuse } from './gate/refusal.ts';
import type { Metrics } from './metrics.ts';
import { sendRange } from './ranges.ts';
import { errorShape, healthShape } from './shapes/errors.ts';
import { params as paramShapes } from './shapes/queries.ts';
import { acceptedShape, messageShape, webhookShape } from './shapes/sessions.ts';
import { takeSigned, takeWebhook, type SignalParts } from './signals.ts';

/** The most bytes of an unsigned signal. */
const largestWebhook = 8_192;
/** The most requests of one address in a minute that change something. */
const [controlRate, minuteMs] = [60, 60_000];

/** What the routes need. */
export interface RouteParts {
  readonly answers: Answers;
  readonly metrics: Metrics;
  readonly doorkeeper: Doorkeeper;
  readonly signals: SignalParts;
  readonly events: Events;
}

/** Adds every route. */
export function addRoutes(api: FastifyInstance, parts: RouteParts): void {
  const { answers, metrics, doorkeeper, signals, events } = parts;
  const { sessions, runtime, audit, database } = signals;
  const { to, bars } = answers;
  const handlers: Readonly<Record<string, (request: FastifyRequest, reply: FastifyReply) => unknown>> = {
    bars: async (request, reply) => {
      const answer = await bars.answer(request.url.slice(request.url.indexOf('?')), request.query as BarQuery);
      metrics.bars(answer.bars);
      return sendRange(request, reply, answer);
    },
    stop: (request, reply) => control('stop', request, reply, { sessions, runtime, audit }),
    flatten: (request, reply) => control('flatten', request, reply, { sessions, runtime, audit }),
    signal: async (request, reply) => {
      const accepted = await takeSigned(request, signals);
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
    // A report has its own scripts: opened from here, it may reach nothing else.
    return reply.header('content-type', 'text/html; charset=utf-8').header('content-security-policy', "sandbox allow-scripts; default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data:").send(page);
  }); // prettier-ignore
  api.post('/v1/webhook', { bodyLimit: largestWebhook, schema: { body: webhookShape, response: { 202: acceptedShape, '4xx': errorShape }, tags: ['Sessions'], summary: 'An unsigned signal of a service that can set no headers: a token of send:webhooks, the session and the time stand in its body' }, config: { isOpen: true, rateLimit: { max: controlRate, timeWindow: minuteMs } } }, async (request, reply) => {
    const { token } = request.body as { readonly token: string };
    const identity = await doorkeeper.admit(askedOf(request), token, 'send:webhooks');
    const accepted = await takeWebhook(request, identity, signals);
    reply.code(202);
    return accepted;
  }); // prettier-ignore
  // The upgrade is handled before the router: this route describes it, and answers requests without an upgrade.
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
  api.get('/openapi.json', { schema: { hide: true }, config: { isOpen: true } }, () => api.swagger());
  for (const path of assetPaths) {
    api.get(path, { schema: { hide: true }, config: { isOpen: true } }, (request, reply) => {
      const { body, type, etag } = assetOf(path);
      reply.header('cache-control', 'no-cache').header('etag', etag);
      return request.headers['if-none-match'] === etag
        ? reply.code(304).send()
        : reply.header('content-type', type).send(body);
    });
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

/** The WebSocket of live events, as far as OpenAPI can describe it. */
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

/** Refusals of routes whose own answers are not JSON. */
const refusals = { '4xx': errorShape };
