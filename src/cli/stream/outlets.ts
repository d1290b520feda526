/** Where the events of `nextbar stream` and `nextbar play` go: sinks, the terminal, JSON lines on stdout, metrics. */
import { ConfigError, type EventSink, type StreamEvent } from '../../core/index.ts';
import {
  checkSink,
  openSink,
  serveMetrics,
  StreamGauge,
  type InstrumentOf,
  type MetricsServer,
  type OpenSink,
  type SinkSpec,
  type StreamReading,
} from '../../sinks/index.ts';
import type { At } from '../config/place.ts';
import { printable } from '../output/printable.ts';
import type { CommandContext } from '../shell/command.ts';
import { painter } from '../shell/paint.ts';
import { asHeld, sinkLines, streamLines, StreamView } from './view.ts';

/** What is wanted. */
export interface OutletOptions {
  readonly title: string;
  readonly sinks: readonly (string | SinkSpec)[];
  readonly json: boolean;
  /** Receives the errors of sinks, which the user sees too. */
  readonly onSinkError?: (error: Error) => void;
  /** The instruments of the stream, as far as they are known. */
  readonly instrumentOf?: InstrumentOf;
  readonly metrics?: { readonly port: number; readonly host: string } | undefined;
  /** The places where sinks and port were named, for errors. */
  readonly at: At;
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
  #held: readonly StreamReading[] | undefined;

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
    const { metrics, at } = options;
    let server: MetricsServer | undefined;
    // All are checked before the first is opened, so that a wrong one leaves no file behind.
    for (const [i, spec] of options.sinks.entries())
      await at(`sinks[${i}]`, spec, () => {
        checkSink(spec);
      });
    try {
      for (const [i, spec] of options.sinks.entries())
        sinks.push(
          await at(`sinks[${i}]`, spec, () =>
            openSink(spec, {
              onError,
              runtime: context.runtime,
              instrumentOf: (...of) => options.instrumentOf?.(...of),
            }),
          ),
        );
      if (metrics !== undefined)
        server = await at('metrics', metrics, ({ port, host }) => listening(port, host, gauge, sinks));
    } catch (error) {
      // Sinks that are open already hold files and ports.
      for (const sink of sinks) await sink.close();
      throw error;
    }
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

  /** The command ends: states are shown as they are now, since the end of the command is no fault of the streams. */
  hold(): void {
    this.#held = this.gauge.readings();
    this.#view?.hold();
  }

  /** Flushes and closes everything, and prints the totals, unless nothing has begun. @returns Whether all sinks have all events. */
  async close(hasBegun: boolean): Promise<boolean> {
    await Promise.all(this.sinks.map((sink) => sink.close()));
    await this.#metrics?.close();
    this.#view?.close();
    const lost = this.sinks.filter(({ counters }) => counters.failed > 0);
    if (!this.#isJson && this.#view === undefined && hasBegun) this.#totals();
    for (const { name, counters } of lost)
      this.#context.stderr.write(`${printable(`${counters.failed} events are not in ${name}`)}\n`);
    return lost.length === 0;
  }

  #totals(): void {
    const paint = painter(this.#context.stdout, this.#context.env);
    const lines = [
      ...streamLines(asHeld(this.gauge.readings(), this.#held), paint),
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
    const isHost = ['EADDRNOTAVAIL', 'ENOTFOUND', 'EAI_AGAIN'].includes((cause as NodeJS.ErrnoException).code ?? '');
    const reason = isHost ? 'this host has no such address' : 'it is in use or not allowed';
    throw new ConfigError(`metrics cannot be served on port ${port} of ${host}: ${reason}`, {
      context: { field: isHost ? 'host' : 'port' },
      cause,
    });
  }
}
