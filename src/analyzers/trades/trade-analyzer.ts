/** Statistics of trades: how many, how profitable, how long. */
import type { TradeOutcomes } from '../../broker/index.ts';
import { checkOptions, type Compat } from '../options.ts';
import { TradeReader } from './trade-reader.ts';
import { LengthTally, ProfitTally, type Lengths, type Profits } from './trade-tally.ts';

/** Options of TradeAnalyzer. */
export interface TradeAnalyzerOptions {
  /**
   * `backtrader`: a trade without profit or loss counts as won, and minimum lengths ignore trades of 0 bars. Default: such a trade is even,
   * and lengths of 0 bars count.
   */
  readonly compat?: Compat;
}

/** Trades in a row that were won, or lost. */
export interface Streak {
  /** Trades in a row at the end of the run. */
  readonly current: number;
  /** The most trades in a row. */
  readonly longest: number;
}

/** Profits of one side. */
export interface SideProfits {
  /** Closed trades of the side. */
  readonly total: number;
  /** Closed trades with a profit after commission. */
  readonly won: number;
  /** Closed trades with a loss after commission. */
  readonly lost: number;
  /** After commission. */
  readonly pnl: Profits & {
    /** Profits of the winning trades, in quote units. */
    readonly won: Profits;
    /** Losses of the losing trades, negative, in quote units. */
    readonly lost: Profits;
  };
}

/** Lengths of some trades, and of the won and the lost ones among them. */
export interface SplitLengths extends Lengths {
  /** Of the winning trades. */
  readonly won: Lengths;
  /** Of the losing trades. */
  readonly lost: Lengths;
}

/** Statistics of trades. Money in quote units, lengths in bars of the trade's data; open trades count only in `total`. */
export interface TradeAnalysis {
  /** How many trades there were. */
  readonly total: {
    /** Opened, whether closed or not. */
    readonly total: number;
    /** Still open at the end. */
    readonly open: number;
    /** Closed. */
    readonly closed: number;
  };
  /** Winning and losing trades in a row. */
  readonly streak: {
    /** Wins in a row. */
    readonly won: Streak;
    /** Losses in a row. */
    readonly lost: Streak;
  };
  /** Profit of all closed trades, in quote units. */
  readonly pnl: {
    /** Before commission. */
    readonly gross: Omit<Profits, 'best'>;
    /** After commission. */
    readonly net: Omit<Profits, 'best'>;
  };
  /** The trades with a profit after commission. */
  readonly won: {
    /** How many. */
    readonly total: number;
    /** Their profits, in quote units. */
    readonly pnl: Profits;
  };
  /** The trades with a loss after commission. */
  readonly lost: {
    /** How many. */
    readonly total: number;
    /** Their losses, negative, in quote units. */
    readonly pnl: Profits;
  };
  /** Closed trades with neither profit nor loss after commission; they end both streaks. */
  readonly even: number;
  /** The trades that were long. */
  readonly long: SideProfits;
  /** The trades that were short. */
  readonly short: SideProfits;
  /** How long trades were open, in bars. */
  readonly length: SplitLengths & {
    /** Of the long trades. */
    readonly long: SplitLengths;
    /** Of the short trades. */
    readonly short: SplitLengths;
  };
}

class Side {
  readonly pnl = new ProfitTally();
  readonly won = new ProfitTally();
  readonly lost = new ProfitTally();
  readonly lengths: LengthTally;
  readonly wonLengths: LengthTally;
  readonly lostLengths: LengthTally;

  constructor(skipsZero: boolean, forgetsZero: boolean) {
    this.lengths = new LengthTally(forgetsZero ? 'forgets' : skipsZero ? 'skips' : 'counts');
    this.wonLengths = new LengthTally(skipsZero ? 'skips' : 'counts');
    this.lostLengths = new LengthTally(skipsZero ? 'skips' : 'counts');
  }

  add(net: number, bars: number, outcome: 'won' | 'lost' | 'even'): void {
    this.pnl.add(net);
    this.lengths.add(bars);
    if (outcome === 'even') return;
    const isWon = outcome === 'won';
    (isWon ? this.won : this.lost).add(net);
    (isWon ? this.wonLengths : this.lostLengths).add(bars);
  }

  profits(): SideProfits {
    const [won, lost] = [this.won.read(), this.lost.read()];
    return {
      total: this.pnl.count,
      won: this.won.count,
      lost: this.lost.count,
      pnl: { ...this.pnl.read(), won, lost },
    };
  }

  split(): SplitLengths {
    return { ...this.lengths.read(), won: this.wonLengths.read(), lost: this.lostLengths.read() };
  }
}

/** Counts, profits, streaks and lengths of trades, by outcome and by side. Figures without a value are undefined. */
export class TradeAnalyzer extends TradeReader<TradeAnalysis> {
  private readonly compat: Compat | undefined;
  private readonly gross = new ProfitTally();
  private readonly all: Side;
  private readonly long: Side;
  private readonly short: Side;
  private readonly streaks = { won: { current: 0, longest: 0 }, lost: { current: 0, longest: 0 } };

  constructor(options: TradeAnalyzerOptions = {}) {
    super();
    checkOptions('TradeAnalyzer', options, ['compat']);
    const isCompat = options.compat !== undefined;
    this.compat = options.compat;
    this.all = new Side(isCompat, isCompat);
    this.long = new Side(isCompat, false);
    this.short = new Side(isCompat, false);
  }

  /** @internal */
  protected override take({ pnl, pnlNet, bars, isLong }: TradeOutcomes): void {
    for (let k = 0; k < pnl.length; k++) {
      const net = pnlNet[k]!;
      const isWon = net > 0 || (net === 0 && this.compat !== undefined);
      const outcome = isWon ? 'won' : net < 0 ? 'lost' : 'even';
      this.gross.add(pnl[k]!);
      this.all.add(net, bars[k]!, outcome);
      (isLong[k] === 1 ? this.long : this.short).add(net, bars[k]!, outcome);
      goOn(this.streaks.won, outcome === 'won');
      goOn(this.streaks.lost, outcome === 'lost');
    }
  }

  override result(): TradeAnalysis {
    this.catchUp();
    const { all, long, short, streaks } = this;
    const closed = all.pnl.count;
    const plain = ({ total, average }: Profits): Omit<Profits, 'best'> => ({ total, average });
    return {
      total: { total: this.opened, open: this.opened - closed, closed },
      streak: { won: { ...streaks.won }, lost: { ...streaks.lost } },
      pnl: { gross: plain(this.gross.read()), net: plain(all.pnl.read()) },
      won: { total: all.won.count, pnl: all.won.read() },
      lost: { total: all.lost.count, pnl: all.lost.read() },
      even: closed - all.won.count - all.lost.count,
      long: long.profits(),
      short: short.profits(),
      length: { ...all.split(), long: long.split(), short: short.split() },
    };
  }
}

/** Continues a streak, or restarts it. */
function goOn(streak: { current: number; longest: number }, isOne: boolean): void {
  streak.current = isOne ? streak.current + 1 : 0;
  streak.longest = Math.max(streak.longest, streak.current);
}
