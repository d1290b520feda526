/** Prices and sizes with the digits of the value traded: those of the report, for the terminal. */
export { priceText, sizeText } from '../../report/index.ts';
