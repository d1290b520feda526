/** The version of the running package. */
export { packageVersion as version } from '../../report/index.ts';
