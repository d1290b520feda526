/** Research without a strategy: two markets and a slower timeframe in columns on one clock, and what followed each signal. */
import { GeneratedDataFeed, timeframe } from 'nextbar';
import { align, load, resampleBars, BarTable } from 'nextbar/feeds';

// Synthetic bars, so that this runs with nothing at hand; from an exchange:
// await load({ exchange: 'binance', symbol: 'BTC/USDT', timeframe: '1h', start: '2024-01-01', end: '2024-03-01' })
const range = { timeframe: '1h', start: '2024-01-01', count: 24 * 90 };
const btc = await load(new GeneratedDataFeed({ ...range, seed: 1, symbol: 'BTC/USDT' }));
const eth = await load(new GeneratedDataFeed({ ...range, seed: 2, symbol: 'ETH/USDT' }));
const { closeTime: _, ...days } = resampleBars(btc, '1h', '1d');
const daily = new BarTable(days, {
  name: 'BTC daily', symbol: btc.symbol, timeframe: timeframe('1d'), report: undefined, warnings: [],
}); // prettier-ignore

// Each row has what was known at its time: the day before until the present one has closed.
const joined = align([btc, eth, daily]);
const ratio = joined.columns['BTC/USDT close']!.map((close, i) => close / joined.columns['ETH/USDT close']![i]!);
const above = joined.columns['BTC/USDT close']!.map((close, i) =>
  Number(close > joined.columns['BTC daily close']![i]!),
);

let value = 1;
for (let i = 25; i + 1 < joined.length; i++) if (above[i] === 1) value *= ratio[i + 1]! / ratio[i]!;
console.log(`${joined.length} hours of ${joined.names.join(', ')}`);
console.log(`BTC against ETH, held while above the close of the day before: 1 became ${value.toFixed(4)}`);
