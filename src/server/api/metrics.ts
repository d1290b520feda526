/** Metrics of the platform for Prometheus. */
import type { Counter, Gauge, Histogram, Registry } from 'prom-client';

import type { Runtime } from '../../core/index.ts';
import type { Database } from '../database/database.ts';
import { readSessions } from '../live/index.ts';
import { sessionOf } from './control.ts';

/** The metrics of one server, apart from those of others in the process. */
export class Metrics {
  readonly #registry: Registry;
  readonly #database: Database;
  readonly #sessions: string;
  readonly #runtime: Runtime;
  readonly #requests: Histogram;
  readonly #bars: Counter;
  readonly #gauges: Readonly<
    Record<'sessions' | 'equity' | 'roundTrip' | 'answered' | 'synced' | 'syncOk' | 'symbols' | 'clients', Gauge>
  >;

  private constructor(library: typeof import('prom-client'), database: Database, sessions: string, runtime: Runtime) {
    this.#database = database;
    this.#sessions = sessions;
    this.#runtime = runtime;
    const registry = new library.Registry();
    this.#registry = registry;
    library.collectDefaultMetrics({ register: registry, prefix: 'nextbar_' });
    const registers = [registry];
    this.#requests = new library.Histogram({
      name: 'nextbar_http_request_seconds', help: 'Time from a request to the end of its answer', labelNames: ['method', 'route', 'status'],
      buckets: [0.001, 0.0025, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 1, 5], registers,
    }); // prettier-ignore
    this.#bars = new library.Counter({ name: 'nextbar_bars_served_total', help: 'Bars that were sent', registers });
    const gauge = (name: string, help: string, labelNames: string[] = []): Gauge =>
      new library.Gauge({ name, help, labelNames, registers });
    this.#gauges = {
      sessions: gauge('nextbar_sessions', 'Live sessions by state', ['state']),
      equity: gauge('nextbar_session_value', 'Value of a running session in quote units', ['session', 'mode']),
      roundTrip: gauge(
        'nextbar_session_round_trip_seconds',
        'Round-trip time of orders of a running session, to the exchange and back',
        ['session', 'mode', 'quantile'],
      ),
      answered: gauge(
        'nextbar_session_orders_answered',
        'Orders, changes and cancels of a running session that were answered',
        ['session', 'mode'],
      ),
      synced: gauge('nextbar_sync_age_seconds', 'Time since the last successful sync of an exchange', ['exchange']),
      syncOk: gauge('nextbar_sync_ok', 'Whether the last sync of an exchange succeeded', ['exchange']),
      symbols: gauge('nextbar_symbols', 'Active symbols of an exchange', ['exchange']),
      clients: gauge('nextbar_event_clients', 'Sockets that listen to live events'),
    };
  }

  /** Makes the metrics; the library is loaded here. */
  static async make(database: Database, sessions: string, runtime: Runtime): Promise<Metrics> {
    const library = await import('prom-client');
    return new Metrics(library.default, database, sessions, runtime);
  }

  get contentType(): string {
    return this.#registry.contentType;
  }

  /** Counts a request. */
  observe(method: string, route: string, status: number, ms: number): void {
    this.#requests.observe({ method, route, status }, ms / 1_000);
  }

  /** Counts bars that were sent. */
  bars(count: number): void {
    this.#bars.inc(count);
  }

  /** All metrics as text. */
  async text(clients: number): Promise<string> {
    const now = this.#runtime.now();
    const { sessions, equity, roundTrip, answered, synced, syncOk, symbols } = this.#gauges;
    for (const gauge of Object.values(this.#gauges)) gauge.reset();
    this.#gauges.clients.set(clients);
    for (const state of ['running', 'silent', 'ended']) sessions.set({ state }, 0);
    for (const record of readSessions(this.#sessions)) {
      const { state, value, name, mode } = sessionOf(record, now);
      sessions.inc({ state });
      if (state !== 'running') continue;
      if (value !== undefined) equity.set({ session: name, mode }, value);
      if (record.roundTrip === undefined) continue;
      const { count, p50, p99, highest } = record.roundTrip;
      answered.set({ session: name, mode }, count);
      for (const [quantile, ms] of [
        ['0.5', p50],
        ['0.99', p99],
        ['1', highest],
      ] as const) {
        roundTrip.set({ session: name, mode, quantile }, ms / 1_000);
      }
    }
    const rows = await this.#database.rows<{ exchange: string; synced: number; active: number; ok: number | null }>(
      `SELECT e.exchange, e.synced, (SELECT COUNT(*) FROM symbols s WHERE s.exchange = e.exchange AND s.active = 1) AS active,
         (SELECT r.ok FROM sync_runs r WHERE r.exchange = e.exchange ORDER BY r.started DESC LIMIT 1) AS ok
       FROM exchanges e ORDER BY e.exchange`,
    );
    for (const row of rows) {
      synced.set({ exchange: row.exchange }, (now - row.synced) / 1_000);
      syncOk.set({ exchange: row.exchange }, row.ok ?? 0);
      symbols.set({ exchange: row.exchange }, row.active);
    }
    return this.#registry.metrics();
  }
}
