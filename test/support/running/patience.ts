/**
 * How long tests wait for what should take moments. It only ends what hangs: no test measures time by it.
 */

/** Milliseconds. Generous, since the machine may be loaded. */
export const PATIENCE_MS = 10 * 60 * 1000;
