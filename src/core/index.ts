/** The words of the trade, pure. */
export * from './errors.ts';
export { checkNames, nearestName, unknownName } from './names.ts';
export { formatTime, parseIsoTime, toTime, type TimeInput } from './time.ts';
export {
  barClose,
  barOpen,
  barsPerYear,
  standardTimeframes,
  timeframe,
  type Timeframe,
  type TimeframeUnit,
} from './timeframe.ts';
export {
  barAt,
  barColumnNames,
  barsBetween,
  barsFromRows,
  createBars,
  extraColumnNames,
  lowerBound,
  sliceBars,
  type Bar,
  type BarColumnName,
  type Bars,
} from './bars.ts';
export { Decimal, defaultLot, floorToStep, roundToStep } from './money.ts';
export type { Instrument } from './instrument.ts';
export { seededRandom, systemRuntime, type Runtime, type Timer } from './runtime.ts';
