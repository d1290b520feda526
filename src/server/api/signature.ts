/** The signature of a signal: it proves that the sender has the token's secret and that nothing was changed. */
import { createHmac, timingSafeEqual } from 'node:crypto';

/** The headers that carry when a signal was signed, milliseconds UTC, and its signature. */
export const [timeHeader, signatureHeader] = ['x-nextbar-time', 'x-nextbar-signature'] as const;

/** The parts that are signed. */
export interface SignedParts {
  /** Milliseconds UTC, as the header has it. */
  readonly time: string;
  /** The session that the signal is for. */
  readonly session: string;
  /** The body of the request, byte for byte. */
  readonly body: string;
}

/** HMAC-SHA256 over time, session and body, each on a line of its own, in hexadecimal digits. */
export function signatureOf(secret: string, { time, session, body }: SignedParts): string {
  return createHmac('sha256', secret).update(`${time}\n${session}\n${body}`).digest('hex');
}

/** Whether a signature is right; compared in constant time. */
export function isSignature(given: string, secret: string, parts: SignedParts): boolean {
  const [is, wanted] = [Buffer.from(given), Buffer.from(signatureOf(secret, parts))];
  return is.length === wanted.length && timingSafeEqual(is, wanted);
}
