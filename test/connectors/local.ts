/** A local venue on a simulated clock, for tests of the live side. */
import { SimulatedNetwork, SimulatedRuntime, type StreamEvent } from '../../src/core/index.ts';
import { FeedHandler, type FeedHandlerOptions, type Protocol } from '../../src/connectors/index.ts';
import { binance } from '../../src/connectors/protocols/binance/spot.ts';
import { SeededMarket, type MarketInstrument } from '../../src/venue/index.ts';
import { BinanceApi, FaultyService, type BinanceApiOptions, type FaultWindow } from '../../src/venue/index.ts';

export const instruments: readonly MarketInstrument[] = ['BTC', 'ETH', 'SOL'].map((base) => ({
  symbol: `${base}/USDT`,
  base,
  quote: 'USDT',
  priceDecimals: 2,
  sizeDecimals: 4,
}));

/** Lets promises settle. */
export function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** What a test works with. */
export interface Local {
  readonly runtime: SimulatedRuntime;
  readonly network: SimulatedNetwork;
  readonly market: SeededMarket;
  readonly handler: FeedHandler;
  readonly errors: string[];
  /** URLs of sockets that were asked for, and texts of frames that clients sent. */
  readonly opened: string[];
  readonly sent: string[];
  /** How many sockets are open. */
  readonly open: () => number;
  readonly service: FaultyService;
  pass(ms: number): Promise<void>;
}

export interface LocalOptions {
  readonly protocol?: Partial<Protocol>;
  readonly policy?: NonNullable<FeedHandlerOptions['policy']>;
  readonly face?: BinanceApiOptions;
  readonly faults?: readonly FaultWindow[];
  readonly recorder?: NonNullable<FeedHandlerOptions['recorder']>;
}

export function local(options: LocalOptions = {}): Local {
  const runtime = new SimulatedRuntime(7);
  const network = new SimulatedNetwork(runtime, { minMs: 5, maxMs: 20 });
  const market = new SeededMarket(runtime, { seed: 3, instruments, stepsPerSecond: 20, levels: 15 });
  const service = new FaultyService(new BinanceApi(runtime, market, options.face), runtime, {
    windows: options.faults ?? [],
    seed: 5,
    heartbeat: () => false,
    corrupt: () => undefined,
    lagged: () => undefined,
  });
  const opened: string[] = [];
  const sent: string[] = [];
  let ended = 0;
  const watched = {
    accept: (url: string, socket: Parameters<FaultyService['accept']>[1]) => {
      opened.push(url);
      const handler = service.accept(url, socket);
      return (
        handler && {
          frame: (text: string) => {
            sent.push(text);
            handler.frame(text);
          },
          closed: () => {
            ended++;
            handler.closed();
          },
        }
      );
    },
    request: service.request.bind(service),
  };
  network.serve('wss://stream.binance.com', watched);
  network.serve('https://api.binance.com', watched);
  market.start();
  const errors: string[] = [];
  const handler = new FeedHandler({
    runtime,
    network,
    protocols: [{ ...binance, ...options.protocol }],
    onError: (error) => errors.push(error.message),
    ...(options.policy && { policy: options.policy }),
    ...(options.recorder && { recorder: options.recorder }),
  });
  return {
    runtime,
    network,
    market,
    handler,
    errors,
    opened,
    sent,
    open: () => opened.length - ended,
    service,
    pass: (ms) => runtime.advanceAsync(ms, settle),
  };
}

/** Lets the clock run until a promise is settled. */
export async function during<T>(one: Local, promise: Promise<T>, ms = 1000): Promise<T> {
  const outcome = promise.then(
    (value) => ({ value }),
    (error: unknown) => ({ error }),
  );
  await one.pass(ms);
  const settled = await outcome;
  if ('error' in settled) throw settled.error;
  return settled.value;
}

/** Collects what a sink is given. */
export function collecting(): { events: StreamEvent[]; write(event: StreamEvent): void } {
  const events: StreamEvent[] = [];
  return { events, write: (event) => void events.push(event) };
}
