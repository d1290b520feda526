/** A portfolio of accounts at venues over bars given by hand, moved step by step as a backtest moves it. */
import { emptySettlement } from '../../../../../src/broker/accounting/account.ts';
import { CommissionScheme } from '../../../../../src/broker/accounting/commission.ts';
import { decimals } from '../../../../../src/broker/accounting/ledger/arithmetic.ts';
import type {
  InstrumentOptions,
  Rates,
  VenueAccountOptions,
} from '../../../../../src/broker/accounting/ledger/options.ts';
import { LedgerPortfolio } from '../../../../../src/broker/accounting/ledger/portfolio/ledger-portfolio.ts';
import { barsFromRows, timeframe, type Decimal } from '../../../../../src/core/index.ts';
import { Timeline } from '../../../../../src/lines/index.ts';

export const hour = 3_600_000;

/** A bar: one price all through, or open, high, low and close; undefined where a data has none. */
export type Prices = readonly (
  number | readonly [open: number, high: number, low: number, close: number] | undefined
)[];

/** One run over datas of an hour, in decimals. */
export class Run {
  readonly portfolio: LedgerPortfolio<Decimal>;
  readonly out = emptySettlement();
  /** Forced exits, as the broker is asked for them: data, size, price, rule. */
  readonly forced: (readonly [number, number, number, string])[] = [];
  /** Why they were forced. */
  readonly reasons: string[] = [];
  /** Why the orders of a data were ended. */
  readonly ended: string[] = [];
  readonly #timelines: Timeline[];

  constructor(
    accounts: Readonly<Record<string, VenueAccountOptions>> | VenueAccountOptions,
    datas: Readonly<Record<string, InstrumentOptions & { readonly prices: Prices }>>,
    rates: Rates = {},
  ) {
    const isOne = Object.keys(accounts).every((name) => ['cash', 'currency', 'margin', 'leverage', 'positionMode', 'borrow', 'profile'].includes(name)); // prettier-ignore
    const given = (isOne ? { account: accounts } : accounts) as Readonly<Record<string, VenueAccountOptions>>;
    this.portfolio = new LedgerPortfolio(decimals, {
      accounts: given,
      rates,
      cash: 10_000,
      commission: 0,
      fundStart: 100,
    });
    this.#timelines = Object.entries(datas).map(([name, { prices, symbol = name }], id) => {
      const timeline = new Timeline(id, { name, symbol, timeframe: timeframe('1h') });
      const rows = prices.flatMap((price, k) => {
        if (price === undefined) return [];
        const [open, high, low, close] = typeof price === 'number' ? [price, price, price, price] : price;
        return [{ time: k * hour, open, high, low, close, volume: 1 }];
      });
      timeline.append(barsFromRows(rows));
      return timeline;
    });
    const facts = Object.entries(datas).map(([name, { prices: _, ...options }]) => [name, options] as const);
    this.portfolio.setInstruments(new Map(facts));
    this.portfolio.forceExit = (dataId, size, price, rule, reason) => {
      this.forced.push([dataId, size, price, rule]);
      this.reasons.push(reason);
    };
    this.portfolio.endOrders = (_, reason) => this.ended.push(reason);
    this.portfolio.open(this.#timelines, new CommissionScheme(), new Map());
  }

  /** Loads a further bar of a data, as a session does when it arrives. */
  load(dataId: number, at: number, price: number): this {
    this.#timelines[dataId]!.append(
      barsFromRows([{ time: at * hour, open: price, high: price, low: price, close: price, volume: 1 }]),
    );
    return this;
  }

  /** Moves to the next bar, in which fills are booked: data, size, price. */
  step(...fills: readonly (readonly [number, number, number])[]): this {
    const { portfolio } = this;
    this.open();
    for (const [dataId, size, price] of fills) portfolio.fill(dataId, size, price, false, this.out);
    portfolio.endBars();
    portfolio.mark();
    return this;
  }

  /** Moves to the open of the next bar. */
  open(): this {
    const times = this.#timelines.map(({ time, index, loaded }) =>
      index + 1 < loaded ? time.at(index + 1) : Infinity,
    );
    const next = Math.min(...times);
    for (const [k, timeline] of this.#timelines.entries()) {
      timeline.isNew = times[k] === next;
      if (timeline.isNew) timeline.index++;
    }
    this.portfolio.beginBars();
    return this;
  }

  wallet(currency = 'USDT', account = 0): number {
    return this.portfolio.accounts[account]!.wallet.balance(currency).toNumber();
  }

  /** Size, entry, mark and funding of a position. */
  position(dataId = 0): number[] {
    const { size, price, mark, fundingPaid } = this.portfolio.positionOf(dataId);
    return [size, price, mark ?? NaN, fundingPaid ?? NaN];
  }
}
