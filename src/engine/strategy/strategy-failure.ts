/** What a strategy threw, with where and when it happened. */
import { StrategyError, TradingError, formatTime, messageOf } from '../../core/index.ts';
import type { StrategyRun } from './strategy-run.ts';

/** The error of the strategy whose hook threw it; any other error is passed on as it is. */
export function failureOf(run: StrategyRun | undefined, error: unknown): unknown {
  if (run === undefined || error instanceof StrategyError) return error;
  const data = run.datas[0];
  const time = data?.time ?? NaN;
  const when = Number.isFinite(time)
    ? `at the bar of ${formatTime(time)} (${data?.symbol ?? ''})`
    : 'before the first bar';
  const cause = messageOf(error);
  return new StrategyError(`${run.name} threw ${when}: ${cause}`, {
    cause: error,
    code: error instanceof TradingError ? error.code : 'strategy',
    context: { strategy: run.name, symbol: data?.symbol, time: Number.isFinite(time) ? time : undefined },
  });
}
