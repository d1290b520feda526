/** The figures of the summary, read off a run's equity, trades and orders. */
import type { RunResult } from '../engine/index.ts';

const dayMs = 86_400_000;
const yearMs = 365.25 * dayMs;

/** What a run comes to in numbers; fractions are of the value, money is in quote units. Undefined: there is no such number. */
export interface Figures {
  readonly totalReturn: number;
  /** Return a year, compounded; only from a month on, since less says nothing of a year. */
  readonly yearlyReturn: number | undefined;
  /** Of the first data, from its first open to its last close. */
  readonly buyAndHold: number | undefined;
  /** Mean over standard deviation of daily returns, for a year of 365 days; needs two days that differ. */
  readonly sharpe: number | undefined;
  readonly volatility: number | undefined;
  readonly drawdown: number;
  readonly drawdownMoney: number;
  /** The longest time below an earlier peak. */
  readonly underwaterMs: number;
  readonly closed: number;
  readonly open: number;
  readonly wonShare: number | undefined;
  /** What winners won over what losers lost. */
  readonly profitFactor: number | undefined;
  readonly averageTrade: number | undefined;
  readonly best: number | undefined;
  readonly worst: number | undefined;
  readonly averageTradeMs: number | undefined;
  readonly commission: number;
  readonly fills: number;
}

/** Reads the figures off a result; a run without trades or bars has defined ones too. */
export function figuresOf(result: RunResult): Figures {
  const { startValue, finalValue } = result;
  const spanMs = result.end - result.start;
  const totalReturn = finalValue / startValue - 1;
  const isLong = spanMs >= 30 * dayMs && finalValue > 0;
  return {
    totalReturn,
    yearlyReturn: isLong ? (finalValue / startValue) ** (yearMs / spanMs) - 1 : undefined,
    buyAndHold: buyAndHoldOf(result),
    ...dailyFigures(result),
    ...drawdownFigures(result),
    ...tradeFigures(result),
    ...orderFigures(result),
  };
}

function buyAndHoldOf({ strategies }: RunResult): number | undefined {
  const data = strategies[0]?.strategy.data;
  if (data === undefined || data.length === 0) return undefined;
  return data.close.now / data.open.column.at(data.open.column.base) - 1;
}

function dailyFigures({ equity, startValue }: RunResult): Pick<Figures, 'sharpe' | 'volatility'> {
  const returns: number[] = [];
  let before = startValue;
  const { time, value } = equity;
  for (let i = 0; i < time.length; i++) {
    // A step belongs to the day in which its bar began; its close at 00:00 is that day's last moment.
    const isLastOfDay = i + 1 === time.length || dayOf(time[i + 1]!) !== dayOf(time[i]!);
    if (!isLastOfDay) continue;
    returns.push(value[i]! / before - 1);
    before = value[i]!;
  }
  if (returns.length < 2) return { sharpe: undefined, volatility: undefined };
  const mean = returns.reduce((sum, r) => sum + r, 0) / returns.length;
  const variance = returns.reduce((sum, r) => sum + (r - mean) ** 2, 0) / (returns.length - 1);
  const volatility = Math.sqrt(variance * 365);
  return { sharpe: variance > 0 ? (mean * 365) / volatility : undefined, volatility };
}

function dayOf(close: number): number {
  return Math.ceil(close / dayMs);
}

function drawdownFigures({
  equity,
  startValue,
  start,
}: RunResult): Pick<Figures, 'drawdown' | 'drawdownMoney' | 'underwaterMs'> {
  const { time, value } = equity;
  let [peak, peakTime] = [startValue, start];
  let [drawdown, drawdownMoney, underwaterMs] = [0, 0, 0];
  for (let i = 0; i < time.length; i++) {
    const now = value[i]!;
    if (now >= peak) [peak, peakTime] = [now, time[i]!];
    else {
      drawdown = Math.max(drawdown, 1 - now / peak);
      drawdownMoney = Math.max(drawdownMoney, peak - now);
      underwaterMs = Math.max(underwaterMs, time[i]! - peakTime);
    }
  }
  return { drawdown, drawdownMoney, underwaterMs };
}

type TradeFigures = Pick<
  Figures,
  'closed' | 'open' | 'wonShare' | 'profitFactor' | 'averageTrade' | 'best' | 'worst' | 'averageTradeMs'
>;

function tradeFigures({ strategies }: RunResult): TradeFigures {
  let [closed, won, gains, losses, heldMs] = [0, 0, 0, 0, 0];
  let [best, worst] = [-Infinity, Infinity];
  for (const { trades } of strategies) {
    for (const { pnlNet, openTime, closeTime } of trades) {
      closed++;
      if (pnlNet > 0) {
        won++;
        gains += pnlNet;
      } else losses -= pnlNet;
      heldMs += (closeTime ?? openTime) - openTime;
      best = Math.max(best, pnlNet);
      worst = Math.min(worst, pnlNet);
    }
  }
  const open = strategies.reduce((sum, { openTrades }) => sum + openTrades.length, 0);
  const among = (value: number): number | undefined => (closed === 0 ? undefined : value);
  return {
    closed,
    open,
    wonShare: among(won / closed),
    profitFactor: among(losses > 0 ? gains / losses : Infinity),
    averageTrade: among((gains - losses) / closed),
    best: among(best),
    worst: among(worst),
    averageTradeMs: among(heldMs / closed),
  };
}

function orderFigures({ strategies }: RunResult): Pick<Figures, 'commission' | 'fills'> {
  let [commission, fills] = [0, 0];
  for (const { orders } of strategies) {
    for (const order of orders) {
      commission += order.commission;
      fills += order.fills.length;
    }
  }
  return { commission, fills };
}
