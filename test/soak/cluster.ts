/** A PostgreSQL cluster of Debian's packages in a folder of its own, run by an unprivileged user: for tests against the real server. */
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A server that can be killed and started again. */
export interface Cluster {
  /** The address of its maintenance database. */
  readonly address: string;
  /** Its version, such as `15.6`. */
  readonly version: string;
  start(): void;
  /** Kills the server with all its processes at once, as a power cut would: what was committed must be there after the next start. */
  kill(): void;
  /** Stops the server and removes its folder. */
  remove(): void;
}

/** Makes a cluster and starts it. Undefined where PostgreSQL is neither installed nor can be, with the reason on the terminal. */
export async function startCluster(): Promise<Cluster | undefined> {
  const bin = programs() ?? install();
  if (bin === undefined) return undefined;
  const folder = mkdtempSync(join(tmpdir(), 'nextbar-postgres-'));
  const data = join(folder, 'data');
  const port = await freePort();
  // The server refuses to run as root.
  const user = process.getuid?.() === 0 ? ['runuser', '-u', 'postgres', '--'] : [];
  const run = (command: string, ...args: string[]): string => {
    const [name = command, ...rest]: string[] = [...user, join(bin, command), ...args];
    const { status, stdout, stderr } = spawnSync(name, rest, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'], cwd: folder }); // prettier-ignore
    if (status !== 0) throw new Error(`${command} failed: ${stderr.trim() || stdout.trim()}`);
    return stdout;
  };
  if (user.length > 0) execFileSync('chown', ['postgres', folder]);
  run('initdb', '-D', data, '-A', 'trust', '-U', 'nextbar', '-E', 'UTF8', '--locale=C.UTF-8');
  const start = (): void => {
    const options = `-p ${port} -k ${folder} -c listen_addresses=127.0.0.1 -c fsync=on`;
    const log = join(folder, 'server.log');
    // Without a pipe of ours: the server would hold it open.
    const [name = 'pg_ctl', ...rest]: string[] = [...user, join(bin, 'pg_ctl'), '-D', data, '-w', '-t', '120', '-o', options, '-l', log, 'start']; // prettier-ignore
    const { status } = spawnSync(name, rest, { stdio: 'ignore', cwd: folder });
    if (status !== 0) throw new Error(`the server did not start: ${readFileSync(log, 'utf8').split('\n').slice(-5).join(' ')}`); // prettier-ignore
  };
  const stop = (how: 'fast' | 'immediate'): void => {
    run('pg_ctl', '-D', data, '-m', how, '-w', '-t', '60', 'stop');
  };
  const remove = (): void => {
    if (existsSync(join(data, 'postmaster.pid'))) stop('fast');
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    start();
  } catch (error) {
    rmSync(folder, { recursive: true, force: true });
    throw error;
  }
  return {
    address: `postgres://nextbar@127.0.0.1:${port}/postgres`,
    version: run('postgres', '--version').trim().split(' ').at(2) ?? '',
    start,
    kill: () => {
      stop('immediate');
    },
    remove,
  };
}

function programs(): string | undefined {
  const root = '/usr/lib/postgresql';
  if (!existsSync(root)) return undefined;
  const [newest] = readdirSync(root).sort((a, b) => Number(b) - Number(a));
  const bin = join(root, newest ?? '', 'bin');
  return existsSync(join(bin, 'initdb')) ? bin : undefined;
}

function install(): string | undefined {
  const isPossible = process.getuid?.() === 0 && existsSync('/usr/bin/apt-get');
  if (isPossible) spawnSync('apt-get', ['install', '-y', '-q', '--no-install-recommends', 'postgresql'], { stdio: 'ignore' }); // prettier-ignore
  const bin = programs();
  if (bin === undefined) process.stderr.write('PostgreSQL is not installed: run apt install postgresql\n');
  return bin;
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { readonly port: number };
      server.close(() => {
        resolve(port);
      });
    });
  });
}
