/** The checks of a built partition: its columns, its period, and the rules of its schema. */
import { DataError } from '../../core/index.ts';
import type { Duck } from '../duck.ts';
import type { Asset } from './asset.ts';
import type { Partition } from './partitions.ts';

/** Checks the view `output`. @throws {DataError} With code `check-failed`, naming the check and the first row that fails it. */
export async function checkOutput(duck: Duck, asset: Asset, partition: Partition): Promise<void> {
  const { table, layer, checks } = asset;
  const found = (await duck.query('DESCRIBE output')).columns;
  const types = (found['column_name'] ?? []).map((name, i) => `${String(name)} ${String(found['column_type']![i])}`);
  const wanted = table.columns.map(({ name, type }) => `${name} ${type}`);
  if (types.join() !== wanted.join()) {
    throw new DataError(`columns must be ${wanted.join(', ')}, were ${types.join(', ')}`, { code: 'check-failed' });
  }
  const { time, key } = table;
  const all: { name: string; faults: string }[] = [];
  if (time !== undefined && asset.partitions !== 'whole') {
    all.push({
      name: `every ${time} is within its partition`,
      faults: `SELECT * FROM output WHERE epoch_ms(${time}) < ${partition.start} OR epoch_ms(${time}) >= ${partition.end}`,
    });
  }
  if (layer !== 'bronze') {
    all.push({
      name: `${key.join(', ')} name one row`,
      faults: `SELECT ${key.join(', ')}, count(*) AS rows FROM output GROUP BY ALL HAVING count(*) > 1`,
    });
    for (const column of table.columns) {
      const { name, isOptional, check, type } = column;
      if (isOptional !== true)
        all.push({ name: `${name} is there`, faults: `SELECT * FROM output WHERE ${name} IS NULL` });
      if (type === 'DOUBLE')
        all.push({ name: `${name} is finite`, faults: `SELECT * FROM output WHERE NOT isfinite(${name})` });
      if (check !== undefined) all.push({ name: check, faults: `SELECT * FROM output WHERE NOT (${check})` });
    }
    for (const [name, sql] of Object.entries(table.rules ?? {})) {
      all.push({ name, faults: `SELECT * FROM output WHERE NOT (${sql})` });
    }
  }
  // One statement checks all rules: most partitions pass, and need no further query.
  const list = [...all, ...checks];
  const failed = await duck.one(`SELECT ${list.map(({ faults }, i) => `EXISTS (${faults}) AS check_${i}`).join(', ')}`);
  for (const [i, { name, faults }] of list.entries()) {
    if (failed[`check_${i}`] !== true) continue;
    const row = await duck.one(`SELECT * FROM (${faults}) LIMIT 1`);
    const cells = Object.entries(row).map(([column, value]) => `${column} ${String(value)}`).join(', '); // prettier-ignore
    throw new DataError(`check failed, ${name}: ${cells}`, { code: 'check-failed', context: { check: name } });
  }
}
