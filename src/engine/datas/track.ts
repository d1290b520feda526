/** A source of bars with everything that is made of it: timelines of its own bars and of longer ones. */
import { completeInstrument, type InstrumentOptions } from '../../broker/index.ts';
import { createBars, type Bars, type Instrument, type Timeframe } from '../../core/index.ts';
import { Replay, Resampler, type BarGrid, type LiveBar } from '../../feeds/index.ts';
import { Timeline, type TimelineInfo } from '../../lines/index.ts';
import { feedOfPlan, type DataPlan } from '../plan/data-plan.ts';

/** One source of bars: a feed's, or those made of another source's. */
export class Track {
  /** Undefined for a source that no strategy sees. */
  readonly timeline: Timeline | undefined;
  readonly frame: Timeframe;
  private readonly resampler: Resampler | undefined;
  private readonly children: Track[] = [];
  /** One bar in columns, used again for each. */
  private readonly row = createBars(1);
  /** Timelines whose bars grow by this source's. */
  private readonly grown: Timeline[] = [];

  constructor(frame: Timeframe, timeline: Timeline | undefined, resampler?: Resampler) {
    this.frame = frame;
    this.timeline = timeline;
    this.resampler = resampler;
  }

  /** Another timeline of the same bars, for a feed that was added twice. */
  again(timeline: Timeline): Track {
    const child = new Track(this.frame, timeline);
    this.children.push(child);
    return child;
  }

  /** Longer bars made of this source's, once they are complete. */
  resample(id: number, plan: DataPlan, grid: BarGrid): Track {
    const timeline = new Timeline(id, infoOf(plan), { ownCloseTimes: !grid.isRegular, follows: this.timeline });
    const child = new Track(plan.frame, timeline, new Resampler(grid, this.frame));
    this.children.push(child);
    return child;
  }

  /** Longer bars that grow by each of this source's. */
  replay(id: number, plan: DataPlan, grid: BarGrid): Replay {
    const info = infoOf(plan);
    const ownCloseTimes = this.timeline?.closeTime !== undefined;
    const ticks = new Timeline(id, { ...info, timeframe: this.frame }, { ownCloseTimes });
    this.again(ticks);
    const timeline = new Timeline(id, info, { ownCloseTimes: true, ticks });
    this.grown.push(timeline);
    return new Replay(timeline, ticks, grid);
  }

  /** Makes room for what the source's bars carry beyond the six columns, in everything that is made of them. */
  widen(bars: Bars): void {
    this.timeline?.widen(bars);
    for (const timeline of this.grown) timeline.widen(bars);
    for (const child of this.children) child.widen(bars);
  }

  /**
   * Hands on further bars.
   *
   * @param known - The moment up to which every bar has been given: the close of the feed's last one.
   * @param closes - Closes of the bars, where they do not follow from the timeframe.
   */
  give(bars: Bars, known: number, closes?: Float64Array): void {
    if (bars.time.length > 0) this.timeline?.append(bars, closes);
    for (const child of this.children) {
      if (child.resampler === undefined) child.give(bars, known, closes);
      else child.make(child.resampler, bars, known, closes);
    }
  }

  /** Hands on one further bar, as it comes live, after which every bar up to its close is known. */
  push(bar: LiveBar): void {
    this.timeline?.push(bar);
    if (this.timeline !== undefined) this.timeline.knownUntil = bar.closeTime;
    for (let k = 0; k < this.children.length; k++) {
      const child = this.children[k]!;
      if (child.resampler === undefined) child.push(bar);
      else {
        child.make(child.resampler, child.one(bar), bar.closeTime);
        child.know(bar.closeTime);
      }
    }
  }

  /** Hands on what the bars of the source come to in this one's timeframe. */
  private make(resampler: Resampler, bars: Bars, known: number, closes?: Float64Array): void {
    resampler.push(bars, closes);
    resampler.reach(known);
    const made = resampler.take();
    this.give(made, known, made.closeTime);
  }

  private one(bar: LiveBar): Bars {
    const { row } = this;
    row.time[0] = bar.time;
    row.open[0] = bar.open;
    row.high[0] = bar.high;
    row.low[0] = bar.low;
    row.close[0] = bar.close;
    row.volume[0] = bar.volume;
    return row;
  }

  /** Says that every bar that closes by `time` has been given. */
  know(time: number): void {
    if (this.timeline !== undefined) this.timeline.knownUntil = time;
    for (const child of this.children) child.know(time);
  }
}

/** The instrument of a data with what `setInstrument` says of it. */
function instrumentWith(
  facts: InstrumentOptions,
  info: { readonly name: string; readonly symbol: string; readonly instrument: Instrument | undefined },
): Instrument {
  const {
    account: _account,
    margin: _margin,
    leverage: _leverage,
    mark: _mark,
    funding: _funding,
    positionSide: _side,
    ...said
  } = facts;
  return completeInstrument(info, said);
}

/** What a timeline knows about its data. */
export function infoOf(plan: DataPlan): TimelineInfo {
  const feed = feedOfPlan(plan);
  const { symbol, sessionEndMs, sessionZone, reader, instrument: known } = feed;
  const { exchange: of } = feed as { readonly exchange?: unknown };
  const exchange = typeof of === 'string' ? of : undefined;
  const { name, facts } = plan;
  const instrument = facts === undefined ? known : instrumentWith(facts, { name, symbol, instrument: known });
  return { name, symbol, exchange, timeframe: plan.frame, instrument, sessionEndMs, sessionZone, stream: reader };
}
