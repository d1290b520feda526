/** The Cerebro that a live plan describes: for the session itself, and for its replay. */
import type { CcxtStoreOptions } from '../../connectors/ccxt/index.ts';
import { ConfigError, type Runtime } from '../../core/index.ts';
import type { Cerebro } from '../../engine/index.ts';
import type { KeptKind } from '../../feeds/index.ts';
import type { LivePlan } from './plan.ts';
import { addChosen, loadChosen } from '../run/chosen-strategies.ts';

/** How a session reaches its exchange; a replay reaches none. */
export interface LiveWay {
  readonly runtime: Runtime;
  readonly connection: Omit<CcxtStoreOptions, 'exchange'>;
  /** Folder of bars that are not of the real market. */
  readonly folder?: string;
  /** The market data to keep in the store. Default: bars. */
  readonly keep?: readonly KeptKind[];
  /** Whether the session is on a test network, whose streams come through ccxt. */
  readonly isTestNetwork: boolean;
}

/** @param way - Undefined for a replay. */
export async function cerebroOf(plan: LivePlan, way: LiveWay | undefined): Promise<Cerebro> {
  const [{ Cerebro, fixedSize, StreamingFeed }, { CcxtProSource }] = await Promise.all([
    import('../../index.ts'),
    import('../../feeds/index.ts'),
  ]);
  const classes = await loadChosen(plan.strategies);
  const { cash, commission, slippage, size, exchange, accounts: { instruments = {}, ...accounts } = {} } = plan;
  const cerebro = new Cerebro({
    ...(way && { runtime: way.runtime }),
    ...(cash !== undefined && { cash }),
    ...(commission !== undefined && { commission }),
    ...(slippage !== undefined && { slippage }),
    ...accounts,
  });
  for (const [name, facts] of Object.entries(instruments)) cerebro.setInstrument(name, facts);
  for (const symbol of plan.symbols) {
    const feed = new StreamingFeed({
      exchange,
      symbol,
      timeframe: plan.timeframe,
      bars: plan.bars,
      graceMs: plan.graceMs,
      history: plan.history,
      ...(way && { connection: way.connection }),
      ...(way?.folder !== undefined && { folder: way.folder }),
      ...(way?.keep !== undefined && { keep: way.keep }),
      ...(way?.isTestNetwork === true && { source: new CcxtProSource({ exchange, connection: way.connection }) }),
    });
    if (plan.book !== undefined) feed.subscribeBook(symbol, { depth: plan.book });
    // A paper session books the funding of a contract itself.
    if (plan.mode === 'paper' && plan.accounts !== undefined && symbol.includes(':'))
      feed.subscribeFunding(symbol, { isOptional: true });
    cerebro.addData(feed);
  }
  if (size !== undefined) cerebro.addSizer(fixedSize(size));
  try {
    return addChosen(cerebro, plan.strategies, classes);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    throw new ConfigError(`${error.message} (in the plan of the session)`, { cause: error });
  }
}
