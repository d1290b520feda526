/** Events as columns in Parquet or Arrow files: one folder for each exchange, symbol and kind, one file for each batch. */
import { createHash } from 'node:crypto';
import { renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { makeFolders } from '../../core/index.ts';

import type { StreamEvent } from '../../core/index.ts';
import type { BatchWriter } from '../batching-sink.ts';
import type { KeyedEvent } from '../key.ts';

/** The form of the files. */
export type SegmentForm = 'parquet' | 'arrow';

type Column = {
  readonly name: string;
  readonly data: (number | string | undefined)[];
  readonly type: 'DOUBLE' | 'STRING';
};

/** Writes each batch as whole files, which appear under their name once they are complete. */
export class SegmentWriter implements BatchWriter {
  readonly name: string;
  readonly #folder: string;
  readonly #form: SegmentForm;

  constructor(folder: string, form: SegmentForm) {
    this.name = `${folder} (${form})`;
    this.#folder = folder;
    this.#form = form;
    makeFolders(folder);
  }

  async write(batch: readonly KeyedEvent[]): Promise<void> {
    const groups = new Map<string, KeyedEvent[]>();
    for (const one of batch) {
      const symbol = 'symbol' in one.event ? one.event.symbol.replaceAll(/[/:]/g, '-') : 'account';
      const place = join(one.event.exchange, symbol, one.event.type);
      const group = groups.get(place);
      if (group === undefined) groups.set(place, [one]);
      else group.push(one);
    }
    for (const [place, rows] of groups) {
      const folder = join(this.#folder, place);
      makeFolders(folder);
      const first = rows[0]!.event;
      const began = 'receiveTime' in first ? first.receiveTime : first.time;
      // Named by its content, so that a batch that is written again replaces its own file.
      const stamp = new Date(began).toISOString().replaceAll(/[-:.]/g, '');
      const path = join(folder, `${stamp}-${digestOf(rows)}.${this.#form}`);
      const bytes = await encoded(columnsOf(rows), this.#form);
      writeFileSync(`${path}.tmp`, bytes);
      renameSync(`${path}.tmp`, path);
    }
  }
}

/** Names a batch by a digest of its keys: an exchange's ids may hold characters that a file name may not. */
function digestOf(rows: readonly KeyedEvent[]): string {
  const hash = createHash('sha1');
  for (const { key } of rows) hash.update(`${key}\n`);
  return hash.digest('hex').slice(0, 20);
}

/** The fields of events as columns, in the order of their first appearance; levels of books as JSON. */
function columnsOf(rows: readonly KeyedEvent[]): Column[] {
  const names = [...new Set(rows.flatMap(({ event }) => Object.keys(event)))];
  const columns: Column[] = names.map((name) => {
    const values = rows.map(({ event }) => (event as StreamEvent & Record<string, unknown>)[name]);
    const isNumber = values.every((value) => value === undefined || typeof value === 'number');
    return {
      name,
      type: isNumber ? 'DOUBLE' : 'STRING',
      data: values.map((value) =>
        value === undefined || typeof value === 'number'
          ? value
          : typeof value === 'string'
            ? value
            : JSON.stringify(value),
      ),
    };
  });
  return [{ name: 'key', type: 'STRING', data: rows.map(({ key }) => key) }, ...columns];
}

async function encoded(columns: readonly Column[], form: SegmentForm): Promise<Uint8Array> {
  if (form === 'parquet') {
    const { parquetWriteBuffer } = await import('hyparquet-writer');
    const data = columns.map((column) => ({ ...column, nullable: true, data: column.data.map((value) => (value === undefined ? null : typeof value === 'number' && column.type === 'STRING' ? String(value) : value)) })); // prettier-ignore
    return new Uint8Array(parquetWriteBuffer({ columnData: data }));
  }
  const { Float64, Table, tableToIPC, Utf8, vectorFromArray } = await import('apache-arrow');
  const vectors = columns.map(({ name, data, type }) => {
    const values = data.map((value) => value ?? null);
    return [name, type === 'DOUBLE' ? vectorFromArray(values, new Float64()) : vectorFromArray(values.map((value) => (value === null ? null : String(value))), new Utf8())] as const; // prettier-ignore
  });
  return tableToIPC(new Table(Object.fromEntries(vectors)), 'file');
}
