/** What a run is worth in each currency that its datas are quoted in, where no rate makes one of them. */
import type { EngineBroker } from '../../broker/index.ts';
import { currenciesOf } from '../../core/index.ts';
import { timelineOf, type Timeline } from '../../lines/index.ts';
import type { StrategyResult } from './result.ts';

/**
 * The value by quote currency: what the run began with counts as the currency of the first data, each fill changes that of its own data.
 *
 * @returns Undefined where all that was traded is quoted in one currency, an account with balances tells currencies apart itself, or old orders
 * were forgotten.
 */
export function valueByCurrency(
  timelines: readonly Timeline[],
  broker: EngineBroker,
  strategies: readonly StrategyResult[],
): Readonly<Record<string, number>> | undefined {
  if (broker.accountResult !== undefined) return undefined;
  const quotes = timelines.map(({ info }) => info.instrument?.quote ?? currenciesOf(info.symbol)[1]);
  const [first = ''] = quotes;
  if (quotes.includes('') || new Set(quotes).size < 2) return undefined;
  const values = new Map<string, number>(quotes.map((quote) => [quote, 0]));
  const add = (dataId: number, amount: number): void => {
    const quote = quotes[dataId]!;
    values.set(quote, values.get(quote)! + amount);
  };
  const traded = new Set<string>();
  for (const { orders, dropped } of strategies) {
    // In bounded memory the fills of a long run are not all there.
    if (dropped.orders > 0) return undefined;
    for (const order of orders) {
      const { id } = timelineOf(order.data);
      if (order.filled > 0) traded.add(quotes[id]!);
      for (const { pnl, commission } of order.fills) add(id, pnl - commission);
    }
  }
  if (traded.size < 2) return undefined;
  for (const { id, close, index } of timelines) {
    const { size, price } = broker.positionOf(id);
    if (size !== 0) add(id, size * (close.at(index) - price) * broker.schemeOf(id).multiplier);
  }
  // The rest is what the run began with, was given, and paid for its positions.
  const others = [...values].reduce((sum, [quote, value]) => (quote === first ? sum : sum + value), 0);
  values.set(first, broker.value - others);
  return Object.fromEntries(values);
}

/** Warns of a run that counts currencies as one in its value. */
export function currencyWarning(values: Readonly<Record<string, number>> | undefined): string[] {
  if (values === undefined) return [];
  const names = Object.keys(values);
  const of = (separator: string): string => names.join(separator);
  return [
    `value and equity count ${of(' and ')} as one, because no rate is given: valueByCurrency has them apart, and accounts: { ... } with rates: { '${names[1]!}/${names[0]!}': 1 } keeps balances of each`,
  ];
}
