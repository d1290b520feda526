/** The rules that every event out of the gate must keep, written again from the documents and not from the gate. */
import type { MarketEvent, StreamEvent } from '../../src/core/index.ts';

const isPrice = (value: unknown): boolean => typeof value === 'number' && value > 0 && value < Infinity;
const isSize = (value: unknown): boolean => typeof value === 'number' && value >= 0 && value < Infinity;
const isNone = (value: unknown): boolean => value === undefined;

/** What is wrong with an event, in a few words; undefined when nothing is. */
export function broken(event: StreamEvent): string | undefined {
  const wrong = problem(event as MarketEvent);
  return wrong === undefined ? undefined : `${wrong}: ${JSON.stringify(event).slice(0, 300)}`;
}

function problem(event: MarketEvent): string | undefined {
  if (!('receiveTime' in event)) return undefined;
  const { time, receiveTime } = event;
  if (time !== undefined && !(Number.isFinite(time) && time > 1.2e12)) return 'time is no time';
  if (time !== undefined && time > receiveTime + 60_000) return 'time lies in the future';
  switch (event.type) {
    case 'trade':
    case 'liquidation':
      return isPrice(event.price) && isSize(event.size) ? undefined : 'price or size';
    case 'quote': {
      const { bid, ask, bidSize, askSize, crossed } = event;
      if (!(isNone(bid) || isPrice(bid)) || !(isNone(ask) || isPrice(ask))) return 'bid or ask';
      if (!(isNone(bidSize) || isSize(bidSize)) || !(isNone(askSize) || isSize(askSize))) return 'size of bid or ask';
      return (bid !== undefined && ask !== undefined && bid > ask) === (crossed === true) ? undefined : 'crossed';
    }
    case 'book':
      return [...event.bids, ...event.asks].every(([price, size]) => isPrice(price) && isSize(size))
        ? undefined
        : 'level';
    case 'l3':
      return [...event.bids, ...event.asks].every(([, price, size]) => isPrice(price) && isSize(size))
        ? undefined
        : 'order';
    case 'bar': {
      const { open, high, low, close, volume, start, end } = event;
      if (![open, high, low, close].every(isPrice) || !isSize(volume)) return 'price or volume';
      if (!(Number.isFinite(start) && end > start && Number.isFinite(end))) return 'start or end';
      return high >= Math.max(open, close) && low <= Math.min(open, close) ? undefined : 'range';
    }
    case 'funding': {
      const { rate, predictedRate, markPrice, indexPrice, nextTime } = event;
      if (![rate, predictedRate, nextTime].every((value) => isNone(value) || Number.isFinite(value))) return 'rate';
      return [markPrice, indexPrice].every((value) => isNone(value) || isPrice(value)) ? undefined : 'mark or index';
    }
    case 'openInterest':
      return isSize(event.size) ? undefined : 'size';
    case 'index':
    case 'mark':
      return isPrice(event.price) ? undefined : 'price';
    case 'ticker24h': {
      const { open, high, low, last, volume, quoteVolume } = event;
      if (![open, high, low, last].every((value) => isNone(value) || isPrice(value))) return 'price';
      return [volume, quoteVolume].every((value) => isNone(value) || isSize(value)) ? undefined : 'volume';
    }
  }
}
