/** What a struck request receives: broken answers, and answers whose rows are altered. */
import { type HttpResponse } from '../../core/index.ts';
import type { Fault } from './request-faults.ts';

const json = { 'content-type': 'application/json' };
const html = { 'content-type': 'text/html' };
const webPage = '<!DOCTYPE html><html><head><title>Just a moment...</title></head><body>checking</body></html>';

/** The answer that a fault puts in place of the exchange's; undefined when no complete answer ever arrives. */
export function brokenAnswer({ kind, retryAfter }: Fault): HttpResponse | undefined {
  const wait: Readonly<Record<string, string>> = retryAfter === undefined ? {} : { 'retry-after': String(retryAfter) };
  switch (kind) {
    case 'too-many-requests':
      return { status: 429, headers: { ...json, ...wait }, text: '{"code":-1003,"msg":"Too many requests."}' };
    case 'banned':
      return { status: 418, headers: { ...json, ...wait }, text: '{"code":-1003,"msg":"Way too many requests; IP banned."}' };
    case 'region-block':
      return { status: 451, headers: json, text: '{"code":0,"msg":"Service unavailable from a restricted location."}' };
    case 'server-error':
      return { status: 500, headers: json, text: '{"code":-1000,"msg":"An unknown error occurred."}' };
    case 'bad-gateway':
      return { status: 502, headers: html, text: webPage };
    case 'maintenance':
      return { status: 503, headers: { ...json, ...wait }, text: '{"code":-1,"msg":"System maintenance."}' };
    case 'web-page':
    case 'spoiled-answer':
      return { status: 200, headers: html, text: webPage };
    case 'empty-body':
      return { status: 200, headers: json, text: '' };
    case 'broken-json':
      return { status: 200, headers: json, text: '[[1700000000000,"1.0","2.0' };
    default:
      return undefined;
  }
} // prettier-ignore

/** The URL, or path and query, without the parameters that say where a page begins or ends. */
export function withoutSince(url: string): string {
  const at = url.indexOf('?');
  if (at < 0) return url;
  const query = new URLSearchParams(url.slice(at));
  for (const name of ['startTime', 'endTime', 'since', 'start', 'end']) query.delete(name);
  return `${url.slice(0, at)}?${query.toString()}`;
}

/** A body of JSON with its rows altered; what holds no rows of bars stays as it is. */
export function alteredRows(fault: Fault, text: string): string {
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    return text;
  }
  if (isRows(body)) return JSON.stringify(alterRows(fault, body));
  if (typeof body !== 'object' || body === null || !('result' in body)) return text;
  const result = body.result as Record<string, unknown>;
  const altered = Object.entries(result).map(([key, rows]) => [key, isRows(rows) ? alterRows(fault, rows) : rows]);
  return JSON.stringify({ ...body, result: Object.fromEntries(altered) as unknown });
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
