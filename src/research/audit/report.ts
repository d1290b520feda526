/** An audit's findings in words. */
import { formatTime } from '../../core/index.ts';
import type { AuditReport } from './audit.ts';
import type { Leak } from './leaks.ts';

/** The report for people: the verdict, each leak with its first bar, and the history that indicators need. */
export function formatAudit({ isClean, leaks, warmUps, steps, runs }: AuditReport): string {
  const lines = [
    isClean
      ? `Clean: no order, indicator or value of ${steps} steps changed in ${runs} runs with another future.`
      : `Look-ahead: ${leaks.length === 1 ? 'one thing' : `${leaks.length} things`} in the past ${changed(leaks)} the future.`,
    ...leaks.flatMap(leakLines),
  ];
  if (isClean)
    lines.push('Numbers that were read off these bars and typed into the code cannot be found: a holdout tells.');
  if (warmUps.length > 0) lines.push('', 'Values that depend on how much history came before:');
  for (const { what, minPeriod, bars } of warmUps) {
    const need = bars === undefined ? 'never settles within this data' : `settles after ${bars} bars`;
    lines.push(`  ${what}: first value after ${minPeriod} bars, ${need}`);
  }
  return `${lines.join('\n')}\n`;
}

function changed(leaks: readonly Leak[]): string {
  return leaks.every(({ kind }) => kind in advice) ? 'knew' : 'changed with';
}

/** What to do about leaks that no false price shows, by their kind. */
const advice: Readonly<Partial<Record<Leak['kind'], string>>> = {
  foresight: 'no false price showed it: look for files, arrays and dates that the strategy reads beside its datas',
  file: 'read rows up to the present bar alone; where all were known beforehand, say --known-dates (knownDates)',
  memory:
    'keep nothing in static fields, variables of the module or files: a run that has been over the bars knows those to come',
  number: 'a number of a bar decides: where it was known beforehand, say --known-dates (knownDates)',
  date: 'a date of its code decides, or something that is read by time: where it was known beforehand, say --known-dates (knownDates)',
};

function leakLines({ kind, strategy, what, time, count, was, became, by }: Leak): string[] {
  const more = count > 1 && !(kind in advice) ? `, ${count} times in all` : '';
  const at = `first at the bar that closed ${formatTime(time)}${more}, `;
  const change = `was ${was}, became ${became}`;
  const [head, ...found] = ((): string[] => {
    switch (kind) {
      case 'foresight':
        return [`${what} (${strategy})`, `${was}; ${became}`];
      case 'number':
        return [`${what} (${strategy})`, `${was}, ${became}, whose bars have other prices and times`];
      case 'file':
        return [`later rows of ${what}, read beside the datas (${strategy})`, `${at}with rows of later times gone`, change]; // prettier-ignore
      case 'memory':
        return [`what an earlier run left behind (${strategy})`, `${at}after a run over other bars`, change];
      case 'date':
        return [`orders (${strategy})`, `${at}with the same bars 400 years later, where weekdays and months are the same`, change]; // prettier-ignore
      default: {
        const label = kind === 'value' ? what : `${kind}${kind === 'order' ? '' : ` ${what}`} (${strategy})`;
        return [label, `${at}${by === 'cut' ? 'with the data cut off' : 'with a false future'}`, change];
      }
    }
  })();
  const told = advice[kind];
  return ['', `  ${head!}`, ...[...found, ...(told === undefined ? [] : [told])].map((line) => `    ${line}`)];
}
