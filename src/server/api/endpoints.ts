/** The endpoints of the API, each once: method, path, scope, query and answer. */
import type { z } from 'zod';

import type { Scope } from '../security/scopes.ts';
import { barsShape, qualityShape, seriesShape } from './shapes/bars.ts';
import { changesShape, exchangesShape, intervalsShape, symbolsShape, syncsShape } from './shapes/metadata.ts';
import { queries, params } from './shapes/queries.ts';
import { runDetailShape, runsShape } from './shapes/runs.ts';
import { acceptedShape, sessionDetailShape, sessionsShape, signalShape } from './shapes/sessions.ts';

/** One endpoint. */
export interface Endpoint {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly scope: Scope;
  readonly about: string;
  readonly tag: string;
  readonly query: z.ZodType;
  readonly params: z.ZodType;
  /** Schema of a POST's JSON body; undefined where it has none. */
  readonly body?: z.ZodType;
  readonly answer: z.ZodType;
}

/** Every endpoint by its name in the client. */
export const endpoints = {
  exchanges: { method: 'GET', path: '/v1/exchanges', scope: 'read:metadata', tag: 'Metadata', about: 'Exchanges that are kept fresh', query: queries.none, params: params.none, answer: exchangesShape },
  symbols: { method: 'GET', path: '/v1/symbols', scope: 'read:metadata', tag: 'Metadata', about: 'Symbols with their trading rules, delisted ones too; an old name finds a renamed symbol', query: queries.symbols, params: params.none, answer: symbolsShape },
  intervals: { method: 'GET', path: '/v1/intervals', scope: 'read:metadata', tag: 'Metadata', about: 'Lengths of bars that exchanges serve themselves', query: queries.byExchange, params: params.none, answer: intervalsShape },
  changes: { method: 'GET', path: '/v1/changes', scope: 'read:metadata', tag: 'Metadata', about: 'What happened to symbols, latest first: added, renamed, delisted ...', query: queries.latest, params: params.none, answer: changesShape },
  syncs: { method: 'GET', path: '/v1/syncs', scope: 'read:metadata', tag: 'Metadata', about: 'Runs of the syncer, latest first', query: queries.latest, params: params.none, answer: syncsShape },
  series: { method: 'GET', path: '/v1/series', scope: 'read:bars', tag: 'Bars', about: 'Stored series with the ranges that are known', query: queries.byExchange, params: params.none, answer: seriesShape },
  bars: { method: 'GET', path: '/v1/bars', scope: 'read:bars', tag: 'Bars', about: "Closed bars of a series with start <= time < end, the exchange's own unless derived=true. Without start: the latest. As JSON, CSV or Arrow.", query: queries.bars, params: params.none, answer: barsShape },
  quality: { method: 'GET', path: '/v1/quality', scope: 'read:bars', tag: 'Bars', about: 'Gaps and faults of a stored series', query: queries.quality, params: params.none, answer: qualityShape },
  runs: { method: 'GET', path: '/v1/runs', scope: 'read:runs', tag: 'Runs', about: 'Kept runs, latest first; trials by parent or kind', query: queries.runs, params: params.none, answer: runsShape },
  run: { method: 'GET', path: '/v1/runs/:run', scope: 'read:runs', tag: 'Runs', about: 'One run with its equity curve and kept details', query: queries.none, params: params.run, answer: runDetailShape },
  sessions: { method: 'GET', path: '/v1/sessions', scope: 'read:runs', tag: 'Sessions', about: 'Live sessions and their state', query: queries.none, params: params.none, answer: sessionsShape },
  session: { method: 'GET', path: '/v1/sessions/:session', scope: 'read:runs', tag: 'Sessions', about: 'One session with its equity curve and latest events', query: queries.none, params: params.session, answer: sessionDetailShape },
  stop: { method: 'POST', path: '/v1/sessions/:session/stop', scope: 'control:sessions', tag: 'Sessions', about: 'Stop a session; its positions stay open', query: queries.none, params: params.session, answer: acceptedShape },
  flatten: { method: 'POST', path: '/v1/sessions/:session/flatten', scope: 'control:sessions', tag: 'Sessions', about: 'Cancel every order of a session and close its positions', query: queries.none, params: params.session, answer: acceptedShape },
  signal: { method: 'POST', path: '/v1/sessions/:session/signals', scope: 'send:signals', tag: 'Sessions', about: 'A signed signal for the strategy of a session on paper or in a sandbox: x-nextbar-time (milliseconds UTC, within 60 s) and x-nextbar-signature, the hexadecimal HMAC-SHA256 of time, session and body, a line each, with the signing secret of the token', query: queries.none, params: params.session, body: signalShape, answer: acceptedShape },
} as const satisfies Readonly<Record<string, Endpoint>>; // prettier-ignore

/** The name of an endpoint. */
export type EndpointName = keyof typeof endpoints;
