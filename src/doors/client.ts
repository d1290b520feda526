/** `nextbar/client`: for programs that ask `nextbar serve` for exchanges, bars, runs and sessions, and send it signals. */
export { PlatformClient } from '../server/client/index.ts';
export type {
  Answer,
  BarColumns,
  ClientOptions,
  EndpointName,
  LiveMessage,
  PagedName,
  Query,
} from '../server/client/index.ts';
