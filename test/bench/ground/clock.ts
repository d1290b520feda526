/** Stopwatch readings and what is made of them. */

/** The middle of some readings; the upper one of two. */
export function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1]!;
}

/** A figure with so many decimals. */
export function rounded(value: number, decimals = 2): number {
  return Number(value.toFixed(decimals));
}

/** Milliseconds of each of `times` calls. */
export async function readings(times: number, act: () => unknown): Promise<number[]> {
  const all: number[] = [];
  for (let k = 0; k < times; k++) {
    const start = performance.now();
    await act();
    all.push(performance.now() - start);
  }
  return all;
}

/** Median wall milliseconds with the first call left out, as a program that runs on and on sees it. */
export async function warmMedian(times: number, act: () => unknown): Promise<{ firstMs: number; medianMs: number }> {
  const [firstMs = NaN, ...rest] = await readings(times + 1, act);
  return { firstMs, medianMs: median(rest) };
}

/** Processor time of a call, milliseconds: other programs of the machine count little. */
export async function processorMs(act: () => unknown): Promise<number> {
  const start = process.cpuUsage();
  await act();
  const { user, system } = process.cpuUsage(start);
  return (user + system) / 1_000;
}
