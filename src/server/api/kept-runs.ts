/** Answers about kept runs, from the registry of runs. */
import { readFileSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import type { z } from 'zod';

import type { Runtime } from '../../core/index.ts';
import { RunStore, type KeptRun } from '../../store/index.ts';
import { refuse } from './gate/refusal.ts';
import type { queries } from './shapes/queries.ts';
import type { runDetailShape, runShape, runsShape } from './shapes/runs.ts';

const defaultLimit = 50;
const largestReport = 64 * 1024 * 1024;
const mostPoints = 2_000;

/** Reads the registry of a folder; a folder without one has no runs. */
export class KeptRuns {
  readonly #folder: string;
  readonly #runtime: Runtime;
  #store: RunStore | undefined;

  constructor(folder: string, runtime: Runtime) {
    this.#folder = folder;
    this.#runtime = runtime;
  }

  /** Kept runs, latest first. */
  async list(query: z.output<typeof queries.runs>): Promise<z.output<typeof runsShape>> {
    const store = await this.#open();
    if (store === undefined) return { runs: [] };
    const { kind, parent, strategy, tag, limit = defaultLimit, cursor } = query;
    const offset = cursor === undefined ? 0 : offsetOf(cursor);
    const filter = {
      ...(kind !== undefined && { kind }),
      ...(parent !== undefined && { parent }),
      ...(strategy !== undefined && { strategy }),
      ...(tag !== undefined && { tag }),
    };
    const found = store.list({ ...filter, limit: limit + 1, offset });
    return { runs: found.slice(0, limit).map(runOf), ...(found.length > limit && { next: `o${offset + limit}` }) };
  }

  /** One run with its kept details. */
  async get(id: number): Promise<z.output<typeof runDetailShape>> {
    const { store, run } = await this.#find(id);
    const detail = store.detail(id);
    return { run: runOf(run), equity: equityOf(detail), detail: detail ?? {} };
  }

  /** The HTML report of a run. */
  async report(id: number): Promise<Buffer> {
    const { run } = await this.#find(id);
    const path = reportOf(run);
    if (path === undefined) throw refuse(404, 'no-report', `run ${id} has no report`);
    try {
      // Relative paths start from the folder that the run was made in.
      const file = resolve(run.folder, path);
      if (statSync(file).size > largestReport)
        throw refuse(404, 'no-report', `the report of run ${id} is too large to serve`);
      return readFileSync(file);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === undefined) throw error;
      throw refuse(404, 'no-report', `the report of run ${id} is gone`);
    }
  }

  close(): void {
    this.#store?.close();
    this.#store = undefined;
  }

  async #open(): Promise<RunStore | undefined> {
    if (this.#store === undefined && RunStore.exists(this.#folder))
      this.#store = await RunStore.open(this.#folder, this.#runtime);
    return this.#store;
  }

  async #find(id: number): Promise<{ readonly store: RunStore; readonly run: KeptRun }> {
    const store = await this.#open();
    const run = store?.get(id);
    if (store === undefined || run === undefined) throw refuse(404, 'no-run', `there is no run ${id}`);
    return { store, run };
  }
}

function offsetOf(cursor: string): number {
  const offset = /^o\d{1,9}$/.test(cursor) ? Number(cursor.slice(1)) : NaN;
  if (Number.isSafeInteger(offset)) return offset;
  throw refuse(400, 'bad-cursor', 'cursor must be the value of next of an earlier answer');
}

/** The report of a run, if it is a page. */
function reportOf({ files }: KeptRun): string | undefined {
  return Object.values(files).find((path) => /\.html?$/i.test(path));
}

function runOf(run: KeptRun): z.output<typeof runShape> {
  const {
    id,
    kind,
    status,
    parent,
    time,
    took,
    strategy,
    mode,
    version,
    hash,
    params,
    settings,
    stats,
    datas,
    warnings,
    error,
    note,
    tags,
  } = run;
  return {
    id, kind, status, time, strategy, mode, version, params: { ...params }, settings: { ...settings }, warnings: [...warnings], note, tags: [...tags],
    ...(parent !== undefined && { parent }), ...(took !== undefined && { took }), ...(hash !== undefined && { hash }), ...(error !== undefined && { error }),
    stats: Object.fromEntries(Object.entries(stats).filter((pair): pair is [string, number] => typeof pair[1] === 'number' && Number.isFinite(pair[1]))),
    datas: datas.map((data) => ({ ...data })),
    hasReport: reportOf(run) !== undefined,
  }; // prettier-ignore
}

/** The equity curve in a run's kept details, thinned. */
function equityOf(detail: unknown): [number, number][] {
  const { equity } = (detail ?? {}) as { readonly equity?: unknown };
  const points = pointsOf(equity);
  const step = Math.max(1, Math.ceil(points.length / mostPoints));
  return points.filter((_, k) => k % step === 0 || k === points.length - 1);
}

function pointsOf(equity: unknown): [number, number][] {
  if (Array.isArray(equity)) {
    return equity.flatMap((point: unknown): [number, number][] => {
      if (Array.isArray(point) && typeof point[0] === 'number' && typeof point[1] === 'number')
        return [[point[0], point[1]]];
      const { time, value } = (point ?? {}) as { time?: unknown; value?: unknown };
      return typeof time === 'number' && typeof value === 'number' ? [[time, value]] : [];
    });
  }
  const { time, value } = (equity ?? {}) as { readonly time?: readonly number[]; readonly value?: readonly number[] };
  if (!Array.isArray(time) || !Array.isArray(value)) return [];
  return (time as number[]).flatMap((moment, k): [number, number][] => {
    const one = (value as number[])[k];
    return typeof one === 'number' && Number.isFinite(one) ? [[moment, one]] : [];
  });
}
