/** Metrics of streams and sinks for Prometheus, served on a port. */
import { createServer, type Server } from 'node:http';

import type { OpenSink } from './open-sink.ts';
import type { StreamGauge } from './gauge.ts';

/** The sources of the metrics. */
export interface MetricSources {
  /** Streams. */
  readonly gauge: StreamGauge;
  /** Sinks. */
  readonly sinks: readonly Pick<OpenSink, 'name' | 'counters'>[];
}

/** A server of metrics. */
export interface MetricsServer {
  /** Its address, such as `http://127.0.0.1:9464/metrics`. */
  readonly url: string;
  /** Ends it. */
  close(): Promise<void>;
}

/** The measures as Prometheus text. */
export async function metricsText({ gauge, sinks }: MetricSources): Promise<string> {
  const { Counter, Gauge, Registry } = await import('prom-client');
  const registry = new Registry();
  const labels = ['exchange', 'symbol', 'channel'] as const;
  const stream = (name: string, help: string): InstanceType<typeof Gauge> => new Gauge({ name: `nextbar_stream_${name}`, help, labelNames: labels, registers: [registry] }); // prettier-ignore
  const total = (name: string, help: string): InstanceType<typeof Counter> => new Counter({ name: `nextbar_stream_${name}_total`, help, labelNames: labels, registers: [registry] }); // prettier-ignore
  const figures = {
    events: total('events', 'Events passed on'),
    lag: stream('lag_seconds', 'Mean of receive time minus exchange time'),
    age: stream('age_seconds', 'Seconds since the last event'),
    live: stream('live', '1 while the stream is live'),
    gaps: total('gaps', 'Losses reported'),
    resyncs: total('resyncs', 'Books made again'),
    reconnects: total('reconnects', 'Connections after the first'),
    refused: total('refused', 'Events with a value that no market can have'),
  };
  for (const one of gauge.readings()) {
    const { exchange, symbol, channel } = one;
    const where = { exchange, symbol, channel };
    figures.events.inc(where, one.events);
    if (Number.isFinite(one.lagMs)) figures.lag.set(where, one.lagMs / 1_000);
    if (Number.isFinite(one.ageMs)) figures.age.set(where, one.ageMs / 1_000);
    figures.live.set(where, one.state === 'live' ? 1 : 0);
    figures.gaps.inc(where, one.gaps);
    figures.resyncs.inc(where, one.resyncs);
    figures.reconnects.inc(where, one.reconnects);
    figures.refused.inc(where, one.refused);
  }
  const names = { written: 'Events written', dropped: 'Events dropped', conflated: 'Events replaced while they waited', failed: 'Events given up', retries: 'Batches written again', queued: 'Events that wait' } as const; // prettier-ignore
  for (const [field, help] of Object.entries(names)) {
    const settings = { help, labelNames: ['sink'], registers: [registry] };
    const isTotal = field !== 'queued';
    const counter = isTotal ? new Counter({ name: `nextbar_sink_${field}_total`, ...settings }) : undefined;
    const figure = isTotal ? undefined : new Gauge({ name: `nextbar_sink_${field}`, ...settings });
    for (const { name, counters } of sinks) {
      const value = counters[field as keyof typeof names];
      counter?.inc({ sink: name }, value);
      figure?.set({ sink: name }, value);
    }
  }
  return registry.metrics();
}

/** Serves the measures at `/metrics`. Port 0 takes a free one. */
export async function serveMetrics(port: number, sources: MetricSources, host = '127.0.0.1'): Promise<MetricsServer> {
  const server: Server = createServer((request, response) => {
    if (request.url?.split('?')[0] !== '/metrics') {
      response.writeHead(404).end('the metrics are at /metrics\n');
      return;
    }
    metricsText(sources).then(
      (text) => response.writeHead(200, { 'content-type': 'text/plain; version=0.0.4; charset=utf-8' }).end(text),
      () => response.writeHead(500).end(),
    );
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, resolve);
  });
  const address = server.address();
  const bound = typeof address === 'object' && address !== null ? address.port : port;
  return {
    url: `http://${host}:${bound}/metrics`,
    close: () => new Promise((resolve) => { server.close(() => { resolve(); }); server.closeAllConnections(); }), // prettier-ignore
  };
}
