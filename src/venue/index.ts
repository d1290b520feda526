/** An exchange in a process: real exchanges' faces on loopback, with faults on demand. */
export type { Face, VenueAnswer, VenueRequest } from './face.ts';
export {
  connectionFaults,
  Faults,
  pageFaults,
  type Fault,
  type FaultKind,
  type FaultOptions,
  type PlannedFault,
  type RandomFaults,
} from './faults.ts';
export { VenueServer, type ServedRequest, type VenueServerOptions } from './server.ts';
export { binanceRest, krakenRest, Tape, type RestFaceOptions, type TapeOptions } from './rest/index.ts';
