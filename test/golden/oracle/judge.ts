/** Judging a scenario: which of its differences are declared, and whether every declaration still holds. */
import { isSame, type Comparison, type Mismatch } from './compare.ts';
import type { IndicatorOutcome } from './indicators.ts';
import { declarations, type Declaration, type KindName } from './declared.ts';

/** The most that may be declared of a scenario's values outside family F. */
export const declaredShare = 0.05;

/** What came of one scenario. */
export interface Verdict {
  readonly scenario: string;
  readonly outcome: 'passed' | 'failed' | 'skipped';
  /** Why it was skipped. */
  readonly reason?: string;
  readonly equal: number;
  readonly declared: number;
  readonly total: number;
  /** Declared values by kind. */
  readonly kinds: Readonly<Partial<Record<KindName, number>>>;
  /** Differences that nobody declared. */
  readonly mismatches: readonly Mismatch[];
  /** What is wrong with the declarations. */
  readonly complaints: readonly string[];
}

export function skipped(scenario: string, reason: string): Verdict {
  return {
    scenario,
    outcome: 'skipped',
    reason,
    equal: 0,
    declared: 0,
    total: 0,
    kinds: {},
    mismatches: [],
    complaints: [],
  };
}

/** Judges one indicator of a file. */
export function ofIndicator(file: string, outcome: IndicatorOutcome): Verdict {
  const { equal, declared, total, mismatches, skip } = outcome;
  const scenario = `${file} ${outcome.name}`;
  if (skip !== undefined) return skipped(scenario, skip);
  const isWrong = mismatches.length > 0;
  return {
    scenario,
    outcome: isWrong ? 'failed' : 'passed',
    equal,
    declared,
    total,
    kinds: {},
    mismatches: [],
    complaints: mismatches,
  };
}

/** Whether a declaration speaks of a difference. */
export function covers(declaration: Declaration, { bar, field, expected }: Mismatch): boolean {
  const { fields, bars } = declaration;
  if ('expected' in declaration && !isSame(expected, declaration.expected)) return false;
  const isInBars = bars === undefined ? bar === undefined : bar !== undefined && bar >= bars[0] && bar <= bars[1];
  return isInBars && fields.some((start) => field.startsWith(start));
}

/** Judges a comparison by what is declared for its scenario. */
export function judge(
  scenario: { readonly name: string; readonly family: string },
  { total, mismatches }: Comparison,
  all: readonly Declaration[] = declarations,
): Verdict {
  const own = all.filter((one) => one.scenario === scenario.name);
  const open: Mismatch[] = [];
  const byKind: Partial<Record<KindName, number>> = {};
  for (const mismatch of mismatches) {
    const kind = own.find((one) => covers(one, mismatch))?.kind;
    if (kind === undefined) open.push(mismatch);
    else byKind[kind] = (byKind[kind] ?? 0) + 1;
  }
  const declared = mismatches.length - open.length;
  const complaints = own.flatMap((one) => complaintsAbout(one, mismatches));
  if (scenario.family !== 'F' && declared > declaredShare * total) {
    complaints.push(`${declared} of ${total} values are declared, more than ${declaredShare * 100} %`);
  }
  return {
    scenario: scenario.name,
    outcome: open.length === 0 && complaints.length === 0 ? 'passed' : 'failed',
    equal: total - mismatches.length,
    declared,
    total,
    kinds: byKind,
    mismatches: open,
    complaints,
  };
}

/** A declaration must be needed: each of its fields differs, and its first and last bar do. */
function complaintsAbout(declaration: Declaration, mismatches: readonly Mismatch[]): string[] {
  const covered = mismatches.filter((mismatch) => covers(declaration, mismatch));
  const label = `declared as ${declaration.kind}`;
  const idle = declaration.fields.filter((start) => !covered.some(({ field }) => field.startsWith(start)));
  const complaints = idle.map((start) => `${start} no longer differs, ${label}`);
  for (const edge of new Set(declaration.bars)) {
    if (covered.some(({ bar }) => bar === edge)) continue;
    complaints.push(`${declaration.fields.join(', ')} no longer differ at bar ${edge}, ${label}`);
  }
  return complaints;
}
