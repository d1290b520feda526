/** Bybit's protection of accounts whose private stream breaks off: open orders are canceled unless the stream comes back in time. */
import { BybitRefusal, type Own, type Row } from './words.ts';

/** Products by the topic that protects their orders. */
const products: Readonly<Record<string, string>> = { 'dcp.spot': 'SPOT', 'dcp.future': 'DERIVATIVES' };

/** Topics of the private stream that ask for the protection. */
export const protectingTopics: readonly string[] = Object.keys(products);

/** Shortest, longest and default window, in seconds. */
const [leastWindow, mostWindow, usualWindow] = [3, 300, 10];

const windows = new WeakMap<Own, Map<string, number>>();

function windowOf(own: Own, product: string): number {
  return windows.get(own)?.get(product) ?? usualWindow;
}

/** Sets the window of a product. @throws {BybitRefusal} If the window or the product is not one of Bybit's. */
export function setWindow(own: Own, { product = 'OPTIONS', timeWindow = '' }: Row): object {
  const seconds = /^\d{1,4}$/.test(timeWindow) ? Number(timeWindow) : NaN;
  if (!(seconds >= leastWindow && seconds <= mostWindow)) throw new BybitRefusal(10001, 'params error: timeWindow invalid'); // prettier-ignore
  if (!Object.values(products).includes(product)) throw new BybitRefusal(10001, 'params error: product invalid');
  const set = windows.get(own) ?? new Map<string, number>();
  windows.set(own, set.set(product, seconds));
  return {};
}

/** The windows of an account; its protection is always on. */
export function windowList(own: Own): object {
  const of = (product: string): object => ({ product, dcpStatus: 'ON', timeWindow: String(windowOf(own, product)) });
  return { dcpInfos: Object.values(products).map(of) };
}

/** The last stream that asked for the protection of a product has broken off: its orders have a window from now on. */
export function brokeOff(own: Own, topic: string): void {
  const product = products[topic]!;
  const places = own.places.filter(({ exchange }) => (exchange.contracts === undefined) === (product === 'SPOT'));
  own.exchanges.countdowns.set(`${own.apiKey} ${product}`, windowOf(own, product) * 1_000, () => {
    own.cancelOpen(places);
  });
}

/** A stream asks for the protection of a product: the countdown stops while the stream is open. */
export function isBack(own: Own, topic: string): void {
  own.exchanges.countdowns.set(`${own.apiKey} ${products[topic]!}`, 0, () => undefined);
}
