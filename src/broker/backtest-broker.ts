/** The broker of a backtest: fills come from bars. */
import type { Refusal } from '../core/index.ts';
import type { Timeline } from '../lines/index.ts';
import type { CommissionOptions } from './accounting/commission.ts';
import type { LedgerBook } from './accounting/ledger/portfolio/make-ledger.ts';
import type { InstrumentOptions } from './accounting/ledger/options.ts';
import { BrokerCore, type SharedBooks } from './broker-core.ts';
import { CoreBroker } from './core-broker.ts';
import type { BrokerOptions } from './broker.ts';
import type { EngineBroker } from './engine-broker.ts';
import type { AmbiguityCount } from './matching/intrabar.ts';
import type { BarMatching } from './matching/bar-matching.ts';
import { noSlippage, anyPercentSlippage } from './matching/slippage.ts';
import type { CheckedAmendment } from './orders/amendment.ts';
import type { Admission } from './orders/submission-rule.ts';
import type { QuietSpan } from './quiet-span.ts';
import type { WorkingOrder } from './orders/working-order.ts';

/** Matches orders against each new bar and keeps the account. */
export class BacktestBroker extends CoreBroker implements EngineBroker, Admission {
  readonly fillSummary: string;
  readonly quiet: QuietSpan;
  readonly #ledger: LedgerBook | undefined;
  readonly #matching: BarMatching;

  /** @param books - The notices and the blotter of a divided account. Default: its own. */
  constructor(options: BrokerOptions = {}, books?: SharedBooks) {
    const core = new BrokerCore(options, books);
    super(core);
    this.quiet = core.quiet;
    this.#ledger = core.ledger;
    const { slippage: given = 0, filler } = options;
    const slippage = typeof given !== 'number' ? given : given === 0 ? noSlippage : anyPercentSlippage(given);
    this.fillSummary = slippage.summary;
    const { desk, portfolio, booking, intrabar } = core;
    const isInTurn = core.ledger !== undefined;
    this.#matching = core.rules.sequence.makeMatching({
      desk,
      portfolio,
      booking,
      intrabar,
      slippage,
      filler,
      isInTurn,
    });
  }

  get ambiguity(): AmbiguityCount {
    return this.#matching.ambiguity;
  }

  override get warnings(): readonly string[] {
    return [...this.core.warnings(), ...this.#matching.warnings];
  }

  open(
    timelines: readonly Timeline[],
    schemes: ReadonlyMap<string, CommissionOptions>,
    instruments?: ReadonlyMap<string, InstrumentOptions>,
  ): void {
    this.core.open(timelines, schemes, instruments);
  }

  override addCash(amount: number): void {
    this.core.addCash(amount);
    this.quiet.hasWork = true;
  }

  submit(working: WorkingOrder, isTransmitted: boolean): void {
    this.#ledger?.prepare(working);
    this.quiet.hasWork = true;
    this.core.desk.submit(working, isTransmitted, this.core.acceptsAtOnce);
    this.core.refusesRuined(working);
  }

  override cancel(working: WorkingOrder, reason?: string): boolean {
    this.quiet.hasWork = true;
    return this.core.desk.end(working, 'canceled', reason);
  }

  amend(working: WorkingOrder, change: CheckedAmendment): boolean {
    this.quiet.hasWork = true;
    return this.core.amend(working, change);
  }

  override refuse(working: WorkingOrder, refusal: Refusal): void {
    this.quiet.hasWork = true;
    this.core.desk.refuse(working, refusal, 'rejected');
  }

  admit(working: WorkingOrder): void {
    this.core.desk.accept(working);
  }

  executeNow(working: WorkingOrder, price: number): void {
    this.core.executeNow(working, price);
  }

  /** Exits wake, orders are checked, interest is paid, bars are matched, and the account is valued. */
  step(): void {
    const core = this.core;
    const { desk, portfolio } = core;
    desk.recycle();
    if (desk.isBusy) {
      desk.wake();
      if (desk.submitted.count > 0) core.checkSubmitted(this);
    }
    if (this.#ledger === undefined) portfolio.payInterest();
    else this.#ledger.beginBars();
    if (desk.pending.count > 0) this.#matching.run(core.timelines);
    if (this.#ledger !== undefined) this.#ledger.endBars();
    portfolio.mark(this.quiet.isOpen);
    if (portfolio.canOwe) core.checkRuin();
    this.quiet.hasWork = desk.pending.count > 0 || portfolio.canOwe || this.#ledger?.isBusy === true;
  }
}
