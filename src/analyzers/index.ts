/** Readings of a run. */
export { Analyzer, type AnalyzerClass, type RunFacts } from './analyzer.ts';
export { RunRecord, blockSteps, blockStride } from './record.ts';
