/** Checks values against a schema and words the first fault as one sentence. */
import type { z } from 'zod';

import { ConfigError, nearestName } from '../../core/index.ts';

type Issue = z.core.$ZodIssue;
type Path = readonly PropertyKey[];

/** The values as the schema types them, with its defaults. @throws {ConfigError} If they do not fit. */
export function checked<T>(value: unknown, schema: z.ZodType<T>, where: string): T {
  const result = schema.safeParse(value, { reportInput: true });
  if (result.success) return result.data;
  const issue = plainest(result.error.issues[0]!);
  throw new ConfigError(`${where}: ${worded(issue, schema, value)}`, {
    code: 'config-field',
    context: { file: where, field: pathText(issue.path) },
  });
}

/** Of a union the fault of the branch that fits best: the one whose first fault lies deepest, then the one with the fewest. */
function plainest(issue: Issue): Issue {
  if (issue.code !== 'invalid_union' || issue.errors.length === 0) return issue;
  const branches = issue.errors.filter((branch) => branch.length > 0);
  branches.sort((a, b) => b[0]!.path.length - a[0]!.path.length || a.length - b.length);
  const inner = branches[0]?.[0];
  return inner === undefined ? issue : plainest({ ...inner, path: [...issue.path, ...inner.path] });
}

function worded(issue: Issue, schema: z.ZodType, value: unknown): string {
  const field = pathText(issue.path);
  const seen = shown(valueAt(value, issue.path));
  switch (issue.code) {
    case 'unrecognized_keys': {
      const key = issue.keys[0]!;
      const known = keysAt(schema, issue.path);
      const near = nearestName(key, known);
      const place = field === '' ? '' : ` of ${field}`;
      return `unknown field '${key}'${place}${near === undefined ? `; known are ${known.join(', ')}` : `: did you mean '${near}'?`}`;
    }
    case 'invalid_value': {
      const values = issue.values.map(String);
      const near = typeof issue.input === 'string' ? nearestName(issue.input, values) : undefined;
      const one = values.length === 1 ? `'${values[0]!}'` : `one of ${values.join(', ')}`;
      return near === undefined || near === issue.input
        ? `${field} must be ${one}, was ${seen}`
        : `${field} was ${seen}: did you mean '${near}'?`;
    }
    case 'invalid_type':
      return seen === 'absent'
        ? `${field} is missing: it must be ${typeName(issue.expected)}`
        : `${field === '' ? 'it' : field} must be ${typeName(issue.expected)}, was ${seen}`;
    case 'too_small':
      return `${field} must be ${issue.origin === 'string' || issue.origin === 'array' ? 'longer than' : issue.inclusive === true ? 'at least' : 'above'} ${issue.origin === 'string' || issue.origin === 'array' ? Number(issue.minimum) - 1 : issue.minimum}, was ${seen}`;
    case 'too_big':
      return `${field} must be ${issue.inclusive === true ? 'at most' : 'below'} ${issue.maximum}, was ${seen}`;
    default:
      return `${field === '' ? '' : `${field} `}${/^(Invalid|Too)/.test(issue.message) ? `is not valid, was ${seen}` : issue.message}`;
  }
}

const typeNames: Readonly<Record<string, string>> = {
  string: 'a text', number: 'a number', int: 'a whole number', boolean: 'true or false', array: 'a list', object: 'a block of fields', record: 'a block of fields',
}; // prettier-ignore

function typeName(expected: string): string {
  return typeNames[expected] ?? expected;
}

/** `sinks[0].url`. */
function pathText(path: Path): string {
  return path
    .map((part, i) => (typeof part === 'number' ? `[${part}]` : `${i === 0 ? '' : '.'}${String(part)}`))
    .join('');
}

function valueAt(value: unknown, path: Path): unknown {
  return path.reduce<unknown>(
    (inner, part) =>
      typeof inner === 'object' && inner !== null ? (inner as Record<PropertyKey, unknown>)[part] : undefined,
    value,
  );
}

/** A value for an error, cut short; texts that look like secrets are the caller's to keep out of paths named so. */
function shown(value: unknown): string {
  if (value === undefined) return 'absent';
  const text = typeof value === 'string' ? `'${value}'` : JSON.stringify(value);
  return text.length > 80 ? `${text.slice(0, 80)}...` : text;
}

/** Names of the fields that the schema knows at a path. */
function keysAt(schema: z.ZodType, path: Path): string[] {
  let found = objectsOf(schema);
  for (const part of path) {
    found = found.flatMap((one) => {
      const def = one._zod.def as unknown as Def;
      const inner = typeof part === 'number' ? def.element : (def.shape?.[String(part)] ?? def.valueType);
      return inner === undefined ? [] : objectsOf(inner);
    });
  }
  return [...new Set(found.flatMap((one) => Object.keys((one._zod.def as unknown as Def).shape ?? {})))];
}

interface Def {
  readonly shape?: Readonly<Record<string, z.ZodType>>;
  readonly element?: z.ZodType;
  readonly valueType?: z.ZodType;
  readonly innerType?: z.ZodType;
  readonly in?: z.ZodType;
  readonly options?: readonly z.ZodType[];
}

/** The object, list and record schemas inside optional ones, defaults, pipes and unions. */
function objectsOf(schema: z.ZodType): z.ZodType[] {
  const def = schema._zod.def as unknown as Def;
  if (def.innerType !== undefined) return objectsOf(def.innerType);
  if (def.in !== undefined) return objectsOf(def.in);
  if (def.options !== undefined) return def.options.flatMap(objectsOf);
  return [schema];
}
