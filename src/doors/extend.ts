/** `nextbar/extend`: for authors of indicators, venue protocols, market sources and order gateways; a strategy needs none of it. */

// Indicators: a kernel computes a line over columns. These hold later bars too, so a kernel must read no bar behind the one it sets.
export { Column, columnOf, derive, deriveAll } from '../lines/index.ts';
export type { IndicatorSpec, Kernel, KernelIo } from '../lines/index.ts';
export { pointwise, windowed } from '../indicators/index.ts';
