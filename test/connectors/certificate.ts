/** A certificate that signs itself, for 127.0.0.1: made for one test, trusted by it alone. */
import { generateKeyPairSync, randomBytes, sign } from 'node:crypto';

/** One DER value: its tag, its length and its content. */
function der(tag: number, ...parts: (Buffer | readonly number[])[]): Buffer {
  const content = Buffer.concat(parts.map((part) => Buffer.from(part as Buffer)));
  const { length } = content;
  const size = length < 128 ? [length] : length < 256 ? [0x81, length] : [0x82, length >> 8, length & 255];
  return Buffer.concat([Buffer.from([tag, ...size]), content]);
}

const sequence = (...parts: Buffer[]): Buffer => der(0x30, ...parts);
const id = (...bytes: number[]): Buffer => der(0x06, bytes);
const time = (ms: number): Buffer => der(0x17, Buffer.from(`${new Date(ms).toISOString().replaceAll(/[-:T]/g, '').slice(2, 14)}Z`)); // prettier-ignore
const extension = (oid: Buffer, value: Buffer): Buffer => sequence(oid, der(0x04, value));

/** Key and certificate as PEM, valid for a day around now. */
export function makeCertificate(now: number): { readonly key: string; readonly cert: string } {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
  const algorithm = sequence(id(0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02)); // ecdsa-with-SHA256
  const name = sequence(der(0x31, sequence(id(0x55, 0x04, 0x03), der(0x0c, Buffer.from('loopback test')))));
  const serial = der(0x02, [0x01], randomBytes(8));
  const day = 86_400_000;
  const addresses = sequence(der(0x87, [127, 0, 0, 1]), der(0x82, Buffer.from('localhost')));
  const extensions = der(0xa3, sequence(
    extension(id(0x55, 0x1d, 0x13), sequence(der(0x01, [0xff]))), // basicConstraints: an authority
    extension(id(0x55, 0x1d, 0x11), addresses), // subjectAltName
  )); // prettier-ignore
  const body = sequence(
    der(0xa0, der(0x02, [2])),
    serial,
    algorithm,
    name,
    sequence(time(now - day), time(now + day)),
    name,
    publicKey.export({ format: 'der', type: 'spki' }),
    extensions,
  );
  const certificate = sequence(body, algorithm, der(0x03, [0], sign('sha256', body, privateKey)));
  const lines = certificate.toString('base64').match(/.{1,64}/g)!.join('\n'); // prettier-ignore
  return {
    key: privateKey.export({ format: 'pem', type: 'pkcs8' }) as string,
    cert: `-----BEGIN CERTIFICATE-----\n${lines}\n-----END CERTIFICATE-----\n`,
  };
}
