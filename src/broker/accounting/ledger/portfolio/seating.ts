/** Puts each data of a run into its account: its terms, margin mode, leverage and side, as the run and its instruments name them. */
import { ConfigError, nearestName, shown, type Instrument, type PositionSide } from '../../../../core/index.ts';
import type { Timeline, TimelineInfo } from '../../../../lines/index.ts';
import type { CommissionOptions } from '../../commission.ts';
import { Position } from '../../position.ts';
import type { Arithmetic } from '../arithmetic.ts';
import { schemeOfTerms } from '../contract-scheme.ts';
import { FillCheck } from '../fill-check.ts';
import { Dues, LegDetails, Quick, type Held } from './held.ts';
import { Leg } from '../leg.ts';
import type { InstrumentOptions, VenueAccountOptions } from '../options.ts';
import { completeInstrument, kindOf, Terms } from '../terms.ts';
import type { VenueAccount } from '../venue-account.ts';

/** What the run says of its accounts. */
interface Setup {
  readonly accounts: Readonly<Record<string, VenueAccountOptions>>;
  readonly commission: number;
}

/** What the run says of a data, beyond the side that it holds. */
interface Said extends Partial<Instrument> {
  readonly margin: InstrumentOptions['margin'];
  readonly leverage: number | undefined;
  readonly funding: InstrumentOptions['funding'];
  readonly commission: number | undefined;
}

/** A data and the account that it is traded in. */
interface Place<N> {
  readonly timeline: Timeline;
  readonly account: VenueAccount<N>;
  readonly known: Instrument;
  readonly said: Said;
  readonly positionSide: PositionSide | undefined;
  /** Whether its bars are the mark prices of another data. */
  readonly isMark: boolean;
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

  /** Adds the datas of the run to their accounts. @param own - Commissions, by the names of the datas that have one of their own. */
  seatAll(own: ReadonlyMap<string, CommissionOptions>): Held<N>[] {
    const places = this.#timelines.map((timeline) => this.#placeOf(timeline, own.get(timeline.info.name)));
    const seated: Held<N>[] = [];
    for (const [id, place] of places.entries()) {
      const mates = places.filter((one) => isSame(one, place));
      const first = places.indexOf(mates[0]!);
      seated.push(
        first < id ? this.#beside(seated[first]!, place) : this.#seat(place, joined(mates, this.#setup.commission)),
      );
    }
    return seated;
  }

  #placeOf(timeline: Timeline, own: CommissionOptions | undefined): Place<N> {
    const { info } = timeline;
    const options = this.#instruments.get(info.name) ?? {};
    const { account: named, margin, leverage, mark: _mark, funding, positionSide, ...facts } = options;
    const known = completeInstrument(info, facts, own?.commission ?? this.#setup.commission);
    const account = this.#accountFor(info, known, named);
    const isHedged = this.#setup.accounts[account.name]!.positionMode === 'hedge' && kindOf(known) !== 'spot';
    checkSide(info.name, isHedged, positionSide);
    const isMark = [...this.#instruments.values()].some(({ mark }) => mark === info.name);
    const said = { margin, leverage, funding, commission: own?.commission, ...facts };
    return { timeline, account, known, said, positionSide, isMark };
  }

  #seat({ timeline, account, positionSide }: Place<N>, { known, said }: Pick<Place<N>, 'known' | 'said'>): Held<N> {
    const accountOptions = this.#setup.accounts[account.name]!;
    const terms = new Terms(this.#a, known);
    const mode = said.margin ?? accountOptions.margin ?? 'cross';
    const gear = terms.kind === 'spot' ? 1 : (said.leverage ?? accountOptions.leverage ?? 1);
    const view = new Position();
    const leg = new Leg(this.#a, terms, mode, gear, view, signOf(positionSide));
    account.legs.push(leg);
    view.show(new LegDetails(this.#a, account, leg, this.#catchUp));
    return {
      id: timeline.id,
      timeline,
      account,
      leg,
      check: new FillCheck(account),
      scheme: schemeOfTerms(this.#a, terms, gear),
      mark: this.#markOf(timeline),
      dues: new Dues(said.funding ?? []),
      quick: Object.assign(new Quick(terms.kind === 'inverse', terms.kind === 'spot'), { gear: 1 / gear }),
      isShared: false,
      isBehind: false,
      hasFilled: false,
    };
  }

  /** Bars of another length of an instrument whose position another data has opened an account for. */
  #beside(first: Held<N>, { timeline }: Place<N>): Held<N> {
    first.isShared = true;
    return { ...first, id: timeline.id, timeline, mark: this.#markOf(timeline) };
  }

  #markOf({ info }: Timeline): Timeline | undefined {
    const mark = this.#instruments.get(info.name)?.mark;
    return mark === undefined ? undefined : this.#timelines.find((one) => one.info.name === mark)!;
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

/** Whether two datas trade one instrument in one account, so that they show one position. Bars of a mark price are traded apart. */
function isSame<N>(one: Place<N>, other: Place<N>): boolean {
  if (one === other) return true;
  if (one.isMark || other.isMark || one.account !== other.account || one.positionSide !== other.positionSide)
    return false;
  return one.known.symbol === other.known.symbol && exchangeOf(one) === exchangeOf(other);
}

function exchangeOf<N>({ known, timeline }: Place<N>): string | undefined {
  return known.exchange ?? timeline.info.exchange;
}

/**
 * What the run says of the datas of one instrument together: what one of them is given holds for all.
 *
 * @param standard - The run's commission.
 * @throws {ConfigError} If two of them are given something different.
 */
function joined<N>(places: readonly Place<N>[], standard: number): Pick<Place<N>, 'known' | 'said'> {
  const [{ known, said, timeline: first }, ...others] = places as [Place<N>, ...Place<N>[]];
  const all: Record<string, unknown> = { ...said };
  for (const { timeline, said: more } of others) {
    for (const [field, value] of Object.entries(more)) {
      if (value === undefined) continue;
      const before = all[field];
      if (before !== undefined && before !== value && JSON.stringify(before) !== JSON.stringify(value)) {
        const names = `'${first.info.name}' and '${timeline.info.name}'`;
        throw new ConfigError(
          `${names} trade one position in ${known.symbol}: ${field} must be the same for both, was ${shown(before)} and ${shown(value)}`,
          { context: { field, data: timeline.info.name } },
        );
      }
      all[field] = value;
    }
  }
  if (others.length === 0) return { known, said };
  const { margin: _margin, leverage: _leverage, funding: _funding, commission, ...facts } = all as unknown as Said;
  const info = places.map(({ timeline }) => timeline.info).find(({ instrument }) => instrument !== undefined);
  return { known: completeInstrument(info ?? first.info, facts, commission ?? standard), said: all as unknown as Said }; // prettier-ignore
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
