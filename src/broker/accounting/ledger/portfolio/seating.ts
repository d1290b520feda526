/** Puts each data of a run into its account: its terms, margin mode, leverage and side, as the run and its instruments name them. */
import { ConfigError, nearestName, type Instrument, type PositionSide } from '../../../../core/index.ts';
import type { Timeline, TimelineInfo } from '../../../../lines/index.ts';
import type { CommissionOptions } from '../../commission.ts';
import { Position } from '../../position.ts';
import type { Arithmetic } from '../arithmetic.ts';
import { schemeOfTerms } from '../contract-scheme.ts';
import { FillCheck } from '../fill-check.ts';
import { LegDetails, Quick, type Held } from './held.ts';
import { Leg } from '../leg.ts';
import type { InstrumentOptions, VenueAccountOptions } from '../options.ts';
import { completeInstrument, Terms } from '../terms.ts';
import type { VenueAccount } from '../venue-account.ts';

/** What the run says of its accounts. */
interface Setup {
  readonly accounts: Readonly<Record<string, VenueAccountOptions>>;
  readonly commission: number;
}

/** Seats the datas of one run. */
export class Seating<N> {
  readonly #a: Arithmetic<N>;
  readonly #setup: Setup;
  readonly #accounts: readonly VenueAccount<N>[];
  readonly #instruments: ReadonlyMap<string, InstrumentOptions>;
  readonly #timelines: readonly Timeline[];
  readonly #catchUp: () => void;

  /**
   * @param catchUp - Brings marks up to date before a position is read.
   * @throws {ConfigError} If an instrument names a data that the run does not have.
   */
  constructor(
    a: Arithmetic<N>,
    setup: Setup,
    accounts: readonly VenueAccount<N>[],
    instruments: ReadonlyMap<string, InstrumentOptions>,
    timelines: readonly Timeline[],
    catchUp: () => void,
  ) {
    this.#a = a;
    this.#setup = setup;
    this.#accounts = accounts;
    this.#instruments = instruments;
    this.#timelines = timelines;
    this.#catchUp = catchUp;
    const names = timelines.map(({ info }) => info.name);
    for (const [name, { mark }] of instruments) {
      for (const one of mark === undefined ? [name] : [name, mark]) {
        if (names.includes(one)) continue;
        const near = nearestName(one, names);
        throw new ConfigError(
          `setInstrument: no data is named '${one}'${near === undefined ? '' : `: did you mean '${near}'?`}`,
        );
      }
    }
  }

  /** Adds a data to its account. @param own - Its commission, where the run names one for it. */
  seat(timeline: Timeline, own: CommissionOptions | undefined): Held<N> {
    const { info, id } = timeline;
    const options = this.#instruments.get(info.name) ?? {};
    const { account: named, margin, leverage, mark, funding = [], positionSide, ...facts } = options;
    const known = completeInstrument(info, facts, own?.commission ?? this.#setup.commission);
    const account = this.#accountFor(info, known, named);
    const accountOptions = this.#setup.accounts[account.name]!;
    const terms = new Terms(this.#a, known);
    const mode = margin ?? accountOptions.margin ?? 'cross';
    const gear = terms.kind === 'spot' ? 1 : (leverage ?? accountOptions.leverage ?? 1);
    const view = new Position();
    const isHedged = accountOptions.positionMode === 'hedge' && terms.kind !== 'spot';
    checkSide(info.name, isHedged, positionSide);
    const leg = new Leg(this.#a, terms, mode, gear, view, signOf(positionSide));
    if (isHedged && account.legs.some((one) => one.terms.symbol === terms.symbol && one.side === leg.side)) {
      throw new ConfigError(
        `setInstrument('${info.name}'): ${terms.symbol} has a data for its ${positionSide!} side already`,
        { context: { field: 'positionSide' } },
      );
    }
    account.legs.push(leg);
    const held: Held<N> = {
      id,
      timeline,
      account,
      leg,
      check: new FillCheck(account),
      scheme: schemeOfTerms(this.#a, terms, gear),
      mark: mark === undefined ? undefined : this.#timelines.find((one) => one.info.name === mark)!,
      funding: [...funding],
      isExpired: false,
      due: 0,
      sizes: new Map(),
      quick: new Quick(terms.kind === 'inverse', terms.kind === 'spot'),
    };
    held.quick.gear = 1 / gear;
    view.show(new LegDetails(this.#a, account, leg, this.#catchUp));
    return held;
  }

  /** The account of a data: the one that is named, else that of its exchange, else the first. */
  #accountFor(
    info: TimelineInfo,
    { exchange = info.exchange }: Instrument,
    named: string | undefined,
  ): VenueAccount<N> {
    const accounts = this.#accounts;
    if (named === undefined) return accounts.find(({ name }) => name === exchange) ?? accounts[0]!;
    const found = accounts.find(({ name }) => name === named);
    if (found !== undefined) return found;
    const names = accounts.map(({ name }) => name);
    const near = nearestName(named, names);
    throw new ConfigError(
      `setInstrument('${info.name}'): account must be one of ${names.join(', ')}, was '${named}'${near === undefined ? '' : `: did you mean '${near}'?`}`,
    );
  }
}

function signOf(side: PositionSide | undefined): 1 | -1 | 0 {
  return side === undefined ? 0 : side === 'long' ? 1 : -1;
}

/** Throws a ConfigError for a data that names a side in one-way mode, or none in hedge mode. */
function checkSide(name: string, isHedged: boolean, side: PositionSide | undefined): void {
  if (isHedged === (side !== undefined)) return;
  const said = isHedged
    ? `setInstrument('${name}'): positionSide must be 'long' or 'short' in hedge mode, was undefined`
    : `setInstrument('${name}'): positionSide needs an account with positionMode: 'hedge', was '${side!}'`;
  throw new ConfigError(said, { context: { field: 'positionSide' } });
}
