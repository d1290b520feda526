/** The version of the running package. */
export { packageVersion as version } from '../../core/index.ts';
