/** Answers to the read-only questions, which the HTTP API and the tools for assistants share. */
import type { Runtime } from '../../core/index.ts';
import { BarStore } from '../../store/index.ts';
import type { Database } from '../database/database.ts';
import { BarAnswers, type BarQuery } from './bar-answers.ts';
import { sessionDetail, sessionList } from './control.ts';
import type { EndpointName } from './endpoints.ts';
import { KeptRuns } from './kept-runs.ts';
import * as metadata from './metadata.ts';
import { qualityOf, storedSeries } from './stored-series.ts';

/** Endpoints that only read. */
export type QuestionName = Exclude<EndpointName, 'stop' | 'flatten' | 'signal'>;

/** Where answers come from. */
export interface AnswerOptions {
  readonly runtime: Runtime;
  readonly database: Database;
  /** Folder of the bar store and of the registry of runs. */
  readonly folder: string;
  /** Folder of the sessions. */
  readonly sessions: string;
}

/** The answers to every question, from an open store and registry. */
export interface Answers {
  readonly store: BarStore;
  readonly bars: BarAnswers;
  readonly runs: KeptRuns;
  /** By question; `query` and `params` have passed their schemas. */
  readonly to: { readonly [N in QuestionName]: (query: unknown, params: unknown) => unknown };
  close(): void;
}

/** Opens the store and the registry. */
export async function openAnswers({ runtime, database, folder, sessions }: AnswerOptions): Promise<Answers> {
  const store = await BarStore.open({ folder, isMade: false, runtime });
  const bars = new BarAnswers(store, runtime);
  const runs = new KeptRuns(folder, runtime);
  return {
    store,
    bars,
    runs,
    to: {
      exchanges: () => metadata.exchanges(database),
      symbols: (query) => metadata.symbols(database, query as never),
      intervals: (query) => metadata.intervals(database, query as never),
      changes: (query) => metadata.changes(database, query as never),
      syncs: (query) => metadata.syncs(database, query as never),
      series: (query) => storedSeries(store, (query as { readonly exchange?: string }).exchange),
      bars: async (query) => {
        const asked = { ...(query as BarQuery), format: 'json' as const };
        const { body } = await bars.answer(JSON.stringify(asked), asked);
        return JSON.parse(body.toString()) as unknown;
      },
      quality: (query) => qualityOf(store, query as BarQuery, runtime),
      runs: (query) => runs.list(query as never),
      run: (_, params) => runs.get((params as { readonly run: number }).run),
      sessions: () => ({ sessions: sessionList(sessions, runtime) }),
      session: (_, params) => sessionDetail(sessions, (params as { readonly session: string }).session, runtime),
    },
    close: () => {
      runs.close();
      store.close();
    },
  };
}
