/** The normal distribution, to the last digits of a double. */

/**
 * Probability that a standard normal variable is at most `x`.
 *
 * @see J. F. Hart, Computer Approximations (1968), algorithm 5666; in the form of G. West, "Better approximations to cumulative normal
 * functions", Wilmott (2005)
 */
export function normalCdf(x: number): number {
  if (Number.isNaN(x)) return NaN;
  const z = Math.abs(x);
  if (z > 37) return x > 0 ? 1 : 0;
  const e = Math.exp((-z * z) / 2);
  let tail: number;
  if (z < 3) {
    let over = 3.52624965998911e-2 * z + 0.700383064443688;
    over = over * z + 6.37396220353165;
    over = over * z + 33.912866078383;
    over = over * z + 112.079291497871;
    over = over * z + 221.213596169931;
    over = over * z + 220.206867912376;
    let under = 8.83883476483184e-2 * z + 1.75566716318264;
    under = under * z + 16.064177579207;
    under = under * z + 86.7807322029461;
    under = under * z + 296.564248779674;
    under = under * z + 637.333633378831;
    under = under * z + 793.826512519948;
    under = under * z + 440.413735824752;
    tail = (e * over) / under;
  } else {
    // The continued fraction, far enough down that nothing is left of a double's digits.
    let fraction = z;
    for (let k = 60; k >= 1; k--) fraction = z + k / fraction;
    tail = e / fraction / Math.sqrt(2 * Math.PI);
  }
  return x > 0 ? 1 - tail : tail;
}

/**
 * The value that a standard normal variable stays below with probability `p`; infinite at 0 and 1, NaN outside.
 *
 * @see M. J. Wichura, "Algorithm AS 241: the percentage points of the normal distribution", Applied Statistics 37 (1988)
 */
export function normalQuantile(p: number): number {
  if (!(p >= 0 && p <= 1)) return NaN;
  if (p === 0) return -Infinity;
  if (p === 1) return Infinity;
  const q = p - 0.5;
  if (Math.abs(q) <= 0.425) {
    const r = 0.180625 - q * q;
    return (q * polynomial(centre[0], r)) / polynomial(centre[1], r);
  }
  let r = Math.sqrt(-Math.log(q < 0 ? p : 1 - p));
  const [a, b] = r <= 5 ? middle : tail;
  r -= r <= 5 ? 1.6 : 5;
  const value = polynomial(a, r) / polynomial(b, r);
  return q < 0 ? -value : value;
}

type Fraction = readonly [over: readonly number[], under: readonly number[]];

const centre: Fraction = [
  [
    3.387132872796366608, 133.14166789178437745, 1971.5909503065514427, 13731.693765509461125, 45921.953931549871457,
    67265.770927008700853, 33430.575583588128105, 2509.0809287301226727,
  ],
  [
    1, 42.313330701600911252, 687.1870074920579083, 5394.1960214247511077, 21213.794301586595867, 39307.89580009271061,
    28729.085735721942674, 5226.495278852854561,
  ],
];
const middle: Fraction = [
  [
    1.42343711074968357734, 4.6303378461565452959, 5.7694972214606914055, 3.64784832476320460504,
    1.27045825245236838258, 0.24178072517745061177, 0.0227238449892691845833, 7.7454501427834140764e-4,
  ],
  [
    1, 2.05319162663775882187, 1.6763848301838038494, 0.68976733498510000455, 0.14810397642748007459,
    0.0151986665636164571966, 5.475938084995344946e-4, 1.05075007164441684324e-9,
  ],
];
const tail: Fraction = [
  [
    6.6579046435011037772, 5.4637849111641143699, 1.7848265399172913358, 0.29656057182850489123,
    0.026532189526576123093, 0.0012426609473880784386, 2.71155556874348757815e-5, 2.01033439929228813265e-7,
  ],
  [
    1, 0.59983220655588793769, 0.13692988092273580531, 0.0148753612908506148525, 7.868691311456132591e-4,
    1.8463183175100546818e-5, 1.4215117583164458887e-7, 2.04426310338993978564e-15,
  ],
];

function polynomial(coefficients: readonly number[], x: number): number {
  let sum = 0;
  for (let k = coefficients.length - 1; k >= 0; k--) sum = sum * x + coefficients[k]!;
  return sum;
}
