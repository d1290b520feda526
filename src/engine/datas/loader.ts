/** Loading: every feed once, its bars to the timelines that show them or are made of them. */
import { barClose, DataError, extraColumnNames, formatTime, type Bars } from '../../core/index.ts';
import {
  gatheredWarnings,
  loadBars,
  type DataFeed,
  type DataReport,
  type LoadContext,
  type Replay,
} from '../../feeds/index.ts';
import { Timeline, type TimelineInfo } from '../../lines/index.ts';
import { feedOfPlan, isPlan, type DataPlan } from '../plan/data-plan.ts';
import { Track, infoOf } from './track.ts';
import type { RunWatch } from '../plan/run-watch.ts';

/** One feed while it is read. */
export interface Source {
  readonly feed: DataFeed;
  readonly name: string;
  readonly track: Track;
  isOver: boolean;
  /** Which columns its bars have beyond the six; undefined before the first bars. */
  extras?: readonly ExtraName[];
}

type ExtraName = (typeof extraColumnNames)[number];

/** The timelines of a run and where their bars come from. */
export class Loader {
  readonly timelines: readonly Timeline[];
  /** What moves the timelines that are replayed, by data. */
  readonly replays: readonly (Replay | undefined)[];
  readonly sources: readonly Source[];
  /** The source of each timeline. */
  private readonly sourceOf: readonly Source[];

  private readonly plans: readonly DataPlan[];

  constructor(plans: readonly DataPlan[]) {
    this.plans = plans;
    const timelines: Timeline[] = [];
    const replays: (Replay | undefined)[] = [];
    const tracks = new Map<DataPlan, Track>();
    const sources = new Map<DataFeed, Source>();
    const sourceFor = (feed: DataFeed, name: string, timeline?: Timeline): Source => {
      let source = sources.get(feed);
      if (source === undefined) {
        source = { feed, name, track: new Track(feed.timeframe, timeline), isOver: false };
        sources.set(feed, source);
      }
      return source;
    };
    for (const [id, plan] of plans.entries()) {
      if (plan.made !== undefined || isPlan(plan.source)) continue;
      const timeline = new Timeline(id, infoOf(plan));
      const { track } = sourceFor(plan.source, plan.name, timeline);
      tracks.set(plan, track.timeline === timeline ? track : track.again(timeline));
      timelines[id] = timeline;
    }
    for (const [id, plan] of plans.entries()) {
      if (plan.made === undefined) continue;
      const base = isPlan(plan.source) ? tracks.get(plan.source)! : sourceFor(plan.source, plan.name).track;
      const { kind, grid } = plan.made;
      if (kind === 'replay') {
        replays[id] = base.replay(id, plan, grid);
        timelines[id] = replays[id].timeline;
      } else {
        const track = base.resample(id, plan, grid);
        tracks.set(plan, track);
        timelines[id] = track.timeline!;
      }
    }
    this.timelines = timelines;
    this.replays = replays;
    this.sources = [...sources.values()];
    this.sourceOf = plans.map((plan) => sources.get(feedOfPlan(plan))!);
  }

  /** Loads everything at once. */
  async load(contextFor: (name: string) => LoadContext, watch: RunWatch = {}): Promise<void> {
    await Promise.all(
      this.sources.map(async (source) => {
        const bars = await loadBars(source.feed, contextFor(source.name));
        const altered = watch.alter?.(bars, source.feed) ?? bars;
        give(source, shifted(altered, watch.shiftMs), watch.knownUntil);
        // A data that is cut off goes on later: its orders wait, as in a hole.
        source.isOver = !(altered.time[altered.time.length - 1]! < bars.time[bars.time.length - 1]!);
      }),
    );
    this.learn();
  }

  /** Takes over what feeds know of their instruments since they have read: an exchange's rules come with its bars. */
  learn(): void {
    for (const [id, plan] of this.plans.entries()) {
      const timeline = this.timelines[id]!;
      const { instrument } = infoOf(plan);
      if (instrument === undefined || instrument === timeline.info.instrument) continue;
      for (const one of [timeline, timeline.ticks] as ({ info: TimelineInfo } | undefined)[])
        if (one !== undefined) one.info = { ...one.info, instrument };
    }
  }

  /** What was found in the bars of the feeds, a sentence for each kind of fault. */
  warnings(): string[] {
    return gatheredWarnings(this.sources.map(({ feed }) => feed));
  }

  /** What was found in the bars that each data is made of, by number. */
  reports(): (DataReport | undefined)[] {
    return this.sourceOf.map(({ feed }) => feed.report);
  }

  /** Whether a source has to be read for the run to go on: some data of it has no further bar. */
  isDry(source: Source): boolean {
    if (source.isOver) return false;
    return this.timelines.some((timeline, id) => {
      if (this.sourceOf[id] !== source || timeline.follows !== undefined) return false;
      const { index, loaded } = timeline.ticks ?? timeline;
      return index + 1 >= loaded;
    });
  }

  /** By data: whether no more bars will be loaded. */
  isOver(): boolean[] {
    return this.sourceOf.map((source) => source.isOver);
  }
}

function shifted(bars: Bars, shiftMs = 0): Bars {
  if (shiftMs === 0) return bars;
  return { ...bars, time: bars.time.map((time) => time + shiftMs) };
}

/** Hands further bars of a source on, and says up to when its bars are known now. */
export function give(source: Source, bars: Bars, knownUntil = -Infinity): number {
  const { feed, track } = source;
  checkExtras(source, bars);
  const last = bars.time[bars.time.length - 1];
  if (last === undefined) return -Infinity;
  const known = Math.max(barClose(feed.timeframe, last), knownUntil);
  track.give(bars, known);
  return known;
}

/** Checks that every piece of a feed has the columns of the first: a missing column could not be distinguished from missing values. */
function checkExtras(source: Source, bars: Bars): void {
  const { extras } = source;
  if (extras === undefined) {
    const has = extraColumnNames.filter((name) => bars[name] !== undefined);
    if (bars.time.length === 0 && has.length === 0) return;
    source.extras = has;
    source.track.widen(bars);
    return;
  }
  if (bars.time.length === 0) return;
  for (const name of extraColumnNames) {
    const isHere = bars[name] !== undefined;
    if (isHere === extras.includes(name)) continue;
    const [here, before] = isHere ? ['have', 'lack'] : ['lack', 'have'];
    throw new DataError(
      `${source.name}: the bars from ${formatTime(bars.time[0]!)} on ${here} the column '${name}', and those before them ` +
        `${before} it: either all pieces of a feed have it or none`,
      { code: 'missing-column', context: { feed: source.name, column: name, time: bars.time[0]! } },
    );
  }
}
