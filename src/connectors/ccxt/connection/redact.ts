/** Keeps keys and signatures out of every message. */

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
