/** What exchanges list: their instruments, and the exchanges themselves. */
import { defineTable } from './table.ts';

export const instrumentsTable = defineTable({
  name: 'instruments',
  about: 'The instruments that the dataset holds, with their trading rules.',
  version: 1,
  columns: [
    { name: 'symbol', type: 'VARCHAR', about: 'The unified symbol.' },
    { name: 'type', type: 'VARCHAR', about: 'spot, swap, future or option.' },
    { name: 'base', type: 'VARCHAR', about: 'What is traded.' },
    { name: 'quote', type: 'VARCHAR', about: 'What it is priced in.' },
    { name: 'tick', type: 'DOUBLE', about: 'Step of prices.', unit: 'quote', isOptional: true, check: 'tick > 0' },
    { name: 'lot', type: 'DOUBLE', about: 'Step of sizes.', unit: 'base', isOptional: true, check: 'lot > 0' },
    { name: 'min_notional', type: 'DOUBLE', about: 'Least value of an order.', unit: 'quote', isOptional: true },
    { name: 'maker_fee', type: 'DOUBLE', about: 'Fee of resting orders.', unit: 'fraction', isOptional: true },
    { name: 'taker_fee', type: 'DOUBLE', about: 'Fee of taking orders.', unit: 'fraction', isOptional: true },
  ],
  key: ['symbol'],
});

export const exchangesTable = defineTable({
  name: 'exchanges',
  about: 'The exchanges of the dataset, and what each offers.',
  version: 1,
  columns: [
    { name: 'name', type: 'VARCHAR', about: "ccxt's identifier of the exchange." },
    { name: 'symbols', type: 'BIGINT', about: 'Symbols of it in the dataset.' },
    { name: 'funding_rates', type: 'BOOLEAN', about: 'Whether it serves the history of funding rates.' },
    { name: 'open_interest', type: 'BOOLEAN', about: 'Whether it serves the history of open interest.' },
    { name: 'trades', type: 'BOOLEAN', about: 'Whether it serves public trades.' },
  ],
  key: ['name'],
});
