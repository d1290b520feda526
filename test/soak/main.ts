/** The soaks: `npm run soak [-- --short] [NAME...]` runs what is too long for the tests, in full or in a form for every change. */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

import type { CrashSummary } from './crash.ts';
import type { StreamHours } from './stream-hours.ts';
import type { SoakResult } from './streams.ts';

interface Soak {
  readonly about: string;
  /** Runs it and says in one line what it came to. @throws At what should not be. */
  readonly run: (short: boolean) => Promise<string>;
}

const soaks: Readonly<Record<string, Soak>> = {
  paging: {
    about: 'seeded exchanges with every bad habit of paging, against the bar store',
    run: async (short) => {
      const { fuzzPaging } = await import('./paging.ts');
      const runs = await fuzzPaging(short ? 30 : 500);
      const sum = (of: (run: (typeof runs)[number]) => number): number => runs.reduce((all, run) => all + of(run), 0);
      const over = runs.filter((run) => run.requests > run.allowed);
      if (over.length > 0)
        throw new Error(`seeds ${over.map(({ seed }) => seed).join(', ')} asked more often than needed`);
      return `${runs.length} runs, ${sum(({ bars }) => bars)} bars, ${sum(({ faults }) => faults)} faults, ${sum(({ interruptions }) => interruptions)} interruptions`;
    },
  },
  streams: {
    about: 'connectors against local venues on a simulated clock, each schedule of faults twice',
    run: async (short) => {
      const { soakStreams } = await import('./streams.ts');
      return streamsLine(await soakStreams(short ? 20 : 1_000, say));
    },
  },
  'ccxt-faults': {
    about: 'feeds through ccxt under seeded schedules of 14 faults: nothing lost or doubled, states and counters true',
    run: async (short) => {
      const { runCcxtFaults } = await import('./ccxt-faults.ts');
      const sum = { faults: 0, trades: 0, backfilled: 0, lost: 0, reconnects: 0, doubles: 0 };
      const schedules = short ? 3 : 60;
      for (let seed = 1; seed <= schedules; seed++) {
        const one = await runCcxtFaults(seed, short ? 1_500 : 5_000);
        if (one.wrong.length > 0) throw new Error(`seed ${seed}: ${one.wrong.join('\n  ')}`);
        sum.faults += Object.values(one.faults).reduce((all, count) => all + count, 0);
        for (const name of ['trades', 'backfilled', 'lost', 'reconnects', 'doubles'] as const) sum[name] += one[name];
      }
      return `${schedules} schedules, ${sum.faults} faults, ${sum.reconnects} reconnects, ${sum.trades} trades (${sum.backfilled} fetched, ${sum.lost} reported as lost), ${sum.doubles} doubles left out`;
    },
  },
  'stream-hours': {
    about: '2 hours of 2,000 messages a second with a fault a minute: books and trades are right, memory stays',
    run: async (short) => {
      const { soakStreamHours } = await import('./stream-hours.ts');
      return hoursLine(await soakStreamHours({ minutes: short ? 2 : 120 }, say), short);
    },
  },
  'stream-symbols': {
    about: 'trades, best prices and books of 1,000 symbols in one process, 10 minutes of 2,000 messages a second',
    run: async (short) => {
      const { soakStreamHours } = await import('./stream-hours.ts');
      return hoursLine(await soakStreamHours({ minutes: short ? 1 : 10, symbols: short ? 100 : 1_000 }, say), true);
    },
  },
  'sinks-crash': {
    about: 'writers to every sink of files, killed with SIGKILL: nothing acknowledged is lost',
    run: async (short) => {
      const { crashSinks } = await import('./sinks-crash.ts');
      const { kills, acknowledged, rows, wrong } = await crashSinks(short ? 2 : 50);
      if (wrong.length > 0) throw new Error(wrong.join('\n  '));
      return `${kills} kills, ${acknowledged} trades acknowledged; rows: ${Object.entries(rows)
        .map(([kind, count]) => `${kind} ${count}`)
        .join(', ')}`;
    },
  },
  'sinks-dead': {
    about: 'sinks that hang, fail or crawl beside one that works: what a busy feed pays for each, in time and memory',
    run: async (short) => {
      const { measureDeadSinks } = await import('./sinks-dead.ts');
      return measureDeadSinks(short ? 50_000 : 1_000_000).then((lines) => lines.join('\n  '));
    },
  },
  'power-cut': {
    about: 'power cuts after every recorded system call of writes to the bar store, on four kinds of disk',
    run: async (short) => {
      const { cutPower, hasStrace } = await import('./power-cut.ts');
      if (!hasStrace) return 'skipped: strace is not installed, or may not trace here';
      let disks = 0;
      for (let seed = 1; seed <= (short ? 1 : 20); seed++) {
        const { disks: opened, wrong } = await cutPower(short ? 12 : 1, seed);
        if (wrong.length > 0) throw new Error(wrong.join('\n  '));
        disks += opened;
      }
      return `${disks} disks opened: each held the old bars or the new ones, and all that was acknowledged`;
    },
  },
  outages: {
    about: "outages of random length against exchanges' page rules: the bars are theirs, or the hole is told",
    run: async (short) => {
      const { hasFakes, runOutages } = await import('./outages.ts');
      if (!hasFakes) return 'skipped: the exchanges are not there';
      const { outages, bars, requests, wrong } = await runOutages(short ? 12 : 300, short ? 3 : 20);
      if (wrong.length > 0) throw new Error(wrong.join('\n  '));
      return `${outages} outages, ${bars} bars in ${requests} requests`;
    },
  },
  frames: {
    about: 'mutated frames over all protocols: no crash, and no event out of the gate that a market cannot have',
    run: async (short) => {
      const { fuzzFrames } = await import('./frames.ts');
      const { frames, events, refused, faults, wrong } = await fuzzFrames({ seconds: short ? 5 : 600 });
      if (wrong.length > 0) throw new Error(wrong.join('\n  '));
      return `${frames} frames, ${events} events, ${refused} refused, ${faults} unreadable`;
    },
  },
  'bad-values': {
    about:
      'a simulated exchange that sends values no market can have: consumers see none, books and trades are its own',
    run: async (short) => {
      const { soakBadValues } = await import('./bad-values.ts');
      const { schedules, mangled, refused, wrong } = await soakBadValues(short ? 10 : 500);
      if (wrong.length > 0) throw new Error(wrong.join('\n  '));
      return `${schedules} schedules, ${mangled} mangled frames, ${refused} refused events`;
    },
  },
  crash: {
    about: 'downloads by two processes at once, killed at random moments',
    run: async (short) => {
      const { crashSoak } = await import('./crash.ts');
      return crashLine(await crashSoak(short ? 4 : 200));
    },
  },
  orders: {
    about:
      'sandbox sessions on a simulated exchange and a network that loses what it can, killed at any moment, each replayed',
    run: async (short) => {
      const { soakOrders } = await import('./orders.ts');
      const runs = await soakOrders(short ? 20 : 500, say);
      const sum = (of: (run: (typeof runs)[number]) => number): number => runs.reduce((all, run) => all + of(run), 0);
      const faults = sum(({ hits }) => Object.values(hits).reduce((all, count) => all + count, 0));
      return `${runs.length} schedules, ${sum(({ orders }) => orders)} orders, ${sum(({ fills }) => fills)} fills, ${faults} faults, ${sum(({ kills }) => kills)} kills`;
    },
  },
  'orders-loopback': {
    about: 'the same through ccxt and the local exchange on loopback',
    run: async (short) => {
      const { soakOrdersThroughCcxt } = await import('./orders-ccxt.ts');
      const runs = await soakOrdersThroughCcxt(short ? 1 : 50, say);
      const sum = (of: (run: (typeof runs)[number]) => number): number => runs.reduce((all, run) => all + of(run), 0);
      return `${runs.length} schedules, ${sum(({ orders }) => orders)} orders, ${sum(({ fills }) => fills)} fills, ${sum(({ faults }) => faults)} faults, ${sum(({ lives }) => lives)} lives`;
    },
  },
  'orders-crash': {
    about: 'trading processes killed with SIGKILL, over and over, on one intents journal',
    run: async (short) => {
      const { crashOrders } = await import('./orders-crash.ts');
      const { kills, orders, fills, voids, rounds } = await crashOrders(short ? 2 : 50, say);
      return `${kills} kills in ${rounds} rounds, ${orders} orders, ${fills} fills, ${voids} intents that never arrived`;
    },
  },
  'sessions-crash': {
    about:
      'whole sessions killed with SIGKILL while requests and streams fail, on a clock 20 times as fast (NEXTBAR_SPEED=1: the real one): paper and sandbox, spot and perpetual',
    run: async (short) => {
      const { crashKinds, crashSessions } = await import('./sessions-crash.ts');
      const each = Number(process.env['NEXTBAR_KILLS'] ?? (short ? 4 : 300)) / crashKinds.length;
      const speed = Number(process.env['NEXTBAR_SPEED'] ?? 20);
      // All four beside each other: a session waits for its clock most of the time.
      const sums = await Promise.all(crashKinds.map((kind) => crashSessions(each, speed, say, kind)));
      return crashKinds
        .map(({ mode, market }, k) => {
          const { kills, orders, fills, faults } = sums[k]!;
          return `${mode}, ${market}: ${kills} kills, ${orders} orders, ${fills} fills, ${faults} faults`;
        })
        .join('; ');
    },
  },
  offline: {
    about:
      'sessions whose network is cut for an hour of the clock while orders work, on a clock 30 times as fast: paper and sandbox, spot and perpetual',
    run: async (short) => {
      const [{ soakOffline }, { crashKinds }] = await Promise.all([
        import('./offline.ts'),
        import('./sessions-crash.ts'),
      ]);
      const speed = Number(process.env['NEXTBAR_SPEED'] ?? 30);
      // The short form is one kind alone, the one with most of its own at the exchange.
      const kinds = crashKinds.filter(({ mode, market }) => !short || (mode === 'sandbox' && market === 'perpetual'));
      const runs = await soakOffline(short ? 5 : 60, speed, say, kinds);
      const sum = (of: (run: (typeof runs)[number]) => number): number => runs.reduce((all, run) => all + of(run), 0);
      return `${runs.length} sessions, ${sum(({ bars }) => bars)} bars, ${sum(({ orders }) => orders)} orders, ${sum(({ unseenFills }) => unseenFills)} executions that were not seen as they happened`;
    },
  },
  session: {
    about: 'a live session over a simulated day of trades at 200 a second: memory that stays where it is',
    run: async (short) => {
      const { soakSession } = await import('./session.ts');
      const { trades, steps, orders, heapMB } = await soakSession(short ? 0.5 : 24);
      return `${trades} trades, ${steps} steps, ${orders} orders, heap ${heapMB.map((mb) => mb.toFixed(0)).join(' ')} MB`;
    },
  },
  week: {
    about:
      'a paper session over a week of one-minute bars of 20 symbols, disconnected daily: flat memory, an exact ledger, beside a backtest',
    run: async (short) => {
      const { soakWeek, weekLine } = await import('./week.ts');
      const days = Number(process.env['NEXTBAR_DAYS'] ?? (short ? 1 : 7));
      return weekLine(await soakWeek(days, short ? 3 : 20, say));
    },
  },
  parity: {
    about: 'each strategy over 5,000 bars in a backtest, on paper, in a sandbox and replayed: one answer',
    run: (short) => Promise.resolve(parity(short ? 1_000 : 5_000)),
  },
  conservation: {
    about:
      'random streams of orders, funding, transfers, loans, hedge mode and liquidations: exact sums, floats within a billionth, scale and order',
    run: (short) => {
      const streams = short ? 200 : 10_000;
      const run = runTests('test/property/account-ledger.test.ts', { ACCOUNT_STREAMS: String(streams) });
      return Promise.resolve(`${streams} streams, ${run} properties`);
    },
  },
  carry: {
    about: 'a funding carry on spot and a perpetual in a backtest, on paper, in a sandbox and replayed: one answer',
    run: async (short) => {
      const { compareCarry } = await import('../engine/live/carry.ts');
      const bars = short ? 120 : 3_000;
      const { orders, fills, payments, differences } = await compareCarry(bars, { say });
      if (differences.length > 0) throw new Error(differences.join('\n  '));
      return `${bars} bars, ${orders} orders, ${fills} fills, ${payments} payments of funding`;
    },
  },
};

