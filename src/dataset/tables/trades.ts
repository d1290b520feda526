/** Public trades. */
import { defineTable } from './table.ts';

export const tradesTable = defineTable({
  name: 'trades',
  about: 'Public trades, one print a row.',
  version: 1,
  columns: [
    { name: 'symbol', type: 'VARCHAR', about: 'The unified symbol.' },
    { name: 'time', type: 'TIMESTAMP', about: 'When it was executed.', unit: 'UTC' },
    { name: 'id', type: 'VARCHAR', about: 'The identifier of the trade on the exchange.' },
    { name: 'price', type: 'DOUBLE', about: 'Price.', unit: 'quote', check: 'price > 0' },
    { name: 'size', type: 'DOUBLE', about: 'Amount.', unit: 'base', check: 'size > 0' },
    { name: 'side', type: 'VARCHAR', about: "The taker's side: buy or sell.", isOptional: true, check: "side IN ('buy', 'sell')" },
  ],
  key: ['symbol', 'id'],
  time: 'time',
}); // prettier-ignore
