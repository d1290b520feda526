/** Where the events of `nextbar stream` and `nextbar play` go: sinks, the terminal, JSON lines on stdout, metrics. */
import { ConfigError, type EventSink, type StreamEvent } from '../../core/index.ts';
import {
  openSink,
  serveMetrics,
  StreamGauge,
  type MetricsServer,
  type OpenSink,
  type SinkSpec,
} from '../../sinks/index.ts';
import { printable } from '../output/printable.ts';
import type { CommandContext } from '../shell/command.ts';
import { painter } from '../shell/paint.ts';
import { sinkLines, streamLines, StreamView } from './view.ts';

/** What is wanted. */
export interface OutletOptions {
  readonly title: string;
  readonly sinks: readonly (string | SinkSpec)[];
  readonly json: boolean;
  /** Receives what a sink could not write, besides the user. */
  readonly onSinkError?: (error: Error) => void;
  readonly metrics?: { readonly port: number; readonly host: string } | undefined;
}

/** All outlets of one command. */
export class Outlets {
  readonly gauge: StreamGauge;
  readonly sinks: readonly OpenSink[];
  /** Every outlet as sinks for `addFeed`. */
  readonly all: readonly EventSink[];
  readonly #context: CommandContext;
  readonly #view: StreamView | undefined;
  readonly #metrics: MetricsServer | undefined;
  readonly #isJson: boolean;

  private constructor(
    context: CommandContext,
    { title, json }: OutletOptions,
    gauge: StreamGauge,
    sinks: readonly OpenSink[],
    metrics: MetricsServer | undefined,
  ) {
    this.#context = context;
    this.gauge = gauge;
    this.sinks = sinks;
    this.#metrics = metrics;
    this.#isJson = json;
    const paint = painter(context.stdout, context.env);
    const isShown = !json && context.stdout.isTTY === true;
    this.#view = isShown ? new StreamView(context.stdout, paint, context.runtime, title, { gauge, sinks }) : undefined;
    const printed: EventSink = { write: (event) => void context.stdout.write(`${JSON.stringify(event)}\n`) };
    this.all = [gauge, ...sinks, ...(json ? [printed] : []), ...(this.#view === undefined ? [] : [this.#view])];
  }

  /** Opens the sinks and the port of metrics. */
  static async open(context: CommandContext, options: OutletOptions): Promise<Outlets> {
    const gauge = new StreamGauge(context.runtime);
    const sinks: OpenSink[] = [];
    const opened: { outlets?: Outlets } = {};
    const onError = (error: Error): void => {
      options.onSinkError?.(error);
      opened.outlets?.say(error.message);
    };
    for (const spec of options.sinks) sinks.push(await openSink(spec, { onError, runtime: context.runtime }));
    const { metrics } = options;
    const server = metrics === undefined ? undefined : await listening(metrics.port, metrics.host, gauge, sinks);
    const outlets = new Outlets(context, options, gauge, sinks, server);
    opened.outlets = outlets;
    if (server !== undefined) outlets.say(`metrics at ${server.url}`);
    return outlets;
  }

  /** Hands an event to every outlet; resolves once all have taken it. */
  write(event: StreamEvent): Promise<void> | undefined {
    const waits = this.all.map((sink) => sink.write(event)).filter((wait) => wait !== undefined);
    return waits.length === 0 ? undefined : Promise.all(waits).then(() => undefined);
  }

  /** A line for the user: in the view, else on stderr. */
  say(line: string): void {
    if (this.#view === undefined) this.#context.stderr.write(`${printable(line)}\n`);
    else this.#view.news(line);
  }

  /** Flushes what belongs to this command, and prints the totals. Sinks that a feed closed are closed already. */
  async close(isSinksToo: boolean): Promise<void> {
    if (isSinksToo) for (const sink of this.sinks) await sink.close();
    await this.#metrics?.close();
    if (isSinksToo) this.#view?.close();
    if (this.#isJson || this.#view !== undefined) return;
    const paint = painter(this.#context.stdout, this.#context.env);
    const lines = [
      ...streamLines(this.gauge.readings(), paint),
      ...(this.sinks.length > 0 ? sinkLines(this.sinks, paint) : []),
    ];
    this.#context.stdout.write(`${lines.join('\n')}\n`);
  }
}

async function listening(
  port: number,
  host: string,
  gauge: StreamGauge,
  sinks: readonly OpenSink[],
): Promise<MetricsServer> {
  try {
    return await serveMetrics(port, { gauge, sinks }, host);
  } catch (cause) {
    throw new ConfigError(`metrics cannot be served on port ${port} of ${host}: it is in use or not allowed`, {
      cause,
    });
  }
}
