/** The findings of a check of bars, as plain data and as text. */
import { DataError, formatTime, type Timeframe } from '../../core/index.ts';
import type { PolicyName } from './policies.ts';

/** A kind of fault. */
export type FindingKind =
  | 'gaps'
  | 'duplicates'
  | 'disorder'
  | 'offGrid'
  | 'broken'
  | 'nonFinite'
  | 'nonPositive'
  | 'negativeVolume'
  | 'extreme'
  | 'stale';

/** Missing bars, by the calendar of the timeframe. */
export interface Gap {
  /** Open of the first missing bar, milliseconds UTC. */
  readonly from: number;
  /** Open of the first bar after the gap, milliseconds UTC. */
  readonly to: number;
  /** Bars missing. */
  readonly bars: number;
}

/** All faults of one kind. */
export interface Finding {
  /** The kind of fault. */
  readonly kind: FindingKind;
  /** How often. */
  readonly count: number;
  /** What was done about them. */
  readonly policy: string;
  /** The first few of them. */
  readonly examples: readonly {
    /** Open of the bar, milliseconds UTC. */
    readonly time: number;
    /** What was seen there. */
    readonly text: string;
  }[];
}

/** A source that does not go back as far as requested. */
export interface ShortHistory {
  /** The start that was asked for, milliseconds UTC. */
  readonly asked: number;
  /** Open of the first bar that exists, milliseconds UTC; undefined when there is none. */
  readonly got: number | undefined;
}

/** The one report about a set of bars. Plain data: it can be written as JSON. */
export interface DataReport {
  /** Where the bars came from, such as a file's path. */
  readonly source: string;
  /** Length of a bar, such as `1h`. */
  readonly timeframe: string;
  /** Bars kept. */
  readonly bars: number;
  /** Open of the first bar, milliseconds UTC; undefined without a bar. */
  readonly first: number | undefined;
  /** Open of the last bar, milliseconds UTC; undefined without a bar. */
  readonly last: number | undefined;
  /** What was found, by kind. */
  readonly findings: readonly Finding[];
  /** Holes between bars; the longest where there are many. */
  readonly gaps: readonly Gap[];
  /** Bars missing in all gaps. */
  readonly missingBars: number;
  /** Set when the source does not go back as far as requested. */
  readonly shortHistory?: ShortHistory;
  /** Ranges for which the source returned nothing without confirming it: the next load requests them again. */
  readonly unconfirmed?: readonly {
    /** First moment of the stretch, milliseconds UTC. */
    readonly start: number;
    /** First moment after it, milliseconds UTC. */
    readonly end: number;
  }[];
  /** Whether nothing was found, and the history reaches as far back as requested. */
  readonly clean: boolean;
}

const shown = 5;

/** Collects findings, and throws for those whose policy says so. */
export class Findings {
  readonly #what: string;
  readonly #frame: Timeframe;
  readonly #policy: (name: PolicyName) => string;
  readonly #placeOf: (time: number) => string | undefined;
  readonly #found = new Map<FindingKind, { count: number; examples: { time: number; text: string }[] }>();
  readonly #gaps: Gap[] = [];

  constructor(
    what: string,
    frame: Timeframe,
    policy: (name: PolicyName) => string,
    placeOf: (time: number) => string | undefined = () => undefined,
  ) {
    this.#what = what;
    this.#frame = frame;
    this.#policy = policy;
    this.#placeOf = placeOf;
  }

