/** The client of the platform's HTTP API. */
export { PlatformClient, type ClientOptions } from './client.ts';
export type { Answer, BarColumns, EndpointName, LiveMessage, PagedName, Query } from './questions.ts';
