/** Wallets of Hyperliquid: the address of a private key, and the address that signed an action. */
import { createECDH, createHash } from 'node:crypto';

import type { Account } from '../../exchange/index.ts';
import { keccak } from './keccak.ts';

/** What a client of Hyperliquid trades with. */
export interface HyperliquidWallet {
  /** The address, `0x` and 40 hexadecimal digits in lower case. */
  readonly walletAddress: string;
  /** The key that signs, `0x` and 64 hexadecimal digits. */
  readonly privateKey: string;
}

/** A signature as Hyperliquid takes it. */
export interface WalletSignature {
  readonly r: string;
  readonly s: string;
  readonly v: number;
}

const wallets = new WeakMap<Account, HyperliquidWallet>();

/** The wallet of an account: its secret where that is a private key, otherwise a key derived from key and secret. */
export function hyperliquidWallet(account: Account): HyperliquidWallet {
  let wallet = wallets.get(account);
  if (wallet === undefined) {
    wallet = walletOf(account.apiKey, account.secret);
    wallets.set(account, wallet);
  }
  return wallet;
}

/** The wallet that stands for the key and the secret of an account of the local exchange. */
export function walletOf(apiKey: string, secret: string): HyperliquidWallet {
  const given = /^(?:0x)?([0-9a-f]{64})$/i.exec(secret)?.[1]?.toLowerCase();
  const key = given ?? createHash('sha256').update(`hyperliquid ${apiKey} ${secret}`).digest('hex');
  const curve = createECDH('secp256k1');
  curve.setPrivateKey(key, 'hex');
  return { privateKey: `0x${key}`, walletAddress: addressOf(curve.getPublicKey().subarray(1)) };
}

function addressOf(publicKey: Uint8Array): string {
  return `0x${keccak(publicKey).subarray(12).toString('hex')}`;
}

/**
 * The addresses that may have signed an action: one for the main network, one for the test network.
 *
 * @param action - In the order of fields in which it was sent: the signature covers its MessagePack form.
 */
export function* signersOf(
  action: unknown,
  nonce: number,
  signature: WalletSignature,
  vault: string | undefined,
  expiresAfter: number | undefined,
): Generator<string> {
  const parts = [packed(action), bytesOf(nonce, 8)];
  parts.push(vault === undefined ? Buffer.from([0]) : Buffer.from(`01${vault.replace(/^0x/, '')}`, 'hex'));
  if (expiresAfter !== undefined) parts.push(Buffer.from([0]), bytesOf(expiresAfter, 8));
  const connection = keccak(Buffer.concat(parts));
  for (const source of ['a', 'b']) {
    const message = keccak(Buffer.concat([agentType, keccak(Buffer.from(source)), connection]));
    const signer = recovered(keccak(Buffer.concat([Buffer.from('1901', 'hex'), domain, message])), signature);
    if (signer !== undefined) yield signer;
  }
}

const agentType = keccak(Buffer.from('Agent(string source,bytes32 connectionId)'));
/** EIP-712's domain of actions: `Exchange`, version 1, chain 1337, no contract. */
const domain = keccak(
  Buffer.concat([
    keccak(Buffer.from('EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)')),
    keccak(Buffer.from('Exchange')),
    keccak(Buffer.from('1')),
    bytesOf(1_337, 32),
    Buffer.alloc(32),
  ]),
);

function bytesOf(value: number | bigint, length: number): Buffer {
  return Buffer.from(
    BigInt(value)
      .toString(16)
      .padStart(length * 2, '0'),
    'hex',
  );
}

/** A JSON value as MessagePack. */
function packed(value: unknown): Buffer {
  if (value === null || value === undefined) return Buffer.from([0xc0]);
  if (typeof value === 'boolean') return Buffer.from([value ? 0xc3 : 0xc2]);
  if (typeof value === 'number') return packedNumber(value);
  if (typeof value === 'string') {
    const text = Buffer.from(value);
    return Buffer.concat([headOf(text.length, 0xa0, 31, [0xd9, 0xda, 0xdb]), text]);
  }
  if (Array.isArray(value)) {
    return Buffer.concat([headOf(value.length, 0x90, 15, [undefined, 0xdc, 0xdd]), ...value.map(packed)]);
  }
  const fields = Object.entries(value).filter(([, one]) => one !== undefined);
  return Buffer.concat([
    headOf(fields.length, 0x80, 15, [undefined, 0xde, 0xdf]),
    ...fields.flatMap(([name, one]) => [packed(name), packed(one)]),
  ]);
}

