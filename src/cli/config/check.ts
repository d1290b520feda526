/** Checks values against a schema and states the first fault in one sentence. */
import type { z } from 'zod';

import { ConfigError, nearestName } from '../../core/index.ts';

type Issue = z.core.$ZodIssue;
type Path = readonly PropertyKey[];

/** The values as the schema types them, with its defaults. @throws {ConfigError} If they do not fit. */
export function checked<T>(value: unknown, schema: z.ZodType<T>, where: string): T {
  const result = schema.safeParse(value, { reportInput: true });
  if (result.success) return result.data;
  const issue = plainest(mostTelling(result.error.issues));
  const names = issue.code === 'unrecognized_keys' && {
    unknown: issue.keys[0],
    known: keysAt(schema, issue.path).join(' '),
  };
  throw new ConfigError(`${where}: ${worded(issue, schema, value)}`, {
    code: 'config-field',
    context: { file: where, field: pathText(issue.path), ...names },
  });
}

/** A field that is unknown and looks like the one that is missing beside it explains both. */
function mostTelling(issues: readonly Issue[]): Issue {
  const first = issues[0]!;
  if (first.code !== 'invalid_type' || first.input !== undefined) return first;
  const [parent, missing] = [pathText(first.path.slice(0, -1)), String(first.path.at(-1))];
  const misspelt = issues.find(
    (one) =>
      one.code === 'unrecognized_keys' &&
      pathText(one.path) === parent &&
      one.keys.some((key) => nearestName(key, [missing]) !== undefined),
  );
  return misspelt ?? first;
}

/** The fault of the branch of a union that fits best: the one whose first fault lies deepest, then the one with the fewest faults. */
function plainest(issue: Issue): Issue {
  if (issue.code !== 'invalid_union' || issue.errors.length === 0) return issue;
  const branches = issue.errors.filter((branch) => branch.length > 0);
  const types = branches.map(([one]) => (one!.code === 'invalid_type' && one.path.length === 0 ? one.expected : ''));
  // A value of none of the allowed types: the error names them all.
  if (!types.includes('')) return { ...issue, code: 'invalid_type', expected: types.map(typeName).join(' or ') } as unknown as Issue; // prettier-ignore
  branches.sort((a, b) => b[0]!.path.length - a[0]!.path.length || a.length - b.length);
  const inner = branches[0] === undefined ? undefined : mostTelling(branches[0]);
  return inner === undefined ? issue : plainest({ ...inner, path: [...issue.path, ...inner.path] });
}

function worded(issue: Issue, schema: z.ZodType, value: unknown): string {
  const field = pathText(issue.path);
  const seen = shown(valueAt(value, issue.path), issue.path);
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
        ? `${field} is missing: it must be ${typeName(issue.expected)}${besides(schema, value, issue.path)}`
        : `${field === '' ? 'it' : field} must be ${typeName(issue.expected)}, was ${seen}${asList(issue.expected, valueAt(value, issue.path), seen)}`;
    case 'too_small':
      if (issue.origin === 'string' || issue.origin === 'array') return `${field} must not be empty, was ${seen}`;
      return `${field} must be ${issue.inclusive === true ? 'at least' : 'above'} ${issue.minimum}, was ${seen}`;
    case 'too_big':
      return `${field} must be ${issue.inclusive === true ? 'at most' : 'below'} ${issue.maximum}, was ${seen}`;
    default:
      return `${field === '' ? '' : `${field} `}${/^(Invalid|Too)/.test(issue.message) ? `is not valid, was ${seen}` : `${issue.message}${issue.message.startsWith('must be ') ? `, was ${seen}` : ''}`}`;
  }
}

/** The field that stands beside a missing one and is unknown, as `jsonl: a` where `jsonl:a` was meant. */
function besides(schema: z.ZodType, value: unknown, path: Path): string {
  const block = valueAt(value, path.slice(0, -1));
  if (typeof block !== 'object' || block === null || Array.isArray(block)) return '';
  const known = keysAt(schema, path.slice(0, -1));
  const [name, text] = Object.entries(block).find(([key]) => !known.includes(key)) ?? [];
  if (name === undefined) return '';
  const joined = typeof text === 'string' ? `; a text that holds a colon is written without a space, '${name}:${shown(text, [name]).slice(1, -1)}'` : ''; // prettier-ignore
  return `, and '${name}' is not a field${joined}`;
}

/** What to write where one entry stands in place of a list. */
function asList(expected: string, value: unknown, seen: string): string {
  return expected === 'array' && typeof value === 'string' && value !== '' ? `: write [${seen}]` : '';
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

/** Fields whose values no message may show. */
const secretName = /key|secret|password|passphrase|token/i;

/** A value for an error, cut short and without secrets: values under such names, and user and password of an address. */
function shown(value: unknown, path: Path): string {
  if (value === undefined) return 'absent';
  const isSecret = path.some((part) => secretName.test(String(part)));
  if (isSecret && value !== null && value !== '') return kindOf(value);
  const hidden = JSON.stringify(value, (name, one: unknown) => (secretName.test(name) ? '***' : one));
  const text = (typeof value === 'string' ? `'${value}'` : hidden).replace(/:\/\/[^/@\s'"]+@/g, '://***@');
  return text.length > 80 ? `${text.slice(0, 80)}...` : text;
}

function kindOf(value: unknown): string {
  if (Array.isArray(value)) return 'a list';
  return typeNames[typeof value] ?? 'a value';
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
