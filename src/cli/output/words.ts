/** Numbers, spans and times in words: those of the report, for the terminal. */
export { amount, change, count, counted, moment, nothing, percent, ratio, span } from '../../report/index.ts';
