/** `nextbar/testing`: for tests that run live code on a simulated clock and network, the same on every run. */

export { SimulatedNetwork, SimulatedRuntime } from '../core/index.ts';
export type { ServedSocket, Service, SimulatedDelays, SocketService } from '../core/index.ts';
