/** The HTTP server of the platform: where it listens, and what it needs to listen there. */
import { ConfigError, messageOf } from '../../core/index.ts';
import { makeApp } from './app.ts';
import { isLoopbackHost } from './gate/gates.ts';
import type { ServerOptions } from './options.ts';

/** A server that listens. */
export interface RunningServer {
  /** Its address, such as `http://127.0.0.1:8790`. */
  readonly url: string;
  /** Finishes the answers it has begun, and stops. */
  close(): Promise<void>;
}

/** The default port. */
export const defaultPort = 8_790;

/**
 * Starts the server.
 *
 * @throws {ConfigError} If it would listen beyond this machine without TLS or `isPublicAllowed`, or without host names that clients may
 * use.
 */
export async function startServer(options: ServerOptions): Promise<RunningServer> {
  const { host = '127.0.0.1', port = defaultPort, tls } = options;
  checkBinding(options, host);
  const { app, close } = await makeApp(options);
  try {
    await app.listen({ host, port });
  } catch (error) {
    await close();
    const { code } = error as NodeJS.ErrnoException;
    if (code === undefined) throw error;
    throw new ConfigError(
      `cannot listen on ${host}:${port}: ${code === 'EADDRINUSE' ? 'the port is taken; choose another with --port' : messageOf(error)}`,
      { code: 'cannot-listen', context: { host, port } },
    );
  }
  const address = app.server.address();
  const bound = typeof address === 'object' && address !== null ? address.port : port;
  return {
    url: `${tls === undefined ? 'http' : 'https'}://${host.includes(':') ? `[${host}]` : host}:${bound}`,
    close,
  };
}

function checkBinding({ tls, isPublicAllowed = false, allowedHosts = [] }: ServerOptions, host: string): void {
  if (isLoopbackHost(host)) return;
  if (tls === undefined && !isPublicAllowed) {
    throw new ConfigError(
      `host ${host} reaches beyond this machine and tokens would travel unencrypted: give --tls-cert and --tls-key, or --insecure-public behind a proxy that has TLS`,
      { code: 'public-without-tls', context: { host } },
    );
  }
  if (allowedHosts.length === 0) {
    throw new ConfigError(
      `host ${host} reaches beyond this machine: name with --allow-host how clients call it, such as nextbar.example.org`,
      { code: 'no-allowed-host', context: { host } },
    );
  }
}
