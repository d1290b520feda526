/** The broker, sizer and engine options of a scenario in the project's own words. */
import {
  fixedSize,
  fixedSizeFiller,
  fixedSlippage,
  percentSlippage,
  rangeShareFiller,
  volumePercentFiller,
  type CerebroOptions,
  type CommissionOptions,
  type Sizer,
  type SlippageModel,
  type VolumeFiller,
} from 'nextbar';
import type { SlippageSwitches } from 'nextbar/extend';
import type { CommissionEntry, Scenario, ScenarioBroker } from './scenario.ts';

/** A scheme. Without a type of commission, a margin makes a future with a fixed fee and none makes a stock with a percentage. */
export function schemeOf(entry: CommissionEntry): CommissionOptions {
  const { commtype, margin, mult = 1, automargin = false, percabs = true } = entry;
  const isFuture = commtype === undefined || commtype === null ? Boolean(margin) : entry.stocklike !== true;
  const isPercent = commtype === undefined || commtype === null ? !isFuture : commtype === 'perc';
  const rate = (entry.commission ?? 0) / (isPercent && !percabs ? 100 : 1);
  const auto = Number(automargin);
  return {
    commission: rate,
    type: isPercent ? 'percent' : 'fixed',
    multiplier: mult,
    leverage: entry.leverage ?? 1,
    interest: entry.interest ?? 0,
    interestLong: entry.interest_long ?? false,
    ...(isFuture && auto === 0 && { margin: margin ?? 1 }),
    ...(isFuture && auto !== 0 && { autoMargin: auto < 0 ? 1 : auto / mult }),
  };
}

function slippageOf({ slippage }: ScenarioBroker): SlippageModel | undefined {
  if (!slippage) return undefined;
  const switches: SlippageSwitches = {
    atOpen: slippage.slip_open ?? true,
    atLimit: slippage.slip_limit ?? true,
    capAtBar: slippage.slip_match ?? true,
    beyondBar: slippage.slip_out ?? false,
    compat: 'backtrader',
  };
  return slippage.perc === undefined || slippage.perc === 0
    ? fixedSlippage(slippage.fixed ?? 0, switches)
    : percentSlippage(slippage.perc, switches);
}

/** The oracle's fillers by percentage round down to whole units. */
function fillerOf({ filler }: ScenarioBroker): VolumeFiller | undefined {
  if (!filler) return undefined;
  const { params = {} } = filler;
  switch (filler.type) {
    case 'FixedSize':
      return fixedSizeFiller(params['size'] ?? Infinity);
    case 'FixedBarPerc':
      return volumePercentFiller((params['perc'] ?? 100) / 100, 1);
    case 'BarPointPerc':
      return rangeShareFiller((params['perc'] ?? 100) / 100, params['minmov'], 1);
    default:
      throw new Error(`filler type must be FixedSize, FixedBarPerc or BarPointPerc, was '${filler.type}'`);
  }
}

/** Options of the run. The oracle lets orders of one bar happen as they were made, and counts periods by closing stamps. */
export function optionsOf({ broker = {}, cerebro = {} }: Scenario): CerebroOptions {
  const slippage = slippageOf(broker);
  const filler = fillerOf(broker);
  const common = broker.commission?.find(({ data }) => data === undefined || data === null);
  return {
    rules: 'backtrader',
    cash: broker.cash ?? 10_000,
    intrabar: 'creationOrder',
    periodBy: 'close',
    ...(common && { commission: schemeOf(common) }),
    ...(slippage && { slippage }),
    ...(filler && { filler }),
    ...(broker.coc !== undefined && { cheatOnClose: broker.coc }),
    ...(broker.shortcash !== undefined && { shortCash: broker.shortcash }),
    ...(broker.checksubmit !== undefined && { checkSubmit: broker.checksubmit }),
    ...(broker.int2pnl !== undefined && { interestInPnl: broker.int2pnl }),
    ...(broker.fundmode !== undefined && { fundMode: broker.fundmode }),
    ...(broker.fundstartval !== undefined && { fundStart: broker.fundstartval }),
    ...(cerebro['cheat_on_open'] !== undefined && { cheatOnOpen: cerebro['cheat_on_open'] }),
    ...(cerebro['tradehistory'] !== undefined && { tradeHistory: cerebro['tradehistory'] }),
    ...(cerebro['quicknotify'] !== undefined && { quickNotify: cerebro['quicknotify'] }),
  };
}

/** Schemes of single datas, by name. */
export function ownSchemes({ broker = {} }: Scenario): [data: string, scheme: CommissionOptions][] {
  return (broker.commission ?? []).flatMap((entry) =>
    typeof entry.data === 'string' ? [[entry.data, schemeOf(entry)] as [string, CommissionOptions]] : [],
  );
}

/** The scheme that a data trades by: its own, or the common one. */
export function schemeFor({ broker = {} }: Scenario, data: string): CommissionOptions {
  const entries = broker.commission ?? [];
  const entry = entries.find((one) => one.data === data) ?? entries.find((one) => typeof one.data !== 'string');
  return entry === undefined ? {} : schemeOf(entry);
}

/** The oracle's sizer. Those that count a held position in Backtrader's own way are written out here as a user would. */
export function sizerOf({ sizer }: Scenario): Sizer {
  if (!sizer) return fixedSize(1);
  const { type, params = {} } = sizer;
  const stake = params['stake'] ?? 1;
  const tranches = params['tranches'] ?? 1;
  const percents = params['percents'] ?? (type.startsWith('AllIn') ? 100 : 20);
  const own = (size: Sizer['size']): Sizer => ({ summary: `${type} ${JSON.stringify(params)}`, size });
  switch (type) {
    case 'FixedSize':
      return fixedSize(tranches > 1 ? Math.trunc(stake / tranches) : stake);
    case 'FixedReverser':
      return own(({ position }) => (position.size === 0 ? stake : 2 * stake));
    case 'FixedSizeTarget':
      return own(({ position }) =>
        tranches > 1 ? Math.min(position.size + Math.trunc(stake / tranches), stake) : stake,
      );
    case 'PercentSizer':
    case 'AllInSizer':
      return own(({ cash, data, position }) =>
        position.size === 0 ? ((cash / data.close.now) * percents) / 100 : position.size,
      );
    case 'PercentSizerInt':
    case 'AllInSizerInt':
      return own(({ cash, data, position }) =>
        Math.trunc(position.size === 0 ? ((cash / data.close.now) * percents) / 100 : position.size),
      );
    default:
      throw new Error(`no sizer of the oracle is named '${type}'`);
  }
}
