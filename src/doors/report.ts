/** `nextbar/report`: for anyone who wants to look at a run, keep it, and compare it with others. */

// The report of a run, and its files.
export {
  arrowTable,
  exportTable,
  exportTables,
  hashesOf,
  markdownSummary,
  metricDefinitions,
  renderReport,
  terminalCharts,
  writePicture,
  writeReport,
  writeSweepReport,
  writeWalkReport,
} from '../report/index.ts';
export type {
  ExportTable,
  MetricDefinition,
  MetricGroup,
  OpenedBars,
  PicturedTrial,
  PictureOptions,
  ReportOptions,
  ReportTable,
  RunHashes,
  SweepReportOptions,
  Swept,
  SweptLuck,
  SweptNeighbours,
  SweptTrial,
  TerminalOptions,
  TrialCurve,
  Walked,
} from '../report/index.ts';

// Comparisons of kept runs.
export { compareRuns, keptRunOf, writeComparison } from '../report/index.ts';
export type {
  ComparedMetric,
  ComparedRun,
  Comparison,
  Difference,
  KeepOptions,
  KeptDetail,
  KeptTrade,
} from '../report/index.ts';

// A result in a notebook.
export type { MimeBundle, RunPicture, ShowOptions } from '../engine/index.ts';

// How lines, values and marks are drawn.
export { markShapes } from '../engine/index.ts';
export type { MarkOptions, MarkShape, StrategyPlotOptions } from '../engine/index.ts';
export { plotStyles } from '../lines/index.ts';
export type { PlotOptions, PlotStyle } from '../lines/index.ts';

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
  TriedRun,
} from '../store/index.ts';
