/** Keeps keys and signatures out of every message. */
import { inspect } from 'node:util';

/** Names of headers and fields whose values identify an account, in any text that lists them. */
const namedValue =
  /(["']?[\w-]*(?:auth(?:orization)?|api[-_]?key|apikey|sign(?:ature)?|secret|token|passphrase|password|cookie|listen[-_]?key|private[-_]?key|\bkey)[\w-]*["']?\s*[:=]\s*["']?)(?!\s*["']?\s*[,}])[^\s"',&}]{4,}/gi;

/** `text` without query strings and without any of the secrets, cut to a length that fits a sentence. */
export function redact(text: string, secrets: readonly string[]): string {
  let clean = text;
  for (const secret of secrets) if (secret.length > 3) clean = clean.replaceAll(secret, '***');
  clean = clean
    .replace(/\?[^\s"'<>]*/g, '')
    .replace(/((?:signature|api[-_]?key|secret|token|passphrase)["'=:\s]+)[\w+/=.-]{6,}/gi, '$1***')
    .replace(/\s+/g, ' ')
    .trim();
  return clean.length > 300 ? `${clean.slice(0, 300)}...` : clean;
}

/** One part of a log line with its keys, signatures and tokens replaced: text stays text, objects become text. */
export function redactSecrets(part: unknown, secrets: readonly string[]): unknown {
  if (typeof part === 'number' || typeof part === 'boolean' || part === undefined || part === null) return part;
  if (part instanceof Date) return part;
  let text = typeof part === 'string' ? part : inspect(part, { depth: 8, breakLength: Infinity });
  for (const secret of secrets) {
    if (secret.length <= 3) continue;
    for (const form of [secret, encodeURIComponent(secret), Buffer.from(secret).toString('base64')])
      text = text.replaceAll(form, '***');
  }
  return text.replace(namedValue, '$1***');
}
