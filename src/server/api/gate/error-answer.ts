/** Errors as clients see them: what is wrong with the request, and nothing about the server's internals. */
import type { FastifyError, FastifyReply, FastifySchema } from 'fastify';

import { faultText, Refused } from './refusal.ts';

/** The most bytes of a body. */
export const largestBody = 16_384;

/** The status that an error is answered with. */
export function statusOf(error: Error): number {
  if (error instanceof Refused) return error.status;
  const { statusCode, code } = error as { readonly statusCode?: number; readonly code?: string };
  if (code === 'database') return 503;
  return statusCode !== undefined && statusCode >= 400 && statusCode < 500 ? statusCode : 500;
}

/** Answers with an error. */
export function answerError(error: Error, reply: FastifyReply): FastifyReply {
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
  if (status === 500) return { code: 'internal', message: 'the server failed' };
  const known: Readonly<Record<number, string>> = {
    400: 'the request cannot be read',
    413: `a body may have ${largestBody} bytes at most`,
    414: 'a part of the path is too long',
    415: 'a body must be JSON',
    429: error.message,
  };
  return { code: status === 413 ? 'too-large' : 'bad-request', message: known[status] ?? 'the request is refused' };
}
