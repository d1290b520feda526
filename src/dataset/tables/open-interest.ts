/** Open interest of contracts. */
import { defineTable } from './table.ts';

export const openInterestTable = defineTable({
  name: 'open_interest',
  about: 'Open interest of contracts at moments in time.',
  version: 1,
  columns: [
    { name: 'symbol', type: 'VARCHAR', about: 'The unified symbol of the contract.' },
    { name: 'time', type: 'TIMESTAMP', about: 'The moment.', unit: 'UTC' },
    { name: 'amount', type: 'DOUBLE', about: 'Open positions.', unit: 'base or contracts', isOptional: true, check: 'amount >= 0' },
    { name: 'value', type: 'DOUBLE', about: 'Their value.', unit: 'quote', isOptional: true, check: 'value >= 0' },
  ],
  key: ['symbol', 'time'],
  time: 'time',
}); // prettier-ignore
