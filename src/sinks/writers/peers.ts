/** Loads a package that a sink needs and nextbar does not install by itself. */
import { ConfigError } from '../../core/index.ts';

/** The package, or one sentence that says to install it. */
export async function peer<T>(name: string, load: () => Promise<T>): Promise<T> {
  try {
    return await load();
  } catch (cause) {
    throw new ConfigError(`this sink needs the package ${name}: install it with 'npm install ${name}'`, { code: 'missing-package', context: { name }, cause }); // prettier-ignore
  }
}

/** An address without its password. */
export function withoutSecrets(address: string): string {
  try {
    const url = new URL(address);
    url.username = '';
    url.password = '';
    return url.href;
  } catch {
    return address;
  }
}
