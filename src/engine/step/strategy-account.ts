/** The account of one strategy in a run that divides the cash: its part of the broker, with the record and the curve of its value. */
import { RunRecord, type RunFacts } from '../../analyzers/index.ts';
import type { EngineBroker } from '../../broker/index.ts';
import type { EquityKeeper } from '../result/equity.ts';

/** What the engine records for a strategy with a part of the account of its own. */
export class StrategyAccount {
  readonly broker: EngineBroker;
  readonly record: RunRecord;
  readonly equity: EquityKeeper;
  /** What the strategy's analyzers see: its own account, not the whole. */
  readonly facts: RunFacts;

  /** @param facts - Makes the facts of a broker and its record. */
  constructor(
    broker: EngineBroker,
    equity: EquityKeeper,
    facts: (broker: EngineBroker, record: RunRecord) => RunFacts,
  ) {
    this.broker = broker;
    this.equity = equity;
    this.record = new RunRecord(broker.fundMode);
    this.facts = facts(broker, this.record);
  }
}
