/** Why a fill happened, in words a trader would use. */

/** The rules of matching that fill orders. */
export const fillRules = [
  'open',
  'sessionClose',
  'creationClose',
  'limitAtOpen',
  'limitReached',
  'stopAtOpen',
  'stopReached',
  'stopThenLimit',
  'touch',
  'traded',
  'reported',
  'limitAtTouch',
  'nextTrade',
  'stopTraded',
  'liquidation',
  'delivery',
  'book',
  'queued',
] as const;
/** The rule by which an order was filled, such as `open` or `limit`. */
export type FillRule = (typeof fillRules)[number];

interface FillToDescribe {
  readonly rule: FillRule;
  readonly size: number;
  readonly price: number;
  readonly level: number;
  readonly reached: number;
}

/** Made when first needed: the languages it loads take longer than everything else in the package. */
let formats: Intl.NumberFormat | undefined;

function format(value: number): string {
  formats ??= new Intl.NumberFormat('en-US', { maximumSignificantDigits: 12 });
  return formats.format(value);
}

/** "low 61,822 reached limit 61,830", with the slippage when the price differs from what the rule alone gives. */
export function describeFill(fill: FillToDescribe): string {
  const isBuy = fill.size > 0;
  const level = format(fill.level);
  const reached = format(fill.reached);
  switch (fill.rule) {
    case 'open':
      return `market order at the open ${reached}${slipped(fill, fill.reached)}`;
    case 'sessionClose':
      return `session closed at ${reached}`;
    case 'creationClose':
      return `market order at the close ${reached} of the bar it was made in${slipped(fill, fill.reached)}`;
    case 'limitAtOpen':
      return `open ${reached} was at or ${isBuy ? 'below' : 'above'} limit ${level}${slipped(fill, fill.reached)}`;
    case 'limitReached':
      return `${isBuy ? 'low' : 'high'} ${reached} reached limit ${level}`;
    case 'stopAtOpen':
      return `open ${reached} was at or ${isBuy ? 'above' : 'below'} stop ${level}${slipped(fill, fill.reached)}`;
    case 'stopReached':
      return `${isBuy ? 'high' : 'low'} ${reached} reached stop ${level}${slipped(fill, fill.level)}`;
    case 'stopThenLimit':
      return `${isBuy ? 'high' : 'low'} ${reached} reached stop ${level}, filled as a limit${slipped(fill, fill.level)}`;
    case 'touch':
      return `market order at the ${isBuy ? 'ask' : 'bid'} ${reached}`;
    case 'traded':
      return `a trade at ${reached} went through limit ${level}`;
    case 'reported':
      return 'reported by the exchange';
    case 'limitAtTouch':
      return `${isBuy ? 'ask' : 'bid'} ${reached} was at or ${isBuy ? 'below' : 'above'} limit ${level}`;
    case 'nextTrade':
      return `market order at the next trade ${reached}`;
    case 'stopTraded':
      return `a trade at ${reached} reached stop ${level}${slipped(fill, fill.reached)}`;
    case 'liquidation':
      return `the mark price reached the liquidation price ${level}`;
    case 'book': {
      const side = isBuy ? 'ask' : 'bid';
      const limit = fill.level === fill.reached ? '' : `, within ${level}`;
      return `took ${format(Math.abs(fill.size))} at the ${side} ${reached} of the book${limit}`;
    }
    case 'queued':
      return fill.level === fill.reached
        ? `traded at limit ${level} after the units ahead of it in the queue`
        : `the market went through limit ${level} to ${reached}`;
    case 'delivery':
      return `the contract expired and was settled at ${reached}`;
  }
}

function slipped(fill: FillToDescribe, base: number): string {
  return fill.price === base ? '' : `, slipped to ${format(fill.price)}`;
}
