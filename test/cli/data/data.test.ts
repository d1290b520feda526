/** The commands around stored bars, against the local exchange. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { describe, expect, it } from 'vitest';

import { exchangeFeeds } from '../../../src/cli/data/feeds.ts';
import { runCommand } from '../../../src/cli/run/run.ts';
import { parseOptions } from '../../../src/cli/shell/parse.ts';
import { localExchange, temporaryFolder } from '../../venue/local.ts';
import { call } from '../call.ts';

const marketData = fileURLToPath(new URL('../../../../shared/market-data', import.meta.url));

/** The numbers of a CSV file, a row each. */
function rowsOf(path: string): number[][] {
  return readFileSync(path, 'utf8').trim().split('\n').slice(1).map((line) => line.split(',').map(Number)); // prettier-ignore
}

const day = ['--start', '2024-01-25', '--end', '2024-01-26'];
const hours = ['--exchange', 'binance', '--symbol', 'BTC/USDT', '--timeframe', '1h'];

describe('nextbar data', () => {
  it('downloads the most traded symbols of a quote currency and those of a file, with one summary', async () => {
    const { url } = await localExchange();
    const at = ['--folder', temporaryFolder(), '--url', url, '--rate-limit', '0'];
    const list = join(temporaryFolder(), 'symbols.txt');
    writeFileSync(list, '# mine\nBTC/USDT\n\nETH/NONE # not listed\n');
    const wanted = ['--exchange', 'binance', '--timeframe', '1h', ...day];
    const { code, text } = await call('data', 'download', ...wanted, '--symbols-file', list, ...at);
    expect(code).toBe(1);
    expect(text).toMatch(/1 of 2 series with 24 bars, 1 request, /);
    expect(text).toMatch(/failed: binance ETH\/NONE 1h: /);
    const top = await call(
      'data',
      'download',
      ...wanted,
      '--quote',
      'usdt',
      '--top',
      '1',
      '--storage',
      'parquet',
      ...at,
    );
    expect([top.code, top.text]).toEqual([0, expect.stringContaining('binance BTC/USDT 1h: 24 bars') as string]);
    const none = await call('data', 'download', ...wanted, '--top', '3', ...at);
    expect([none.code, none.errors]).toEqual([2, expect.stringContaining('--top needs --quote') as string]);
  });

  it('tells holes of what it takes out of the store, and makes no store by reading', async () => {
    const folder = temporaryFolder();
    const at = ['--folder', join(folder, 'store')];
    for (const command of [['list'], ['info'], ['verify'], ['repair'], ['clear'], ['export', 'x.csv', ...hours], ['resample', '--to', '4h', ...hours]]) {
      const { code, errors } = await call('data', ...command, ...at);
      expect([code, errors]).toEqual([2, expect.stringContaining('there is no bar store in') as string]);
    }
    expect(existsSync(join(folder, 'store'))).toBe(false);
    const rows = [0, 1, 2, 3, 7, 8, 9, 10, 11].map((i) => `${Date.UTC(2024, 0, 1) + i * 3_600_000},1,1,1,1,1`);
    writeFileSync(join(folder, 'holes.csv'), `time,open,high,low,close,volume\n${rows.join('\n')}\n`);
    const gap = /1 gap \(3 of 12 bars missing\), first at 2024-01-01 04:00:00/;
    expect((await call('data', 'import', join(folder, 'holes.csv'), ...hours, ...at)).text).toMatch(gap);
    expect((await call('data', 'export', join(folder, 'out.csv'), ...hours, ...at)).text).toMatch(gap);
    expect((await call('data', 'resample', '--to', '4h', ...hours, ...at)).text).toMatch(gap);
    const file = ['--csv', join(folder, 'holes.csv'), '--timeframe', '1h', '--to', '4h', '--out', join(folder, 'o.csv')];
    expect((await call('data', 'resample', ...file)).text).toMatch(gap);
  }); // prettier-ignore

  it('takes the kind of market with --type', async () => {
    const at = ['--folder', temporaryFolder()];
    const file = join(temporaryFolder(), 'bars.csv');
    writeFileSync(file, 'time,open,high,low,close,volume\n2024-01-01T00:00:00Z,1,1,1,1,1\n');
    const swap = ['--exchange', 'binance', '--symbol', 'btc-usdt', '--timeframe', '1h', '--type', 'swap'];
    expect((await call('data', 'import', file, ...swap, ...at)).text).toContain('binance swap BTC/USDT:USDT 1h from');
    expect((await call('data', 'list', '--type', 'spot', ...at)).text).toBe('no stored bars\n');
    expect((await call('data', 'list', '--type', 'swap', ...at)).text).toContain('binance swap BTC/USDT:USDT');
    const wrong = await call('data', 'list', '--type', 'swp', ...at);
    expect([wrong.code, wrong.errors]).toEqual([2, expect.stringContaining("did you mean 'swap'?") as string]);
    const dated = await call('data', 'export', 'x.csv', ...swap.slice(0, -1), 'future', ...at);
    expect(dated.errors).toContain('write it as BTC/USDT:USDT-261225');
    const longer = await call(
      'data',
      'export',
      'x.csv',
      ...swap.slice(0, 4),
      '--timeframe',
      '4h',
      '--type',
      'swap',
      ...at,
    );
    expect(longer.errors).toContain('1h bars are stored: nextbar data resample --timeframe 1h --to 4h');
  });

  it('downloads, lists, tells, verifies, exports, imports, resamples and clears', async () => {
    const { url, server } = await localExchange();
    const at = ['--folder', temporaryFolder()];
    const fetch = ['download', ...hours, ...day, ...at, '--url', url, '--rate-limit', '0'];
    const first = await call('data', ...fetch);
    expect(first.text).toBe(
      'binance BTC/USDT 1h: 24 bars from 2024-01-25 to 2024-01-25 23:00:00 UTC\n  complete and in order\n  24 rows in 1 requests\n',
    );
    await server.close();
    expect((await call('data', ...fetch)).text).toContain('all from the store');

    const { host } = new URL(url);
    const local = [...hours, '--origin', host];
    const line = `binance@${host} spot BTC/USDT 1h  24 bars  2024-01-25 to 2024-01-25 23:00:00\n`;
    expect((await call('data', 'list', ...at)).text).toBe(line);
    expect((await call('data', 'info', ...at)).text).toMatch(
      /1 segment, .*\n {2}2024-01-25 to 2024-01-26 {2}from binance/,
    );
    expect(await call('data', 'verify', ...at)).toMatchObject({
      code: 0,
      text: expect.stringContaining('every segment is intact') as string,
    });

    const files = temporaryFolder();
    const stored = JSON.stringify(JSON.parse((await call('data', 'list', '--json', ...at)).text));
    expect(stored).toContain('"bars":24');
    for (const kind of ['csv', 'arrow', 'parquet']) {
      const path = join(files, `bars.${kind}`);
      await call('data', 'export', path, ...local, ...at);
      const copy = ['--exchange', 'kraken', ...hours.slice(2), ...at];
      expect((await call('data', 'import', path, ...copy)).text).toMatch(/24 bars of kraken spot BTC\/USDT 1h from/);
      const again = join(files, `again-${kind}.csv`);
      await call('data', 'export', again, ...copy);
      await call('data', 'export', join(files, 'truth.csv'), ...local, ...at);
      expect(readFileSync(again, 'utf8')).toBe(readFileSync(join(files, 'truth.csv'), 'utf8'));
    }

    const sixes = await call('data', 'resample', ...local, '--to', '6h', ...at);
    expect(sixes.text).toBe(`4 bars of binance@${host} spot BTC/USDT 6h from 1h\n`);
    expect((await call('data', 'repair', ...at)).text).toMatch(/segments with .* bars are in the new catalog/);
    expect((await call('data', 'list', ...at)).text).toContain(line);

    expect((await call('data', 'clear', '--exchange', 'kraken', ...at)).text).toContain('would delete kraken');
    await call('data', 'clear', '--yes', '--exchange', 'kraken', ...at);
    expect((await call('data', 'list', ...at)).text).not.toContain('kraken');
  });

  it.runIf(existsSync(marketData))('resamples hourly files to the four hours of the exchange itself', async () => {
    for (const name of ['BTCUSDT', 'ETHUSDT', 'SOLUSDT']) {
      const out = join(temporaryFolder(), 'made.csv');
      const from = ['--csv', join(marketData, `${name}-1h.csv`), '--timeframe', '1h'];
      const { code, text } = await call('data', 'resample', ...from, '--to', '4h', '--out', out);
      expect([code, text]).toEqual([0, expect.stringMatching(/^4,?\d\d\d bars of 4h in /) as string]);
      const made = rowsOf(out);
      const theirs = new Map(rowsOf(join(marketData, `${name}-4h.csv`)).map((row) => [row[0], row]));
      const common = made.filter(([time]) => theirs.has(time));
      expect(common.length, name).toBeGreaterThan(4_300);
      for (const [time, open, high, low, close, volume] of common) {
        const [, ...own] = theirs.get(time)!;
        expect([open, high, low, close]).toEqual(own.slice(0, 4));
        expect(Math.abs(volume! / own[4]! - 1)).toBeLessThan(1e-6);
      }
    }
  });

  it('resamples a file of its own, whole bars alone, into any kind of file', async () => {
    const files = temporaryFolder();
    const from = join(files, 'hours.csv');
    const rows = Array.from({ length: 11 }, (_, k) =>
      [(k + 2) * 3_600_000, 10 + k, 20 + k, 9 - k / 2, 11 + k, k + 1].join(),
    );
    writeFileSync(from, ['timestamp,open,high,low,close,volume', ...rows].join('\n'));
    for (const kind of ['csv', 'parquet']) {
      const out = join(files, `four.${kind}`);
      await call('data', 'resample', '--csv', from, '--timeframe', '1h', '--to', '4h', '--out', out);
      if (kind === 'csv')
        expect(readFileSync(out, 'utf8').trim().split('\n').slice(1)).toEqual([
        [14_400_000, 12, 25, 6.5, 16, 18].join(),
        [28_800_000, 16, 29, 4.5, 20, 34].join(),
      ]); // prettier-ignore
      else expect(existsSync(out)).toBe(true);
    }
  });

  it('names the flag that is given twice to a command of one series, and does not offer to repeat it', async () => {
    for (const name of ['export', 'import', 'resample']) {
      const { code, errors } = await call('data', name, 'x.csv', ...hours, '--symbol', 'ETH/USDT');
      expect([code, errors]).toEqual([2, expect.stringContaining('--symbol was given twice') as string]);
      expect((await call('data', name, '--help')).text).not.toContain('repeat it');
    }
    expect((await call('data', 'list', '--help')).text).toContain('repeat it');
  });

  it('says what is missing on the command line', async () => {
    const cases: readonly [args: readonly string[], says: string][] = [
      [[], 'data needs one of download, list'],
      [['dowload'], "unknown data command 'dowload': did you mean 'download'?"],
      [['download', '--exchange', 'binance', ...day], '--symbol is missing'],
      [['download', ...hours], 'data download needs --start or --count'],
      [['list', '--refresh'], 'unknown option --refresh: see nextbar data list --help'],
    ];
    for (const [args, says] of cases) {
      const { code, errors } = await call('data', ...args);
      expect([code, errors]).toEqual([2, expect.stringContaining(says) as string]);
    }
  });
});

it('lists exchanges with their timeframes, and symbols with their rules', async () => {
  const { url } = await localExchange();
  expect((await call('exchanges', 'kraken')).text).toMatch(/^kraken +spot .*1m 5m 15m 30m 1h 4h 1d 1w 2w\n1 exchanges/);
  const { text } = await call('symbols', 'binance', '--quote', 'usdt', '--url', url);
  expect(text).toMatch(
    /^BTC\/USDT +tick 0.01 {2}lot 0.00001 {2}at least 5 {2}fee 0.001\nETH\/USDT .*\n2 symbols on binance\n$/,
  );
});

it('describes one feed for every exchange, symbol and timeframe of a run', async () => {
  const args = [...hours, '--symbol', 'ETH-USDT', '--timeframe', '4h', '--start', '2024-01-01'];
  const feeds = await exchangeFeeds(parseOptions(runCommand, args));
  expect(feeds.map((feed) => feed.name)).toEqual(['BTC/USDT 1h', 'BTC/USDT 4h', 'ETH/USDT 1h', 'ETH/USDT 4h']);
});
