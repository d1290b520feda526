/** Carries faults out: breaks a connection, or alters the rows of an answer. */
import type { ServerResponse } from 'node:http';

import type { VenueAnswer } from './face.ts';
import type { Fault } from './faults.ts';

const webPage = '<!DOCTYPE html><html><head><title>Just a moment...</title></head><body>checking</body></html>';

/** Answers a request as the fault says, or lets it hang. */
export function brokenAnswer(fault: Fault, response: ServerResponse): void {
  const wait: Record<string, string> =
    fault.retryAfter === undefined ? {} : { 'retry-after': String(fault.retryAfter) };
  const json = { 'content-type': 'application/json' };
  const html = { 'content-type': 'text/html' };
  switch (fault.kind) {
    case 'too-many-requests':
      return end(response, 429, { ...json, ...wait }, '{"code":-1003,"msg":"Too many requests."}');
    case 'banned':
      return end(response, 418, { ...json, ...wait }, '{"code":-1003,"msg":"Way too many requests; IP banned."}');
    case 'region-block':
      return end(response, 451, json, '{"code":0,"msg":"Service unavailable from a restricted location."}');
    case 'server-error':
      return end(response, 500, json, '{"code":-1000,"msg":"An unknown error occurred."}');
    case 'bad-gateway':
      return end(response, 502, html, webPage);
    case 'maintenance':
      return end(response, 503, { ...json, ...wait }, '{"code":-1,"msg":"System maintenance."}');
    case 'web-page':
    case 'spoiled-answer':
      return end(response, 200, html, webPage);
    case 'empty-body':
      return end(response, 200, json, '');
    case 'broken-json':
      return end(response, 200, json, '[[1700000000000,"1.0","2.0');
    case 'hang-in-body':
      response.writeHead(200, { ...json, 'content-length': '1000' });
      response.write('[[');
      return;
    case 'reset':
      response.socket?.resetAndDestroy();
      return;
    default:
      // A hang, or an answer that is lost: the connection stays open and nothing ever comes.
      return;
  }
}

function end(response: ServerResponse, status: number, headers: Record<string, string>, body: string): void {
  response.writeHead(status, headers);
  response.end(body);
}

/** The answer with its rows spoiled; an answer that holds no rows of bars stays as it is. */
export function alterAnswer(fault: Fault, answer: VenueAnswer, unasked: VenueAnswer | undefined): VenueAnswer {
  if (fault.kind === 'ignore-since') return unasked ?? answer;
  const { body } = answer;
  if (isRows(body)) return { ...answer, body: alterRows(fault, body) };
  if (typeof body !== 'object' || body === null || !('result' in body)) return answer;
  const result = body.result as Record<string, unknown>;
  const altered = Object.entries(result).map(([key, rows]) => [key, isRows(rows) ? alterRows(fault, rows) : rows]);
  return { ...answer, body: { ...body, result: Object.fromEntries(altered) as unknown } };
}

function alterRows(fault: Fault, rows: readonly unknown[][]): unknown[][] {
  switch (fault.kind) {
    case 'short-page':
      return rows.slice(0, Math.max(1, Math.floor(rows.length / 3)));
    case 'overlap':
      return [...rows.slice(0, 3), ...rows];
    case 'duplicate':
      return rows.flatMap((row, i) => (i % 7 === 0 ? [row, row] : [row]));
    case 'disorder':
      return [...rows].reverse();
    default:
      return [...rows];
  }
}

function isRows(value: unknown): value is unknown[][] {
  return Array.isArray(value) && value.length > 0 && value.every((row) => Array.isArray(row) && row.length >= 6);
}
