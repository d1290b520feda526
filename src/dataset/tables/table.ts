/** What a table of the dataset is: its columns with types and units, its key, and how it is partitioned. */
import { ConfigError } from '../../core/index.ts';

/** Types of columns, as DuckDB names them. Times are UTC without a zone. */
export type ColumnType = 'VARCHAR' | 'TIMESTAMP' | 'DOUBLE' | 'BIGINT' | 'BOOLEAN';

/** A column of a table. */
export interface TableColumn {
  /** Its name in SQL. */
  readonly name: string;
  /** Its type in SQL. */
  readonly type: ColumnType;
  /** What it holds, in one sentence. */
  readonly about: string;
  /** The unit of its values, where they have one. */
  readonly unit?: string;
  /** Whether a row may lack it. Default false. */
  readonly isOptional?: boolean;
  /** SQL that must be true of every value that is there, such as `price > 0`. */
  readonly check?: string;
}

/** The schema of a table: validation, documentation and the dataset card are made from it. */
export interface TableSchema {
  /** Its name in SQL. */
  readonly name: string;
  /** What it holds, in one sentence. */
  readonly about: string;
  /** Raised with every change of columns; the ledger rebuilds what was made with another version. */
  readonly version: number;
  /** Its columns in order. Partition columns are the folders', and are not among them. */
  readonly columns: readonly TableColumn[];
  /** Columns that name a row; with the partition columns they are unique. */
  readonly key: readonly string[];
  /** The column by which rows belong to a period; undefined for a table without periods. Default: none, for a table without periods. */
  readonly time?: string | undefined;
  /** SQL conditions over several columns that every row meets, by the sentence that says so. Default: none. */
  readonly rules?: Readonly<Record<string, string>>;
  /** Whether its rows are computed from other tables, not taken from an exchange. Default false. */
  readonly isDerived?: boolean;
}

/** Checks a schema when it is defined. @throws {ConfigError} If a name is no plain one, or a key is no column. */
export function defineTable(schema: TableSchema): TableSchema {
  for (const name of [schema.name, ...schema.columns.map((column) => column.name)]) {
    if (/^[a-z][a-z0-9_]*$/.test(name)) continue;
    throw new ConfigError(`names of tables and columns are small letters, digits and _, was '${name}'`, {
      context: { field: 'name', value: name },
    });
  }
  const names = schema.columns.map((column) => column.name);
  for (const name of [...schema.key, ...(schema.time === undefined ? [] : [schema.time])]) {
    if (names.includes(name)) continue;
    throw new ConfigError(`key of table ${schema.name} must name columns, was '${name}'`, {
      context: { field: 'key' },
    });
  }
  return schema;
}

/** The documentation of a table in Markdown. */
export function tableMarkdown(table: TableSchema): string {
  const derived = table.isDerived === true ? ' Derived: computed from the other tables.' : '';
  const rows = table.columns.map(({ name, type, unit, about, isOptional }) => {
    return `| \`${name}\` | ${type} | ${unit ?? ''} | ${about}${isOptional === true ? ' May be missing.' : ''} |`;
  });
  return [
    `### ${table.name}`,
    '',
    `${table.about}${derived} Key: ${table.key.map((name) => `\`${name}\``).join(', ')}. Version ${table.version}.`,
    '',
    '| Column | Type | Unit | Meaning |',
    '|---|---|---|---|',
    ...rows,
    '',
  ].join('\n');
}
