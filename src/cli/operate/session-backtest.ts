/** A session opened as a backtest: the same strategies over the bars that it recorded. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { ConfigError } from '../../core/index.ts';
import type { Cerebro, RunResult } from '../../engine/index.ts';
import type { CalibratedModels, SessionTape } from '../../research/index.ts';
import { cerebroOf } from '../live/cerebro.ts';
import { readPlan } from '../live/plan-file.ts';
import type { LivePlan } from '../live/plan.ts';
import { lastJournal } from '../live/session-files.ts';
import { addChosen, loadChosen } from '../run/chosen-strategies.ts';
import { usage } from '../shell/usage.ts';

/** The folder of a session by its name or path. */
export function folderOf(session: string, sessions: string): string {
  const folder = existsSync(join(session, 'plan.json')) ? session : join(sessions, session);
  if (existsSync(join(folder, 'plan.json'))) return folder;
  throw usage(`there is no session '${session}' in ${sessions}`);
}

/** Reads a session back from its folder. */
export async function tapeOf(folder: string): Promise<{ readonly plan: LivePlan; readonly tape: SessionTape }> {
  const plan = readPlan(folder);
  const journal = lastJournal(folder);
  if (!existsSync(journal)) throw usage(`session ${folder} keeps no journal: its market data cannot be read back`);
  const { readSession } = await import('../../research/index.ts');
  return { plan, tape: await readSession(await cerebroOf(plan, undefined), journal) };
}

/** A Cerebro that runs a session's strategies over its recorded bars. @param models - What `nextbar calibrate` fitted; without them fills have no slippage. */
export async function backtestOf(plan: LivePlan, tape: SessionTape, models?: CalibratedModels): Promise<Cerebro> {
  const { BarsDataFeed, Cerebro, fixedSize } = await import('../../index.ts');
  const { brokerOptionsOf, forBars } = await import('../../research/index.ts');
  const classes = await loadChosen(plan.strategies);
  const { cash, commission, slippage, size, accounts: { instruments = {}, ...accounts } = {} } = plan;
  const fitted = models === undefined ? {} : brokerOptionsOf(forBars(models, tape.datas[0]?.barMs ?? NaN));
  const fee = commission ?? feeOf(tape);
  const cerebro = new Cerebro({
    ...(cash !== undefined && { cash }),
    ...(fee !== undefined && { commission: fee }),
    ...(slippage !== undefined && { slippage }),
    ...accounts,
    ...fitted,
  });
  for (const [name, facts] of Object.entries(instruments)) cerebro.setInstrument(name, facts);
  for (const { name, symbol, timeframe, bars, instrument } of tape.datas) {
    const feed = new BarsDataFeed({ name, symbol, timeframe, bars, ...(instrument && { instrument }) });
    cerebro.addData(feed);
  }
  if (size !== undefined) cerebro.addSizer(fixedSize(size));
  return addChosen(cerebro, plan.strategies, classes);
}

/** A session's average fee at a venue, as a fraction of the traded value; undefined if it paid no fee. */
function feeOf({ mode, orders }: SessionTape): number | undefined {
  if (mode === 'paper') return undefined;
  let [fees, value] = [0, 0];
  for (const fill of orders.flatMap(({ fills }) => fills)) {
    fees += fill.commission;
    value += fill.traded;
  }
  return value > 0 ? fees / value : undefined;
}

/** Runs it from the session's first step on; the bars before are history. */
export function runOver(cerebro: Cerebro, tape: SessionTape): Promise<RunResult> {
  return cerebro.run({ watch: { from: tape.from } });
}

/** The models in a file that `nextbar calibrate` wrote. */
export function readModels(path: string): CalibratedModels {
  let models: Partial<CalibratedModels>;
  try {
    models = JSON.parse(readFileSync(path, 'utf8')) as Partial<CalibratedModels>;
  } catch (cause) {
    throw new ConfigError(`--models ${path} cannot be read as JSON`, { cause });
  }
  if (models.format === 1 && models.slippage !== undefined) return models as CalibratedModels;
  throw new ConfigError(`--models ${path} is not a file of nextbar calibrate: it has no format 1 with slippage`);
}
