/** The figures of the summary, read off a run's equity, trades and orders. */
import type { RunStats } from '../analyzers/index.ts';
import type { RunResult } from '../engine/index.ts';

const dayMs = 86_400_000;
const yearMs = 365 * dayMs;

/** The statistics that the summary shows. */
export type Figures = Pick<
  RunStats,
  | 'totalReturn'
  | 'cagr'
  | 'buyAndHoldReturn'
  | 'sharpe'
  | 'volatility'
  | 'maxDrawdown'
  | 'maxDrawdownMoney'
  | 'longestUnderwaterMs'
  | 'trades'
  | 'openTrades'
  | 'winRate'
  | 'profitFactor'
  | 'expectancy'
  | 'bestTrade'
  | 'worstTrade'
  | 'averageTradeMs'
  | 'fees'
> & { readonly exposure?: number | undefined; readonly turnover?: number | undefined };

/** The result's own statistics where it carries them, else those read off it. */
export function statsOf(result: RunResult): Figures {
  return (result as { readonly stats?: RunStats }).stats ?? figuresOf(result);
}

/** Reads the figures off a result; a run without trades or bars has defined ones too. */
export function figuresOf(result: RunResult): Figures {
  const { startValue, finalValue } = result;
  const spanMs = result.end - result.start;
  const totalReturn = finalValue / startValue - 1;
  const isLong = spanMs > 0 && finalValue > 0;
  return {
    totalReturn,
    cagr: isLong ? (finalValue / startValue) ** (yearMs / spanMs) - 1 : undefined,
    buyAndHoldReturn: buyAndHoldOf(result),
    ...dailyFigures(result),
    ...drawdownFigures(result),
    ...tradeFigures(result),
    fees: feesOf(result),
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
}: RunResult): Pick<Figures, 'maxDrawdown' | 'maxDrawdownMoney' | 'longestUnderwaterMs'> {
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
  return { maxDrawdown: drawdown, maxDrawdownMoney: drawdownMoney, longestUnderwaterMs: underwaterMs };
}

type TradeFigures = Pick<
  Figures,
  'trades' | 'openTrades' | 'winRate' | 'profitFactor' | 'expectancy' | 'bestTrade' | 'worstTrade' | 'averageTradeMs'
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
    trades: closed,
    openTrades: open,
    winRate: among(won / closed),
    profitFactor: losses > 0 ? gains / losses : undefined,
    expectancy: among((gains - losses) / closed),
    bestTrade: among(best),
    worstTrade: among(worst),
    averageTradeMs: among(heldMs / closed),
  };
}

function feesOf({ strategies }: RunResult): number {
  let fees = 0;
  for (const { orders } of strategies) for (const order of orders) fees += order.commission;
  return fees;
}
