/** Settled funding rates of perpetual swaps. */
import { defineTable } from './table.ts';

export const fundingRatesTable = defineTable({
  name: 'funding_rates',
  about: 'Settled funding rates of perpetual swaps: longs pay shorts where the rate is above 0.',
  version: 1,
  columns: [
    { name: 'symbol', type: 'VARCHAR', about: 'The unified symbol of the swap.' },
    { name: 'time', type: 'TIMESTAMP', about: 'When it was settled.', unit: 'UTC' },
    { name: 'rate', type: 'DOUBLE', about: 'The rate of its interval.', unit: 'fraction', check: 'abs(rate) < 1' },
    {
      name: 'interval_hours',
      type: 'DOUBLE',
      about:
        'Hours since the settlement before it; of the first row of a symbol in a month, to the one after it. Where the exchange left a settlement out, the hours between those after it.',
      unit: 'hours',
      isOptional: true,
      check: 'interval_hours > 0',
    },
  ],
  key: ['symbol', 'time'],
  time: 'time',
});
