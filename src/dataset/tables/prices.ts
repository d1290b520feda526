/** Prices of one pair on several exchanges beside each other. */
import { defineTable } from './table.ts';

export const pricesTable = defineTable({
  name: 'prices_1h',
  about: 'Hourly closes of spot pairs over all exchanges that trade them.',
  version: 1,
  columns: [
    { name: 'symbol', type: 'VARCHAR', about: 'The unified symbol of the spot pair.' },
    { name: 'time', type: 'TIMESTAMP', about: 'When the hour opened.', unit: 'UTC' },
    { name: 'exchanges', type: 'BIGINT', about: 'Exchanges that had a bar.', check: 'exchanges >= 1' },
    { name: 'lowest', type: 'DOUBLE', about: 'Lowest close.', unit: 'quote', check: 'lowest > 0' },
    { name: 'median', type: 'DOUBLE', about: 'Median close.', unit: 'quote', check: 'median > 0' },
    { name: 'highest', type: 'DOUBLE', about: 'Highest close.', unit: 'quote', check: 'highest > 0' },
    { name: 'volume', type: 'DOUBLE', about: 'Amount traded on all of them.', unit: 'base', check: 'volume >= 0' },
  ],
  key: ['symbol', 'time'],
  time: 'time',
  isDerived: true,
});
