/** Plain arithmetic of lines in loops of their own: what many indicators end with, several times as fast as a function a bar. */
import { derive, deriveAll, type KernelIo, type Line } from '../../lines/index.ts';

/** `a` less `b`, bar by bar; NaN where that is not finite. */
export function minus(name: string, a: Line, b: Line): Line {
  return derive(a, { name, key: 'minus', inputs: [b], history: 0, compute: subtract });
}

/** Where `now` stands between `low` and `high`, times `scale`; NaN where they are equal. */
export function placeBetween(name: string, now: Line, high: Line, low: Line, scale: number): Line {
  return derive(now, {
    name,
    key: `placeBetween|${scale}`,
    inputs: [high, low],
    history: 0,
    compute: (io, from, to) => {
      place(io, from, to, scale);
    },
  });
}

/** `mid` plus and less `multiple` times `width`; NaN where that is not finite. */
export function bandsAround(name: string, mid: Line, width: Line, multiple: number): { top: Line; bottom: Line } {
  const [top, bottom] = deriveAll(
    mid,
    {
      name,
      key: `bandsAround|${multiple}`,
      inputs: [width],
      history: 0,
      compute: (io, from, to) => {
        surround(io, from, to, multiple);
      },
    },
    [`${name}.top`, `${name}.bottom`],
  );
  return { top: top!, bottom: bottom! };
}

function subtract({ inputs, outputs }: KernelIo, from: number, to: number): void {
  const { values: a, base: da } = inputs[0]!;
  const { values: b, base: db } = inputs[1]!;
  const { values: out, base } = outputs[0]!;
  for (let i = from; i < to; i++) {
    const value = a[i - da]! - b[i - db]!;
    out[i - base] = value - value === 0 ? value : NaN;
  }
}

function place({ inputs, outputs }: KernelIo, from: number, to: number, scale: number): void {
  const { values: now, base: dn } = inputs[0]!;
  const { values: high, base: dh } = inputs[1]!;
  const { values: low, base: dl } = inputs[2]!;
  const { values: out, base } = outputs[0]!;
  for (let i = from; i < to; i++) {
    const floor = low[i - dl]!;
    const value = scale * ((now[i - dn]! - floor) / (high[i - dh]! - floor));
    out[i - base] = value - value === 0 ? value : NaN;
  }
}

function surround({ inputs, outputs }: KernelIo, from: number, to: number, multiple: number): void {
  const { values: mid, base: dm } = inputs[0]!;
  const { values: width, base: dw } = inputs[1]!;
  const { values: top, base: dt } = outputs[0]!;
  const { values: bottom, base: db } = outputs[1]!;
  for (let i = from; i < to; i++) {
    const away = width[i - dw]! * multiple;
    const middle = mid[i - dm]!;
    const isKnown = middle - middle + (away - away) === 0;
    top[i - dt] = isKnown ? middle + away : NaN;
    bottom[i - db] = isKnown ? middle - away : NaN;
  }
}
