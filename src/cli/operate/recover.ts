/** `nextbar recover`: restores a session from its journals, compares it with its exchange, and fails on any mismatch. */
import { existsSync } from 'node:fs';

import { earlierStops, SessionError, messageOf, type OrderGateway, type Runtime } from '../../core/index.ts';
import { cerebroOf } from '../live/cerebro.ts';
import { speedOf } from '../live/options.ts';
import { readPlan } from '../live/plan-file.ts';
import type { LivePlan } from '../live/plan.ts';
import { filesIn, lastJournal } from '../live/session-files.ts';
import { clockOf } from '../live/start.ts';
import { gatewayRoute } from '../live/trade.ts';
import { plainValue } from '../output/result-json.ts';
import { printable } from '../output/printable.ts';
import { amount, counted } from '../output/words.ts';
import type { Command, CommandContext, GivenOptions } from '../shell/command.ts';
import { flag, flagsNamed } from '../shell/flags.ts';
import { usage } from '../shell/usage.ts';
import { namedSession, type FoundSession } from './find-session.ts';

export const recoverCommand: Command = {
  name: 'recover',
  about: 'Restore a session from its journals, compare it with its exchange, and fail on any mismatch.',
  operands: 'SESSION',
  options: [
    ...flagsNamed('sessions', 'keys', 'url', 'speed', 'json'),
    { name: 'allow-real-orders', about: 'Ask the real account of a session that was armed' },
    flag('quiet', { about: 'Print only mismatches' }),
  ],
  examples: ['nextbar recover my-session', 'nextbar recover my-session --json'],
  run,
};

/** The restored state of a session. */
interface Restored {
  readonly session: string;
  readonly mode: string;
  readonly inputs: number;
  readonly decisions: number;
  /** Why the end of the journal is missing, as after a kill; undefined when it is whole. */
  readonly cut: string | undefined;
  readonly cash: number;
  readonly value: number;
  readonly holdings: Readonly<Record<string, number>>;
  readonly openOrders: readonly string[];
  /** The mismatches, one sentence each. */
  readonly mismatches: readonly string[];
}

async function run(given: GivenOptions, context: CommandContext): Promise<number> {
  const found = await namedSession('recover', given);
  if (found.state === 'running') {
    throw new SessionError(`session '${found.name}' runs in process ${found.pid ?? NaN}: recover it after its end`, {
      code: 'owned',
    });
  }
  const plan = readPlan(found.folder);
  const restored = await restore(found, plan, given, context);
  const { stdout } = context;
  if (given.has('json')) stdout.write(`${JSON.stringify(restored, plainValue, 2)}\n`);
  else {
    if (!given.has('quiet')) stdout.write(`${linesOf(restored).join('\n')}\n`);
    for (const text of restored.mismatches) stdout.write(`  mismatch: ${printable(text)}\n`);
  }
  return restored.mismatches.length === 0 ? 0 : 1;
}

async function restore(
  { name, folder }: FoundSession,
  plan: LivePlan,
  given: GivenOptions,
  context: CommandContext,
): Promise<Restored> {
  const journal = lastJournal(folder);
  if (!existsSync(journal)) throw usage(`session ${name} keeps no journal: there is nothing to restore it from`);
  const replay = await (await cerebroOf(plan, undefined)).replayJournal(journal);
  const { result, difference, cut, inputs, decisions } = replay;
  const { holdings = {}, openOrders = [] } = result.session ?? {};
  const mismatches: string[] = [];
  if (difference !== undefined) {
    const { decision, was, is } = difference;
    mismatches.push(`decision ${decision} of ${journal} was ${was ?? 'none'} and is ${is ?? 'none'} now`);
  }
  if (plan.mode !== 'paper') {
    try {
      mismatches.push(...(await compareWithVenue(name, folder, plan, holdings, given, context)));
    } catch (error) {
      mismatches.push(`the exchange could not be asked: ${messageOf(error)}`);
    }
  }
  const money = { cash: result.finalCash, value: result.finalValue };
  return { session: name, mode: plan.mode, inputs, decisions, cut, ...money, holdings, openOrders, mismatches };
}

