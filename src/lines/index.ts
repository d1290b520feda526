/** Float64 columns and the cursor that says "now". */
export { Column } from './column.ts';
export { Timeline, type TimelineInfo } from './timeline.ts';
export { Graph, IndicatorNode, type Kernel, type KernelIo } from './graph.ts';
export { Line, type IndicatorSpec, type Operand, type Roots } from './line.ts';
export { Data } from './data.ts';
export { sessionEndAfter } from './session.ts';
