/** The version of this package. */
import { createRequire } from 'node:module';

/** The `version` of this package's own package.json, such as `0.1.0`. */
export function packageVersion(): string {
  return (createRequire(import.meta.url)('nextbar/package.json') as { readonly version: string }).version;
}
