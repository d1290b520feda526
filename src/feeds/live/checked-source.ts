/** A market source whose events pass the gate, and whose late trades are sorted: for sources that no protocol of this package reads. */
import { EventGate } from '../../connectors/index.ts';
import type { MarketEvent, StreamEvent } from '../../core/index.ts';
import type { MarketSource, SourceContext, WantedStream } from './market-source.ts';
import { TradeOrder } from './trade-order.ts';

/** How the events of a source are handled. */
export interface CheckedSourceOptions {
  /** Whether to check events; protocols of this package check theirs already. */
  readonly isChecked: boolean;
  /** Trades that come at most this late, in milliseconds, are sorted; 0 leaves them as received. */
  readonly reorderMs: number;
  /** Symbols whose prices may be zero or negative. */
  readonly signedPrices?: ReadonlySet<string>;
}

/** Passes the events of another source on, checked and in order. */
export class CheckedSource implements MarketSource {
  readonly exchange: string;
  readonly #source: MarketSource;
  readonly #options: CheckedSourceOptions;
  #order: TradeOrder | undefined;

  constructor(source: MarketSource, options: CheckedSourceOptions) {
    this.exchange = source.exchange;
    this.#source = source;
    this.#options = options;
  }

  async open(
    wanted: readonly WantedStream[],
    emit: (event: StreamEvent) => void,
    context: SourceContext,
  ): Promise<void> {
    const { isChecked, reorderMs, signedPrices } = this.#options;
    const order = reorderMs > 0 ? new TradeOrder(reorderMs, emit, context.runtime) : undefined;
    this.#order = order;
    const handOn = order === undefined ? emit : order.take.bind(order);
    if (!isChecked) {
      await this.#source.open(wanted, handOn, context);
      return;
    }
    const gate = new EventGate<number>({
      numbers: 'number',
      tradeIds: 'unique',
      ...(signedPrices && { signedPrices }),
    });
    const check = (event: StreamEvent): void => {
      const checked = gate.check(event);
      if (checked !== undefined) handOn(checked);
      else {
        const { exchange, symbol, type: channel, receiveTime: time } = event as MarketEvent;
        handOn({ type: 'refused', exchange, symbol, channel, ...gate.refusal, time });
      }
    };
    await this.#source.open(wanted, check, context);
  }

  async close(): Promise<void> {
    await this.#source.close();
    this.#order?.close();
  }
}
