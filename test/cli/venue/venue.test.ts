/** `nextbar venue` as a user starts it, and ccxt pointed at it by the words that it prints. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import ccxt, { type binance } from 'ccxt';
import { describe, expect, it, onTestFinished } from 'vitest';

import { systemRuntime } from '../../../src/core/index.ts';
import type { CommandContext } from '../../../src/cli/shell/command.ts';
import { parseOptions } from '../../../src/cli/shell/parse.ts';
import { venueCommand } from '../../../src/cli/venue/venue.ts';
import { hyperliquidWallet } from '../../../src/venue/index.ts';
import { call } from '../call.ts';

/** Starts it, and gives what it says. */
function start(...args: readonly string[]): Promise<string> {
  return startIn({}, ...args);
}

function startIn(env: Readonly<Record<string, string>>, ...args: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const stream = { write: (text: string) => { resolve(text); } }; // prettier-ignore
    const context: CommandContext = {
      stdout: stream, stderr: stream, env, runtime: systemRuntime, leaveInterrupts: async () => {}, onBrokenOutput: () => {},
    }; // prettier-ignore
    venueCommand.run(parseOptions(venueCommand, ['--port', '0', ...args]), context).catch(reject);
  });
}

/** The client that a line of the output describes. */
async function clientOf(said: string, at = 0): Promise<binance> {
  const config = JSON.parse([...said.matchAll(/ccxt {4}binance\((.*)\)/g)][at]![1]!) as object;
  const client = new ccxt.pro.binance(config);
  onTestFinished(async () => {
    await client.close();
  });
  await client.loadHttpProxyAgent();
  await client.loadMarkets();
  return client;
}

/** A file of minutes whose closes rise by one. */
function barFile(count: number, everyMs = 60_000): string {
  const folder = mkdtempSync(join(tmpdir(), 'nextbar-venue-'));
  onTestFinished(() => {
    rmSync(folder, { recursive: true, force: true });
  });
  const rows = Array.from({ length: count }, (_, i) => [Date.UTC(2024, 0, 1) + i * everyMs, 100 + i, 102 + i, 99 + i, 101 + i, 7.5]); // prettier-ignore
  const path = join(folder, 'bars.csv');
  writeFileSync(path, ['time,open,high,low,close,volume', ...rows.map((row) => row.join())].join('\n'));
  return path;
}

