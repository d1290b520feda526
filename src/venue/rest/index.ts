/** REST faces of the local exchange, and the tapes they read from. */
export { Allowance } from './allowance.ts';
export { binanceRest, type RestFaceOptions } from './binance.ts';
export { krakenRest } from './kraken.ts';
export { Tape, type TapeOptions } from './tape.ts';
export { bookOf, lastDay, printsBetween, printsOf, type Print } from './prints.ts';
