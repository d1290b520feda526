/** Where a value stands between the lowest and the highest of a window, for many bars at once, by vectors of WebAssembly. */
import type { KernelIo } from '../../lines/index.ts';
import { placeCode } from './place-code.ts';

/** Bars of the longest span that is worked on at once; place.wat lays out its memory by it. */
const spanLimit = 4096;

/** Answers a span of bars; false, with nothing done, where a value is missing or the span is too long. */
type PlaceSpan = (io: KernelIo, from: number, to: number, period: number, scale: number) => boolean;

let made: PlaceSpan | undefined;

/**
 * Answers the bars from `from` up to `to` from what came before them alone, as the kernel of `placeInRange` does bar by bar.
 *
 * @returns False, with nothing done, where a high or a low is missing, the span is too long, or the machine has no such vectors.
 */
export function placeSpan(io: KernelIo, from: number, to: number, period: number, scale: number): boolean {
  return (made ??= makePlaceSpan())(io, from, to, period, scale);
}

/** What is used of WebAssembly, whose values Node's types do not name. */
interface Wasm {
  readonly Module: new (code: Uint8Array) => object;
  readonly Instance: new (module: object) => { readonly exports: unknown };
}

interface PlaceExports {
  readonly memory: { readonly buffer: ArrayBuffer };
  readonly place: (count: number, period: number, scale: number) => number;
}

function makePlaceSpan(): PlaceSpan {
  let code: PlaceExports;
  try {
    const { Module, Instance } = (globalThis as unknown as { readonly WebAssembly: Wasm }).WebAssembly;
    code = new Instance(new Module(Buffer.from(placeCode, 'base64'))).exports as PlaceExports;
  } catch {
    // A processor without vectors of 128 bits, or a process that may not reserve addresses: bar by bar is right too.
    return () => false;
  }
  const { memory, place } = code;
  const [now, highs, lows, places] = [0, 1, 2, 3].map(
    (k) => new Float64Array(memory.buffer, 8 * spanLimit * k, spanLimit),
  );
  const sources = [now!, highs!, lows!];
  return ({ inputs, outputs }, from, to, period, scale) => {
    const first = from - period + 1;
    const count = to - first;
    if (count > spanLimit) return false;
    for (let k = 0; k < sources.length; k++) {
      const { values, base } = inputs[k]!;
      sources[k]!.set(values.subarray(first - base, to - base));
    }
    if (place(count, period, scale) === 0) return false;
    const { values: out, base } = outputs[0]!;
    out.set(places!.subarray(period - 1, count), from - base);
    return true;
  };
}