/** The head of a text, list or map by its length. */
function headOf(length: number, short: number, most: number, long: readonly (number | undefined)[]): Buffer {
  if (length <= most) return Buffer.from([short | length]);
  const [one, two = 0, four = 0] = long;
  if (one !== undefined && length < 0x100) return Buffer.from([one, length]);
  if (length < 0x1_0000) return Buffer.concat([Buffer.from([two]), bytesOf(length, 2)]);
  return Buffer.concat([Buffer.from([four]), bytesOf(length, 4)]);
}

function packedNumber(value: number): Buffer {
  if (!Number.isSafeInteger(value)) {
    const bytes = Buffer.alloc(9, 0xcb);
    bytes.writeDoubleBE(value, 1);
    return bytes;
  }
  if (value < 0) {
    if (value >= -32) return Buffer.from([value & 0xff]);
    const bytes = Buffer.alloc(9, 0xd3);
    bytes.writeBigInt64BE(BigInt(value), 1);
    return bytes;
  }
  if (value < 0x80) return Buffer.from([value]);
  if (value < 0x100) return Buffer.from([0xcc, value]);
  if (value < 0x1_0000) return Buffer.concat([Buffer.from([0xcd]), bytesOf(value, 2)]);
  if (value < 0x1_0000_0000) return Buffer.concat([Buffer.from([0xce]), bytesOf(value, 4)]);
  return Buffer.concat([Buffer.from([0xcf]), bytesOf(value, 8)]);
}

// The curve secp256k1, y² = x³ + 7 over a prime field.
const field = 2n ** 256n - 2n ** 32n - 977n;
const order = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;
const generator: Point = [
  0x79be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798n,
  0x483ada7726a3c4655da4fbfc0e1108a8fd17b448a68554199c47d08ffb10d4b8n,
  1n,
];

/** A point in Jacobian coordinates; the third is 0 for the point at infinity. */
type Point = readonly [x: bigint, y: bigint, z: bigint];

function mod(value: bigint, by = field): bigint {
  const rest = value % by;
  return rest < 0n ? rest + by : rest;
}

function power(base: bigint, exponent: bigint, by: bigint): bigint {
  let [result, square] = [1n, mod(base, by)];
  for (let left = exponent; left > 0n; left >>= 1n) {
    if ((left & 1n) === 1n) result = (result * square) % by;
    square = (square * square) % by;
  }
  return result;
}

function doubled([x, y, z]: Point): Point {
  const ySquare = mod(y * y);
  const s = mod(4n * x * ySquare);
  const m = mod(3n * x * x);
  const x3 = mod(m * m - 2n * s);
  return [x3, mod(m * (s - x3) - 8n * ySquare * ySquare), mod(2n * y * z)];
}

function added(p: Point, q: Point): Point {
  if (p[2] === 0n) return q;
  if (q[2] === 0n) return p;
  const [zp, zq] = [mod(p[2] * p[2]), mod(q[2] * q[2])];
  const [up, uq] = [mod(p[0] * zq), mod(q[0] * zp)];
  const [sp, sq] = [mod(p[1] * zq * q[2]), mod(q[1] * zp * p[2])];
  if (up === uq) return sp === sq ? doubled(p) : [1n, 1n, 0n];
  const h = mod(uq - up);
  const r = mod(sq - sp);
  const h2 = mod(h * h);
  const h3 = mod(h2 * h);
  const v = mod(up * h2);
  const x = mod(r * r - h3 - 2n * v);
  return [x, mod(r * (v - x) - sp * h3), mod(h * p[2] * q[2])];
}

function times(point: Point, by: bigint): Point {
  let sum: Point = [1n, 1n, 0n];
  let step = point;
  for (let left = by; left > 0n; left >>= 1n) {
    if ((left & 1n) === 1n) sum = added(sum, step);
    step = doubled(step);
  }
  return sum;
}

/** The address whose key signed a hash; undefined when the signature is not valid on the curve. */
function recovered(hash: Buffer, signature: WalletSignature): string | undefined {
  const [r, s] = [BigInt(signature.r), BigInt(signature.s)];
  if (r <= 0n || r >= order || s <= 0n || s >= order) return undefined;
  const root = power(r * r * r + 7n, (field + 1n) / 4n, field);
  if (mod(root * root - r * r * r - 7n) !== 0n) return undefined;
  const isOdd = signature.v === 28 || signature.v === 1;
  const point: Point = [r, ((root & 1n) === 1n) === isOdd ? root : field - root, 1n];
  const inverse = power(r, order - 2n, order);
  const digest = BigInt(`0x${hash.toString('hex')}`);
  const [x, y, z] = added(times(generator, mod(-digest * inverse, order)), times(point, mod(s * inverse, order)));
  if (z === 0n) return undefined;
  const zInverse = power(z, field - 2n, field);
  const square = mod(zInverse * zInverse);
  return addressOf(Buffer.concat([bytesOf(mod(x * square), 32), bytesOf(mod(y * square * zInverse), 32)]));
}
