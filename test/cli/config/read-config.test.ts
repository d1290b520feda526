/** Configuration files: formats, precedence, and errors that name the field. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, describe, expect, it } from 'vitest';
import { z } from 'zod';

import { readConfig } from '../../../src/cli/config/read-config.ts';
import { ConfigError } from '../../../src/core/index.ts';

const folder = mkdtempSync(join(tmpdir(), 'config-'));
afterAll(() => {
  rmSync(folder, { recursive: true });
});

const schema = z.strictObject({
  depth: z.int().min(1).default(20),
  speed: z.number().optional(),
  feeds: z.array(
    z.strictObject({ exchange: z.string(), channels: z.array(z.enum(['trade', 'book'])).default(['trade']) }),
  ),
  sink: z.union([z.string(), z.strictObject({ url: z.string(), batchSize: z.int().optional() })]).optional(),
});

function file(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

async function failure(text: string, name = 'x.yaml'): Promise<string> {
  const error: unknown = await readConfig(file(name, text), schema).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(ConfigError);
  return (error as Error).message.replace(`${folder}/`, '');
}

describe('a configuration file', () => {
  it('says the same in YAML and in JSON, and has the defaults of its schema', async () => {
    const yaml = await readConfig(
      file('a.yaml', 'feeds:\n  - exchange: binance\n    channels: [trade, book]\n'),
      schema,
    );
    const json = await readConfig(
      file('a.json', '{"feeds":[{"exchange":"binance","channels":["trade","book"]}]}'),
      schema,
    );
    expect(yaml).toEqual(json);
    expect(yaml).toEqual({ depth: 20, feeds: [{ exchange: 'binance', channels: ['trade', 'book'] }] });
  });

  it('gives way to the environment, and that to flags', async () => {
    const path = file('b.yaml', 'depth: 5\nspeed: 1\nfeeds: [{exchange: binance}]\nsink: {url: "x"}\n');
    const env = { NX_DEPTH: '6', NX_SPEED: '2.5', NX_FEEDS__0__EXCHANGE: 'okx', NX_SINK__BATCH_SIZE: '7', OTHER: '1' };
    const read = await readConfig(path, schema, { env, prefix: 'NX_', flags: { depth: 7, sink: undefined } });
    expect(read).toEqual({ depth: 7, speed: 2.5, feeds: [{ exchange: 'okx', channels: ['trade'] }], sink: { url: 'x', batchSize: 7 } }); // prettier-ignore
  });

  it('takes secrets from the environment and never shows them', async () => {
    const path = file('c.yaml', 'feeds: [{exchange: "${VENUE}"}]\n');
    expect((await readConfig(path, schema, { env: { VENUE: 'kraken' } })).feeds[0]!.exchange).toBe('kraken');
    await expect(readConfig(path, schema, { env: {} })).rejects.toThrow(
      'uses ${VENUE}, but that environment variable is not set',
    );
  });

  it('names a wrong field, its place and the nearest valid name', async () => {
    expect(await failure('feeds: [{exchange: x, chanels: [trade]}]')).toBe(
      "x.yaml: unknown field 'chanels' of feeds[0]: did you mean 'channels'?",
    );
    expect(await failure('feeds: [{exchange: x, channels: [trades]}]')).toBe(
      "x.yaml: feeds[0].channels[0] was 'trades': did you mean 'trade'?",
    );
    expect(await failure('feeds: [{channels: [trade]}]')).toBe(
      'x.yaml: feeds[0].exchange is missing: it must be a text',
    );
    expect(await failure('feeds: 3')).toBe('x.yaml: feeds must be a list, was 3');
    expect(await failure('depth: 0\nfeeds: []')).toBe('x.yaml: depth must be at least 1, was 0');
    expect(await failure('feeds: []\nsink: {url: a, batchSise: 3}')).toBe(
      "x.yaml: unknown field 'batchSise' of sink: did you mean 'batchSize'?",
    );
    expect(await failure('- 1')).toBe('x.yaml: it must be a block of fields, was [1]');
  });

  it('says where it could not be read', async () => {
    expect(await failure('feeds: [', 'd.yaml')).toMatch(/^d\.yaml is not YAML: .* at line 1/);
    expect(await failure('{', 'd.json')).toMatch(/^d\.json is not JSON: /);
    await expect(readConfig(join(folder, 'none.yaml'), schema)).rejects.toThrow('there is no configuration file');
    await expect(readConfig(file('e.toml', ''), schema)).rejects.toThrow(
      "unknown ending of a configuration file '.toml'",
    );
  });
});
