/** CSV files, written whole or not at all: those of the report, for every command. */
export { unwritable, writeRows } from '../../report/index.ts';
