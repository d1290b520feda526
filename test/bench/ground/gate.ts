/** Holds a change to the speed of an earlier commit: both are measured by turns on this machine, in processes of their own, and compared in pairs. */
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

import { median, rounded } from './clock.ts';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const probe = fileURLToPath(new URL('./probe.ts', import.meta.url));

/** More than this is slower. */
const most = 1.05;

export interface GateOptions {
  /** The benches to run: W1, engine, frames, streams, live. */
  readonly benches: readonly string[];
  /** Pairs before the first verdict. A figure that looks slower is measured up to three times as often before it is called so. */
  readonly pairs: number;
  /** Fails only where three pairs in four are slower by more than the limit, and the quickest run too: for a machine that does other things too. */
  readonly isLenient: boolean;
}

export interface GateFigure {
  readonly name: string;
  /** Ratios of cost, ours to theirs, sorted. */
  readonly ratios: readonly number[];
  readonly median: number;
  readonly verdict: 'slower' | 'unclear' | 'as fast';
}

/**
 * What sorted ratios of pairs say. A median that is off by noise alone has ratios on both sides of 1.
 *
 * @param least - Cost of our quickest run over that of theirs: noise slows runs down and quickens none.
 */
export function verdictOf(ratios: readonly number[], isLenient: boolean, least = Infinity): GateFigure['verdict'] {
  if (median(ratios) <= most) return 'as fast';
  if (isLenient && least <= most) return 'unclear';
  const quartile = ratios[Math.floor(ratios.length / 4)]!;
  return quartile > (isLenient ? most : 1) ? 'slower' : 'unclear';
}

/** Measures this checkout against a commit. @throws If the commit does not exist or a bench fails. */
export function gate(ref: string, options: GateOptions, say: (line: string) => void): GateFigure[] {
  const commit = execFileSync('git', ['rev-parse', '--verify', `${ref}^{commit}`], {
    cwd: root,
    encoding: 'utf8',
  }).trim();
  const folder = mkdtempSync(join(tmpdir(), 'nextbar-gate-'));
  const other = join(folder, 'ref');
  try {
    execFileSync('git', ['worktree', 'add', '--detach', '--quiet', other, commit], { cwd: root });
    symlinkSync(join(root, 'node_modules'), join(other, 'node_modules'));
    // Benches look for recordings beside the checkout.
    const shared = resolve(root, '..', 'shared');
    if (existsSync(shared)) symlinkSync(shared, join(folder, 'shared'));
    return options.benches.flatMap((bench) => pairs(bench, other, options, say));
  } finally {
    spawnSync('git', ['worktree', 'remove', '--force', other], { cwd: root });
    rmSync(folder, { recursive: true, force: true });
  }
}

function pairs(
  bench: string,
  other: string,
  { pairs: first, isLenient }: GateOptions,
  say: (line: string) => void,
): GateFigure[] {
  const ratios = new Map<string, number[]>();
  const quickest = new Map<string, { ours: number; theirs: number }>();
  let figures: GateFigure[] = [];
  for (let round = 0; round < 3; round++) {
    for (let k = 0; k < first; k++) {
      // By turns, and every other time the other way round: a machine that slows down meanwhile blames neither.
      const order = k % 2 === 0 ? [root, other] : [other, root];
      const costs = new Map(order.map((tree) => [tree, costsOf(tree, bench, isLenient)]));
      for (const [name, theirs] of Object.entries(costs.get(other)!)) {
        const ours = costs.get(root)![name];
        if (ours === undefined) continue;
        const list = ratios.get(name) ?? [];
        list.push(ours / theirs);
        const best = quickest.get(name) ?? { ours, theirs };
        quickest.set(name, { ours: Math.min(best.ours, ours), theirs: Math.min(best.theirs, theirs) });
        ratios.set(name, list);
      }
    }
    figures = [...ratios].map(([name, list]) => {
      const sorted = [...list].sort((a, b) => a - b);
      const { ours, theirs } = quickest.get(name)!;
      return { name, ratios: sorted, median: median(sorted), verdict: verdictOf(sorted, isLenient, ours / theirs) };
    });
    // Where noise is no verdict, more of it is not asked for.
    if (figures.every(({ verdict }) => verdict === 'as fast' || (isLenient && verdict === 'unclear'))) break;
  }
  for (const { name, ratios: all, median: middle, verdict } of figures) {
    say(
      `${name.padEnd(12)} ${rounded(middle, 3)} times the cost of before (${rounded(all[0]!, 3)} to ${rounded(all.at(-1)!, 3)}, ${all.length} pairs): ${verdict}`,
    );
  }
  if (figures.length === 0) say(`${bench.padEnd(12)} skipped: what it reads is absent`);
  return figures;
}

function costsOf(tree: string, bench: string, isShort: boolean): Record<string, number> {
  const args = ['--conditions=source', '--expose-gc', '--import', import.meta.resolve('tsx'), probe, tree, bench];
  if (isShort) args.push('short');
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { cwd: tree, encoding: 'utf8' });
  if (status !== 0) throw new Error(`bench ${bench} of ${tree} failed: ${stderr.slice(-2_000)}`);
  return JSON.parse(stdout.slice(stdout.lastIndexOf('{'))) as Record<string, number>;
}
