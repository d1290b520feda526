/** A leg: one position of an account, in the numbers of its ledger. */
import type { Position } from '../position.ts';
import type { Arithmetic } from './arithmetic.ts';
import type { Terms } from './terms.ts';

/** The margin mode of a position: isolated, or cross with the whole wallet. */
export type MarginMode = 'isolated' | 'cross';

/** The position in one instrument, whichever data of it trades; in hedge mode an instrument has one for each side. */
export class Leg<N> {
  readonly terms: Terms<N>;
  readonly mode: MarginMode;
  readonly leverage: N;
  /** The leverage as a number, for comparisons. */
  readonly leverageNumber: number;
  /** The side that it may hold, in hedge mode: 1 long, -1 short; 0 for either. */
  readonly side: 1 | -1 | 0;
  /** The position as strategies see it. */
  readonly view: Position;
  /** Signed units; of spot what the wallet holds of the base. */
  size: N;
  entry: N;
  /** What an isolated position holds of the wallet. */
  margin: N;
  /** Funding received by the present position; negative when paid. */
  funding: N;
  /** The latest mark price; NaN before the first. */
  mark = NaN;
  /** The moment of that price, where several datas show the position. */
  markedAt = -Infinity;

  constructor(
    a: Arithmetic<N>,
    terms: Terms<N>,
    mode: MarginMode,
    leverage: number,
    view: Position,
    side: 1 | -1 | 0 = 0,
  ) {
    this.side = side;
    this.terms = terms;
    this.mode = mode;
    this.leverage = a.of(leverage);
    this.leverageNumber = leverage;
    this.view = view;
    this.size = this.entry = this.margin = this.funding = a.zero;
  }

  /** Whether its margin is isolated. */
  get isIsolated(): boolean {
    return this.mode === 'isolated';
  }

  save(): { restore(): void } {
    const { size, entry, margin, funding } = this;
    return {
      restore: () => {
        this.size = size;
        this.entry = entry;
        this.margin = margin;
        this.funding = funding;
      },
    };
  }
}
