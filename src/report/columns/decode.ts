/** Reads what `encode.ts` wrote; runs in the browser, and in Node for tests. */

/** A column of a chunk. */
export interface ColumnSpec {
  readonly name: string;
  /** Decimals that were kept. */
  readonly decimals: number;
}

/** The bytes behind base64 of deflated data. */
async function inflate(base64: string): Promise<Uint8Array> {
  const text = atob(base64);
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream('deflate-raw'));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

/** The text behind base64 of deflated text. */
export async function decodeText(base64: string): Promise<string> {
  return new TextDecoder().decode(await inflate(base64));
}

/** The columns of a chunk, in the order of their specs; NaN where there is no value. */
export async function decodeColumns(base64: string, specs: readonly ColumnSpec[]): Promise<Float64Array[]> {
  const bytes = await inflate(base64);
  let at = 0;
  const read = (): number => {
    let value = 0;
    let unit = 1;
    for (;;) {
      const byte = bytes[at++]!;
      value += (byte & 127) * unit;
      if (byte < 128) return value;
      unit *= 128;
    }
  };
  const length = read();
  return specs.map(({ decimals }) => {
    const values = new Float64Array(length);
    const scale = 10 ** decimals;
    let last = 0;
    for (let i = 0; i < length; i++) {
      const code = read();
      if (code === 0) values[i] = NaN;
      else {
        const folded = code - 1;
        last += folded % 2 === 0 ? folded / 2 : -(folded + 1) / 2;
        values[i] = last / scale;
      }
    }
    return values;
  });
}
