/** Lists of a run that hot code reads. */

/**
 * As `list.map(make)`, for lists that hot code reads. V8's interpreter and its compiler give what `map` returns two different hidden
 * classes, so that all that was compiled for the first is thrown away when a maker of such lists is compiled: a third of the compiling
 * that a sweep does. A copy has the class of its list in both, and is not placed among what lives long because other lists made here do.
 */
export function mapped<T, Made>(list: readonly T[], make: (one: T, k: number) => Made): Made[] {
  const made: unknown[] = list.slice();
  for (let k = 0; k < list.length; k++) made[k] = make(list[k]!, k);
  return made as Made[];
}
