/** A run in the four tables that pyfolio and similar tools read. */
import { Analyzer } from '../analyzer.ts';
import type { Order } from '../../broker/index.ts';
import type { RunFacts } from '../analyzer.ts';
import { GrossLeverage } from '../exposure/gross-leverage.ts';
import { checkOptions } from '../options.ts';
import { periodAt, stampsOf } from '../periods/period.ts';
import { timeframe } from '../../core/index.ts';
import { PositionsValue } from '../exposure/positions-value.ts';
import { TimeReturn } from './time-return.ts';
import { Transactions } from '../trades/transactions.ts';

/** The tables; dates are days UTC as `2024-01-31`, moments ISO 8601. */
export interface PyFolioResult {
  /** Return of each day, as a fraction. */
  readonly returns: readonly {
    /** The day, as `2024-01-31`. */
    readonly date: string;
    /** As a fraction; undefined where the value before was not above 0. */
    readonly return: number | undefined;
  }[];
  /** Value of each data's position at the end of each day, and the cash. */
  readonly positions: readonly {
    /** The day, as `2024-01-31`. */
    readonly date: string;
    /** Signed value of each data's position at the close, by data name, in quote units. */
    readonly values: Readonly<Record<string, number>>;
    /** Cash at the close, in quote units. */
    readonly cash: number;
  }[];
  /** One row per fill; `amount` is signed. */
  readonly transactions: readonly {
    /** When it was executed, ISO 8601. */
    readonly date: string;
    /** Units, negative for a sale. */
    readonly amount: number;
    /** Price of the execution, in quote units. */
    readonly price: number;
    /** The symbol traded. */
    readonly symbol: string;
    /** Signed value, in quote units; negative for a purchase, as PyFolio counts it. */
    readonly value: number;
  }[];
  /** Sum of the absolute position values over the account's value, by day. */
  readonly grossLeverage: readonly {
    /** The day, as `2024-01-31`. */
    readonly date: string;
    /** 1 is fully invested. */
    readonly leverage: number;
  }[];
}

/** Daily returns, daily positions, transactions and daily gross leverage. */
export class PyFolio extends Analyzer<PyFolioResult> {
  override readonly everyStep = true;
  private readonly returns = new TimeReturn({ timeframe: '1d' });
  private readonly positions = new PositionsValue();
  private readonly transactions = new Transactions();
  private readonly leverage = new GrossLeverage();
  private readonly parts = [this.returns, this.positions, this.transactions, this.leverage];

  constructor(options: object = {}) {
    super();
    checkOptions('PyFolio', options, []);
  }

  override attach(facts: RunFacts, strategyName?: string): void {
    super.attach(facts, strategyName);
    for (const part of this.parts) part.attach(facts, strategyName);
  }

  override start(): void {
    for (const part of this.parts) part.start();
  }

  override notifyOrder(order: Order): void {
    this.transactions.notifyOrder(order);
  }

  override observe(from: number, to: number): void {
    for (const part of this.parts) part.observe(from, to);
  }

  override result(): PyFolioResult {
    const { opened, time, positions, cash } = this.positions.result();
    const { leverage } = this.leverage.result();
    const ends = lastOfDays(stampsOf(this.run) === this.run.record.opened ? opened : time);
    return {
      returns: this.returns.result().map((row) => ({ date: day(row.time), return: row.return })),
      positions: ends.map(({ date, at }) => {
        const values = Object.fromEntries(Object.entries(positions).map(([name, column]) => [name, column[at]!]));
        return { date, values, cash: cash[at]! };
      }),
      transactions: this.transactions.result().map(({ time: moment, size, price, symbol, value }) => ({
        date: new Date(moment).toISOString(),
        amount: size,
        price,
        symbol,
        value,
      })),
      grossLeverage: ends.map(({ date, at }) => ({ date, leverage: leverage[at]! })),
    };
  }
}

/** The tables as CSV texts with a header line; an undefined return is an empty field. */
export function pyFolioCsv(result: PyFolioResult): Record<keyof PyFolioResult, string> {
  const names = Object.keys(result.positions[0]?.values ?? {});
  return {
    returns: csv(
      ['date', 'return'],
      result.returns.map((row) => [row.date, row.return]),
    ),
    positions: csv(
      ['date', ...names, 'cash'],
      result.positions.map((row) => [row.date, ...names.map((name) => row.values[name]), row.cash]),
    ),
    transactions: csv(
      ['date', 'amount', 'price', 'symbol', 'value'],
      result.transactions.map((row) => [row.date, row.amount, row.price, row.symbol, row.value]),
    ),
    grossLeverage: csv(
      ['date', 'gross_leverage'],
      result.grossLeverage.map((row) => [row.date, row.leverage]),
    ),
  };
}

function lastOfDays(stamps: Float64Array): { readonly date: string; at: number }[] {
  const days: { readonly date: string; at: number }[] = [];
  const frame = timeframe('1d');
  let end = -Infinity;
  for (let at = 0; at < stamps.length; at++) {
    const period = stamps[at]! < end ? undefined : periodAt(frame, stamps[at]!);
    if (period === undefined) days[days.length - 1]!.at = at;
    else {
      days.push({ date: day(period.start), at });
      end = period.end;
    }
  }
  return days;
}

function day(time: number): string {
  return new Date(time).toISOString().slice(0, 10);
}

function csv(header: readonly string[], rows: readonly (readonly (string | number | undefined)[])[]): string {
  const quoted = (cell: string | number | undefined): string => {
    const text = cell === undefined ? '' : String(cell);
    return /[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  };
  return [header, ...rows].map((row) => `${row.map(quoted).join(',')}\n`).join('');
}