describe('nextbar venue', () => {
  it('prints accounts that ccxt trades with as it is told to, streams included', async () => {
    const said = await start('--symbol', 'BTC/USDT', '--balance', 'USDT=5000', '--balance', 'USDT=7,BTC=0.5');
    const first = await clientOf(said);
    const second = await clientOf(said, 1);
    expect((await first.fetchBalance())['USDT']).toMatchObject({ free: 5000 });
    expect((await second.fetchBalance())['total']).toMatchObject({ USDT: 7, BTC: 0.5 });
    const order = first.watchOrders('BTC/USDT');
    await systemRuntime.sleep(200);
    await first.createOrder('BTC/USDT', 'market', 'buy', 0.01);
    expect((await order).at(-1)).toMatchObject({ symbol: 'BTC/USDT', side: 'buy' });
    expect((await first.fetchOHLCV('BTC/USDT', '1h', undefined, 24)).length).toBe(24);
  });

  it('trades along the bars of a file, its clock running as fast as it was told', async () => {
    const said = await start('--bars', `BTC/USDT=${barFile(120)}`, '--speed', '600', '--spread', '0', '--json');
    const { url, start: begin, accounts } = JSON.parse(said) as { url: string; start: number; accounts: object[] };
    expect(begin).toBe(Date.UTC(2024, 0, 1, 1));
    expect(accounts).toHaveLength(1);
    const ask = async (path: string): Promise<unknown> => (await fetch(`${url}${path}`)).json();
    const before = ((await ask('/api/v3/time')) as { serverTime: number }).serverTime;
    await systemRuntime.sleep(300);
    const after = ((await ask('/api/v3/time')) as { serverTime: number }).serverTime;
    expect(after - before).toBeGreaterThan(170_000);
    expect(before).toBeGreaterThanOrEqual(begin);
    const bars = (await ask('/api/v3/klines?symbol=BTCUSDT&interval=1m&limit=1000')) as string[][];
    expect(bars.length).toBeGreaterThanOrEqual(62);
    bars.slice(0, -1).forEach((bar, i) => {
      expect(bar.slice(1, 6).map(Number)).toEqual([100 + i, 102 + i, 99 + i, 101 + i, 7.5]);
    });
  });

  it('serves the history before the time it starts from', async () => {
    const said = await start('--from', '2023-05-01', '--days', '3', '--symbol', 'BTC/USDT', '--json');
    const { url, start: begin } = JSON.parse(said) as { url: string; start: number };
    expect(begin).toBe(Date.UTC(2023, 4, 1));
    const bars = (await (await fetch(`${url}/api/v3/klines?symbol=BTCUSDT&interval=1h&limit=72`)).json()) as number[][];
    expect(bars.length).toBeGreaterThanOrEqual(70);
    expect(bars[0]![0]).toBeGreaterThanOrEqual(Date.UTC(2023, 3, 28));
  });

  it('says where it is as JSON with a stopped clock too, and serves three exchanges', async () => {
    const said = await start('--now', '2024-02-01', '--days', '2', '--json');
    const { url, symbols } = JSON.parse(said) as { url: string; symbols: string[] };
    expect(symbols).toContain('BTC/USD');
    const ask = async (path: string): Promise<unknown> => (await fetch(`${url}${path}`)).json();
    expect(await ask('/api/v3/time')).toEqual({ serverTime: Date.UTC(2024, 1, 1) });
    expect(await ask('/0/public/Time')).toMatchObject({ result: { unixtime: Date.UTC(2024, 1, 1) / 1000 } });
    const end = Date.UTC(2024, 1, 1) / 1000;
    const { candles } = (await ask(
      `/api/v3/brokerage/market/products/BTC-USD/candles?granularity=ONE_HOUR&start=${end - 36_000}&end=${end - 1}`,
    )) as { candles: { start: string }[] };
    expect(candles.map(({ start: open }) => Number(open))).toEqual(
      Array.from({ length: 10 }, (_, i) => end - (i + 1) * 3_600),
    );
  });

  it('has a book of finite size: a large market order trades through levels, and more than there is only in part', async () => {
    const said = await start(
      '--symbol',
      'BTC/USDT',
      '--levels',
      '3',
      '--level-size',
      '2',
      '--balance',
      'USDT=10000000,BTC=1',
    );
    const client = await clientOf(said);
    const through = await client.createOrder('BTC/USDT', 'market', 'buy', 3);
    expect(through.trades.length).toBeGreaterThan(1);
    expect(through.average!).toBeGreaterThan(through.trades[0]!.price!);
    const part = await client.createOrder('BTC/USDT', 'market', 'buy', 30);
    expect(part.filled!).toBeLessThanOrEqual(6);
    expect(part.status).toBe('expired');
  });

  it('takes the key of its first account from the environment, which it does not print', async () => {
    const env = { BINANCE_SANDBOX_API_KEY: 'key-of-env', BINANCE_SANDBOX_SECRET: 'secret-of-env' };
    const said = await startIn(env, '--symbol', 'BTC/USDT', '--balance', 'USDT=5000', '--balance', 'USDT=7');
    expect(said).toContain('key     $BINANCE_SANDBOX_API_KEY\n');
    expect(said).not.toContain('-of-env');
    const url = /http:\S+\d/.exec(said)![0];
    const { apiKey, secret, ...config } = JSON.parse(/ccxt {4}binance\((.*)\)/.exec(said)![1]!) as Record<
      string,
      unknown
    >;
    expect([apiKey, secret, url]).toEqual([
      '$BINANCE_SANDBOX_API_KEY',
      '$BINANCE_SANDBOX_SECRET',
      expect.stringContaining('127.0.0.1'),
    ]);
    const client = new ccxt.binance({ ...config, apiKey: 'key-of-env', secret: 'secret-of-env' });
    expect((await client.fetchBalance())['USDT']).toMatchObject({ free: 5000 });
    await expect(startIn({ BINANCE_SANDBOX_API_KEY: 'k' }, '--symbol', 'BTC/USDT')).rejects.toThrow(
      /BINANCE_SANDBOX_API_KEY is set and BINANCE_SANDBOX_SECRET is not/,
    );
  });

  it('names Hyperliquid where it has contracts in USDC, with the wallet of the account', async () => {
    const args = ['--symbol', 'BTC/USDC:USDC', '--balance', 'USDC=10', '--key', 'key=secret', '--days', '1'];
    const said = await start(...args);
    const { walletAddress, privateKey } = hyperliquidWallet('key', 'secret');
    expect(said).toContain('hyperliquid (contracts in USDC: market data, streams, orders)');
    expect(said).toContain(walletAddress);
    expect(said).toContain(privateKey);
    const { accounts } = JSON.parse(await start(...args, '--json')) as { accounts: object[] };
    expect(accounts).toMatchObject([{ apiKey: 'key', hyperliquid: { walletAddress, privateKey } }]);
    // A secret of the environment is not printed, and no key that is derived from it.
    const env = { BINANCE_SANDBOX_API_KEY: 'key', BINANCE_SANDBOX_SECRET: 'secret' };
    const hidden = await startIn(env, '--symbol', 'BTC/USDC:USDC', '--balance', 'USDC=10', '--days', '1');
    expect(hidden).toContain('the wallet of the secret of the environment');
    expect(hidden).not.toContain(privateKey);
    const spot = await start('--symbol', 'BTC/USDT', '--days', '1');
    expect(spot).not.toContain('hyperliquid');
  });

  it('names the flag of a balance that cannot be', async () => {
    const { code, errors } = await call('venue', '--port', '0', '--days', '1', '--balance', 'USDT=many');
    expect([code, errors]).toEqual([2, expect.stringMatching(/^error: --balance of USDT must be an amount/)]);
  });

  it('takes symbols as they are typed, and each once', async () => {
    const said = await start('--symbol', 'btc-usdt', '--symbol', 'BTC/USDT', '--days', '1', '--json');
    expect(JSON.parse(said)).toMatchObject({ symbols: ['BTC/USDT'] });
  });

  it('refuses files that name a symbol twice, and a symbol without a file', async () => {
    const file = barFile(3);
    const twice = start('--bars', `BTC/USDT=${file}`, '--bars', `btc-usdt=${file}`);
    await expect(twice).rejects.toThrow('--bars of BTC/USDT was given twice');
    const missing = start('--symbol', 'ETH/USDT', '--bars', `BTC/USDT=${file}`);
    await expect(missing).rejects.toThrow('--symbol ETH/USDT has no file: add --bars ETH/USDT=FILE');
  });

  it('does not take bars of a file for shorter ones than they are', async () => {
    const hour = barFile(5, 3_600_000);
    await expect(start('--bars', hour)).rejects.toThrow(/the bars of .* are longer than 1m: add --timeframe 1h/);
    const odd = barFile(5, 7 * 60_000);
    await expect(start('--bars', odd)).rejects.toThrow(/are longer than 1m: add --timeframe with their length/);
    expect(await start('--bars', hour, '--timeframe', '1h', '--json')).toContain('"url"');
  });

  it('serves a seeded crowd with a deep book', async () => {
    const said = await start('--market', 'seeded', '--symbol', 'BTC/USDT', '--key', 'k=s');
    const client = await clientOf(said);
    const book = await client.fetchOrderBook('BTC/USDT');
    expect(book.bids.length).toBeGreaterThan(20);
    expect(said).toContain('key     k\n');
  });

  it.each([
    [['--market', 'cape'], /--market must be bars or seeded, was 'cape'/],
    [['--symbol', 'BTC/USD:BTC'], /--symbol must be spot such as BTC.USDT/],
    [['--now', '2024-02-01', '--speed', '5'], /--speed needs a running clock/],
    [['--key', 'a=b', '--key', 'c=d'], /--key was given 2 times for 1 accounts/],
    [['--speed', '-1'], /speed must be a number above 0, was -1/],
    [['--speed', '1001'], /--speed must be at most 1000, was 1001: its market falls behind such a clock/],
    [['--fault', 'web-pages'], /--fault.*'web-pages'.*web-page/],
    [['--fault', 'hang=often'], /--fault must be written --fault KIND=TIMES/],
    [['--fault', 'hang=0'], /--fault must be written --fault KIND=TIMES/],
    [['--lifetime', 'soon'], /--lifetime must be a span/],
    [['--fills', 'all'], /--fills must be price or volume/],
    [['--from', 'yesterday'], /--from/],
    [['--now', '2024-02-01', '--revoke-after', '1h'], /--revoke-after needs a running clock/],
    [['--now', '2024-02-01', '--symbol', 'BTC/USDT:USDT'], /the contract BTC.USDT:USDT needs a running clock/],
    [['--market', 'seeded'], /--days is for --market bars/],
    [['--bars', 'btc.csv'], /--days and --bars cannot both be given/],
    [['--store', 'binance'], /--days and --store cannot both be given/],
    [['--folder', 'bars'], /--folder is for --store EXCHANGE/],
    [
      ['--symbol', 'BTC/USDT', '--funding-rate', '0.1'],
      /--funding-rate is for contracts, such as --symbol BTC.USDT:USDT/,
    ],
    [['--balance', 'USDT=many'], /balance of USDT must be an amount .*was many/],
  ])('refuses %j', async (args, message) => {
    await expect(start('--days', '1', ...args)).rejects.toThrow(message);
  });
});
