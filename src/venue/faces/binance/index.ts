/** Binance spot's words and paths over the local exchange. */
export { askedByRest, byName, objectOf } from './asked.ts';
export { intervals, ordersPerTenSeconds, tickerFields, weightPerMinute, type Facts } from './market-answers.ts';
export { answerRoute, routeOf } from './routes.ts';
export { PublicStreams } from './public-streams.ts';
export { SocketApi } from './socket-api.ts';
export { aggTradeFields, levelText, nameOf, priceText, sizeText, valueText } from './words.ts';
