/** The compose file, as far as it can be checked without a Docker engine: its processes are commands that exist, and none is careless. */
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';

import { serveCommand } from '../../src/cli/platform/serve.ts';
import type { Command } from '../../src/cli/shell/command.ts';
import { commands } from '../../src/cli/shell/commands.ts';
import { callWith } from '../cli/call.ts';

interface Service {
  readonly image: string;
  readonly user: string;
  readonly read_only: boolean;
  readonly command?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly ports?: readonly string[];
  readonly volumes: readonly string[];
  readonly security_opt: readonly string[];
  readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>;
  readonly healthcheck: { readonly test: readonly string[] };
}

const read = (name: string): string => readFileSync(new URL(`../../${name}`, import.meta.url), 'utf8');
const file = parse(read('compose.yaml'), { merge: true }) as {
  readonly services: Readonly<Record<string, Service>>;
  readonly volumes: object;
};
const services = Object.entries(file.services);

/** The command lines of nextbar in it: of the processes, and of the health checks. */
const lines = services
  .filter(([, { image }]) => image === 'nextbar')
  .flatMap(([name, { command, healthcheck }]): [string, readonly string[]][] => {
    const { test } = healthcheck;
    return [[name, command!], ...(test[1] === 'nextbar' ? [[`the health check of ${name}`, test.slice(2)] as [string, readonly string[]]] : [])];
  }); // prettier-ignore

