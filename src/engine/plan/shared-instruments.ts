/** Instruments that several datas of an account show: what is said of one data holds for the others. */
import type { InstrumentOptions } from '../../broker/index.ts';
import { feedOfPlan, type DataPlan } from './data-plan.ts';

type Instruments = ReadonlyMap<string, InstrumentOptions>;

/** What is said of each data, with what is said of the other datas of its instrument. Bars of a mark price are apart. */
export function sharedInstruments(datas: readonly DataPlan[], instruments: Instruments): Instruments {
  if (instruments.size === 0) return instruments;
  const marks = new Set([...instruments.values()].map(({ mark }) => mark));
  const traded = datas.flatMap((data) => {
    const own = instruments.get(data.name);
    return marks.has(data.name) ? [] : [{ name: data.name, own, market: marketOf(data, own) }];
  });
  const told = new Map<string, InstrumentOptions>();
  for (const { own, market } of traded) told.set(market, { ...told.get(market), ...own });
  const shared = new Map(instruments);
  for (const { name, own, market } of traded) {
    const said = { ...told.get(market), ...own };
    if (Object.keys(said).length > 0) shared.set(name, said);
  }
  return shared;
}

/** What is alike for the datas that show one position: symbol, exchange, account and side. */
function marketOf(data: DataPlan, said: InstrumentOptions = {}): string {
  const feed = feedOfPlan(data);
  const { exchange: of } = feed as { readonly exchange?: unknown };
  const symbol = said.symbol ?? feed.instrument?.symbol ?? feed.symbol;
  const exchange = said.exchange ?? feed.instrument?.exchange ?? of;
  return JSON.stringify([symbol, exchange, said.account, said.positionSide]);
}
