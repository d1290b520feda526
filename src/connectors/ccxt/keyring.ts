/** Keys in the keyring of the operating system: read with secret-tool (Linux) or security (macOS). */
import { execFileSync } from 'node:child_process';

import { ConfigError } from '../../core/index.ts';

/** How long the keyring may take: it may ask a person to unlock it. */
const patienceMs = 60_000;

/** The word that stands for the keyring where a file of keys is named. */
export const keyringName = 'keyring';

/** Reads one entry; undefined where there is none. */
export type KeyringReader = (entry: string) => string | undefined;

/**
 * The keyring of this system. An entry is called such as `binance-sandbox-apiKey`, of the service `nextbar`:
 * `secret-tool store --label nextbar service nextbar account binance-sandbox-apiKey`, or
 * `security add-generic-password -s nextbar -a binance-sandbox-apiKey -w`.
 *
 * @throws {ConfigError} If the system has no such command.
 */
export function systemKeyring(
  platform: NodeJS.Platform = process.platform,
  run: typeof execFileSync = execFileSync,
): KeyringReader {
  const isMac = platform === 'darwin';
  if (!isMac && platform !== 'linux') {
    throw new ConfigError(`the keyring of ${platform} cannot be read: use the environment or a file of keys`, {
      code: 'no-keyring',
    });
  }
  const program = isMac ? 'security' : 'secret-tool';
  return (entry) => {
    const line = isMac
      ? ['find-generic-password', '-s', 'nextbar', '-a', entry, '-w']
      : ['lookup', 'service', 'nextbar', 'account', entry];
    try {
      const text = run(program, line, { encoding: 'utf8', timeout: patienceMs, stdio: ['ignore', 'pipe', 'ignore'] });
      const secret = text.replace(/\r?\n$/, '');
      return secret === '' ? undefined : secret;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') {
        const hint = isMac ? '' : ': apt-get install libsecret-tools';
        throw new ConfigError(`keys in the keyring are read with ${program}, which is not installed${hint}`, { code: 'no-keyring' }); // prettier-ignore
      }
      // Both programs fail where the entry is absent; what they print may name it and is not shown.
      return undefined;
    }
  };
}
