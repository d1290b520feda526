/** Float64 columns and the cursor that says "now". */
export { Column } from './column.ts';
export { ComputedLines } from './computed-lines.ts';
export { Timeline, type TimelineInfo, type TimelineOptions, type WideBar } from './timeline.ts';
export { Graph } from './graph.ts';
export { mapped } from './mapped.ts';
export { IndicatorNode, rollBars, type Kernel, type KernelIo, type NodeLinks } from './node.ts';
export {
  Line,
  checkLine,
  columnOf,
  combine,
  derive,
  deriveAll,
  nodeOf,
  plotOf,
  rootsOf,
  timelineOfLine,
  type IndicatorSpec,
  type Operand,
  type Roots,
} from './line.ts';
export { checkData, Data, timelineOf, timesOf } from './data.ts';
export { sessionEndAfter } from './session.ts';
export { GateWatch, type Gate } from './onto.ts';
export { checkPlotOptions, isColour, plotStyles, type PlotOptions, type PlotStyle } from './plot-options.ts';
