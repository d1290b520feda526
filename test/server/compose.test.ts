/** The compose file, as far as it can be checked without a Docker engine: its processes are commands that exist, and none is careless. */
import { existsSync, readFileSync } from 'node:fs';

import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';

import { commands } from '../../src/cli/shell/commands.ts';

interface Service {
  readonly image: string;
  readonly user: string;
  readonly read_only: boolean;
  readonly command?: readonly string[];
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

  it.each(
    services
      .filter(([, { image }]) => image === 'nextbar')
      .flatMap(
        ([
          name,
          {
            command,
            healthcheck: { test },
          },
        ]): [string, readonly string[]][] => [
          [name, command!],
          ...(test[1] === 'nextbar'
            ? [[`the health check of ${name}`, test.slice(2)] as [string, readonly string[]]]
            : []),
        ],
      ),
  )('%s runs a command that exists, with options that it takes', async (_, [name, ...rest]) => {
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
