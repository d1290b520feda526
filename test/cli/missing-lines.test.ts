/** Lines that a feed does not have: what to ask for instead, in a backtest and in a session. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, it } from 'vitest';

import { StreamingFeed } from '../../src/feeds/index.ts';
import { temporaryFolder } from '../venue/local.ts';
import { call } from './call.ts';
import { nextbar } from './nextbar.ts';

describe('funding and open interest, where there is no such line', () => {
  it.each([
    ['funding', 'subscribeFunding'],
    ['openInterest', 'subscribeOpenInterest'],
  ])('%s is refused as an option of a StreamingFeed, with what a session has instead', (field, method) => {
    const options = { exchange: 'binance', symbol: 'BTC/USDT:USDT', timeframe: '1m', [field]: true };
    expect(() => new StreamingFeed(options)).toThrow(
      `${field} is an option of history, and a session has no line data.${field}: call ${method}() of the StreamingFeed and read data.stream?.${field}`,
    );
  });

  it('is refused as a flag of a session', async () => {
    const { code, errors } = await call('paper', 'x.ts', '--exchange', 'binance', '--symbol', 'A/B:B', '--funding');
    expect(code).toBe(2);
    expect(errors).toContain('--funding is not an option of nextbar paper: it adds history; a session has data.stream');
  });

  it('is named when a strategy read it without asking', async () => {
    const folder = temporaryFolder();
    const path = join(folder, 'reads.mjs');
    const text = `import { Strategy } from 'nextbar';\nexport default class Reads extends Strategy {\n  next() {\n    if (this.data.funding.now > 0) this.buy();\n  }\n}\n`;
    writeFileSync(path, text);
    const { code, stderr } = await nextbar(['run', path, '--synthetic', '--bars', '50'], folder);
    expect(code).toBe(1);
    expect(stderr).toContain(
      'data.funding is undefined where the feed does not state it: --funding adds it to history; a session has it as data.stream?.funding',
    );
  });
});