/** The parity tests over so many bars. */
function parity(bars: number): string {
  const passed = runTests('test/engine/live/parity.long.test.ts', { NEXTBAR_PARITY_BARS: String(bars) });
  return `${passed} strategies over ${bars} bars`;
}

/** Runs a file of tests with variables of its own. @returns How many of its tests passed. @throws With the messages of those that failed. */
function runTests(file: string, variables: Readonly<Record<string, string>>): number {
  const vitest = fileURLToPath(new URL('../../node_modules/vitest/vitest.mjs', import.meta.url));
  const config = file.endsWith('.long.test.ts') ? 'vitest.long.config.ts' : 'vitest.config.ts';
  const run = spawnSync(process.execPath, [vitest, 'run', file, '--config', config, '--reporter=json'], {
    encoding: 'utf8',
    env: { ...process.env, ...variables },
  });
  const report = JSON.parse(run.stdout) as {
    readonly numPassedTests: number;
    readonly testResults: readonly {
      readonly assertionResults: readonly { readonly failureMessages: readonly string[] }[];
    }[];
  };
  if (run.status === 0) return report.numPassedTests;
  const messages = report.testResults.flatMap(({ assertionResults }) =>
    assertionResults.flatMap((one) => one.failureMessages),
  );
  throw new Error(messages.join('\n  '));
}

