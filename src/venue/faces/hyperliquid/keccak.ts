/** Keccak-256, the hash of addresses and signatures of Ethereum: Node.js has SHA-3 alone, whose padding differs. */

const laneMask = 2n ** 64n - 1n;
const roundConstants: readonly bigint[] = keccakConstants();
const rotations: readonly number[] = [
  0, 1, 62, 28, 27, 36, 44, 6, 55, 20, 3, 10, 43, 25, 39, 41, 45, 15, 21, 8, 18, 2, 61, 56, 14,
];

/** The constants of Keccak's 24 rounds, by its shift register. */
function keccakConstants(): bigint[] {
  let register = 1;
  return Array.from({ length: 24 }, () => {
    let constant = 0n;
    for (let bit = 0; bit < 7; bit++) {
      if ((register & 1) === 1) constant |= 1n << BigInt((1 << bit) - 1);
      register = (register << 1) ^ ((register >> 7) * 0x171);
    }
    return constant;
  });
}

/** Keccak-256 as Ethereum uses it, before the padding of SHA-3 was changed. */
export function keccak(data: Uint8Array): Buffer {
  const rate = 136;
  const padded = Buffer.alloc((Math.floor(data.length / rate) + 1) * rate);
  padded.set(data);
  padded[data.length] = padded[data.length]! | 0x01;
  padded[padded.length - 1] = padded.at(-1)! | 0x80;
  const lanes = new Array<bigint>(25).fill(0n);
  for (let at = 0; at < padded.length; at += rate) {
    for (let lane = 0; lane < rate / 8; lane++) lanes[lane]! ^= padded.readBigUInt64LE(at + lane * 8);
    for (const constant of roundConstants) keccakRound(lanes, constant);
  }
  const digest = Buffer.alloc(32);
  for (let lane = 0; lane < 4; lane++) digest.writeBigUInt64LE(lanes[lane]!, lane * 8);
  return digest;
}

function rotated(lane: bigint, by: number): bigint {
  return by === 0 ? lane : ((lane << BigInt(by)) | (lane >> BigInt(64 - by))) & laneMask;
}

function keccakRound(lanes: bigint[], constant: bigint): void {
  const columns = [0, 1, 2, 3, 4].map(
    (x) => lanes[x]! ^ lanes[x + 5]! ^ lanes[x + 10]! ^ lanes[x + 15]! ^ lanes[x + 20]!,
  );
  const moved = new Array<bigint>(25);
  for (let x = 0; x < 5; x++) {
    const parity = columns[(x + 4) % 5]! ^ rotated(columns[(x + 1) % 5]!, 1);
    for (let y = 0; y < 5; y++) {
      moved[y + 5 * ((2 * x + 3 * y) % 5)] = rotated(lanes[x + 5 * y]! ^ parity, rotations[x + 5 * y]!);
    }
  }
  for (let y = 0; y < 25; y += 5) {
    for (let x = 0; x < 5; x++) {
      lanes[x + y] = moved[x + y]! ^ (~moved[((x + 1) % 5) + y]! & laneMask & moved[((x + 2) % 5) + y]!);
    }
  }
  lanes[0]! ^= constant;
}
