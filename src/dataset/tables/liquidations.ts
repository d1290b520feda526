/** Forced closings of positions, from recorded streams. */
import { defineTable } from './table.ts';

export const liquidationsTable = defineTable({
  name: 'liquidations',
  about: 'Liquidations as exchanges streamed them. No exchange serves their history: they begin with the first recording.',
  version: 1,
  columns: [
    { name: 'symbol', type: 'VARCHAR', about: 'The unified symbol of the contract.' },
    { name: 'time', type: 'TIMESTAMP', about: 'When it was executed.', unit: 'UTC' },
    { name: 'side', type: 'VARCHAR', about: 'The side of the forced order: sell closes a long.', check: "side IN ('buy', 'sell')" },
    { name: 'price', type: 'DOUBLE', about: 'Price.', unit: 'quote', check: 'price > 0' },
    { name: 'size', type: 'DOUBLE', about: 'Amount.', unit: 'base', check: 'size > 0' },
  ],
  key: ['symbol', 'time', 'side', 'price', 'size'],
  time: 'time',
}); // prettier-ignore