/** Where the exchange disagrees about the session's orders and executions. */
async function compareWithVenue(
  name: string,
  folder: string,
  plan: LivePlan,
  holdings: Readonly<Record<string, number>>,
  given: GivenOptions,
  context: CommandContext,
): Promise<string[]> {
  const { IntentStore } = await import('../../store/index.ts');
  const { Decimal } = await import('../../core/index.ts');
  const runtime = await clockOf(given.get('url'), speedOf(given), context.runtime);
  const route = await gatewayRoute(plan, runtime, given, context);
  const { account } = route;
  const gateway =
    account === undefined ? route.gateway : await armedGateway(plan, account, folder, name, given, runtime);
  if (gateway === undefined) return [];
  const store = await IntentStore.open(filesIn(name, folder).intents, name);
  const intents = store.intents();
  store.close();
  const texts: string[] = [];
  gateway.recall?.(earlierStops(intents));
  await gateway.open(() => {});
  try {
    const open = new Map((await gateway.openOrders(plan.symbols)).map((order) => [order.clientId, order]));
    for (const { request, state } of intents) {
      const { clientId, symbol } = request;
      const isOpen = state === 'written' || state === 'accepted';
      const isAtVenue = open.has(clientId);
      if (isAtVenue && !isOpen) texts.push(`order ${clientId} has ended for the session and is open at the exchange`);
      if (!isOpen || isAtVenue || !plan.symbols.includes(symbol)) continue;
      const order = await gateway.findOrder(symbol, clientId);
      if (order === undefined && state === 'written') continue;
      texts.push(`order ${clientId} is open for the session and ${order?.status ?? 'unknown'} at the exchange`);
    }
    for (const symbol of plan.symbols) {
      const held = await executedUnits(gateway, symbol, intents);
      const known = new Decimal(holdings[symbol] ?? 0);
      if (held.sub(known).abs().lte(known.abs().mul(1e-9))) continue;
      texts.push(`the session holds ${known.toFixed()} ${symbol} by its journal and ${held.toFixed()} by its executions at the exchange`);
    } // prettier-ignore
  } finally {
    await gateway.close();
  }
  return texts;
}

/** A gateway to an armed account, for reading: the confirmation must still hold for its key. */
async function armedGateway(
  { exchange }: LivePlan,
  account: object,
  folder: string,
  name: string,
  given: GivenOptions,
  runtime: Runtime,
): Promise<OrderGateway> {
  const { CcxtGateway, CcxtStore, RealOrders, readArmingRequest } = await import('../../connectors/ccxt/index.ts');
  const path = filesIn(name, folder).arming;
  const { accountId } = new CcxtStore({ ...account, exchange });
  const facts = { ...readArmingRequest(path), exchange, account: accountId ?? 'none' };
  const allowRealOrders = given.has('allow-real-orders');
  const realOrders = RealOrders.of({ allowRealOrders, environment: process.env, path, facts });
  return new CcxtGateway({ ...account, exchange, realOrders }, runtime);
}

type Intents = ReturnType<
  Awaited<ReturnType<(typeof import('../../store/index.ts'))['IntentStore']['open']>>['intents']
>;

/** What the orders of a session have executed in a symbol, signed, less the fees taken in its base. */
async function executedUnits(gateway: OrderGateway, symbol: string, intents: Intents) {
  const { Decimal } = await import('../../core/index.ts');
  const own = intents.filter(({ request, state }) => request.symbol === symbol && state !== 'void');
  const ids = new Set(own.flatMap(({ venueId, request }) => [venueId, request.clientId]));
  let units = new Decimal(0);
  if (own.length === 0) return units;
  const since = own.reduce((least, { time }) => Math.min(least, time), Infinity) - 60_000;
  const [base] = symbol.split('/');
  for (const fill of await gateway.fills(symbol, since)) {
    if (!ids.has(fill.orderId) && !ids.has(fill.clientId)) continue;
    units = units.add(new Decimal(fill.size).mul(fill.side === 'buy' ? 1 : -1));
    if (fill.feeCurrency === base) units = units.sub(fill.fee ?? 0);
  }
  return units;
}

function linesOf({ session, mode, inputs, decisions, cut, cash, value, holdings, openOrders }: Restored): string[] {
  const lines = [`${session}  ${mode}, ${counted(inputs, 'input')} played, ${counted(decisions, 'decision')} compared`];
  if (cut !== undefined) lines.push(`  ${printable(cut)}`);
  lines.push(`  equity    ${amount(value)}  cash ${amount(cash)}`);
  for (const [symbol, size] of Object.entries(holdings))
    lines.push(`  ${symbol}  ${size === 0 ? 'flat' : String(size)}`);
  for (const order of openOrders) lines.push(`  order     ${printable(order)}`);
  return lines;
}