describe('the compose file', () => {
  it('has api, syncer, recorder and worker of one image, PostgreSQL and Redis', () => {
    expect(Object.keys(file.services)).toEqual(['api', 'syncer', 'recorder', 'worker', 'postgres', 'redis']);
    expect(services.filter(([, { image }]) => image === 'nextbar').map(([name]) => name)).toHaveLength(4);
  });

  it.each(services)('%s is not root, has a read-only root, a health check, and waits for what is healthy', (_, one) => {
    expect(one.user).not.toMatch(/^$|root|^0/);
    expect([one.read_only, one.security_opt]).toEqual([true, ['no-new-privileges:true']]);
    expect(one.healthcheck.test.length).toBeGreaterThan(1);
    for (const [other, { condition }] of Object.entries(one.depends_on ?? {})) {
      expect([other in file.services, condition]).toEqual([true, 'service_healthy']);
    }
    for (const volume of one.volumes) expect(Object.keys(file.volumes)).toContain(volume.split(':')[0]);
    for (const port of one.ports ?? []) expect(port).toMatch(/^127\.0\.0\.1:/);
  });

  it.each(lines)('%s runs a command that exists, with options that it takes', async (_, [name, ...rest]) => {
    const entry = commands[name!] as unknown as {
      readonly load: () => Promise<{ readonly options: readonly { readonly name: string }[] }>;
    };
    const { options } = await entry.load();
    const given = rest.filter((word) => word.startsWith('--')).map((word) => word.slice(2));
    expect(given.filter((word) => !options.some((option) => option.name === word))).toEqual([]);
    for (const path of rest.filter((word) => word.startsWith('/app/'))) {
      expect(existsSync(new URL(`../../${path.replace('/app/', '')}`, import.meta.url))).toBe(true);
    }
  });

  it.each(lines)('%s is a command line that the command reads, with every value where one is needed', async (_, [name, ...rest]) => {
    const { parseOptions } = await import('../../src/cli/shell/parse.ts');
    const entry = commands[name!] as unknown as { readonly load: () => Promise<Command> };
    const command = await entry.load();
    const given = parseOptions(command, rest);
    // What is left over is what the command takes besides options: a switch that took no value would leave it here.
    const words = command.operands?.match(/\b[A-Z]{4,}\b/g) ?? [];
    expect(given.operands.length).toBeLessThanOrEqual(words.length);
    for (const folder of ['folder', 'sessions', 'platform'].map((one) => given.get(one)))
      if (folder !== undefined) expect(folder).toMatch(/^\/data\//);
    for (const sink of given.all('sink')) expect(sink).toMatch(/^(?:parquet:\/data\/|redis:\/\/redis:6379$)/);
  }); // prettier-ignore

  it('reaches each server at the name and port that it has', () => {
    const { api, recorder, syncer } = file.services;
    const port = /default (\d+)/.exec(serveCommand.options.find(({ name }) => name === 'port')!.about)![1]!;
    expect(api!.ports).toEqual([`127.0.0.1:${port}:${port}`]);
    expect(api!.healthcheck.test.join(' ')).toContain(`http://127.0.0.1:${port}/health`);
    const metrics = recorder!.command![recorder!.command!.indexOf('--metrics') + 1]!;
    expect(recorder!.healthcheck.test.join(' ')).toContain(`http://127.0.0.1:${metrics}/metrics`);
    const database = new URL(syncer!.environment!['NEXTBAR_DATABASE']!.replace(/\$\{[^}]*\}/, 'word'));
    const { environment } = file.services['postgres']!;
    expect([database.hostname, database.username, database.pathname]).toEqual([
      'postgres', environment!['POSTGRES_USER'], `/${environment!['POSTGRES_DB']!}`,
    ]);
    expect(file.services['postgres']!.environment!['POSTGRES_PASSWORD']).toBe(/\$\{[^}]*\}/.exec(syncer!.environment!['NEXTBAR_DATABASE']!)![0]);
  }); // prettier-ignore

  it('lets a health check fail: each asks what its process shows', async () => {
    const [, , ...check] = file.services['syncer']!.healthcheck.test;
    const folder = mkdtempSync(join(tmpdir(), 'nextbar-compose-'));
    try {
      const outcome = await callWith({ NEXTBAR_DATABASE: join(folder, 'none.sqlite') }, ...check);
      expect([outcome.code, outcome.errors]).toEqual([1, 'not healthy: nothing was synced yet\n']);
      const [, , ...status] = file.services['worker']!.healthcheck.test;
      expect((await callWith({}, ...status.map((word) => word.replace('/data', folder)))).code).not.toBe(0);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('has no password of its own, and the image neither', () => {
    expect(read('compose.yaml')).not.toMatch(/PASSWORD: (?!.*\$\{POSTGRES_PASSWORD:\?)/);
    expect(read('.env.example')).toMatch(/^POSTGRES_PASSWORD=$/m);
    expect(read('Dockerfile')).toMatch(/\nUSER node\n/);
    expect(read('Dockerfile')).not.toMatch(/password|secret|token/i);
  });

  it('has an image with the clients of PostgreSQL and Redis, and without the packages of development', () => {
    const { devDependencies } = JSON.parse(read('package.json')) as { devDependencies: Record<string, string> };
    expect(devDependencies).toMatchObject({ pg: expect.any(String) as string, ioredis: expect.any(String) as string });
    expect(read('Dockerfile')).toMatch(/npm pkg set "dependencies\.pg=.*" "dependencies\.ioredis=/);
    expect(read('Dockerfile')).toMatch(/npm pkg delete devDependencies[^\n]*\\\n\s*&& npm install/);
  });
});

describe('the image', () => {
  const steps = read('Dockerfile').replace(/\\\n/g, ' ').split('\n').filter((line) => /^[A-Z]/.test(line)); // prettier-ignore
  const stepsOf = (word: string): string[] => steps.filter((step) => step.startsWith(`${word} `)).map((step) => step.slice(word.length + 1)); // prettier-ignore
  const own = JSON.parse(read('package.json')) as {
    readonly bin: Readonly<Record<string, string>>;
    readonly engines: { readonly node: string };
    readonly scripts: Readonly<Record<string, string>>;
    readonly dependencies: Readonly<Record<string, string>>;
    readonly optionalDependencies?: Readonly<Record<string, string>>;
  };

  it('is of one version of Node that the package takes, and not of whatever is the latest', () => {
    const bases = stepsOf('FROM').map((text) => text.split(' ')[0]!);
    expect(new Set(bases).size).toBe(1);
    const major = Number(/^node:(\d+)-/.exec(bases[0]!)?.[1]);
    expect(major).toBeGreaterThanOrEqual(Number(/\d+/.exec(own.engines.node)![0]));
  });

  it('starts the file that the package has as its command, under its name, and copies what that needs', () => {
    const main = `/app/${own.bin['nextbar']!.replace('./', '')}`;
    expect(JSON.parse(stepsOf('ENTRYPOINT')[0]!)).toEqual(['node', main]);
    expect(stepsOf('RUN').join(' ')).toContain(`ln -s ${main} /usr/local/bin/nextbar`);
    const copied = stepsOf('COPY').filter((text) => text.startsWith('--from=build')).map((text) => text.split(' ')[1]!); // prettier-ignore
    expect(copied).toEqual(['/app/package.json', '/app/node_modules', '/app/dist', '/app/strategies']);
    const ignored = read('.dockerignore').split('\n');
    for (const name of ['src', 'scripts', 'strategies', 'package.json', 'package-lock.json']) expect(ignored).not.toContain(name); // prettier-ignore
    expect(ignored).toEqual(
      expect.arrayContaining(['.git', 'node_modules', '.env', 'platform', 'sessions', 'data-cache']),
    );
  });

  it('builds what is compiled, and by scripts that there are', () => {
    const runs = stepsOf('RUN').join(' && ');
    const compiled = /npm rebuild ([\w -]+?)(?: &&|$)/.exec(runs)![1]!.trim().split(' ');
    for (const name of compiled) expect({ ...own.dependencies, ...own.optionalDependencies }).toHaveProperty(name);
    for (const [, script] of runs.matchAll(/npm run (\S+)/g)) expect(own.scripts).toHaveProperty(script!);
  });

  it('runs as a user who owns its data alone, in the folder where relative paths lie', () => {
    const order = steps.map((step) => step.split(' ')[0]!);
    // Nothing is made or copied as another user after it has become that one.
    expect(order.slice(order.lastIndexOf('USER'))).toEqual(['USER', 'WORKDIR', 'VOLUME', 'ENTRYPOINT', 'CMD']);
    expect([stepsOf('USER'), stepsOf('WORKDIR').at(-1), stepsOf('VOLUME')]).toEqual([['node'], '/data', ['/data']]);
    expect(stepsOf('RUN').join(' ')).toContain('chown node:node /data');
    expect(stepsOf('ENV').join(' ')).toContain('NEXTBAR_PLATFORM=/data/platform');
  });
});

describe('the Grafana dashboard', () => {
  it('asks for metrics that the server has', () => {
    const board = JSON.parse(read('docs/grafana-platform.json')) as {
      readonly panels: readonly { readonly targets: readonly { readonly expr: string }[] }[];
    };
    const source = read('src/server/api/metrics.ts');
    const asked = board.panels.flatMap(({ targets }) =>
      targets.flatMap(({ expr }) => expr.match(/nextbar_\w+/g) ?? []),
    );
    expect(asked.length).toBeGreaterThan(9);
    for (const name of asked) expect(source).toContain(`'${name.replace(/_(?:bucket|count|sum)$/, '')}'`);
  });
});
