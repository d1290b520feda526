/** `nextbar doctor`: checks the installation, the bar store and exchanges. Keys are never shown. */
import { accessSync, constants, existsSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';

import { messageOf, makeFolders } from '../../core/index.ts';
import type { Command, CommandContext, GivenOptions } from '../shell/command.ts';
import { flagsNamed } from '../shell/flags.ts';
import { connectionOf, folderOf } from './series.ts';

/** Exchanges refuse signed requests when the clocks differ by more than this, in milliseconds. */
const skewMs = 1_000;

interface Finding {
  readonly what: string;
  readonly ok: boolean;
  readonly text: string;
}

async function run(given: GivenOptions, context: CommandContext): Promise<number> {
  const findings: Finding[] = [];
  const check = async (what: string, act: () => Promise<string> | string): Promise<void> => {
    try {
      findings.push({ what, ok: true, text: await act() });
    } catch (error) {
      findings.push({ what, ok: false, text: messageOf(error) });
    }
  };
  const { ccxtVersion, exchangeIds } = await import('../../connectors/ccxt/index.ts');
  await check('node', () => nodeVersion());
  await check('ccxt', () => `${ccxtVersion()}, ${exchangeIds().length} exchanges`);
  await check('bar store', () => checkFolder(given, context));
  for (const exchange of given.operands) await checkExchange(exchange, given, context, check);
  if (given.has('json')) context.stdout.write(`${JSON.stringify(findings)}\n`);
  else {
    const { table } = await import('../output/table.ts');
    context.stdout.write(table(findings.map(({ what, ok, text }) => [ok ? 'ok' : 'FAILED', what, text])));
  }
  return findings.every((finding) => finding.ok) ? 0 : 1;
}

function nodeVersion(): string {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  const text = `${process.versions.node} on ${process.platform} ${process.arch}`;
  if (major > 20 || (major === 20 && minor >= 19)) return text;
  throw new Error(`${text}: at least 20.19 is needed`);
}

async function checkFolder(given: GivenOptions, context: CommandContext): Promise<string> {
  const { BarStore, listSeries } = await import('../../store/index.ts');
  const folder = resolve(given.get('folder') ?? 'data-cache');
  if (!existsSync(folder)) {
    // A check makes no folder: where there is none, it looks at the nearest one above.
    let place = folder;
    while (!existsSync(place)) place = dirname(place);
    accessSync(place, constants.W_OK);
    return `${folder} can be written, 0 series, 0 bars`;
  }
  const store = await BarStore.open({ ...folderOf(given), isMade: false, runtime: context.runtime });
  try {
    makeFolders(store.folder);
    const probe = join(store.folder, 'doctor.tmp');
    writeFileSync(probe, 'x');
    rmSync(probe);
    const series = listSeries(store);
    const bars = series.reduce((sum, one) => sum + one.bars, 0);
    return `${store.folder} can be written, ${series.length} series, ${bars} bars`;
  } finally {
    store.close();
  }
}

type Check = (what: string, act: () => Promise<string> | string) => Promise<void>;

async function checkExchange(
  exchange: string,
  given: GivenOptions,
  context: CommandContext,
  check: Check,
): Promise<void> {
  const { CcxtStore } = await import('../../connectors/ccxt/index.ts');
  const file = given.get('keys');
  const store = new CcxtStore(
    {
      exchange,
      sandbox: given.has('sandbox'),
      retry: { attempts: 2 },
      ...connectionOf(given),
      ...(file !== undefined && { configFile: file }),
    },
    context.runtime,
  );
  await check(`${exchange} markets`, async () => {
    const started = context.runtime.elapsed();
    const count = Object.keys(await store.markets()).length;
    return `${count} in ${Math.round(context.runtime.elapsed() - started)} ms`;
  });
  await check(`${exchange} clock`, async () => {
    const offset = Math.round(await store.clockOffset());
    if (Math.abs(offset) <= skewMs) return `${offset} ms apart`;
    throw new Error(`this machine's clock is ${Math.abs(offset)} ms ${offset > 0 ? 'behind' : 'ahead'}: set it by NTP`);
  });
  await check(`${exchange} account`, async () => {
    if (!store.hasKey) return 'no key set: public data only';
    const balance = await store.call('read the balance', (ccxt) => ccxt.fetchBalance());
    const held = Object.values(balance['total'] as unknown as Record<string, number>).filter(
      (amount) => amount > 0,
    ).length;
    return `the key may read balances, ${held} currencies held`;
  });
}

export const doctorCommand: Command = {
  name: 'doctor',
  about: 'Check Node, ccxt, the bar store and, for each EXCHANGE, its markets, its clock and the API key.',
  operands: '[EXCHANGE...]',
  options: [
    { name: 'sandbox', about: "Check the exchange's test network" },
    ...flagsNamed('keys', 'folder', 'url', 'rate-limit', 'json'),
  ],
  examples: ['nextbar doctor', 'nextbar doctor binance kraken'],
  run,
};
