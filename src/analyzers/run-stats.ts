/** The standard statistics that every run comes with. */
import { closedField, type Trade, type TradeBook } from '../broker/index.ts';
import { Analyzer, type RunFacts } from './analyzer.ts';
import { BuyAndHold } from './returns/buy-and-hold.ts';
import { DrawDown } from './risk/draw-down.ts';
import { Exposure } from './exposure/exposure.ts';
import { deviation, finite, ratio } from './risk/moments.ts';
import { PeriodAnalyzer } from './periods/period-analyzer.ts';
import { periodsPerYear } from './periods/period.ts';
import { Returns } from './returns/returns.ts';
import { sharpeOf } from './risk/sharpe-ratio.ts';
import { sortinoOf } from './risk/sortino-ratio.ts';
import { TradeStats, type TradeFigures } from './trades/trade-stats.ts';
import { Turnover } from './exposure/turnover.ts';

/**
 * The figures of a run, flat. Returns and shares are fractions (0.25 is 25 %), money is in quote units, times are milliseconds UTC. A
 * figure without a value is undefined: the win rate without trades, and yearly figures of less than 30 days.
 */
export interface RunStats extends TradeFigures {
  /** Last value divided by the first, minus 1; in fund mode, of one share. */
  readonly totalReturn: number | undefined;
  /** Natural logarithm of last over first value. */
  readonly logReturn: number | undefined;
  /** Compound annual growth over the time that passed, with years of 365 days. */
  readonly cagr: number | undefined;
  /** Sample standard deviation of daily returns, annualised with 365 days. */
  readonly volatility: number | undefined;
  /** Sharpe ratio of daily returns with a risk-free rate of 0, annualised with 365 days. */
  readonly sharpe: number | undefined;
  /** Sortino ratio of daily returns with a target of 0, annualised with 365 days. */
  readonly sortino: number | undefined;
  /** `cagr` divided by `maxDrawdown`. */
  readonly calmar: number | undefined;
  /** Largest fall from a peak, as a fraction of it, step by step; 0 without one. */
  readonly maxDrawdown: number;
  /** The largest fall in money, in quote units, which may be another drawdown. */
  readonly maxDrawdownMoney: number;
  /** Clock of the peak before the deepest drawdown, milliseconds UTC; undefined without a drawdown. */
  readonly maxDrawdownFrom: number | undefined;
  /** Clock of the deepest drawdown's lowest point, milliseconds UTC; undefined without a drawdown. */
  readonly maxDrawdownTo: number | undefined;
  /** The longest time below an earlier peak, milliseconds. */
  readonly longestUnderwaterMs: number;
  /** Return of the best UTC day, as a fraction; undefined without a day. */
  readonly bestDay: number | undefined;
  /** Return of the worst UTC day, as a fraction; undefined without a day. */
  readonly worstDay: number | undefined;
  /** Share of the time with a position, from 0 to 1. */
  readonly exposure: number | undefined;
  /** Time-weighted mean of the absolute value of all positions, divided by the value of the portfolio. */
  readonly averageExposure: number | undefined;
  /** Value bought and sold, divided by the mean value of the portfolio; once in and once out is 2. */
  readonly turnover: number | undefined;
  /** Commissions of all fills, in quote units. */
  readonly fees: number;
  /** The first data's last close divided by its first open, minus 1. */
  readonly buyAndHoldReturn: number | undefined;
}

/** Returns by day, or by the first data's bars where those are longer. */
class DayReturns extends PeriodAnalyzer<Float64Array> {
  constructor() {
    super('RunStatistics', {}, [], 'dayOrBar');
  }

  override result(): Float64Array {
    return this.returns();
  }

  /** The return of every period, 0 where it has no value. */
  every(): Float64Array {
    const returns = this.periods.returns(this.reference());
    for (let k = 0; k < returns.length; k++) if (!Number.isFinite(returns[k])) returns[k] = 0;
    return returns;
  }

  /** The start of every period, milliseconds UTC. */
  starts(): Float64Array {
    const { start, length } = this.periods;
    return start.values.slice(0, length);
  }

  /** Whether the run is long enough for yearly figures. */
  get isLong(): boolean {
    return this.hasYearlyFigures;
  }
}

