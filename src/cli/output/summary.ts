/** The summary of a run that a person reads in a terminal. */
import { distinctNames, type OrderStatus } from '../../core/index.ts';
import type { RunResult, StrategyResult } from '../../engine/index.ts';
import type { CommandContext } from '../shell/command.ts';
import { painter, type Painter } from '../shell/paint.ts';
import { printable } from './printable.ts';
import { sparkline } from './sparkline.ts';
import { summaryBlocks, type SummaryBlock } from './summary-blocks.ts';
import { sessionRows } from './summary-session.ts';
import { amount, change, count, counted, linesOfDatas, moment, span } from './words.ts';

/** Options of the summary beside the result. */
export interface SummaryFacts {
  /** Milliseconds from the start of loading to the end of the run. */
  readonly took: number;
  readonly isSynthetic: boolean;
  /** The number under which the run was kept; undefined where it was not. */
  readonly id?: number | undefined;
}

const [narrowest, widest] = [60, 100];
const gap = 4;

/** The whole summary, ending with a line feed. */
export function renderSummary(result: RunResult, facts: SummaryFacts, context: CommandContext): string {
  const paint = painter(context.stdout, context.env);
  const width = Math.max(narrowest, Math.min(context.stdout.columns ?? 80, widest)) - 4;
  const lines = [
    '',
    ...titleLines(result, paint),
    ...dataLines(result, facts, paint),
    '',
    ...valueLines(result, width, paint),
    '',
    ...besideEachOther(summaryBlocks(result), width, paint),
    '',
    ...setupLines(result, paint),
    ...(result.session === undefined
      ? []
      : sessionRows(result.session).map(([label, text]) => rowOf(label, text, paint))),
    ...warningLines(result, paint),
    '',
    paint.dim(
      `${counted(result.steps, 'step')} in ${tookText(facts.took)}${facts.id === undefined ? '' : `, kept as run ${facts.id}`}`,
    ),
  ];
  return `${lines.map((line) => `  ${line}`.trimEnd()).join('\n')}\n\n`;
}

/** The strategies. Where each has its own part of the cash, its start and final value too. */
function titleLines({ strategies, startValue }: RunResult, paint: Painter): string[] {
  const names = distinctNames(strategies.map(({ name }) => name));
  const isDivided = strategies.some((one) => one.startValue !== startValue);
  return strategies.map((strategy, k) => {
    const { startValue: from, finalValue: to } = strategy;
    const became = isDivided ? `  ${paint.dim(`${amount(from)} → ${amount(to)}  ${change(to / from - 1)}`)}` : '';
    return titleOf(strategy, names[k]!, paint) + became;
  });
}

function titleOf(strategy: StrategyResult, name: string, paint: Painter): string {
  const params = Object.entries(strategy.params).map(([name, value]) => {
    return `${name} ${typeof value === 'string' ? value : JSON.stringify(value)}`;
  });
  return [paint.bold(name), ...params].join('  ');
}

function dataLine({ name, symbol, timeframe, bars, start, end }: RunResult['datas'][number]): string {
  const what = name === symbol ? name : `${name} (${symbol})`;
  return `${what}  ${counted(bars, 'bar')} of ${timeframe}, ${moment(start)} to ${moment(end)} (${span(end - start)})`;
}

function dataLines({ datas }: RunResult, { isSynthetic }: SummaryFacts, paint: Painter): string[] {
  const lines = linesOfDatas(datas, dataLine);
  const warning = 'These bars are synthetic, made by a seeded generator: they say nothing about any market.';
  return isSynthetic ? [...lines, paint.yellow(warning)] : lines;
}

function valueLines(result: RunResult, width: number, paint: Painter): string[] {
  const { startValue, finalValue, equity, valueByCurrency } = result;
  const gain = finalValue / startValue - 1;
  const colour = gain < 0 ? paint.red : gain > 0 ? paint.green : paint.dim;
  const values = `${amount(startValue)} → ${paint.bold(amount(finalValue))}`;
  const apart = Object.entries(valueByCurrency ?? {}).map(([currency, value]) => `${amount(value)} ${currency}`);
  return [
    `Value  ${values}  ${colour(change(gain))}`,
    ...(apart.length > 0 ? [`of it  ${apart.join(', ')}`] : []),
    colour(sparkline(equity.value, width)),
  ];
}

