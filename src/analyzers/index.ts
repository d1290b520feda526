/** Readings of a run. */
export { Analyzer, type AnalyzerClass, type RunFacts } from './analyzer.ts';
export { RunRecord } from './record.ts';