  /** Records a fault and returns the policy that applies: that of its kind, unless another is given. */
  add(kind: FindingKind, time: number, text: string, policy = this.#policyOf(kind)): string {
    if (policy === 'throw') {
      const place = this.#placeOf(time);
      const where = [
        ...(place === undefined ? [] : [place]),
        ...(Number.isNaN(time) ? [] : [`at ${formatTime(time)}`]),
      ];
      throw new DataError(`${[this.#what, ...where].join(' ')}: ${text}`, {
        code: `bad-bars-${kind}`,
        context: { source: this.#what, time, kind },
      });
    }
    let found = this.#found.get(kind);
    if (found === undefined) this.#found.set(kind, (found = { count: 0, examples: [] }));
    found.count += 1;
    if (found.examples.length < shown) found.examples.push({ time, text });
    return policy;
  }

  addGap(gap: Gap, policy: string): void {
    const bars = gap.bars === 1 ? '1 bar is' : `${gap.bars} bars are`;
    this.add('gaps', gap.from, `${bars} missing before ${formatTime(gap.to)}`, policy);
    this.#gaps.push(gap);
  }

  /** @param seen - The bars that are left: how many, and the opens of the first and last, NaN where there is none. */
  report(seen: { readonly bars: number; readonly first: number; readonly last: number }): DataReport {
    return {
      source: this.#what,
      timeframe: this.#frame.name,
      bars: seen.bars,
      first: Number.isNaN(seen.first) ? undefined : seen.first,
      last: Number.isNaN(seen.last) ? undefined : seen.last,
      findings: [...this.#found].map(([kind, { count, examples }]) => ({
        kind,
        count,
        policy: this.#policyOf(kind),
        examples,
      })),
      gaps: this.#gaps,
      missingBars: this.#gaps.reduce((sum, gap) => sum + gap.bars, 0),
      clean: this.#found.size === 0,
    };
  }

  #policyOf(kind: FindingKind): string {
    return kind === 'offGrid' ? 'report' : this.#policy(kind);
  }
}

const words: Readonly<Record<FindingKind, string>> = {
  gaps: 'gaps',
  duplicates: 'duplicates',
  disorder: 'bars out of order',
  offGrid: 'bars off the grid of their timeframe',
  broken: 'bars with broken high or low',
  nonFinite: 'bars with values that are no number',
  nonPositive: 'bars with a price of zero or less',
  negativeVolume: 'bars with negative volume',
  extreme: 'extreme moves',
  stale: 'stale repeats',
};

const singular: Readonly<Record<FindingKind, string>> = {
  gaps: 'gap',
  duplicates: 'duplicate',
  disorder: 'bar out of order',
  offGrid: 'bar off the grid of its timeframe',
  broken: 'bar with a broken high or low',
  nonFinite: 'bar with a value that is no number',
  nonPositive: 'bar with a price of zero or less',
  negativeVolume: 'bar with negative volume',
  extreme: 'extreme move',
  stale: 'stale repeat',
};

/** How many faults of a kind, such as '1 gap'. */
export function findingText(kind: FindingKind, count: number): string {
  return `${count} ${count === 1 ? singular[kind] : words[kind]}`;
}

/** The report as lines of text. */
export function formatDataReport(report: DataReport): string {
  const range =
    report.first === undefined || report.last === undefined
      ? 'no bars'
      : `${report.bars} bars from ${formatTime(report.first)} to ${formatTime(report.last)} UTC`;
  const lines = [`${report.source}: ${range}`];
  const short = shortHistoryText(report);
  if (short !== undefined) lines.push(`  ${short}`);
  const unconfirmed = unconfirmedText(report);
  if (unconfirmed !== undefined) lines.push(`  ${unconfirmed}`);
  for (const finding of report.findings) {
    const missing = finding.kind === 'gaps' ? ` (${report.missingBars} bars missing)` : '';
    lines.push(`  ${findingText(finding.kind, finding.count)}${missing}, policy ${finding.policy}:`);
    for (const { time, text } of finding.examples) lines.push(`    ${formatTime(time)}  ${text}`);
    if (finding.count > finding.examples.length) lines.push(`    and ${finding.count - finding.examples.length} more`);
  }
  if (report.clean) lines.push('  complete and in order');
  return lines.join('\n');
}

/** One sentence for each kind of fault, and for a history that is shorter than requested; empty without faults. */
export function reportWarnings(report: DataReport): string[] {
  return claimsOf(report).map(({ sentence }) => sentence);
}

/** Feeds that each say their own of a kind of fault; of more, one sentence tells of all. */
const mostApart = 3;

/**
 * The warnings of a run's feeds: what more than three of them found is one sentence, with the count of feeds and the worst of them. So is what more
 * than three say alike, but for their names and for numbers, with the first of them.
 */
