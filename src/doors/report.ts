/** `nextbar/report`: for anyone who wants to look at a run, keep it, and compare it with others. */

// Runs that were kept.
export { RunStore } from '../store/index.ts';
export type {
  KeptRun,
  KeptRunData,
  KeptRunKind,
  KeptRunStatus,
  NewRun,
  RunChanges,
  RunFilter,
} from '../store/index.ts';
