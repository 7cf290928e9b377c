/**
 * Pseudo-random numbers with a fixed seed.
 */

/** A random number below a limit, the same sequence for the same seed. */
export function randomly(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0;
    return Math.floor(((state >>> 1) / 2 ** 31) * below);
  };
}