export function gatheredWarnings(
  feeds: readonly { readonly report?: DataReport | undefined; warnings(): readonly string[] }[],
): string[] {
  const found = new Map<string, Claim[]>();
  for (const { report } of feeds) {
    for (const claim of report === undefined ? [] : claimsOf(report))
      found.set(claim.what, [...(found.get(claim.what) ?? []), claim]);
  }
  const common = [...found.values()].filter(({ length }) => length > mostApart);
  const said = new Set(common.flatMap((claims) => claims.map(({ sentence }) => sentence)));
  const together = common.map((claims) => {
    const worst = claims.reduce((most, one) => (one.weight > most.weight ? one : most));
    return `${claims.length} of ${feeds.length} feeds have ${worst.what}, the worst ${worst.sentence}`;
  });
  const own = feeds.map((feed) => feed.warnings().filter((text) => !said.has(text)));
  return [...together, ...alikeAsOne(own)];
}

/** The sentences of feeds, in their order, those that more than three feeds say alike as one. */
function alikeAsOne(own: readonly (readonly string[])[]): string[] {
  const counts = new Map<string, number>();
  for (const texts of own) {
    for (const kind of new Set(texts.map(kindOfSentence))) counts.set(kind, (counts.get(kind) ?? 0) + 1);
  }
  const said = new Set<string>();
  return own.flat().flatMap((text) => {
    const kind = kindOfSentence(text);
    const feeds = counts.get(kind)!;
    if (feeds <= mostApart) return [text];
    if (said.has(kind)) return [];
    said.add(kind);
    return [`${feeds} of ${own.length} feeds are alike, the first ${text}`];
  });
}

/** A sentence without the name of its feed, with which it begins, and without numbers. */
function kindOfSentence(text: string): string {
  const end = text.indexOf(': ');
  const words = new Set(text.slice(0, Math.max(0, end)).split(' '));
  const rest = text.slice(end + 1).split(/[ ,;()]+/);
  return rest.filter((word) => !words.has(word) && !/^[-+\d:./]*\d/.test(word)).join(' ');
}

/** One thing that a report says against its bars. */
interface Claim {
  /** What the bars have, in words that are the same for every report. */
  readonly what: string;
  /** How bad it is, to compare it with the same of another report. */
  readonly weight: number;
  readonly sentence: string;
}

function claimsOf(report: DataReport): Claim[] {
  const { source, missingBars, bars, shortHistory, unconfirmed = [] } = report;
  const claims: Claim[] = [];
  const short = shortHistoryText(report);
  if (shortHistory !== undefined && short !== undefined) {
    const weight = (shortHistory.got ?? Infinity) - shortHistory.asked;
    claims.push({ what: 'a shorter history than requested', weight, sentence: `${source}: ${short}` });
  }
  const unsure = unconfirmedText(report);
  if (unsure !== undefined) {
    claims.push({ what: 'ranges without a reliable answer', weight: unconfirmed.length, sentence: `${source}: ${unsure}` }); // prettier-ignore
  }
  for (const { kind, count, policy, examples } of report.findings) {
    const missing = kind === 'gaps' ? ` (${missingBars} of ${bars + missingBars} bars missing)` : '';
    const example = examples[0];
    const first = example === undefined ? '' : `, first at ${formatTime(example.time)}: ${example.text}`;
    const kept = policy === 'report' ? '' : `, policy ${policy}`;
    const sentence = `${source}: ${findingText(kind, count)}${missing}${kept}${first}`;
    claims.push({ what: `${words[kind]}${kept}`, weight: kind === 'gaps' ? missingBars : count, sentence });
  }
  return claims;
}

/** One sentence about ranges without a confirmed answer; undefined when there are none. */
function unconfirmedText({ unconfirmed = [] }: DataReport): string | undefined {
  const [first] = unconfirmed;
  if (first === undefined) return undefined;
  const more = unconfirmed.length === 1 ? '' : ` and ${unconfirmed.length - 1} more`;
  return `no reliable answer for ${formatTime(first.start)} to ${formatTime(first.end)}${more}: the next load asks again`;
}

/** One sentence with both dates; undefined when the history is as long as requested. */
export function shortHistoryText(report: DataReport): string | undefined {
  if (report.shortHistory === undefined) return undefined;
  const { asked, got } = report.shortHistory;
  const has = got === undefined ? 'the source has no bars' : `the source has bars only from ${formatTime(got)}`;
  return `history is shorter than requested: wanted from ${formatTime(asked)}, ${has}`;
}
