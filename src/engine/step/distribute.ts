/** News of orders on the way from the broker to the strategies that made them. */
import type { Notices } from '../../broker/index.ts';
import type { StrategyRun } from '../strategy/strategy-run.ts';

/** Puts what the broker said to each order's strategy, and leaves nothing behind. */
export function distribute(notices: Notices, runs: readonly StrategyRun[]): void {
  const alone = runs.length === 1 ? runs[0] : undefined;
  if (alone?.notices.count === 0) alone.notices.swap(notices);
  for (let k = 0; k < notices.count; k++) {
    const notice = notices.items[k]!;
    runs[notice.working.owner]!.notices.add(notice.working, notice.status, notice.row, notice.reason);
  }
  notices.clear();
}
