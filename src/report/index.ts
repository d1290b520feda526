/** Reports of runs: pictures, tables, exports, comparisons. Heavy parts are loaded when they are first used. */
export { amount, change, count, counted, linesOfDatas, moment, nothing, percent, ratio, span } from './text/words.ts';
export { money, price, priceText, size, sizeText, type Steps } from './text/digits.ts';
export { cell, unwritable, writeRows } from './exports/csv.ts';
export { arrowTable, exportTable, exportTables, type ExportTable } from './exports/tables.ts';
export { markdownSummary } from './exports/markdown.ts';
export { metricDefinitions, type MetricDefinition, type MetricGroup } from './metrics.ts';
export { writeWhole } from './exports/write-file.ts';
export { renderReport, writeComparison, writeReport, writeSweepReport, writeWalkReport } from './report.ts';
export type {
  OpenedBars,
  SweepReportOptions,
  Swept,
  SweptLuck,
  SweptNeighbours,
  SweptTrial,
  Walked,
} from './sweep-page.ts';
export { fanCurve, type TrialCurve } from './gather/fan-curve.ts';
export type { PicturedTrial } from './pictures/sweep.ts';
export type { ReportOptions, ReportTable } from './run-page.ts';
export { hashesOf, hashText, type RunHashes } from './hash.ts';
export { keptRunOf, type KeepOptions, type KeptDetail, type KeptTrade } from './keep.ts';
export {
  compareRuns,
  shortHash,
  type ComparedMetric,
  type ComparedRun,
  type Comparison,
  type Difference,
} from './compare.ts';
export { browserSwitches, findBrowser, pictureOf, type PictureOptions } from './browser.ts';
export { writePicture } from './report.ts';
export { terminalCharts, type TerminalOptions } from './terminal.ts';