/** Blocks of figures in two columns where there is room for them. */
function besideEachOther(blocks: readonly SummaryBlock[], width: number, paint: Painter): string[] {
  const half = Math.floor((width - gap) / 2);
  const lines: string[] = [];
  for (let k = 0; k < blocks.length; k += 2) {
    const [left, right] = [blockLines(blocks[k], half, paint), blockLines(blocks[k + 1], half, paint)];
    if (k > 0) lines.push('');
    for (let i = 0; i < Math.max(left.length, right.length); i++) {
      const from = left[i] ?? ' '.repeat(half);
      lines.push(right[i] === undefined ? from : `${from}${' '.repeat(gap)}${right[i]!}`);
    }
  }
  return lines;
}

/** A title and its figures, each line exactly `width` wide: labels left, values right. */
function blockLines(block: SummaryBlock | undefined, width: number, paint: Painter): string[] {
  if (block === undefined) return [];
  const rows = block.rows.map(({ label, value, mood }) => {
    const room = ' '.repeat(Math.max(1, width - label.length - value.length));
    const colour = mood === 'good' ? paint.green : mood === 'bad' ? paint.red : (text: string) => text;
    return `${paint.dim(label)}${room}${colour(value)}`;
  });
  return [paint.bold(block.title) + ' '.repeat(width - block.title.length), ...rows];
}

function setupLines({ settings, strategies, ambiguity }: RunResult, paint: Painter): string[] {
  const row = (label: string, text: string): string => rowOf(label, text, paint);
  const empty = strategies.reduce((sum, { emptySizes }) => sum + emptySizes, 0);
  const unsized = empty === 0 ? '' : ` (${counted(empty, 'order')} not made, as nothing was left to do)`;
  const lines = [
    row('Orders', ordersText(strategies, paint)),
    row('Sizer', `${settings.sizer}${unsized}`),
    row('Commission', settings.commission),
    row('Slippage', settings.slippage),
    row('Rules', settings.rules),
    row('Account', settings.account),
  ];
  const unsure = ambiguity.exits + ambiguity.entries;
  if (unsure > 0) {
    lines.push(row('Ambiguous', `${counted(unsure, 'fill')} depended on the path inside a bar (${settings.intrabar})`));
  }
  return lines;
}

function rowOf(label: string, text: string, paint: Painter): string {
  return `${paint.dim(label.padEnd(10))}  ${text}`;
}

/** How many orders there were and how they ended, the refused ones by reason. */
function ordersText(strategies: readonly StrategyResult[], paint: Painter): string {
  const words: Partial<Record<OrderStatus, string>> = {
    completed: 'filled',
    margin: 'refused for lack of cash',
    rejected: 'rejected',
    canceled: 'canceled',
    expired: 'expired',
  };
  const counts = new Map<string, number>();
  let total = 0;
  for (const { orders } of strategies) {
    total += orders.length;
    for (const { status } of orders) {
      const word = words[status] ?? 'still working';
      counts.set(word, (counts.get(word) ?? 0) + 1);
    }
  }
  if (total === 0) return 'none were placed';
  return [...counts]
    .map(([word, number]) => {
      const text = `${count(number)} ${word}`;
      return word === words.margin || word === words.rejected ? paint.yellow(text) : text;
    })
    .join(', ');
}

function warningLines({ warnings }: RunResult, paint: Painter): string[] {
  return warnings.length === 0 ? [] : ['', ...warnings.map((text) => `${paint.yellow('warning:')} ${printable(text)}`)];
}

function tookText(ms: number): string {
  return ms < 1_000 ? `${Math.max(1, Math.round(ms))} ms` : `${(ms / 1000).toFixed(2)} s`;
}
