/** The WebSocket faces of a local venue, and what can go wrong with them. */
export { BinanceFace, binanceDepth, type BinanceFaceOptions } from './binance-face.ts';
export {
  FaultyService,
  planFaults,
  requestFaults,
  streamFaults,
  type FaultWindow,
  type FaultyOptions,
  type StreamFault,
} from './faults.ts';
export { BookHistory } from './history.ts';
export { OkxFace } from './okx-face.ts';
export { streamFace } from './mount.ts';
