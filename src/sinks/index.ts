/** Where market events go: files, databases, sockets, message brokers, and a program's own code. */
export type { InstrumentOf, VolumeOf } from './volume.ts';
export { aggregated, barsOf, renko, throttle, topOfBook, type Aggregation } from './aggregations.ts';
export {
  BatchingSink,
  queuePolicies,
  type BatchOptions,
  type BatchWriter,
  type QueuePolicy,
  type SinkCounters,
} from './batching-sink.ts';
export { callbackSink, EventIterator } from './consumers.ts';
export { StreamGauge, type StreamReading } from './gauge.ts';
export { keyed, type KeyedEvent } from './key.ts';
export { metricsText, serveMetrics, type MetricsServer, type MetricSources } from './metrics.ts';
export {
  checkSink,
  openSink,
  sinkKinds,
  type OpenSink,
  type OpenSinkOptions,
  type SinkAggregations,
  type SinkKind,
  type SinkSpec,
} from './open-sink.ts';
