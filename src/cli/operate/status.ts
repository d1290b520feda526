/** `nextbar status`: what a session is doing now, or how its last run ended. */
import { formatTime } from '../../core/index.ts';
import { askSession, type RemoteOrder, type RemoteStrategy, type RemoteView } from '../live/control-socket.ts';
import { ofStrategy, strategyOf } from '../live/news.ts';
import { socketOf } from '../live/session-home.ts';
import { priceText, sizeText } from '../output/digits.ts';
import { printable } from '../output/printable.ts';
import { amount, counted } from '../output/words.ts';
import type { Command, CommandContext, GivenOptions } from '../shell/command.ts';
import { flagsNamed } from '../shell/flags.ts';
import { namedSession, type FoundSession } from './find-session.ts';

export const statusCommand: Command = {
  name: 'status',
  about: 'Show what a session is doing now, or how its last run ended.',
  operands: 'SESSION',
  options: [...flagsNamed('sessions', 'json')],
  examples: ['nextbar status my-session', 'nextbar status my-session --json'],
  run: async (given: GivenOptions, context: CommandContext) => {
    const found = await namedSession('status', given);
    const view =
      found.state === 'running' ? await askSession(socketOf(found.folder), { command: 'status' }) : undefined;
    if (given.has('json')) context.stdout.write(`${JSON.stringify({ ...found, view }, undefined, 2)}\n`);
    else context.stdout.write(`${statusLines(found, view).join('\n')}\n`);
    return 0;
  },
};

/** A session in words. */
export function statusLines({ name, state, pid, run }: FoundSession, view: RemoteView | undefined): string[] {
  const lines = [`${name}  ${state}${pid === undefined ? '' : `  process ${pid}`}`];
  const row = (label: string, text: string): void => {
    lines.push(`  ${label.padEnd(10)}${printable(text)}`);
  };
  const at = (time: number): string => `${formatTime(Math.floor(time / 1000) * 1000)} UTC`;
  if (run !== undefined) {
    row('run', `${run.mode} of ${run.strategy} on ${run.exchange} ${run.symbols.join(' ')}, since ${at(run.since)}`);
    if (state !== 'running' && run.ended !== undefined) row('ended', `${at(run.ended.time)}: ${run.ended.reason}`);
  }
  if (view === undefined) return lines;
  // Until the account is known there is no money and no position to show.
  if (!view.isRecovered) row('account', 'is not known yet');
  if (view.paused !== undefined) row('paused', view.paused);
  row('clock', Number.isFinite(view.now) ? `${at(view.now)}, ${counted(view.steps, 'bar')}` : 'no event so far');
  if (view.isRecovered) row('equity', `${amount(view.value)}  cash ${amount(view.cash)}`);
  if (view.roundTrip !== undefined) {
    const { count, p50, p99, highest } = view.roundTrip;
    const ms = (time: number): string => `${+time.toPrecision(3)} ms`;
    row('answers', `${counted(count, 'order')} and changes, within ${ms(p50)} (half), ${ms(p99)} (99 of 100), ${ms(highest)} (all)`); // prettier-ignore
  }
  for (const { symbol, price, state, halted, position } of view.datas) {
    const stream = halted === undefined ? state : `halted: ${halted}`;
    const held = position.size === 0 ? '  flat' : `  ${sizeText(position.size)} at ${priceText(position.price)}`;
    row(symbol, `${priceText(price)}  ${stream}${view.isRecovered ? held : ''}`);
  }
  for (const strategy of view.strategies.length > 1 ? view.strategies : [])
    strategyRows(strategy, view.isRecovered, row);
  for (const order of view.waiting ?? []) {
    row(
      'waits',
      `${ofStrategy(strategyOf(view, order), textOf(order))}: nextbar approve ${name} ${order.ref}, or decline`,
    );
  }
  for (const order of view.orders) {
    const { ref, filled, status } = order;
    if (view.waiting?.some((one) => one.ref === ref) === true) continue;
    const of = filled > 0 ? `, ${sizeText(filled)} filled` : '';
    row('order', `${ofStrategy(strategyOf(view, order), textOf(order))} (${status}${of})`);
  }
  for (const text of view.messages.slice(-5)) row('said', text);
  return lines;
}

/** One of several strategies: its part of the account, what it holds, and the orders that it placed last. */
function strategyRows(
  { name, sharesAccount, cash, value, positions, latestOrders }: RemoteStrategy,
  isKnown: boolean,
  row: (label: string, text: string) => void,
): void {
  const held = positions.filter(({ size }) => size !== 0).map(({ symbol, size, price }) => `${sizeText(size)} ${symbol} at ${priceText(price)}`);
  const money = sharesAccount ? 'shares the account' : `equity ${amount(value)}  cash ${amount(cash)}`;
  row('strategy', isKnown ? `${name}  ${money}  ${held.length === 0 ? 'flat' : held.join(', ')}` : name);
  for (const order of latestOrders) row('', `last ${textOf(order)} (${order.status})`);
} // prettier-ignore

/** An order in words, without its state. */
function textOf({ side, size, data, type, price }: RemoteOrder): string {
  return `${side} ${sizeText(size)} ${data} ${type} ${priceText(price)}`;
}
