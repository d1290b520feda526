/** Publishing: the gold tables of a dataset, its spec and its card, to a folder, to Hugging Face or to a store that speaks S3. */
import { existsSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';

import { systemRuntime, makeFolders, type Runtime } from '../../core/index.ts';
import type { Dataset } from '../build/dataset.ts';
import { cardOf } from './card.ts';
import { specOf, type DatasetSpec } from './spec.ts';

/** A file to publish: where it goes, and its bytes on disk or in memory. */
export interface PublishItem {
  /** Below the published dataset, with `/` between folders. */
  readonly path: string;
  /** SHA-256 of a data file; undefined for the spec and the card. */
  readonly hash: string | undefined;
  /** Bytes. */
  readonly bytes: number;
  /** The bytes. */
  read(): Buffer;
}

/** Where a dataset is published. */
export interface Publisher {
  /** Publishes files together: readers see all of them or none of them, where the target allows that. */
  publish(items: readonly PublishItem[], previous: DatasetSpec | undefined): Promise<PublishResult>;
  /** The spec of the last publication; undefined where there is none. */
  previous(): Promise<DatasetSpec | undefined>;
}

/** The outcome of a publication. */
export interface PublishResult {
  /** Files that were sent. */
  readonly sent: number;
  /** Files that were published already. */
  readonly unchanged: number;
  /** Files that were removed. */
  readonly removed: number;
  /** Bytes. */
  readonly bytes: number;
}

/** Publishes all built partitions. Files with the same hash are not sent again. */
export async function publish(
  dataset: Dataset,
  to: Publisher,
  runtime: Runtime = systemRuntime,
): Promise<PublishResult> {
  const spec = await specOf(dataset, runtime);
  const items: PublishItem[] = spec.tables.flatMap(({ files }) =>
    files.map(({ path, hash, bytes }) => ({
      path, hash, bytes,
      read: () => readFileSync(join(dataset.folder, 'gold', path)),
    })),
  ); // prettier-ignore
  for (const [path, text] of [['README.md', cardOf(spec)], ['spec.json', `${JSON.stringify(spec, undefined, 1)}\n`]] as const) {
    const content = Buffer.from(text);
    items.push({ path, hash: undefined, bytes: content.length, read: () => content });
  } // prettier-ignore
  return to.publish(items, await to.previous());
}

/** A folder. The spec is renamed into place last: until then readers see the previous publication. */
export class FolderPublisher implements Publisher {
  /** The folder. */
  readonly folder: string;

  constructor(folder: string) {
    this.folder = resolve(folder);
  }

  previous(): Promise<DatasetSpec | undefined> {
    const path = join(this.folder, 'spec.json');
    return Promise.resolve(existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as DatasetSpec) : undefined);
  }

  publish(items: readonly PublishItem[], previous: DatasetSpec | undefined): Promise<PublishResult> {
    const hashes = hashesOf(previous);
    let [sent, unchanged, bytes] = [0, 0, 0];
    for (const item of items) {
      const path = join(this.folder, item.path);
      const isHere = existsSync(path) && (item.hash === undefined ? readFileSync(path).equals(item.read()) : hashes.get(item.path) === item.hash); // prettier-ignore
      if (isHere) {
        unchanged++;
        continue;
      }
      makeFolders(dirname(path));
      writeFileSync(`${path}.tmp`, item.read());
      renameSync(`${path}.tmp`, path);
      sent++;
      bytes += item.bytes;
    }
    const kept = new Set(items.map(({ path }) => join(this.folder, path)));
    let removed = 0;
    for (const entry of readdirSync(this.folder, { withFileTypes: true, recursive: true })) {
      const path = join(entry.parentPath, entry.name);
      if (!entry.isFile() || !/\.parquet(?:\.tmp)?$/.test(entry.name) || kept.has(path)) continue;
      rmSync(path);
      removed++;
    }
    return Promise.resolve({ sent, unchanged, removed, bytes });
  }
}

/** The hashes of the data files of a spec by path. */
export function hashesOf(spec: DatasetSpec | undefined): Map<string, string> {
  return new Map(spec?.tables.flatMap(({ files }) => files.map(({ path, hash }) => [path, hash] as const)) ?? []);
}
