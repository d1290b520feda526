/** Environment variables over the values of a configuration file. */

/**
 * The values with those of environment variables over them: `PREFIX` + path, in capitals, with two underscores between the parts. Names are
 * compared without case, dashes and underscores, so that `NEXTBAR_STREAM_SINKS__0__BATCH_SIZE` is `sinks[0].batchSize`.
 */
export function overlaid(
  values: unknown,
  env: Readonly<Record<string, string | undefined>>,
  prefix: string,
): Record<string, unknown> {
  const whole = structuredClone(values ?? {}) as Record<string, unknown>;
  for (const [name, text] of Object.entries(env)) {
    if (text === undefined || !name.startsWith(prefix) || name.length === prefix.length) continue;
    set(whole, name.slice(prefix.length).split('__'), scalar(text));
  }
  return whole;
}

/** The environment variable that set a field, or a part of it; undefined when none did. */
export function variableOf(
  field: string,
  env: Readonly<Record<string, string | undefined>>,
  prefix: string,
): string | undefined {
  const wanted = field
    .split(/[.[\]]+/)
    .filter((part) => part !== '')
    .map(plain);
  return Object.keys(env).find((name) => {
    if (!name.startsWith(prefix) || name.length === prefix.length || env[name] === undefined) return false;
    const parts = name.slice(prefix.length).split('__').map(plain);
    return parts.every((part, i) => i >= wanted.length || part === wanted[i]);
  });
}

function set(into: Record<string, unknown> | unknown[], [part, ...rest]: readonly string[], value: unknown): void {
  if (part === undefined) return;
  const place = Array.isArray(into)
    ? Number(part)
    : (Object.keys(into).find((key) => plain(key) === plain(part)) ?? camel(part));
  const container = into as Record<string | number, unknown>;
  if (rest.length === 0) {
    container[place] = value;
    return;
  }
  const inner = container[place];
  if (typeof inner !== 'object' || inner === null) container[place] = /^\d+$/.test(rest[0]!) ? [] : {};
  set(container[place] as Record<string, unknown>, rest, value);
}

function plain(name: string): string {
  return name.toLowerCase().replaceAll(/[-_]/g, '');
}

/** `BATCH_SIZE` as `batchSize`. */
function camel(name: string): string {
  return name.toLowerCase().replaceAll(/_(\w)/g, (_, letter: string) => letter.toUpperCase());
}

/** Numbers, switches and comma lists; every other text stays text. */
function scalar(text: string): unknown {
  if (text === 'true' || text === 'false') return text === 'true';
  if (/^-?\d+(\.\d+)?$/.test(text)) return Number(text);
  return text.includes(',') && !text.includes('://') ? text.split(',').map((one) => one.trim()) : text;
}
