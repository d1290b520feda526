/** Bar matching: the seam between a broker and the rules by which orders of one bar are booked. */
import type { Timeline } from '../../lines/index.ts';
import type { Booking } from '../accounting/booking.ts';
import type { PortfolioBook } from '../accounting/portfolio-book.ts';
import type { OrderDesk } from '../orders/desk.ts';
import type { AmbiguityCount, IntrabarPolicy } from './intrabar.ts';
import type { SlippageModel } from './slippage.ts';
import type { VolumeFiller } from './volume-filler.ts';

/** What bars are matched with. */
export interface MatchParts {
  readonly desk: OrderDesk;
  readonly portfolio: PortfolioBook;
  readonly booking: Booking;
  readonly slippage: SlippageModel;
  readonly intrabar: IntrabarPolicy;
  readonly filler: VolumeFiller | undefined;
  /** Whether orders of one data that are due at the open are filled in the order placed, whether or not they free cash. Default false. */
  readonly isInTurn?: boolean;
}

/** Matches working orders against the new bars of a step. */
export interface BarMatching {
  readonly ambiguity: AmbiguityCount;
  /** What the result warns of. */
  readonly warnings: readonly string[];
  run(timelines: readonly Timeline[]): void;
}

/** In which order are the orders of one bar booked, and do exits act in the bar of their entry? */
export interface SequenceRule {
  /** The intrabar policy of a run that names none. */
  readonly intrabar: IntrabarPolicy;
  makeMatching(parts: MatchParts): BarMatching;
}