function streamsLine({ schedules, failures, events, reconnects, resyncs, hits }: SoakResult): string {
  if (failures.length > 0) throw new Error(failures.join('\n  '));
  const faults = Object.values(hits).reduce((all, count) => all + count, 0);
  return `${schedules} schedules twice, ${events} events, ${faults} faults, ${reconnects} reconnects, ${resyncs} resyncs`;
}

function hoursLine(hours: StreamHours, isShort: boolean): string {
  const { symbols, frames, faults, reconnects, resyncs, gapsTold, rssMb, heapMb, cpuSeconds, seconds, wrong } = hours;
  const growth = (rssMb[1] / rssMb[0] - 1) * 100;
  if (wrong.length > 0) throw new Error(wrong.join('\n  '));
  if (!isShort && growth > 5)
    throw new Error(`resident memory grew by ${growth.toFixed(1)} %, from ${rssMb.join(' to ')} MB`);
  return (
    `${symbols} symbols, ${frames} frames, ${faults} faults, ${reconnects} reconnects, ${resyncs} resyncs, ${gapsTold} gaps, ` +
    `${rssMb[0].toFixed(0)} to ${rssMb[1].toFixed(0)} MB (${growth.toFixed(1)} %), heap ${heapMb.map((mb) => mb.toFixed(0)).join(' to ')} MB, ` +
    `${cpuSeconds.toFixed(0)} s of CPU in ${seconds.toFixed(0)} s, ${((cpuSeconds / frames) * 1e6).toFixed(1)} us a frame`
  );
}

