/** Instruments that several datas of an account show: what is said of one data holds for the others. */
import type { InstrumentOptions } from '../../broker/index.ts';
import { feedOfPlan, type DataPlan } from './data-plan.ts';

type Instruments = ReadonlyMap<string, InstrumentOptions>;

/** What is said of each data, with what is said of the other datas of its instrument. Bars of a mark price are apart. */
export function sharedInstruments(datas: readonly DataPlan[], instruments: Instruments): Instruments {
  if (instruments.size === 0) return instruments;
  const marks = new Set([...instruments.values()].map(({ mark }) => mark));
  const shared = new Map(instruments);
  const traded = datas.filter(({ name }) => !marks.has(name));
  for (const data of traded) {
    const own = instruments.get(data.name);
    const market = marketOf(data, own);
    const others = traded.filter((one) => one !== data && marketOf(one, instruments.get(one.name)) === market);
    const said = Object.assign({}, ...others.map(({ name }) => instruments.get(name)), own) as InstrumentOptions;
    if (Object.keys(said).length > 0) shared.set(data.name, said);
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
