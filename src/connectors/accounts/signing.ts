/** Signatures of exchanges. Times come from the caller, so that the same clock signs the same text. */
import { createHash, createHmac, createPrivateKey, sign } from 'node:crypto';

/** HMAC with SHA-256. */
export function hmac256(secret: string, text: string, encoding: 'hex' | 'base64'): string {
  return createHmac('sha256', secret).update(text).digest(encoding);
}

/** Kraken's: HMAC with SHA-512 over the path and the SHA-256 of nonce and body, by the secret in base64. */
export function krakenSign(secret: string, path: string, nonce: string, body: string): string {
  const digest = createHash('sha256')
    .update(nonce + body)
    .digest();
  return createHmac('sha512', Buffer.from(secret, 'base64')).update(path).update(digest).digest('base64');
}

const ed25519Prefix = Buffer.from('302e020100300506032b657004220420', 'hex');

/** ED25519 with a seed of 32 bytes in base64. @throws {Error} If the secret is not such a seed; the message does not show it. */
export function ed25519Sign(secret: string, text: string): string {
  const seed = Buffer.from(secret, 'base64');
  if (seed.length !== 32) throw new Error('the secret must be 32 bytes in base64');
  const key = createPrivateKey({ key: Buffer.concat([ed25519Prefix, seed]), format: 'der', type: 'pkcs8' });
  return sign(undefined, Buffer.from(text), key).toString('base64');
}
