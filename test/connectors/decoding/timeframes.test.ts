/** The names of bar lengths at a venue, both ways. */
import { expect, it } from 'vitest';

import { timeframeNames, unifiedTimeframe } from '../../../src/connectors/decoding/timeframes.ts';

it('a bar length is found by the name of the venue, and one that is not known keeps its own', () => {
  const names = { ...timeframeNames(['1m', '1h']), '1M': '1mo' };
  expect(names).toEqual({ '1m': '1m', '1h': '1h', '1M': '1mo' });
  expect(['1m', '1mo', '7y'].map((name) => unifiedTimeframe(names, name))).toEqual(['1m', '1M', '7y']);
});
