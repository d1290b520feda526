/** The figures of a run's trades, flat. */
import { Column } from '../../lines/index.ts';
import { finite, ratio } from '../risk/moments.ts';
import { held, push } from '../exposure/positions-value.ts';
import { sqnOf } from '../risk/sqn.ts';

/** Figures of trades from flat to flat. Profits are after commission, in quote units; without trades, most are undefined. */
export interface TradeFigures {
  /** Closed trades. */
  readonly trades: number;
  /** Trades still open at the end; the figures below leave them out. */
  readonly openTrades: number;
  /** Closed trades with a profit after commission; one that broke even is neither won nor lost. */
  readonly wonTrades: number;
  /** Closed trades with a loss after commission. */
  readonly lostTrades: number;
  /** Share of the closed trades that were won, from 0 to 1. */
  readonly winRate: number | undefined;
  /** Gross profit divided by gross loss; undefined without a loss. */
  readonly profitFactor: number | undefined;
  /** Mean profit of a trade, in quote units. */
  readonly expectancy: number | undefined;
  /** Mean profit of the winning trades, in quote units; undefined without one. */
  readonly averageWin: number | undefined;
  /** Negative. */
  readonly averageLoss: number | undefined;
  /** Largest profit after commission, in quote units; undefined without a closed trade. */
  readonly bestTrade: number | undefined;
  /** Smallest profit after commission, in quote units, negative for a loss; undefined without a closed trade. */
  readonly worstTrade: number | undefined;
  /** Mean time that a trade was open, in milliseconds, from the close of the bar that opened it to that of the bar that closed it. */
  readonly averageTradeMs: number | undefined;
  /** The longest time from opening to close, in milliseconds; undefined without a closed trade. */
  readonly longestTradeMs: number | undefined;
  /** The most winning trades in a row. */
  readonly longestWinStreak: number;
  /** The most losing trades in a row. */
  readonly longestLossStreak: number;
  /** System quality number; undefined for fewer than two trades. */
  readonly sqn: number | undefined;
}

/** Collects closed trades, in the order they closed. */
export class TradeStats {
  private readonly profits = new Column();
  private won = 0;
  private lost = 0;
  private gain = 0;
  private loss = 0;
  private best = -Infinity;
  private worst = Infinity;
  private timeMs = 0;
  private longestMs = -Infinity;
  private wins = 0;
  private losses = 0;
  private longestWins = 0;
  private longestLosses = 0;

  /** Makes room for this many more trades. */
  reserve(more: number): void {
    this.profits.reserve(this.profits.length + more);
  }

  /** Adds a closed trade, with its profit after commission and the time that it was open, in milliseconds. */
  add(pnlNet: number, lasted: number): void {
    push(this.profits, pnlNet);
    this.wins = pnlNet > 0 ? this.wins + 1 : 0;
    this.losses = pnlNet < 0 ? this.losses + 1 : 0;
    if (pnlNet > 0) {
      this.won++;
      this.gain += pnlNet;
    } else if (pnlNet < 0) {
      this.lost++;
      this.loss += pnlNet;
    }
    if (this.wins > this.longestWins) this.longestWins = this.wins;
    if (this.losses > this.longestLosses) this.longestLosses = this.losses;
    if (pnlNet > this.best) this.best = pnlNet;
    if (pnlNet < this.worst) this.worst = pnlNet;
    this.timeMs += lasted;
    if (lasted > this.longestMs) this.longestMs = lasted;
  }

  result(openTrades: number): TradeFigures {
    const trades = this.profits.length;
    return {
      trades,
      openTrades,
      wonTrades: this.won,
      lostTrades: this.lost,
      winRate: ratio(this.won, trades),
      profitFactor: ratio(this.gain, -this.loss),
      expectancy: ratio(this.gain + this.loss, trades),
      averageWin: ratio(this.gain, this.won),
      averageLoss: ratio(this.loss, this.lost),
      bestTrade: finite(this.best),
      worstTrade: finite(this.worst),
      averageTradeMs: ratio(this.timeMs, trades),
      longestTradeMs: finite(this.longestMs),
      longestWinStreak: this.longestWins,
      longestLossStreak: this.longestLosses,
      sqn: sqnOf(held(this.profits)),
    };
  }
}
