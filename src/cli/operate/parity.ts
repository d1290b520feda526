/** `nextbar parity`: compares a session's result with a backtest over the market that it recorded, and splits the drift by cause. */
import { driftCauses, type ParityReport } from '../../research/index.ts';
import { formatTime } from '../../core/index.ts';
import { plainValue } from '../output/result-json.ts';
import { priceText, sizeText } from '../output/digits.ts';
import { printable } from '../output/printable.ts';
import { table } from '../output/table.ts';
import { amount, counted } from '../output/words.ts';
import type { Command, CommandContext, GivenOptions } from '../shell/command.ts';
import { flagsNamed } from '../shell/flags.ts';
import { checkFiles } from '../run/outputs.ts';
import { onlyOperand, wholeNumber } from '../shell/options.ts';
import { backtestOf, folderOf, readModels, runOver, tapeOf } from './session-backtest.ts';

export const parityCommand: Command = {
  name: 'parity',
  about: 'Compare a session with a backtest over the market that it recorded, and split the drift by cause.',
  operands: 'SESSION',
  options: [
    ...flagsNamed('sessions'),
    { name: 'models', value: 'FILE', about: 'Use the models that nextbar calibrate fitted in the backtest' },
    { name: 'rows', value: 'N', about: 'How many orders to list, those with the most drift first (default 20)' },
    { name: 'report', value: 'FILE', otherwise: 'report.html', about: 'Write the report of the session with its parity: one HTML file' },
    ...flagsNamed('json'),
  ],
  examples: ['nextbar parity my-session', 'nextbar parity my-session --report parity.html', 'nextbar parity my-session --models models.json --json'],
  run,
}; // prettier-ignore

const about: Readonly<Record<(typeof driftCauses)[number], string>> = {
  price: 'filled at another price: spread, depth, slippage',
  latency: 'the market moved between decision and fill',
  'partial fill': 'filled in part or not at all',
  fee: 'other fees',
  'missed bar': 'orders that could not follow a late bar',
  'refused order': 'refused by the broker or the venue',
  intervention: 'paused, flattened or not approved',
  'look-ahead': 'decided otherwise over the same bars',
  other: 'funding, interest, rounding, marks at the end',
};

async function run(given: GivenOptions, { stdout }: CommandContext): Promise<number> {
  const session = onlyOperand(given, 'which session? nextbar parity SESSION', 'session');
  checkFiles(given, ['report']);
  const { plan, tape } = await tapeOf(folderOf(session, given.get('sessions') ?? 'sessions'));
  const models = given.get('models');
  const cerebro = await backtestOf(plan, tape, models === undefined ? undefined : readModels(models));
  const backtest = await runOver(cerebro, tape);
  const { compareParity } = await import('../../research/index.ts');
  const report = await compareParity(tape, backtest);
  const path = given.get('report');
  if (path !== undefined) {
    const { writeReport } = await import('../../report/index.ts');
    await writeReport(path, tape.result, { title: `${report.session}: parity`, tables: reportTables(report) });
  }
  if (given.has('json')) stdout.write(`${JSON.stringify(report, plainValue, 2)}\n`);
  else stdout.write(`${linesOf(report, wholeNumber(given, 'rows', 0) ?? 20).join('\n')}\n`);
  return 0;
}

function linesOf(report: ParityReport, shown: number): string[] {
  const { session, mode, steps, orders, fills, sessionValue, backtestValue, drift, difference } = report;
  const lines = [
    '', `  ${printable(session)}  ${mode}, ${counted(steps, 'bar')}`, '',
    `  session     ${amount(sessionValue)}  ${counted(fills.session, 'fill')}`,
    `  backtest    ${amount(backtestValue)}  ${counted(fills.backtest, 'fill')}`,
    `  drift       ${signed(drift)}  ${counted(orders.matched, 'order')} of both, ${orders.onlySession} only of the session, ${orders.onlyBacktest} only of the backtest`, '',
    table(causeRows(report), { indent: 2 }), '',
  ]; // prettier-ignore
  const rows = orderRows(report, shown);
  if (rows.length > 1) lines.push(table(rows, { indent: 2 }), '');
  if (difference !== undefined) lines.push(`  a replay of the journal decides otherwise: ${printable(difference)}`, '');
  return lines;
}

function causeRows({ causes }: ParityReport): string[][] {
  return [['cause', 'drift', ''], ...driftCauses.map((cause) => [cause, signed(causes[cause]), about[cause]])];
}

function orderRows({ rows }: ParityReport, shown: number): string[][] {
  const worst = [...rows].sort((a, b) => Math.abs(b.drift) - Math.abs(a.drift)).slice(0, shown);
  const filled = (one: ParityReport['rows'][number]['session']): string =>
    one === undefined ? '-' : one.filled === 0 ? one.status : `${sizeText(one.filled)} at ${priceText(one.price)}`;
  return [
    ['time (UTC)', 'data', 'order', 'session', 'backtest', 'drift', 'causes'],
    ...worst.map((row) => [
      formatTime(Math.floor(row.time / 1000) * 1000), printable(row.data), `${row.side} ${row.type}`, filled(row.session), filled(row.backtest),
      signed(row.drift), printable([Object.keys(row.causes).join(', '), row.reason ?? ''].filter((text) => text !== '').join(': ')),
    ]),
  ]; // prettier-ignore
}

function signed(value: number): string {
  return `${value > 0 ? '+' : ''}${amount(value)}`;
}

function reportTables(report: ParityReport): { title: string; about: string; columns: string[]; rows: string[][] }[] {
  const { sessionValue, backtestValue, drift } = report;
  const [columns = [], ...rows] = causeRows(report);
  const [orderColumns = [], ...orders] = orderRows(report, 500);
  const said = `The session came to ${amount(sessionValue)}, a backtest over the market that it recorded to ${amount(backtestValue)}: a drift of ${signed(drift)}.`; // prettier-ignore
  return [
    { title: 'Parity', about: said, columns, rows },
    { title: 'Drift by order', about: 'The orders with the most drift first.', columns: orderColumns, rows: orders },
  ];
}