/**
 * Computes the standard statistics. The engine passes it the whole portfolio: blocks of steps by `observe`, closed trades
 * by `notifyTrade`, fills by `addFill`.
 */
export class RunStatistics extends Analyzer<RunStats> {
  private readonly growth = new Returns();
  private readonly drawDown = new DrawDown();
  private readonly days = new DayReturns();
  private readonly exposure = new Exposure();
  private readonly turnover = new Turnover();
  private readonly hold = new BuyAndHold();
  private readonly trades = new TradeStats();
  private readonly parts = [this.growth, this.drawDown, this.days, this.exposure, this.turnover, this.hold];
  private readonly figures = new Float64Array(3);
  private fees = 0;
  private openTrades = 0;

  override attach(facts: RunFacts, strategyName?: string): void {
    super.attach(facts, strategyName);
    for (const part of this.parts) part.attach(facts, strategyName);
  }

  override start(): void {
    for (const part of this.parts) part.start();
  }

  override observe(from: number, to: number): void {
    if (from >= to) return;
    for (const part of this.parts) part.observe(from, to);
  }

  override notifyTrade(trade: Trade): void {
    const { closeTime } = trade;
    if (closeTime !== undefined) this.trades.add(trade.pnlNet, closeTime - trade.openTime);
  }

  /**
   * Adds the closed trades of a run's strategies in the order they closed, as `notifyTrade` does one by one.
   *
   * @internal
   */
  addTrades(books: readonly TradeBook[]): void {
    const [only] = books;
    if (only !== undefined && books.length === 1) {
      this.trades.reserve(only.kept);
      for (let k = 0; k < only.kept; k++) this.addTrade(only, k);
      return;
    }
    const { figures } = this;
    const closes = books.flatMap((book) =>
      Array.from({ length: book.kept }, (_, k) => {
        book.readClosed(k, figures);
        return { book, k, time: figures[closedField.closeTime]! };
      }),
    );
    for (const { book, k } of closes.sort((a, b) => a.time - b.time)) this.addTrade(book, k);
  }

  private addTrade(book: TradeBook, k: number): void {
    const { figures } = this;
    book.readClosed(k, figures);
    this.trades.add(figures[closedField.pnlNet]!, figures[closedField.closeTime]! - figures[closedField.openTime]!);
  }

  /** Adds a fill: the value it traded, and its commission. */
  addFill(traded: number, commission: number): void {
    this.turnover.addFill(traded);
    this.fees += commission;
  }

  /** Sets how many trades are open at the end. */
  setOpen(count: number): void {
    this.openTrades = count;
  }

  /** Returns by day, or by the first data's bars where those are longer; 0 where one has no value. */
  dayReturns(): Float64Array {
    return this.days.every();
  }

  /** The start of each of these days or bars, milliseconds UTC: days without a bar are not among them. */
  dayStarts(): Float64Array {
    return this.days.starts();
  }

  override result(): RunStats {
    const { total, log, cagr } = this.growth.result();
    const { max } = this.drawDown.result();
    const { timeInMarket, averageGross } = this.exposure.result();
    const returns = this.days.result();
    const perYear = periodsPerYear(this.days.frame) ?? 1;
    const { isLong } = this.days;
    const spread = deviation(returns);
    let best = -Infinity;
    let worst = Infinity;
    for (const value of returns) {
      if (value > best) best = value;
      if (value < worst) worst = value;
    }
    return {
      totalReturn: total,
      logReturn: log,
      cagr,
      volatility: spread === undefined || !isLong ? undefined : spread * Math.sqrt(perYear),
      sharpe: isLong ? sharpeOf(returns, 0, 'sample', perYear).sharpe : undefined,
      sortino: isLong ? sortinoOf(returns, 0, perYear).sortino : undefined,
      calmar: ratio(cagr, max.depth),
      maxDrawdown: max.depth,
      maxDrawdownMoney: max.money,
      maxDrawdownFrom: max.from,
      maxDrawdownTo: max.to,
      longestUnderwaterMs: max.durationMs,
      bestDay: finite(best),
      worstDay: finite(worst),
      ...this.trades.result(this.openTrades),
      exposure: timeInMarket,
      averageExposure: averageGross,
      turnover: this.turnover.result().turnover,
      fees: this.fees,
      buyAndHoldReturn: this.hold.result().return,
    };
  }
}
