/** Packs columns of numbers into few bytes: rounded to decimals, then differences, varints, deflate and base64. `decode.ts` reads them. */
import { deflateRawSync } from 'node:zlib';

import type { ColumnSpec } from './decode.ts';

/** Significant digits that a chart keeps where values have no decimals of their own. */
const significant = 7;
/** With more decimals than this, values count as having no decimals of their own. */
const mostDecimals = 10;
/** Largest whole number that a column holds after it is scaled. */
const largest = 2 ** 50;

/**
 * The decimals that a chart keeps of values: their own where they have few, such as prices in ticks, else as many as make seven significant
 * digits of the largest.
 */
export function decimalsOf(...columns: readonly Float64Array[]): number {
  let most = 0;
  let own = 0;
  for (const values of columns) {
    const stride = Math.max(1, Math.floor(values.length / 4_000));
    for (let i = 0; i < values.length; i++) {
      const value = Math.abs(values[i]!);
      if (!(value < Infinity)) continue;
      if (value > most) most = value;
      if (i % stride === 0) while (own <= mostDecimals && !hasDecimals(value, own)) own++;
    }
  }
  const fitting = Math.floor(Math.log10(largest / (most === 0 ? 1 : most)));
  const magnitude = most === 0 ? 0 : Math.ceil(Math.log10(most));
  const isOwn = own <= Math.min(mostDecimals, Math.max(2, significant + 1 - magnitude));
  // Below zero for values beyond the largest: they are kept in tens, hundreds and so on.
  return Math.min(Math.max(0, isOwn ? own : significant - magnitude), fitting, 20);
}

function hasDecimals(value: number, decimals: number): boolean {
  const scaled = value * 10 ** decimals;
  return Math.abs(scaled - Math.round(scaled)) <= 1e-9 * scaled;
}

/** One column to be encoded. */
export interface Column {
  readonly spec: ColumnSpec;
  readonly values: Float64Array;
}

/** How hard a page is compressed: small for a file that is kept, quick for a page rebuilt at every change of a strategy. */
export type Packing = 'small' | 'quick';

/** Columns of one length as base64 text. */
export function encodeColumns(columns: readonly Column[], packing: Packing = 'small'): string {
  const length = columns[0]?.values.length ?? 0;
  const bytes = new ByteWriter(length * columns.length * 3 + 64);
  bytes.write(length);
  for (const { spec, values } of columns) {
    const scale = 10 ** spec.decimals;
    let last = 0;
    for (let i = 0; i < length; i++) {
      const value = values[i]!;
      const whole = Math.round(value * scale);
      // 0 says that there is no value here.
      if (!(Math.abs(whole) < largest * 2)) bytes.write(0);
      else {
        const step = whole - last;
        bytes.write((step < 0 ? -step * 2 - 1 : step * 2) + 1);
        last = whole;
      }
    }
  }
  return deflateRawSync(bytes.done(), { level: packing === 'quick' ? 1 : 6 }).toString('base64');
}

/** Text as base64 of its deflated bytes. */
export function encodeText(text: string): string {
  return deflateRawSync(text, { level: 6 }).toString('base64');
}

class ByteWriter {
  #bytes: Uint8Array;
  #length = 0;

  constructor(capacity: number) {
    this.#bytes = new Uint8Array(capacity);
  }

  /** A whole number from 0 on, seven bits a byte, the lowest first. */
  write(value: number): void {
    if (this.#length + 10 > this.#bytes.length) {
      const larger = new Uint8Array(this.#bytes.length * 2 + 64);
      larger.set(this.#bytes);
      this.#bytes = larger;
    }
    let rest = value;
    while (rest >= 0x8000_0000) {
      this.#bytes[this.#length++] = (rest % 128) | 128;
      rest = Math.floor(rest / 128);
    }
    let low = rest | 0;
    while (low > 127) {
      this.#bytes[this.#length++] = (low & 127) | 128;
      low >>>= 7;
    }
    this.#bytes[this.#length++] = low;
  }

  done(): Uint8Array {
    return this.#bytes.subarray(0, this.#length);
  }
}