function crashLine({ kills, rounds, refetchedPerKill, damaged }: CrashSummary): string {
  return `${kills} kills in ${rounds} rounds, ${refetchedPerKill.toFixed(0)} bars fetched twice a kill, ${damaged} segments set aside`;
}

function say(line: string): void {
  process.stdout.write(`  ${line}\n`);
}

const words = process.argv.slice(2).filter((word) => word !== '--');
const short = words.includes('--short');
const wanted = words.filter((word) => word !== '--short');
const unknown = wanted.find((word) => !(word in soaks));
if (unknown !== undefined) {
  process.stderr.write(`there is no soak '${unknown}': choose from ${Object.keys(soaks).join(', ')}\n`);
  process.exit(2);
}

let failed = 0;
// The tests kill downloads as often already, and compare the modes over as many bars.
const inTests = ['crash', 'parity', 'carry', 'conservation'];
const names = wanted.length > 0 ? wanted : Object.keys(soaks).filter((name) => !short || !inTests.includes(name));
for (const name of names) {
  const soak = soaks[name]!;
  process.stdout.write(`${name}: ${soak.about}\n`);
  const start = performance.now();
  const seconds = (): string => `${((performance.now() - start) / 1_000).toFixed(1)} s`;
  try {
    say(`passed: ${await soak.run(short)} (${seconds()})`);
  } catch (error) {
    failed++;
    say(`FAILED after ${seconds()}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
  }
}
process.stdout.write(`${short ? 'short soak' : 'soak'}: ${names.length - failed} passed, ${failed} failed\n`);
process.exitCode = failed > 0 ? 1 : 0;
